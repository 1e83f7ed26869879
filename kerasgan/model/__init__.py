"""The GAN: networks, losses, layers, optimizers, and the training step."""

"""From a trained GAN to files that other programs run."""

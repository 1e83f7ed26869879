"""What the data say about their pictures, and which of it a conditional GAN is asked for."""

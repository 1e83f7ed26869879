"""Exports a trained GAN to files that other programs can run."""

"""From pictures back to latents: the point of latent space whose image is nearest to another."""

"""What a GAN does, computed and drawn: the topics of `python -m kerasgan.explain`.

Numbers and drawings are apart: `convolution`, `gradient_norms`, `toy_data` and `toy_gan` compute,
the `..._figure` modules draw what they are given. The modules named like a topic hold its flags.
"""

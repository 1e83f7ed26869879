"""Train, sample and serve DCGAN-class image GANs with Keras 3 on TensorFlow."""

import os

# Keras reads this once, when it is first imported; kerasgan works with TensorFlow alone.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

"""The report of a run: one HTML file. Nothing here needs TensorFlow."""

"""From settings to a trained, exported model."""

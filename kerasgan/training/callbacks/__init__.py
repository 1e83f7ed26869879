"""What happens beside the training step: one callback a file, each with one side effect."""

"""Where pictures come from, one kind of place a file."""

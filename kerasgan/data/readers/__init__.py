"""Readers of pictures: one file for each kind of source."""

"""From the bytes of one picture to pixels of the wanted size."""

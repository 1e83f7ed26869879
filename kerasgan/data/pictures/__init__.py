"""From the bytes of pictures to images of the requested size."""

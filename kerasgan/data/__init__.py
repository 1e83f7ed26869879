"""Images from a name or a place, and the order in which a run trains on them."""

from kerasgan.data.batches import batches as batches
from kerasgan.data.image_set import ImageSet as ImageSet
from kerasgan.data.load import load_images as load_images

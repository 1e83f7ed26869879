"""The labels that a conditional GAN is asked for while it is looked at."""

from kerasgan.data.image_set import ImageSet, Rows
from kerasgan.label_space import Labels
from kerasgan.model.gan import GAN


def labels_for(gan: GAN, images: Rows | None, who: str) -> Labels | None:
    """The labels of images, from which those of generated images are drawn; None for no labels.

    Args:
        gan: what generates.
        images: an `ImageSet` whose `conditions` are what the GAN learns.
        who: wants them, for the message.

    Raises:
        ValueError: the GAN is conditional, and the images have no labels or others.
    """
    if not gan.condition_width:
        return None
    labels = images.conditions if isinstance(images, ImageSet) else None
    if labels is None or labels.space.width != gan.condition_width:
        raise ValueError(
            f"{who}: the networks are conditional; images must be an ImageSet with the labels that "
            "they learn, as load_images makes it"
        )
    return labels

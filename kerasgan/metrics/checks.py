"""What every metric requires of its inputs: uint8 images, and features without NaN or infinity."""

import numpy as np

from kerasgan.channels import OPAQUE, OPAQUE_TEXT


def check_images(images: np.ndarray) -> None:
    """Refuses images that a metric would misread.

    Raises:
        ValueError: the dtype is not uint8, or the shape is not [B, H, W, 1 or 3]. Images with alpha
            have to be laid on a background first: `kerasgan.metrics.sources.on_background`.
    """
    if images.dtype != np.uint8:
        raise ValueError(
            "images must be uint8; kerasgan.to_uint8 makes them from [-1, 1]; "
            f"received {images.dtype}"
        )
    if images.ndim != 4 or images.shape[-1] not in OPAQUE:
        raise ValueError(f"images have shape {images.shape}; must be [B, H, W, {OPAQUE_TEXT}]")


def check_features(*sets: np.ndarray) -> None:
    """Refuses features that would turn a metric into nonsense: any comparison with NaN is false.

    Raises:
        ValueError: a value is NaN or infinite.
    """
    for features in sets:
        finite = np.isfinite(features)
        if not finite.all():
            raise ValueError(
                f"features must be finite; {np.sum(~finite)} of {finite.size} values are NaN or "
                "infinite"
            )

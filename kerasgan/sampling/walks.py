"""Paths from one latent to another, a sheet between four, and paths between labels."""

import numpy as np
import tensorflow as tf

from kerasgan.model.latents import angle_between, great_circle


def walk(stations: np.ndarray, *, num_frames: int, loop: bool = True) -> np.ndarray:
    """Latents along great circles, turning equally far between any two frames.

    Args:
        stations: the latents to pass, in order, at least two: float32 [n, latent_dim].
        num_frames: latents on the whole walk.
        loop: whether the walk returns to the first station; it then stops one frame short of it, so
            that the last frame is followed by the first.

    Returns:
        float32 [num_frames, latent_dim].

    Raises:
        ValueError: too few stations or frames.
    """
    if len(stations) < 2 or num_frames < 2:
        raise ValueError(
            f"{len(stations)} stations, {num_frames} frames: must be at least 2 of each"
        )
    stations = np.concatenate([stations, stations[:1]]) if loop else stations
    angles = angle_between(stations[:-1], stations[1:])[:, 0].numpy()
    ends = np.concatenate([[0.0], np.cumsum(angles, dtype=np.float64)])  # angle at each station
    way = np.linspace(0.0, ends[-1], num_frames, endpoint=not loop)
    leg = np.clip(np.searchsorted(ends, way, side="right") - 1, 0, len(angles) - 1)
    position = (way - ends[leg]) / np.maximum(angles[leg], 1e-12)  # 0 between equal stations
    frames: np.ndarray = great_circle(
        tf.gather(stations, leg),
        tf.gather(stations, leg + 1),
        tf.constant(np.clip(position, 0.0, 1.0), tf.float32),
    ).numpy()
    return frames


def walk_labels(
    values: np.ndarray, *, num_frames: int, loop: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A path from label to label, each leg in equally many frames.

    Args:
        values: at least two labels, [k] or [k, width].
        num_frames: on the whole path.
        loop: whether it returns to the first label; it then stops one frame short of it.

    Returns:
        For each frame the label before it, the label after it, both [num_frames, ...], and how far
        it is from one to the other, float64 [num_frames] in [0, 1].

    Raises:
        ValueError: too few labels or frames.
    """
    if len(values) < 2 or num_frames < 2:
        raise ValueError(f"{len(values)} labels, {num_frames} frames: must be at least 2 of each")
    stations = np.concatenate([values, values[:1]]) if loop else values
    way = np.linspace(0.0, len(stations) - 1, num_frames, endpoint=not loop)
    leg = np.minimum(way.astype(int), len(stations) - 2)
    return stations[leg], stations[leg + 1], way - leg


def sheet(corners: np.ndarray, *, side: int) -> np.ndarray:
    """Latents between four, by great circles down both sides and then across.

    Args:
        corners: those at the upper left, upper right, lower left and lower right, float32
            [4, latent_dim].
        side: rows, and columns.

    Returns:
        float32 [side * side, latent_dim], row by row.

    Raises:
        ValueError: not four corners, or fewer than 2 rows.
    """
    if len(corners) != 4 or side < 2:
        raise ValueError(f"{len(corners)} corners, side {side}: must be 4 and at least 2")
    upper_left, upper_right, lower_left, lower_right = tf.unstack(corners[:, None, :])
    even = tf.linspace(0.0, 1.0, side)

    def between(start: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        """[1, latent_dim] twice -> [side, latent_dim]."""
        return great_circle(tf.repeat(start, side, 0), tf.repeat(end, side, 0), even)

    left, right = between(upper_left, lower_left), between(upper_right, lower_right)
    rows = [between(left[row : row + 1], right[row : row + 1]) for row in range(side)]
    latents: np.ndarray = tf.concat(rows, 0).numpy()
    return latents

"""Where pictures come from: seeds become latents, and latents are joined by great circles."""

import tensorflow as tf

from kerasgan.model.random_streams import Stream, normal


def latents_from_seeds(seeds: tf.Tensor, latent_dim: int) -> tf.Tensor:
    """One latent vector for each seed, whatever else is in the batch.

    Args:
        seeds: int64 [n], any integers.
        latent_dim: the length of a latent vector.

    Returns:
        float32 [n, latent_dim], standard normal.
    """
    # A single draw for the whole batch would make a picture depend on its neighbours.
    seeds = tf.cast(seeds, tf.int64)
    keys = tf.stack([seeds, tf.fill(tf.shape(seeds), tf.constant(Stream.SEEDS, tf.int64))], axis=1)
    return tf.map_fn(
        lambda key: normal([latent_dim], key),
        keys,  # [n, 2]
        fn_output_signature=tf.TensorSpec([latent_dim], tf.float32),
    )


def angle_between(start: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
    """The angle in radians, float32 [n, 1], between latents [n, latent_dim], in [0, pi]."""
    start, end = tf.math.l2_normalize(start, axis=-1), tf.math.l2_normalize(end, axis=-1)
    # Exact near 0 and pi, where the arc cosine of the dot product has lost its digits.
    apart = tf.norm(start - end, axis=-1, keepdims=True)
    together = tf.norm(start + end, axis=-1, keepdims=True)
    return 2.0 * tf.atan2(apart, together)


def great_circle(start: tf.Tensor, end: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """Points between two latents on the arc that joins them.

    A straight line would pass close to the origin, where the generator has never been: standard
    normal vectors of 100 numbers all have a length near 10. On the arc the direction turns at a
    constant angular speed, and the length goes evenly from one to the other.

    Args:
        start: float32 [n, latent_dim].
        end: float32 [n, latent_dim].
        position: float32 [n], from 0 (start) to 1 (end).

    Returns:
        float32 [n, latent_dim]; points of the straight line where start and end are parallel or
        opposite, as no single arc joins them.

    Reference: White 2016, "Sampling Generative Networks", section 2.1.
    """
    position = position[:, None]
    start_length = tf.norm(start, axis=-1, keepdims=True)
    end_length = tf.norm(end, axis=-1, keepdims=True)
    angle = angle_between(start, end)
    sine = tf.sin(angle)
    no_arc = sine < 1e-6
    divisor = tf.where(no_arc, 1.0, sine)  # what tf.where does not choose must be finite too
    direction = (
        tf.sin((1.0 - position) * angle) * tf.math.l2_normalize(start, axis=-1)
        + tf.sin(position * angle) * tf.math.l2_normalize(end, axis=-1)
    ) / divisor
    on_arc = ((1.0 - position) * start_length + position * end_length) * direction
    on_line = (1.0 - position) * start + position * end
    return tf.where(no_arc, on_line, on_arc)

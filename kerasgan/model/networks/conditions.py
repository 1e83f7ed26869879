"""How conditions enter a network: concatenated to the latents, or projected on D's last features.

Conditions are float [B, width]: one-hot vectors of classes, or numbers that say how much of each
attribute an image has. In G a dense layer without bias makes an embedding of either: for a one-hot
vector it is a row of its kernel, for attributes the sum of their rows, each times its number. In D
a hidden layer comes before it.
"""

from collections.abc import Callable

import keras
from keras import layers

_HIDDEN_UNITS = 64
EMBEDDING_DEVIATION = 0.1  # of G's first embedding, next to latents of deviation 1

# Not the initializer itself: to make one takes a seed from those of the layers after it, and an
# unconditional network would begin with other weights.
Initializer = Callable[[], keras.initializers.Initializer]


def with_conditions(
    inputs: keras.KerasTensor, width: int
) -> tuple[keras.KerasTensor | list[keras.KerasTensor], keras.KerasTensor | None]:
    """What a network takes: its inputs alone, or its inputs and conditions.

    Args:
        inputs: latents or images.
        width: of a condition; 0 for an unconditional network.

    Returns:
        The argument of `keras.Model`, and the conditions or None.

    Raises:
        ValueError: a width below 0.
    """
    if width < 0:
        raise ValueError(f"condition_width={width}: must be at least 0")
    if width == 0:
        return inputs, None
    conditions = keras.Input([width], dtype=inputs.dtype, name="conditions")
    return [inputs, conditions], conditions


def join(
    latents: keras.KerasTensor,
    conditions: keras.KerasTensor | None,
    initializer: Initializer,
    policy: keras.DTypePolicy,
) -> keras.KerasTensor:
    """Latents with an embedding of the conditions of the same length after them.

    Whatever normalizes the layers after it, the embedding is free, as the latents are: its length
    decides how much the conditions count next to them. It should begin short: attributes that are
    numbers are as good as latents to G, which otherwise makes one picture for each of them.

    Args:
        latents: [B, latent_dim].
        conditions: [B, width]; None leaves the latents as they are.
        initializer: makes that of the embedding, if there is one.
        policy: of the result.

    Returns:
        [B, 2 latent_dim].

    Reference: Mirza & Osindero 2014, "Conditional Generative Adversarial Nets"; an embedding as
    long as the latents is that of Huang et al. 2024, "The GAN is dead; long live the GAN!".
    """
    if conditions is None:
        return latents
    embedding = layers.Dense(
        latents.shape[-1], use_bias=False, kernel_initializer=initializer(), dtype=policy
    )(conditions)
    return layers.Concatenate(dtype=policy)([latents, embedding])


def project(
    logits: keras.KerasTensor,
    features: keras.KerasTensor,
    conditions: keras.KerasTensor | None,
    dense: Callable[..., keras.Layer],
    initializer: Initializer,
) -> keras.KerasTensor:
    """Logits, plus how well the features of an image agree with an embedding of its conditions.

    In the paper conditions are classes, for which a linear embedding is general. That of attributes
    would let D see only features that grow with an attribute: G could hide in all others what it
    makes of the numbers, such as the same face wherever two of them are alike. So there is a hidden
    layer.

    Args:
        logits: [B, 1], of the images without regard to their conditions.
        features: [B, C], the last features, summed over the grid.
        conditions: [B, width]; None leaves the logits as they are.
        dense: the layer that embeds, with or without spectral norm.
        initializer: makes that of the embedding, if there is one.

    Returns:
        [B, 1], in the logits' precision.

    Reference: Miyato & Koyama 2018, "cGANs with Projection Discriminator", section 3.
    """
    if conditions is None:
        return logits
    full = logits.dtype
    hidden = dense(
        _HIDDEN_UNITS, activation="leaky_relu", kernel_initializer="he_normal", dtype=full
    )(conditions)
    embedding = dense(
        features.shape[-1], use_bias=False, kernel_initializer=initializer(), dtype=full
    )(hidden)
    agreement = layers.Dot(axes=1, dtype=full)([embedding, features])  # [B, 1]
    return layers.Add(dtype=full, name="conditional_logits")([logits, agreement])

"""Attribute coverage: which kinds of faces are missing among the generated ones, in words.

The embedded network detects glasses, beards and so on in both real and generated faces. Because
the same network looks at both, its few mistakes largely cancel out. It was trained on
`synthetic_faces` only.
"""

import numpy as np

from kerasgan.faces.attributes import HAIR_SHADES


def attribute_frequencies(seen: dict[str, np.ndarray]) -> dict[str, float]:
    """How often each attribute occurs.

    Args:
        seen: what `EmbeddedNetwork.attributes` returns.

    Returns:
        Frequencies from 0 to 1 for "glasses", ..., "black hair", ...
    """
    frequencies = {}
    for name, values in seen.items():
        if name == "hair_shade":
            for index, shade in enumerate(HAIR_SHADES):
                frequencies[f"{shade} hair"] = float(np.mean(values == index))
        else:
            frequencies[name.replace("_", " ")] = float(np.mean(values))
    return frequencies


def attribute_gap(real: dict[str, np.ndarray], generated: dict[str, np.ndarray]) -> float:
    """Mean absolute difference of the attributes' frequencies, from 0 (the same) to 1."""
    a, b = attribute_frequencies(real), attribute_frequencies(generated)
    return float(np.mean([abs(a[name] - b[name]) for name in a]))


def describe_attributes(real: dict[str, np.ndarray], generated: dict[str, np.ndarray]) -> list[str]:
    """Lines such as "glasses: 25% real, 3% generated", the largest difference first."""
    a, b = attribute_frequencies(real), attribute_frequencies(generated)
    names = sorted(a, key=lambda name: -abs(a[name] - b[name]))
    return [f"{name}: {a[name]:.0%} real, {b[name]:.0%} generated" for name in names]

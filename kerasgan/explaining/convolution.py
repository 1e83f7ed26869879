"""Transposed convolution as zero insertion followed by an ordinary convolution.

Reference: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning",
relationships 13 and 14.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class TransposedConvolution:
    """One channel of a transposed convolution, in which everything is square.

    Attributes:
        input_size: i, pixels of a side.
        kernel_size: k.
        stride: s, how far apart two neighbours of the input are stamped into the output.
        padding: p, pixels cut off each side of the output.

    Raises:
        ValueError: a number out of its range, or an output without pixels.
    """

    input_size: int
    kernel_size: int
    stride: int
    padding: int

    def __post_init__(self) -> None:
        for name in ("input_size", "kernel_size", "stride"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)}: must be at least 1")
        if not 0 <= self.padding < self.kernel_size:
            raise ValueError(
                f"padding={self.padding}: must be 0 to {self.kernel_size - 1}, less than "
                "kernel_size"
            )
        if self.output_size < 1:
            raise ValueError(
                f"padding={self.padding}: nothing is left of an output of "
                f"{self.output_size + 2 * self.padding} pixels when it is cut off both sides"
            )

    @property
    def zeros_between(self) -> int:
        """Zeros between neighbours of the input: z = s - 1."""
        return self.stride - 1

    @property
    def outer_padding(self) -> int:
        """Zeros around the input: p' = k - p - 1."""
        return self.kernel_size - self.padding - 1

    @property
    def output_size(self) -> int:
        """Pixels of a side: o = (i - 1) s + k - 2p."""
        return (self.input_size - 1) * self.stride + self.kernel_size - 2 * self.padding

    def spread(self, inputs: np.ndarray) -> np.ndarray:
        """Inserts the zeros: [i, i] -> [o + k - 1, o + k - 1], the input of the convolution."""
        inner = (self.input_size - 1) * self.stride + 1
        spread = np.zeros([inner, inner], inputs.dtype)
        spread[:: self.stride, :: self.stride] = inputs
        return np.pad(spread, self.outer_padding)

    def apply(self, inputs: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        """Convolves the spread input with stride s' = 1: [i, i] and [k, k] -> [o, o].

        The kernel is rotated by 180 degrees, so that each input stamps it upright, as in
        `keras.layers.Conv2DTranspose`.
        """
        size = [self.kernel_size, self.kernel_size]
        windows = np.lib.stride_tricks.sliding_window_view(self.spread(inputs), size)
        result: np.ndarray = np.einsum("yxab,ab->yx", windows, kernel[::-1, ::-1])
        return result

    def overlaps(self) -> np.ndarray:
        """How many inputs reach each pixel of the output, int [o, o]."""
        inputs = np.ones([self.input_size] * 2, int)
        return self.apply(inputs, np.ones([self.kernel_size] * 2, int))

    def keras_padding(self) -> str | None:
        """What Keras calls this padding: "valid", "same", or None where it has no name for it.

        "valid" is p = 0. "same" makes o = i s, which is p = (k - s) / 2. With k < s Keras adds
        zeros at the end, and where k - s is odd it cuts off one pixel more there than at the
        beginning: no p describes that.
        """
        if self.kernel_size < self.stride:
            return None
        if self.padding == 0:
            return "valid"
        return "same" if 2 * self.padding == self.kernel_size - self.stride else None

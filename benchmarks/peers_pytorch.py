"""PyTorch's DCGAN: its networks, and its step with different options.

Written from the paper and PyTorch's documentation of the example: the same layers, initial weights,
batch norm, optimizer and losses as `kerasgan.model.networks.dcgan` builds for 64 x 64 pixels. The
update order is "alternating" with one fake batch. The backward pass of the generator's loss also
computes unused gradients of the discriminator's weights, unless these are frozen in the meantime.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

_KERNEL = {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False}
_PAINTED_AT_ONCE = 64


class DCGAN:
    """The networks and their optimizers.

    Args:
        batch_size: images per step.
        base_filters: channels of the hidden layer with the highest resolution.
        latent_dim: the length of a latent vector.
        channels_last: whether the channels of a pixel are adjacent in memory.
        compiled: whether both networks are compiled with torch.compile.
        frozen: whether the discriminator's weights get no gradient while the generator trains.
        seed: of weights and latents.
    """

    def __init__(
        self,
        *,
        batch_size: int,
        base_filters: int,
        latent_dim: int = 100,
        channels_last: bool = False,
        compiled: bool = False,
        frozen: bool = False,
        seed: int = 0,
    ):
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        torch.manual_seed(seed)
        self._latent_dim, self._frozen = latent_dim, frozen
        self._generator = _generator(base_filters, latent_dim).to(memory_format=self.layout)
        self._discriminator = _discriminator(base_filters).to(memory_format=self.layout)
        adam = {"lr": 2e-4, "betas": (0.5, 0.999)}
        self._g_optimizer = torch.optim.Adam(self._generator.parameters(), **adam)
        self._d_optimizer = torch.optim.Adam(self._discriminator.parameters(), **adam)
        self._paint, self._judge = self._generator, self._discriminator
        if compiled:
            self._paint = torch.compile(self._generator, dynamic=False)
            self._judge = torch.compile(self._discriminator, dynamic=False)
        self._cross_entropy = nn.BCEWithLogitsLoss()
        self._real = torch.ones(batch_size, 1, 1, 1)
        self._generated = torch.zeros(batch_size, 1, 1, 1)

    def step(self, real_images: torch.Tensor) -> None:
        """Updates both networks; returns when the losses are known.

        Args:
            real_images: float32 [batch_size, 3, 64, 64] in [-1, 1].
        """
        self._d_optimizer.zero_grad()
        real_loss = self._cross_entropy(self._judge(real_images), self._real)
        real_loss.backward()
        fake_images = self._paint(torch.randn(len(real_images), self._latent_dim, 1, 1))
        fake_loss = self._cross_entropy(self._judge(fake_images.detach()), self._generated)
        fake_loss.backward()
        self._d_optimizer.step()

        self._discriminator.requires_grad_(not self._frozen)
        self._g_optimizer.zero_grad()
        g_loss = self._cross_entropy(self._judge(fake_images), self._real)
        g_loss.backward()
        self._g_optimizer.step()
        self._discriminator.requires_grad_(True)
        (real_loss.item(), fake_loss.item(), g_loss.item())

    def paint(self, count: int, *, seed: int) -> np.ndarray:
        """Samples, uint8 [count, 64, 64, 3]; batch norm sees each batch, as in the example."""
        latents = np.random.default_rng(seed).standard_normal([count, self._latent_dim, 1, 1])
        with torch.no_grad():
            images = torch.cat(
                [self._generator(part) for part in torch.Tensor(latents).split(_PAINTED_AT_ONCE)]
            )
        levels = ((images + 1.0) * 127.5).round().to(torch.uint8)
        return levels.permute(0, 2, 3, 1).numpy()


def pytorch_step(*, batch_size: int, **options) -> Callable[[], None]:
    """A function that updates both networks of a `DCGAN`, always on the same images."""
    gan = DCGAN(batch_size=batch_size, **options)
    real_images = torch.rand(batch_size, 3, 64, 64) * 2 - 1
    real_images = real_images.to(memory_format=gan.layout)
    return lambda: gan.step(real_images)


def _generator(filters: int, latent_dim: int) -> nn.Module:
    layers: list[nn.Module] = [nn.ConvTranspose2d(latent_dim, 8 * filters, 4, bias=False)]
    for factor in (8, 4, 2):
        width = factor * filters
        layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        layers += [nn.ConvTranspose2d(width, width // 2, **_KERNEL)]
    layers += [nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]
    layers += [nn.ConvTranspose2d(filters, 3, **_KERNEL), nn.Tanh()]
    return nn.Sequential(*layers).apply(_initialize)


def _discriminator(filters: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, filters, **_KERNEL), nn.LeakyReLU(0.2, inplace=True)]
    for factor in (1, 2, 4):
        width = factor * filters
        layers += [nn.Conv2d(width, 2 * width, **_KERNEL), nn.BatchNorm2d(2 * width)]
        layers += [nn.LeakyReLU(0.2, inplace=True)]
    layers += [nn.Conv2d(8 * filters, 1, 4, bias=False)]
    return nn.Sequential(*layers).apply(_initialize)


def _initialize(layer: nn.Module) -> None:
    if isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
    elif isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, 0.02)

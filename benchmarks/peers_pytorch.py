"""PyTorch's DCGAN: its networks, and its step with different options.

Written from the paper and PyTorch's documentation of the example: the same layers, batch norm,
optimizer and losses as `kerasgan.model.networks.dcgan` builds for 64 x 64 pixels. The update order
is "alternating" with one fake batch. The backward pass of the generator's loss also computes unused
gradients of the discriminator's weights, unless these are frozen in the meantime.
"""

from collections.abc import Callable

import torch
from torch import nn

_KERNEL = {"kernel_size": 4, "stride": 2, "padding": 1, "bias": False}


def pytorch_step(
    *,
    batch_size: int,
    base_filters: int,
    latent_dim: int = 100,
    channels_last: bool = False,
    compiled: bool = False,
    frozen: bool = False,
) -> Callable[[], None]:
    """A function that updates both networks and returns when both losses are known.

    Args:
        batch_size: images per step.
        base_filters: channels of the hidden layer with the highest resolution.
        latent_dim: the length of a latent vector.
        channels_last: whether the channels of a pixel are adjacent in memory.
        compiled: whether both networks are compiled with torch.compile.
        frozen: whether the discriminator's weights get no gradient while the generator trains.
    """
    layout = torch.channels_last if channels_last else torch.contiguous_format
    torch.manual_seed(0)
    generator = _generator(base_filters, latent_dim).to(memory_format=layout)
    discriminator = _discriminator(base_filters).to(memory_format=layout)
    g_optimizer = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimizer = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    if compiled:
        paint = torch.compile(generator, dynamic=False)
        judge = torch.compile(discriminator, dynamic=False)
    else:
        paint, judge = generator, discriminator
    cross_entropy = nn.BCEWithLogitsLoss()
    real = torch.ones(batch_size, 1, 1, 1)
    generated = torch.zeros(batch_size, 1, 1, 1)
    real_images = (torch.rand(batch_size, 3, 64, 64) * 2 - 1).to(memory_format=layout)

    def step() -> None:
        d_optimizer.zero_grad()
        real_loss = cross_entropy(judge(real_images), real)
        real_loss.backward()
        fake_images = paint(torch.randn(batch_size, latent_dim, 1, 1))
        fake_loss = cross_entropy(judge(fake_images.detach()), generated)
        fake_loss.backward()
        d_optimizer.step()

        discriminator.requires_grad_(not frozen)
        g_optimizer.zero_grad()
        g_loss = cross_entropy(judge(fake_images), real)
        g_loss.backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)
        (real_loss.item(), fake_loss.item(), g_loss.item())

    return step


def _generator(filters: int, latent_dim: int) -> nn.Module:
    layers: list[nn.Module] = [nn.ConvTranspose2d(latent_dim, 8 * filters, 4, bias=False)]
    for factor in (8, 4, 2):
        width = factor * filters
        layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        layers += [nn.ConvTranspose2d(width, width // 2, **_KERNEL)]
    layers += [nn.BatchNorm2d(filters), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(filters, 3, **_KERNEL), nn.Tanh())


def _discriminator(filters: int) -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, filters, **_KERNEL), nn.LeakyReLU(0.2, inplace=True)]
    for factor in (1, 2, 4):
        width = factor * filters
        layers += [nn.Conv2d(width, 2 * width, **_KERNEL), nn.BatchNorm2d(2 * width)]
        layers += [nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(8 * filters, 1, 4, bias=False))

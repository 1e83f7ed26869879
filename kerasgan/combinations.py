"""Settings that are each allowed on their own, but not together."""

from typing import TYPE_CHECKING

from kerasgan.errors import UserError

if TYPE_CHECKING:
    from kerasgan.config import Config

# What the family r3gan takes; the others take every value.
_R3GAN = {
    "normalization": "none",
    "g_normalization": "none",
    "skip_sums": False,
    "minibatch_deviation": False,
}
_R3GAN_SMALLEST_SIDE = 32  # pixels


def check_combinations(config: "Config") -> None:
    """Checks that the settings of a run fit together.

    Raises:
        UserError: two of them do not; the message names both.
    """
    _check_penalty(config)
    _check_network(config)
    if config.augment == "none" and config.augment_kinds is not None:
        raise UserError(
            f"--augment_kinds={config.augment_kinds}: needs --augment=diffaugment or --augment=ada"
        )


def _check_penalty(config: "Config") -> None:
    if config.penalty == "none" or config.normalization != "batch":
        return
    if config.penalty == "wgan_gp":  # its slopes are those of single images, not of batches
        raise UserError(
            "--penalty=wgan_gp: does not work with --normalization=batch; must be spectral or none"
        )
    if config.penalty_every > 1:  # replicas cannot share a batch's statistics in some steps only
        raise UserError(
            f"--penalty_every={config.penalty_every}: must be 1 with --normalization=batch"
        )


def _check_network(config: "Config") -> None:
    if config.network == "resnet" and config.normalization == "batch":
        raise UserError(
            "--normalization=batch: does not work with --network=resnet; must be spectral or none"
        )
    if config.network != "r3gan":
        return
    for name, only in _R3GAN.items():
        if getattr(config, name) != only:
            raise UserError(
                f"--{name}={getattr(config, name)}: must be {only} with --network=r3gan"
            )
    if min(config.image_size) < _R3GAN_SMALLEST_SIDE:
        shown = "x".join(map(str, config.image_size))
        raise UserError(
            f"--image_size={shown}: must be at least {_R3GAN_SMALLEST_SIDE} with --network=r3gan"
        )

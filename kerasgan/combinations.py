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
SMALLEST_SIDE = 16  # pixels of an image
_DEVIATION_GROUP = 4  # images that are compared with each other


def check_replicas(config: "Config", replicas: int) -> None:
    """Checks that the settings fit a run on so many devices.

    Raises:
        UserError: they do not.
    """
    _check_parts(config, replicas)
    # Replicas cannot share a batch's statistics in some steps only.
    lazy = config.penalty != "none" and config.penalty_every > 1
    if lazy and config.normalization == "batch":
        raise UserError(
            f"--penalty_every={config.penalty_every}: must be 1 with --normalization=batch on "
            "several devices"
        )


def check_combinations(config: "Config") -> None:
    """Checks that the settings of a run fit together, and its images the networks.

    Raises:
        UserError: two of them do not; the message names both.
    """
    _check_image_size(config)
    _check_parts(config, replicas=1)
    _check_penalty(config)
    _check_network(config)
    _check_start(config)
    if config.augment == "none" and config.augment_kinds is not None:
        raise UserError(
            f"--augment_kinds={config.augment_kinds}: needs --augment=diffaugment or --augment=ada"
        )


def _check_image_size(config: "Config") -> None:
    height, width = config.image_size
    if min(height, width) < SMALLEST_SIDE:
        shown = height if height == width else f"{height}x{width}"
        raise UserError(
            f"--image_size={shown}: must be SIDE or HEIGHTxWIDTH, each at least {SMALLEST_SIDE}"
        )


def _check_parts(config: "Config", replicas: int) -> None:
    """Checks that a batch can be divided, and that images which are compared stay together."""
    accumulating = config.accumulate_steps > 1
    if replicas == 1 and not accumulating:
        return
    whole, asked = replicas * config.accumulate_steps, []
    if config.minibatch_deviation:
        whole *= _DEVIATION_GROUP
        asked.append("--minibatch_deviation")
    if accumulating:
        asked.append(f"--accumulate_steps={config.accumulate_steps}")
    if asked and config.batch_size % whole:
        where = f" on {replicas} devices" if replicas > 1 else ""
        raise UserError(
            f"--batch_size={config.batch_size}: must be a multiple of {whole} with "
            f"{' and '.join(asked)}{where}"
        )


def _check_start(config: "Config") -> None:
    if config.init_from is not None:
        return
    for name in ("init_partial", "freeze_d"):
        if getattr(config, name):
            raise UserError(f"--{name}={getattr(config, name)}: needs --init_from")


def _check_penalty(config: "Config") -> None:
    # WGAN-GP is about the slopes of single images; batch norm makes them those of a batch.
    if config.penalty == "wgan_gp" and config.normalization == "batch":
        raise UserError(
            "--penalty=wgan_gp: does not work with --normalization=batch; must be spectral or none"
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

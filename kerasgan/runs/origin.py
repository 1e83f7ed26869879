"""Trained networks with which a new run begins: those of another run, or of two Keras files."""

import dataclasses
import hashlib
import logging
import pathlib
import zipfile
from typing import Any

import keras

from kerasgan.config import Config, NetworkSettings
from kerasgan.errors import UserError, refused_path
from kerasgan.files import local_path, tensorflow_path
from kerasgan.model.gan import GAN
from kerasgan.model.placement import counterparts, image_shape_of
from kerasgan.model.validation import check_networks, condition_width_of, latent_dim_of
from kerasgan.runs.checkpoints import checkpoint_steps
from kerasgan.runs.folder import CHECKPOINT_FOLDER, CONFIG_FILE, change_of_labels
from kerasgan.runs.restore import restore_run
from kerasgan.start_settings import parse_origin

_LOG = logging.getLogger(__name__)

_MAX_NAMED = 6  # new layers in a line of the log

_Pairs = list[tuple[keras.Layer, keras.Layer | None]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Origin:
    """Trained networks.

    Attributes:
        source: the value of --init_from.
        generator: as it was trained.
        ema_generator: its average.
        discriminator: as it was trained.
        settings: what is known of the settings that decide what networks look like.
        config: all settings of their run; None for Keras files.
        step: how long their run had trained; None for Keras files.
    """

    source: str
    generator: keras.Model
    ema_generator: keras.Model
    discriminator: keras.Model
    settings: dict[str, Any]
    config: Config | None = None
    step: int | None = None

    def digest(self) -> str:
        """The SHA-256 of all weights, in hexadecimal digits."""
        digest = hashlib.sha256()
        for network in (self.generator, self.ema_generator, self.discriminator):
            for weight in network.get_weights():
                digest.update(f"{weight.dtype.str}{weight.shape}".encode())
                digest.update(weight.tobytes())
        return digest.hexdigest()


def discriminator_file(generator_file: pathlib.Path) -> pathlib.Path:
    """Where the discriminator of a generator's Keras file is: faces.discriminator.keras."""
    return generator_file.with_suffix(".discriminator.keras")


def open_origin(config: Config, continued: pathlib.Path | None) -> tuple[Config, Origin | None]:
    """What a run begins with, and the settings with its digest.

    Args:
        config: the run's settings.
        continued: the run's folder if it has begun already.

    Returns:
        None in place of an origin for random weights, and for a run with checkpoints: those hold
        all that it needs, and its origin may be gone.

    Raises:
        UserError: the origin cannot be read, has other networks, or has changed since a run
            began that was killed before its first checkpoint.
    """
    known = None if continued is None else Config.load(continued / CONFIG_FILE).init_digest
    config = dataclasses.replace(config, init_digest=known)
    if config.init_from is None:
        return config, None
    if continued is not None and checkpoint_steps(continued / CHECKPOINT_FOLDER):
        return config, None
    origin = read_origin(config.init_from)
    _refuse_other_networks(origin, config)
    digest = origin.digest()
    if known not in (None, digest):
        raise UserError(
            f"--init_from={origin.source}: is not what the run in {continued} began with; put that "
            "back, or begin another run"
        )
    return dataclasses.replace(config, init_digest=digest), origin


def read_origin(source: str) -> Origin:
    """Reads the networks that --init_from names.

    Args:
        source: its value: a run's folder, with :best, :last or :<step> after it or not, or the
            Keras file of a generator, next to which that of the discriminator is.

    Raises:
        UserError: there is no such run, checkpoint or file, or it cannot be read.
    """
    place, which = parse_origin(source)
    path = local_path("init_from", place)
    with refused_path("init_from", path):
        if path.is_dir():
            return _read_run(source, path, which or "last")
        if path.suffix != ".keras":
            raise UserError(
                f"--init_from={source}: no such folder; must be a run's folder, :best or :<step> "
                "may follow, or the .keras file of a generator"
            )
        if which is not None:
            raise UserError(f"--init_from={source}: a file has one state; must end in .keras")
        return _read_files(source, path)


def _read_run(source: str, run_dir: pathlib.Path, which: str) -> Origin:
    config, gan, step = restore_run(run_dir, which, flag="init_from")
    names = [field.name for field in dataclasses.fields(NetworkSettings)]
    return Origin(
        source=source,
        generator=gan.generator,
        ema_generator=gan.ema_generator,
        discriminator=gan.discriminator,
        settings={name: getattr(config, name) for name in [*names, "image_size", "channels"]},
        config=config,
        step=step,
    )


def _read_files(source: str, path: pathlib.Path) -> Origin:
    networks = []
    for file in (path, discriminator_file(path)):
        if not file.is_file():
            raise UserError(f"--init_from={source}: there is no file {file}")
        try:
            networks.append(
                keras.saving.load_model(tensorflow_path(file), compile=False, safe_mode=True)
            )
        except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
            message = " ".join(str(error).split())
            raise UserError(f"--init_from={source}: {file} cannot be read: {message}") from error
    generator, discriminator = networks
    try:
        check_networks(generator, discriminator)
        image_size, channels = _split(image_shape_of(discriminator))
    except (AttributeError, ValueError) as error:
        raise UserError(
            f"--init_from={source}: must be a generator and a discriminator: {error}"
        ) from error
    settings = {"image_size": image_size, "channels": channels}
    return Origin(
        source=source,
        generator=generator,
        ema_generator=generator,
        discriminator=discriminator,
        settings={**settings, "latent_dim": latent_dim_of(generator)},
    )


def _split(image_shape: tuple[int | None, ...]) -> tuple[tuple[int | None, ...], int | None]:
    height, width, channels = image_shape
    return (height, width), channels


def _refuse_other_networks(origin: Origin, config: Config) -> None:
    """Compares the settings of networks, as far as they are known before the data are loaded.

    Raises:
        UserError: they differ, without --init_partial; or the family does, in any case.
    """
    for name, theirs in origin.settings.items():
        ours = getattr(config, name)
        if ours == theirs or (config.init_partial and name != "network"):
            continue
        what = f"--init_from={origin.source}: has --{name}={_shown(theirs)}, not {_shown(ours)}"
        if name == "network":
            raise UserError(f"{what}; networks of another family have no layers that fit")
        raise UserError(f"{what}; must be the same, or give --init_partial to take what fits")


def _shown(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def take_over(origin: Origin, gan: GAN, config: Config) -> None:
    """Gives the networks of a new run the weights of trained ones, and logs how many fit.

    What fits says `kerasgan.model.placement.counterparts`. Optimizers and counters stay new.

    Args:
        origin: the trained networks.
        gan: of the new run.
        config: its settings, with what its labels mean.

    Raises:
        UserError: not all fits, without --init_partial; nothing fits; or a layer of the
            discriminator that is to be held does not.
    """
    other_labels = _other_labels(origin, config)
    if other_labels and not config.init_partial:
        raise UserError(
            f"--init_from={origin.source}: has other labels: {other_labels}; must be the same, or "
            "give --init_partial to take what fits"
        )
    roles = ("generator", "ema_generator", "discriminator")
    pairs = {
        role: counterparts(
            getattr(gan, role), getattr(origin, role), same_labels=other_labels is None
        )
        for role in roles
    }
    _refuse_misfits(origin, pairs, config)
    for role in roles:
        for ours, theirs in pairs[role]:
            if theirs is not None:
                ours.set_weights(theirs.get_weights())
    step = "" if origin.step is None else f", step {origin.step}"
    of_both = ", ".join(f"{_count(pairs[role])} of the {role}" for role in roles[::2])
    _LOG.info("The run begins with %s%s: %s.", origin.source, step, of_both)
    new = [layer for role in roles[::2] for layer, theirs in pairs[role] if theirs is None]
    if new:
        _LOG.info("Layers that begin with random weights: %s.", _named(new))


def _other_labels(origin: Origin, config: Config) -> str | None:
    """How the labels differ, in words; None if they do not, as far as is known."""
    if origin.config is not None:
        return change_of_labels(origin.config, config)
    theirs, ours = condition_width_of(origin.generator), len(config.label_names)
    return None if theirs == ours else f"there were {theirs} and are {ours}"


def _refuse_misfits(origin: Origin, pairs: dict[str, _Pairs], config: Config) -> None:
    both = pairs["generator"] + pairs["discriminator"]
    new = [layer for layer, theirs in both if theirs is None]
    what = f"--init_from={origin.source}: {_count(both)} fit the networks of this run"
    if len(new) == len(both):
        raise UserError(f"{what}; must be networks of the same family and widths")
    if new and not config.init_partial:
        raise UserError(
            f"{what}, and not {_named(new)}; must be all, or give --init_partial to take what fits"
        )
    held = [layer for layer, theirs in pairs["discriminator"] if not (theirs or layer.trainable)]
    if held:
        raise UserError(
            f"--freeze_d={config.freeze_d}: would hold layers that --init_from={origin.source} "
            f"does not have: {_named(held)}"
        )


def _count(pairs: _Pairs) -> str:
    total = sum(len(layer.weights) for layer, _ in pairs)
    fitting = sum(len(layer.weights) for layer, theirs in pairs if theirs is not None)
    return f"{fitting} of {total} variables"


def _named(layers: list[keras.Layer]) -> str:
    """Layers by kind and the shape of their first weight."""
    names = [f"{type(layer).__name__} {list(layer.weights[0].shape)}" for layer in layers]
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")

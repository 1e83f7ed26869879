"""Trains a GAN: `python -m kerasgan.main --epochs=5`.

Every setting of `kerasgan.config.Config` is a flag; `--preset=<name>` or `--flagfile=<file>` gives
many at once.
"""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

from absl import flags

from kerasgan.cli import app
from kerasgan.cli.presets import known_presets
from kerasgan.config import Config
from kerasgan.runs.folder import resolve_config

_RUN_DIR = flags.DEFINE_string(
    "run_dir",
    None,
    "the run's folder; one that holds a run is continued. None: runs/<next number>-<data set>",
)
flags.DEFINE_enum("preset", None, known_presets(), "settings to start from; other flags win")


_DEFINE: dict[Any, Callable[..., object]] = {
    bool: flags.DEFINE_bool,
    float: flags.DEFINE_float,
    float | None: flags.DEFINE_float,
    int: flags.DEFINE_integer,
    int | None: flags.DEFINE_integer,
}


def _define_settings() -> None:
    """One flag for each field of Config, which itself checks what it is given."""
    for field in dataclasses.fields(Config):
        limits = ", ".join(
            f"{limit} {_as_text(field.metadata[limit])}"
            for limit in ("minimum", "above", "below", "choices")
            if limit in field.metadata
        )
        meaning = field.metadata["meaning"] + (f" ({limits})" if limits else "")
        default = field.default
        if isinstance(default, tuple):
            default = "x".join(map(str, default))
        _DEFINE.get(field.type, flags.DEFINE_string)(field.name, default, meaning)


def _as_text(limit: object) -> str:
    return ", ".join(map(str, limit)) if isinstance(limit, tuple) else str(limit)


def given_settings() -> dict[str, Any]:
    """The settings that the user named, in a flag or in a flag file."""
    names = [field.name for field in dataclasses.fields(Config)]
    return {name: flags.FLAGS[name].value for name in names if flags.FLAGS[name].present}


def main() -> int:
    """Trains, and says where everything is."""
    run_dir = pathlib.Path(_RUN_DIR.value) if _RUN_DIR.value else None
    config = resolve_config(run_dir, given_settings())

    app.start_tensorflow()  # only now: --help and mistakes do not wait for it
    from kerasgan.training.devices import use_devices
    from kerasgan.training.loop import train

    use_devices(config)

    outcome = train(config, run_dir)
    print(f"pictures     {outcome.run_dir / 'samples'}")
    print(f"curves       tensorboard --logdir {outcome.run_dir / 'logs'}")
    if outcome.saved_model:
        print(f"saved model  {outcome.saved_model} (the state at step {outcome.exported_step})")
    if not outcome.complete:
        print(f"stopped at step {int(outcome.gan.step.numpy())}; to continue:")
        print(f"  python -m kerasgan.main --run_dir={outcome.run_dir}")
    return outcome.status


_define_settings()

if __name__ == "__main__":
    app.run(main)

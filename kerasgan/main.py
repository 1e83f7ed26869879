"""Trains a GAN: `python -m kerasgan.main --epochs=5`.

Every setting in `kerasgan.config` is a flag; `--preset=<name>` or `--flagfile=<file>` gives many
at once.
"""

import pathlib

from absl import flags

from kerasgan.cli import app, setting_flags
from kerasgan.cli.presets import known_presets
from kerasgan.config import Config
from kerasgan.runs.folder import resolve_config


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    flags.DEFINE_string(
        "run_dir",
        None,
        "the run's folder; a run that is there is continued. None: runs/<next number>-<data set>",
    )
    flags.DEFINE_enum("preset", None, known_presets(), "settings to start from; other flags win")
    setting_flags.define_flags(Config)


def main() -> int:
    """Trains, and prints where everything is."""
    run_dir = pathlib.Path(flags.FLAGS.run_dir) if flags.FLAGS.run_dir else None
    config = resolve_config(run_dir, setting_flags.given_settings(Config))

    app.start_tensorflow()  # only now: --help and mistakes need not wait for it
    from kerasgan.training.devices import use_devices
    from kerasgan.training.loop import train

    use_devices(config)

    outcome = train(config, run_dir)
    print(f"pictures     {outcome.run_dir / 'samples'}")
    print(f"curves       tensorboard --logdir {outcome.run_dir} --samples_per_plugin=images=1000")
    if outcome.saved_model:
        print(f"saved model  {outcome.saved_model} (the state at step {outcome.exported_step})")
    if not outcome.complete:
        print(f"stopped at step {int(outcome.gan.step.numpy())}; to continue:")
        print(f"  python -m kerasgan.main --run_dir={outcome.run_dir}")
    return outcome.status


if __name__ == "__main__":
    define_flags()
    app.run(main)

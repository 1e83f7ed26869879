"""Turns a run into a model for other programs: `python -m kerasgan.export --run_dir=runs/...`.

The averaged generator of a checkpoint becomes a SavedModel for TensorFlow Serving, an ONNX file,
a LiteRT file, a Keras file with that of the discriminator next to it, or a web page on which one
can play with it.
"""

import pathlib
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app, common_flags, outputs
from kerasgan.config import Config
from kerasgan.errors import UserError, refused_path
from kerasgan.files import check_writable

if TYPE_CHECKING:
    import tensorflow as tf

    from kerasgan.runs.restore import RestoredRun

_ENDINGS = {"onnx": ".onnx", "litert": ".tflite", "keras": ".keras"}
_FORMATS = ("saved_model", *_ENDINGS, "web")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    flags.DEFINE_string("run_dir", None, "the run's folder")
    flags.DEFINE_string("checkpoint", "last", "last, best, or the number of a step")
    flags.DEFINE_string("format", "saved_model", f"what to write: {', '.join(_FORMATS)}")
    flags.DEFINE_string(
        "output",
        None,
        "the model's folder, in which the next version appears, the folder of a web page, or the "
        "file of another format; next to <name>.keras comes <name>.discriminator.keras. None: "
        "saved_models_dir/model_name of the run, with the format's ending (.web for the page)",
    )
    outputs.define_overwrite_flag()
    flags.DEFINE_string("license", None, "the model's licence, for the metadata, as an SPDX name")
    common_flags.define_page_latents_flag()
    flags.DEFINE_bool("dry_run", False, "print the signatures and write nothing")


def main() -> int:
    """Exports, and prints what was written."""
    options = flags.FLAGS
    if options.format not in _FORMATS:
        raise UserError(f"--format={options.format}: must be {', '.join(_FORMATS)}")
    if options.run_dir is None:
        raise UserError("--run_dir: must be given, the folder of the run to export")
    if options.format in _ENDINGS and options.license is not None:
        raise UserError(
            f"--license: only a saved_model or a page has metadata, not {options.format}"
        )
    if options.format != "web" and options.latents is not None:
        raise UserError(f"--latents: only a page shows pictures, not {options.format}")

    app.start_tensorflow()
    from kerasgan.runs.restore import restore_run
    from kerasgan.runs.tolerance import WriteError, reason

    run_dir = pathlib.Path(options.run_dir)
    with refused_path("run_dir", run_dir):
        run = restore_run(run_dir, options.checkpoint)
    output = _output(run.config)
    if options.dry_run:
        _print_signatures(run)
        print(f"would write {output}")
        return 0
    try:
        output = _write(run, output)
    except WriteError as error:
        raise UserError(f"--output={output}: cannot be written: {reason(error)}") from error
    print(f"step {run.step} -> {output}")
    return 0


def _write(run: "RestoredRun", output: pathlib.Path) -> pathlib.Path:
    """Writes what --format asks for, and returns where it is."""
    options = flags.FLAGS
    generator = run.gan.ema_generator
    if options.format == "web":
        from kerasgan.sampling.open_painter import painter_of_restored
        from kerasgan.sampling.page import write_page_of

        painter = painter_of_restored(run, pathlib.Path(options.run_dir))
        latents = common_flags.latents_path()
        write_page_of(painter, output, licence=options.license, latents=latents)
        return output
    if options.format != "saved_model":
        from kerasgan.serving.other_runtimes import export_file

        export_file(generator, output, options.format, discriminator=run.gan.discriminator)
        return output
    from kerasgan.serving.metadata import describe_run
    from kerasgan.serving.saved_model import export_saved_model

    metadata = describe_run(
        run.config, step=run.step, run_dir=pathlib.Path(options.run_dir), licence=options.license
    )
    return export_saved_model(
        generator,
        output,
        discriminator=run.gan.discriminator,
        labels=run.config.label_space,
        metadata=metadata,
    )


def _output(config: Config) -> pathlib.Path:
    """The file or folder to write. Of a folder only its versions are written, which add up.

    Raises:
        UserError: it may not be written.
    """
    options = flags.FLAGS
    ending = ".web" if options.format == "web" else _ENDINGS.get(options.format, "")
    default = pathlib.Path(config.saved_models_dir) / (config.model_name + ending)
    if options.format in _ENDINGS:
        siblings = [".discriminator.keras"] if options.format == "keras" else []
        return outputs.output_file(
            (ending,), default=default, siblings=siblings, make_folder=not options.dry_run
        )
    output = pathlib.Path(options.output or default)
    check_writable("output", output)
    if options.format == "web":
        from kerasgan.serving.web_page import check_page_folder

        check_page_folder(output)
        if output.exists() and options.output is not None and not options.overwrite:
            raise UserError(f"--output={output}: exists; give --overwrite to replace it")
    return output


def _print_signatures(run: "RestoredRun") -> None:
    from kerasgan.serving.labelled_endpoints import functions_of

    gan = run.gan
    functions = functions_of(gan.ema_generator, gan.discriminator, run.config.label_space)
    for name, function in functions.items():
        outputs = function.get_concrete_function().structured_outputs
        print(name)
        for spec in function.input_signature:
            print(f"  {spec.name:<14} {spec.dtype.name:<8} {_shape(spec)}")
        for output, spec in outputs.items():
            print(f"  -> {output:<11} {spec.dtype.name:<8} {_shape(spec)}")


def _shape(spec: "tf.TensorSpec") -> str:
    return "[" + ", ".join("n" if side is None else str(side) for side in spec.shape) + "]"


if __name__ == "__main__":
    define_flags()
    app.run(main)

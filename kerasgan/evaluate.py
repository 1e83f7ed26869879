"""Measures how good images are: `python -m kerasgan.evaluate --generated=runs/0001-faces`.

Everything works offline with the embedded network. docs/metrics.md explains the figures.
"""

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

from absl import flags

from kerasgan.cli import app, common_flags, outputs, setting_flags
from kerasgan.config import Config, DataSettings
from kerasgan.errors import UserError
from kerasgan.files import local_path, replace_file
from kerasgan.marks import mark_png
from kerasgan.runs.folder import CONFIG_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasgan.data import ImageSet
    from kerasgan.metrics.extractors import Extractor
    from kerasgan.metrics.results import Result
    from kerasgan.metrics.sources import Source

_DEFAULT_COUNT = 10_000
_OF_REAL = ("split", "crop", "resize", "background", "cache", "max_bad_fraction")
_MAX_LABEL_SCORES_PRINTED = 40
_MAX_ATTRIBUTES_PRINTED = 6  # the JSON file has all


def define_flags() -> None:
    """Defines the command's flags."""
    text, number = flags.DEFINE_string, flags.DEFINE_integer
    text("generated", None, "what to evaluate: a run's folder, a SavedModel, a folder or archive of pictures, or .npz statistics")  # noqa: E501  # fmt: skip
    text("checkpoint", "last", "of a run: last, best, or the number of a step")
    text("real", None, "what it should look like: synthetic_faces, any other --dataset of training, or .npz statistics. None: what the run was trained on, or else synthetic_faces")  # noqa: E501  # fmt: skip
    text("metrics", "swd,msssim,kid", "any of swd, msssim, fid, kid, prdc (precision, recall, density, coverage) and attributes (of synthetic faces), with commas between them")  # noqa: E501  # fmt: skip
    text("extractor", "embedded", "the network for fid, kid and prdc: embedded, inception2015 (published FIDs; fetched once), inception2015:<file>, keras, or the path of a .keras file, SavedModel or frozen graph")  # noqa: E501  # fmt: skip
    number("num_samples", None, "images of each set. None: 10000, or as many as there are")
    common_flags.define_labels_flag(
        "labels are drawn from those of --real, or evenly if it has none"
    )
    number("seed", 0, "of latents, of the choice of real images and of the metrics")
    text("image_size", "64x64", "pixels that pictures are fitted to, as SIDE or HEIGHTxWIDTH; a generator has its own")  # noqa: E501  # fmt: skip
    number("channels", 3, "3 for colour, 1 for grey, 4 for colour and transparency; a generator has its own")  # noqa: E501  # fmt: skip
    text("data_dir", None, "where the files of CelebA lie, and where tensorflow-datasets keeps its data")  # noqa: E501  # fmt: skip
    note = "; for --real. None: as the run had it"
    setting_flags.define_flags(DataSettings, only=_OF_REAL, note=note, **dict.fromkeys(_OF_REAL))
    text("json", None, "a file for the result, with all that it depends on")
    text("compare_with", None, "the JSON file of an earlier result, to show next to this one")
    flags.DEFINE_list("across", [], "what may differ from --compare_with, such as step,seed")
    text("save_statistics", None, "a .npz file for the features' statistics of --real, to be given as --real later")  # noqa: E501  # fmt: skip
    text("nearest", None, "a .png file for samples, each above the nearest of the images that the run was trained on, or else of --real")  # noqa: E501  # fmt: skip
    text("cache_dir", "~/.cache/kerasgan", "keeps downloads, resized pictures and features of real images; empty: keeps only downloads")  # noqa: E501  # fmt: skip
    outputs.define_overwrite_flag()


def main() -> int:
    """Evaluates and prints a table."""
    options = flags.FLAGS
    if not 0 <= options.seed < 2**31:
        raise UserError(f"--seed={options.seed}: must be 0 to {2**31 - 1}")
    if options.generated is None and not options.save_statistics:
        raise UserError("--generated: must be given, or --save_statistics for those of --real")
    json_file = outputs.check_output_file((".json",), flag="json")
    outputs.check_output_file((".npz",), flag="save_statistics")
    outputs.check_output_file((".png",), flag="nearest")
    app.start_tensorflow()
    from kerasgan.metrics.evaluation import choose_count, evaluate, parse_metrics

    metrics = parse_metrics(options.metrics)
    earlier = _open_earlier()
    generated, real = _open_sources(metrics)
    if options.nearest and not (generated and generated.sample and real.images):
        raise UserError(f"--nearest={options.nearest}: needs images on both sides")
    sources = [source for source in (real, generated) if source is not None]
    count = choose_count(options.num_samples, sources, _DEFAULT_COUNT)
    extractor = _open_extractor(metrics)
    refusal = None
    if generated is not None:
        result = evaluate(
            generated,
            real,
            metrics=metrics,
            count=count,
            extractor=extractor,
            seed=options.seed,
            cache_dir=_cache_dir(),
        )
        refusal = _why_not_compared(earlier, result)
        _report(result, earlier if refusal is None else None)
        if json_file is not None:  # after the table, in case the disk is full
            result.save(json_file)
    if extractor is not None:
        _write_extras(generated, real, extractor, count)
    if refusal is not None:  # last, so that nothing of the work is lost
        raise refusal
    return 0


def _open_earlier() -> "Result | None":
    from kerasgan.metrics.results import Fingerprint, Result

    options = flags.FLAGS
    for name in options.across:
        if name not in Fingerprint.__dataclass_fields__:
            known = ", ".join(Fingerprint.__dataclass_fields__)
            raise UserError(f"--across={name}: must be one or more of {known}")
    return Result.load(pathlib.Path(options.compare_with)) if options.compare_with else None


def _open_extractor(metrics: list[str]) -> "Extractor | None":
    from kerasgan.metrics.extractors import DEFAULT_CACHE_DIR, open_extractor
    from kerasgan.metrics.measuring import OF_FEATURES

    options = flags.FLAGS
    if not (set(metrics) & set(OF_FEATURES) or options.save_statistics or options.nearest):
        return None
    return open_extractor(options.extractor, cache_dir=_cache_dir() or DEFAULT_CACHE_DIR)


def _cache_dir() -> pathlib.Path | None:
    """Where features and resized pictures are kept; None for nowhere.

    Raises:
        UserError: the user named a folder that cannot be.
    """
    flag = flags.FLAGS["cache_dir"]
    if not flag.value:
        return None
    try:
        return local_path("cache_dir", flag.value)
    except UserError:
        if flag.present:
            raise
        return None  # there is no home folder, and nothing was wanted from it


def _open_sources(metrics: list[str]) -> "tuple[Source | None, Source]":
    from kerasgan.metrics.evaluation import check_metrics
    from kerasgan.metrics.labelled import ask_for_labels
    from kerasgan.metrics.sources import on_background, open_generated, open_real

    options = flags.FLAGS
    images = Config(image_size=options.image_size, channels=options.channels)
    height, width, channels = images.image_shape
    generated = None
    limit = (
        {} if options.max_bad_fraction is None else {"max_bad_fraction": options.max_bad_fraction}
    )
    if options.generated is not None:
        generated = open_generated(
            options.generated,
            which=options.checkpoint,
            seed=options.seed,
            settings=images.section(DataSettings, cache="memory", **limit),
        )
        height, width, channels = generated.image_shape
    trained = _open_settings() or Config()
    settings = dataclasses.replace(
        _data_settings(trained), image_size=(height, width), channels=channels, num_images=None
    )
    real = open_real(
        options.real or trained.dataset,
        seed=options.seed,
        num_samples=options.num_samples or 0,
        settings=settings,
    )
    background = _background(generated, settings)
    real = on_background(real, background)
    if generated is not None:
        generated = on_background(generated, background)
        check_metrics(metrics, real, generated)
        generated, real = ask_for_labels(generated, real, texts=options.labels, seed=options.seed)
    return generated, real


def _background(generated: "Source | None", settings: DataSettings) -> str:
    """What images with alpha are laid on: --background, or else what the generator's were."""
    if flags.FLAGS.background is None and generated is not None and generated.background:
        return generated.background
    return settings.background


def _open_settings() -> Config | None:
    """The settings of the run that is evaluated; None where it is something else."""
    if flags.FLAGS.generated is not None:
        config_file = local_path("generated", flags.FLAGS.generated) / CONFIG_FILE
        if config_file.is_file():
            return Config.load(config_file)
    return None


def _data_settings(trained: Config) -> DataSettings:
    """How real pictures are read: as in training, unless a flag says otherwise."""
    options = flags.FLAGS
    given: dict[str, Any] = {name: options[name].value for name in ("data_dir", *_OF_REAL)}
    given = {name: value for name, value in given.items() if value is not None}
    cache_dir = _cache_dir()
    if cache_dir is not None:
        given["cache_dir"] = str(cache_dir)
    else:
        given["cache"] = "memory"
    if options.real not in (None, trained.dataset):  # other data have other parts and labels
        given = {"split": None, "labels": None, **given}
    return trained.section(DataSettings, **given)


def _why_not_compared(earlier: "Result | None", result: "Result") -> UserError | None:
    from kerasgan.metrics.results import refuse_differences

    try:
        if earlier is not None:
            across = flags.FLAGS.across
            refuse_differences(earlier.fingerprint, result.fingerprint, across=across)
    except UserError as error:
        return error
    return None


def _report(result: "Result", earlier: "Result | None") -> None:
    made = result.fingerprint
    print(
        f"{made.num_generated} images of {result.generated}\n"
        f"against {made.num_real or 'statistics'} of {made.data} ({made.data_digest[:12]}), "
        f"{made.image_size}{f' on {made.background}' if made.background else ''}, seed {made.seed}"
        + (f", {made.extractor} {made.extractor_digest[:12]}" if made.extractor_digest else "")
    )
    shown = _shown(result.scores)
    width = max(map(len, shown))
    for name, value in shown.items():
        then = earlier.scores.get(name) if earlier is not None else None
        print(
            f"  {name:{width}}  {value:10.4g}"
            + (f"  (earlier {then:.4g})" if then is not None else "")
        )
    for sentence in result.attributes[:_MAX_ATTRIBUTES_PRINTED]:
        print(f"  {sentence}")


def _shown(scores: "Mapping[str, float]") -> dict[str, float]:
    """The scores to print: all, except those of most labels where there are many."""
    of_labels = [name for name in scores if name.endswith("]")]
    left_out = set(of_labels[_MAX_LABEL_SCORES_PRINTED:])
    return {name: value for name, value in scores.items() if name not in left_out}


def _write_extras(
    generated: "Source | None", real: "Source", extractor: "Extractor", count: int
) -> None:
    import tensorflow as tf

    from kerasgan.metrics.evaluation import origin_of, summarize_source
    from kerasgan.metrics.nearest import nearest_grid
    from kerasgan.metrics.statistics_file import save_statistics

    options = flags.FLAGS
    if options.save_statistics:
        summary = summarize_source(
            real, count, metrics=("kid",), extractor=extractor, seed=options.seed
        )
        origin = origin_of(real, extractor, options.seed)
        save_statistics(pathlib.Path(options.save_statistics), summary, origin)
        print(f"statistics   {options.save_statistics}")
    if options.nearest and generated and generated.sample and real.images:
        samples = generated.sample(0, min(32, count))
        grid = nearest_grid(samples, _training_images(real, real.images), extractor)
        replace_file(pathlib.Path(options.nearest), mark_png(tf.io.encode_png(grid).numpy()))
        print(f"nearest      {options.nearest}")


def _training_images(real: "Source", real_images: "ImageSet") -> "ImageSet":
    """What the generator may have memorised: the run's own images, or else the real ones."""
    from kerasgan.data import load_images
    from kerasgan.metrics.sources import on_background, source_of_images

    trained = _open_settings()
    if trained is None or flags.FLAGS.real not in (None, trained.dataset):
        return real_images
    if trained.dataset != "synthetic_faces" and trained.num_images is None:
        return real_images  # they are the same
    images = load_images(_data_settings(trained), seed=trained.seed)
    source = source_of_images("real", trained.dataset, images, seed=trained.seed)
    return on_background(source, real.background or trained.background).images or images


if __name__ == "__main__":
    define_flags()
    app.run(main)

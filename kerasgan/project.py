"""Finds a photograph's latents: `python -m kerasgan.project --model=... --image=photo.jpg`.

Looks for the point in latent space whose picture is nearest to the photograph: among thousands of
random ones first, and from the best of them by gradient descent. --output is a folder: latents.npz,
which `sample`, `interpolate`, `arithmetic` and `attributes` read, the pictures that were found, a
strip of the way to each, and the errors. The same command continues a folder that was interrupted.
"""

from typing import TYPE_CHECKING, Any

from absl import flags

from kerasgan.cli import app, common_flags, outputs, setting_flags
from kerasgan.config import PictureSettings
from kerasgan.errors import UserError, refused_path
from kerasgan.projecting.projection_settings import ProjectionSettings

if TYPE_CHECKING:
    from kerasgan.projecting.photographs import Photographs
    from kerasgan.projecting.projection_folder import ProjectionFolder
    from kerasgan.projecting.projector import Projector
    from kerasgan.sampling.painter import Painter

_OF_PICTURES = ("crop", "resize", "background")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    flags.DEFINE_multi_string(
        "image", None, "a picture, or a folder of pictures; may be given several times"
    )
    outputs.define_output_flags("projection", "the folder for latents, pictures and errors")
    setting_flags.define_flags(ProjectionSettings)
    common_flags.define_labels_flag("that of --seed in sample")
    note = "; none: as the generator was trained"
    setting_flags.define_flags(
        PictureSettings, only=_OF_PICTURES, note=note, **dict.fromkeys(_OF_PICTURES)
    )


def main() -> int:
    """Projects, and prints how near each picture came."""
    options = flags.FLAGS
    common_flags.check_source()
    if not options.image:
        raise UserError("--image: must be given, a picture or a folder of pictures")
    settings = ProjectionSettings(**setting_flags.given_settings(ProjectionSettings))
    output = outputs.output_folder()

    painter = common_flags.open_painter()
    photographs = _read_photographs(painter)
    from kerasgan.projecting.projection_folder import LATENTS_FILE, ProjectionFolder
    from kerasgan.projecting.projector import Projector

    projector = Projector(painter, settings, common_flags.one_label(painter, settings.seed, 1))
    with refused_path("output", output):
        folder = ProjectionFolder(
            output,
            _describe(painter, projector, settings),
            photographs,
            overwrite=options.overwrite or not flags.FLAGS["output"].present,
            background=painter.background,
        )
        _project(projector, photographs, folder, settings.steps)
    for result in folder.results():
        print(
            f"{result['name']}: {result['error']:.1f} grey levels from the picture; the best "
            f"random one: {result['start_error']:.1f}"
        )
    print(f"{len(photographs.names)} latents in {output / LATENTS_FILE}")
    return 0


def _read_photographs(painter: "Painter") -> "Photographs":
    """The pictures that --image names, cropped and resized as the generator's data were."""
    from kerasgan.data.pictures.preprocess import Preprocessing
    from kerasgan.projecting.photographs import read_photographs

    known = painter.metadata.get("config", {})
    chosen = {name: known[name] for name in _OF_PICTURES if name in known}
    chosen |= {name: flags.FLAGS[name].value for name in _OF_PICTURES if flags.FLAGS[name].present}
    preprocessing = Preprocessing(image_shape=painter.image_shape, **chosen)
    photographs = read_photographs(flags.FLAGS.image, preprocessing)
    for file in photographs.skipped:
        print(f"{file.name} {file.reason}")
    return photographs


def _describe(
    painter: "Painter", projector: "Projector", settings: ProjectionSettings
) -> dict[str, Any]:
    """What the results are a function of, besides the pictures."""
    content = {"generator": painter.identity, **settings.as_dict()}
    content["extractor"] = f"{projector.extractor.name} {projector.extractor.digest[:12]}"
    if painter.label_space is not None:
        asked = common_flags.asked_labels(painter)
        content["labels"] = "that of the seed" if asked is None else asked.names[0]
    return content


def _project(
    projector: "Projector", photographs: "Photographs", folder: "ProjectionFolder", steps: int
) -> None:
    """Projects what is still missing."""
    from tqdm import tqdm

    missing, count = folder.missing(), len(photographs.names)
    if len(missing) < count:
        print(f"{count - len(missing)} of {count} pictures are there already")
    with tqdm(total=len(missing) * steps, unit=" steps", disable=None) as bar:
        for index in missing:
            folder.add(index, projector.project(photographs.images[index], bar.update))


if __name__ == "__main__":
    define_flags()
    app.run(main)

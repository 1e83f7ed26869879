"""How near `python -m kerasgan.project` comes to images that its generator painted, and to others.

    python benchmarks/projection.py runs/0001-synthetic_faces

The run must be one of synthetic faces. Images of the first kind are of seeds that are no candidates
of the search, those of the second kind are faces of a seed that is not used in training.
"""

import pathlib
import statistics
import sys
import time

import numpy as np

from kerasgan.faces import synthetic_faces
from kerasgan.pixels import make_grid, to_grey
from kerasgan.projecting.projection_settings import ProjectionSettings
from kerasgan.projecting.projector import Projection, Projector, mean_absolute_errors
from kerasgan.sampling.open_painter import painter_of_run
from kerasgan.sampling.painter import Painter
from kerasgan.sampling.picture_files import write_png

_IMAGES = 20
_FIRST_SEED = 2**31


def main() -> None:
    """Prints the tables, and writes strips of all ways to the folder of the second argument."""
    painter = painter_of_run(pathlib.Path(sys.argv[1]))
    settings = ProjectionSettings()
    print(f"{settings}\n")
    faces, _ = synthetic_faces(_IMAGES, image_size=painter.image_shape[:2], seed=_FIRST_SEED)
    if painter.image_shape[2] == 1:
        faces = to_grey(faces)
    kinds = {
        "generated": painter.sample(range(_FIRST_SEED, _FIRST_SEED + _IMAGES)),
        "unseen faces": faces,
    }
    projector = Projector(painter, settings)
    projector.project(faces[0])  # compiles, and paints the candidates
    samples = painter.sample(range(settings.candidates))
    print("| images | error: mean, worst | nearest sample's | share: mean, worst | s an image |")
    print("|---|---|---|---|---|")
    for kind, images in kinds.items():
        began = time.perf_counter()
        found = [projector.project(image) for image in images]
        seconds = (time.perf_counter() - began) / len(images)
        errors = [item.error for item in found]
        nearest = [min(mean_absolute_errors(samples, image)) for image in images]
        shares = [error / other for error, other in zip(errors, nearest, strict=True)]
        print(
            f"| {kind} | {statistics.mean(errors):.2f}, {max(errors):.2f} "
            f"| {statistics.mean(nearest):.2f} "
            f"| {statistics.mean(errors) / statistics.mean(nearest):.0%}, {max(shares):.0%} "
            f"| {seconds:.1f} |"
        )
        _report_lengths(painter, found)
        if len(sys.argv) > 2:
            strips = [np.concatenate([a[None], b.way]) for a, b in zip(images, found, strict=True)]
            grid = make_grid(np.concatenate(strips), columns=len(strips[0]))
            write_png(pathlib.Path(sys.argv[2]) / f"{kind.replace(' ', '_')}.png", grid)


def _report_lengths(painter: Painter, found: list[Projection]) -> None:
    lengths = [float(np.linalg.norm(item.latents)) for item in found]
    print(
        f"lengths of latents: {min(lengths):.1f} to {max(lengths):.1f}, of random ones "
        f"{painter.latent_dim**0.5:.1f} in the mean",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()

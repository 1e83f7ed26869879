"""Recipes compared at equal seconds of training: what quality.py and small_folder.py share.

Each pair of an entry and a seed is trained in a process of its own (`contestants.py`), one after
the other, and judged afterwards from the samples that it painted on the way. After each pair the
results are written, so that an interrupted comparison continues with the next one.
"""

import dataclasses
import json
import pathlib
import statistics
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasgan.explaining.figures import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    Drawing,
    new_figure,
    render,
    themed,
)
from kerasgan.files import replace_file

_PROGRAM = pathlib.Path(__file__).with_name("contestants.py")
_SHARES = (1 / 8, 1 / 4, 1 / 2, 1)  # of the time, after which samples are painted
_COLOURS = (BLUE, VERMILION, ORANGE, GREEN, PURPLE)

Judge = Callable[[np.ndarray, int], dict[str, float]]


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of the plot: a contestant with its settings."""

    contestant: str
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        folder: of all files that it writes; `results.json` is the one that lets it continue.
        entries: by their titles.
        seconds: of training.
        num_samples: painted at each mark.
        facts: what else must be equal for results to belong together.
        training_images: a function of the seed, to uint8 [N, H, W, C].
        judge: a function of samples and the seed, to scores.
        show: called with the title, the seed and the last samples.
    """

    folder: pathlib.Path
    entries: dict[str, Entry]
    seconds: float
    num_samples: int
    facts: dict[str, Any]
    training_images: Callable[[int], np.ndarray]
    judge: Judge
    show: Callable[[str, int, np.ndarray], None]

    def run(self, seeds: list[int]) -> list[dict[str, Any]]:
        """Trains and judges every pair whose result is not there yet; returns all results."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "results.json"
        setup = {"seconds": self.seconds, "num_samples": self.num_samples, **self.facts}
        results = json.loads(path.read_text()) if path.exists() else {"setup": setup, "runs": []}
        if results["setup"] != setup:
            raise SystemExit(
                f"{path}: is of {results['setup']}; not {setup}: give another --output"
            )
        for seed in seeds:  # so that every entry has its first seed early
            for title, entry in self.entries.items():
                key = {"title": title, "seed": seed, "settings": entry.settings}
                if any(key.items() <= run.items() for run in results["runs"]):
                    continue
                results["runs"].append({**key, "marks": self._train_and_judge(title, entry, seed)})
                replace_file(path, json.dumps(results, indent=1).encode())
            self._images_file(seed).unlink(missing_ok=True)
        return [
            run for run in results["runs"] if run["title"] in self.entries and run["seed"] in seeds
        ]

    def _images_file(self, seed: int) -> pathlib.Path:
        return self.folder / f"images_seed{seed}.npy"

    def _train_and_judge(self, title: str, entry: Entry, seed: int) -> list[dict[str, Any]]:
        images, painted = self._images_file(seed), self.folder / "painted.npz"
        if not images.exists():
            np.save(images, self.training_images(seed))
        done = subprocess.run(
            [
                *(sys.executable, str(_PROGRAM), f"--name={entry.contestant}"),
                *(f"--settings={json.dumps(entry.settings)}", f"--images={images}"),
                *(f"--seed={seed}", f"--marks={[share * self.seconds for share in _SHARES]}"),
                *(f"--num_samples={self.num_samples}", f"--output={painted}"),
            ]
        )
        if done.returncode:
            raise SystemExit(f"{title}, seed {seed}: ended with status {done.returncode}")
        with np.load(painted) as arrays:
            samples, reached = arrays["painted"], json.loads(str(arrays["reached"]))
        painted.unlink()
        marks = [
            {**at, "scores": self.judge(images, seed)}
            for at, images in zip(reached, samples, strict=True)
        ]
        self.show(title, seed, samples[-1])
        scores = ", ".join(f"{name} {value:.4g}" for name, value in marks[-1]["scores"].items())
        print(f"{title}, seed {seed}: {marks[-1]['steps']} steps, {scores}", flush=True)
        return marks


def print_table(runs: list[dict[str, Any]]) -> None:
    """A row per entry and mark: medians over seeds, and all values of the last mark."""
    names = list(runs[0]["marks"][0]["scores"])
    print(f"\n| | seconds | steps | {' | '.join(names)} |\n|---|---|---|{'---|' * len(names)}")
    for title, own in _by_title(runs).items():
        for index in range(len(own[0]["marks"])):
            at = [run["marks"][index] for run in own]
            cells = [f"{statistics.median(m[key] for m in at):.0f}" for key in ("seconds", "steps")]
            for name in names:
                values = [mark["scores"][name] for mark in at]
                seen = ", ".join(f"{value:.4g}" for value in sorted(values))
                middle = f"{statistics.median(values):.4g}"
                last = index == len(own[0]["marks"]) - 1 and len(values) > 1
                cells.append(f"{middle} ({seen})" if last else middle)
            print(f"| {title} | {' | '.join(cells)} |")


def draw_curves(
    runs: list[dict[str, Any]],
    path: pathlib.Path,
    *,
    title: str,
    floors: dict[str, float] | None = None,
) -> None:
    """A panel per score, over seconds: a thin line per seed, a thick one for their median.

    Args:
        runs: what `Comparison.run` returned.
        path: of the PNG.
        title: of the figure.
        floors: by score, what real images reach: dotted.
    """
    names, entries = list(runs[0]["marks"][0]["scores"]), _by_title(runs)
    with themed("light") as palette:
        figure = new_figure(4.2 * len(names), 4.6)
        panels = figure.subplots(1, len(names), squeeze=False)[0]
        colours = [*_COLOURS, palette.ink]
        for axes, name in zip(panels, names, strict=True):
            for (entry, own), colour in zip(entries.items(), colours, strict=False):
                curves = np.array([[m["scores"][name] for m in run["marks"]] for run in own])
                times = np.median([[m["seconds"] for m in run["marks"]] for run in own], axis=0)
                for curve in curves:
                    axes.plot(times, curve, color=colour, linewidth=0.8, alpha=0.5)
                middle = np.median(curves, axis=0)
                axes.plot(times, middle, "o-", color=colour, linewidth=2.5, label=entry)
            if floors and name in floors:
                axes.axhline(floors[name], color=palette.ink, linestyle=":", linewidth=1.2)
            axes.set_xscale("log", base=2)
            axes.set_xticks(times, [f"{seconds:.3g}" for seconds in times])
            axes.minorticks_off()
            lowest = min(m["scores"][name] for run in runs for m in run["marks"])
            axes.set_yscale("log" if lowest > 0 else "linear")
            axes.grid(True, color=palette.faint, linewidth=0.6)
            axes.set(xlabel="seconds of training", title=name)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(labels)))
        figure.suptitle(title)
        Drawing((render(figure),)).save(path)


def _by_title(runs: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        grouped.setdefault(run["title"], []).append(run)
    return grouped

"""Do the metrics rank images by quality? `python benchmarks/metrics_order.py [count]`.

Real faces are compared with other real faces, with slightly blurred and noisy ones, with another
data set (random shapes), and with sets of only a thousand and ten different faces. The table has
means and standard deviations over three seeds. In the last rows, a network with random weights
replaces the embedded one.
"""

import sys

import numpy as np

from kerasgan.faces import synthetic_faces
from kerasgan.metrics import embedded
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.measuring import sample_array, score, summarize

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
SEEDS = (0, 1, 2)
METRICS = ("swd", "msssim", "fid", "kid", "prdc", "attributes")


def blurred(images: np.ndarray) -> np.ndarray:
    """Blurs with weights 1, 2, 1 along rows and columns."""
    x = images.astype(np.float32)
    for axis in (1, 2):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return np.rint(x).astype(np.uint8)


def noisy(images: np.ndarray, seed: int) -> np.ndarray:
    """Adds Gaussian noise with a standard deviation of 25 grey levels."""
    noise = np.random.default_rng([seed, 1]).normal(0, 25, images.shape)
    return np.clip(images + noise, 0, 255).astype(np.uint8)


def shapes(count: int, seed: int) -> np.ndarray:
    """Ellipses and boxes of random colours: another data set."""
    random = np.random.default_rng([seed, 2])
    images = np.empty([count, 64, 64, 3], np.uint8)
    y, x = np.mgrid[:64, :64]
    for image in images:
        image[:] = random.integers(0, 256, 3)
        for _ in range(6):
            (cx, cy), (a, b) = random.uniform(0, 64, 2), random.uniform(4, 24, 2)
            u, v = (x - cx) / a, (y - cy) / b
            inside = u**2 + v**2 < 1 if random.random() < 0.5 else np.maximum(abs(u), abs(v)) < 1
            image[inside] = random.integers(0, 256, 3)
    return images


def candidates(count: int, seed: int) -> dict[str, np.ndarray]:
    """Sets of images uint8 [count, 64, 64, 3]; none contains a face of the real set."""
    faces, _ = synthetic_faces(count, image_size=(64, 64), seed=100 + seed)
    random = np.random.default_rng([seed, 3])
    return {
        "real": faces,
        "blurred": blurred(faces),
        "noisy": noisy(faces, seed),
        "shapes": shapes(count, seed),
        "1000 modes": faces[:1000][random.integers(min(1000, count), size=count)],
        "10 modes": faces[:10][random.integers(10, size=count)],
    }


def random_extractor() -> Extractor:
    """The embedded network before its training."""
    network = embedded.build_network()

    def run(images: np.ndarray) -> np.ndarray:
        return network(embedded.to_input(images))["features"].numpy()

    return Extractor("random", "none", run(np.zeros([1, 64, 64, 3], np.uint8)).shape[1], run)


def main() -> None:
    """Measures and prints the table."""
    rows: dict[str, dict[str, list[float]]] = {}
    for extractor in (open_extractor("embedded"), random_extractor()):
        metrics = METRICS if extractor.name == "embedded" else ("fid", "kid", "prdc")
        for seed in SEEDS:
            options = {"image_shape": (64, 64, 3), "metrics": metrics, "extractor": extractor}
            faces, _ = synthetic_faces(COUNT, image_size=(64, 64), seed=seed)
            real = summarize(sample_array(faces, seed=0), COUNT, **options)
            for name, images in candidates(COUNT, seed).items():
                generated = summarize(sample_array(images, seed=0), COUNT, **options)
                for key, value in score(real, generated, metrics=metrics).items():
                    rows.setdefault(key, {}).setdefault(name, []).append(value)
    names = list(next(iter(rows.values())))
    print(f"| metric | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
    for key, values in rows.items():
        cells = [f"{np.mean(values[n]):.4g} ± {np.std(values[n]):.1g}" for n in names]
        print(f"| {key} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()

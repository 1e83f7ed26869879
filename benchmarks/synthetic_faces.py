"""How many synthetic faces one core draws per second.

taskset -c 0 python benchmarks/synthetic_faces.py
"""

import statistics
import time

import numpy as np

from kerasgan.faces import render_faces, sample_attributes

ROUNDS, COUNT = 7, 1000


def main():
    """Prints the median over rounds for some sizes, including sampling the attributes."""
    for side in (32, 64, 128):
        rates = []
        for round_number in range(ROUNDS):
            indices = np.arange(round_number * COUNT, (round_number + 1) * COUNT)
            start = time.perf_counter()
            render_faces(sample_attributes(indices, seed=0), image_size=(side, side))
            rates.append(COUNT / (time.perf_counter() - start))
        print(f"{side:4d} x {side:<4d}{statistics.median(rates):7.0f} images/s")


if __name__ == "__main__":
    main()

"""Requests pictures from TensorFlow Serving over REST, using only Python's standard library.

python examples/rest_client.py 1 2 3    # writes seed_1.png, seed_2.png and seed_3.png
"""

import argparse
import base64
import json
import pathlib
import urllib.error
import urllib.request


def fetch_pngs(server: str, model: str, seeds: list[int], truncation: float) -> list[bytes]:
    """One PNG file for each seed.

    Args:
        server: its address, such as http://localhost:8501.
        model: its name on the server.
        seeds: whole numbers; the same seed always gives the same picture.
        truncation: 1 as in training; smaller values give more regular pictures.
    """
    rows = [{"seed": seed, "truncation": truncation} for seed in seeds]
    request = urllib.request.Request(
        f"{server}/v1/models/{model}:predict",
        json.dumps({"signature_name": "sample_png", "instances": rows}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        predictions = json.load(response)["predictions"]
    return [base64.b64decode(prediction["b64"]) for prediction in predictions]


def main() -> None:
    """Saves the pictures of the seeds on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--server", default="http://localhost:8501")
    parser.add_argument("--model", default="generator")
    parser.add_argument("--truncation", type=float, default=1.0)
    options = parser.parse_args()
    try:
        pngs = fetch_pngs(options.server, options.model, options.seeds, options.truncation)
    except urllib.error.HTTPError as error:  # the server says why
        parser.exit(1, f"{options.server}: {error}: {error.read().decode(errors='replace')}\n")
    except urllib.error.URLError as error:
        parser.exit(1, f"--server={options.server}: cannot be reached: {error.reason}\n")
    for seed, png in zip(options.seeds, pngs, strict=True):
        pathlib.Path(f"seed_{seed}.png").write_bytes(png)


if __name__ == "__main__":
    main()

"""Requests pictures from TensorFlow Serving over REST, using only Python's standard library.

python examples/rest_client.py 1 2 3    # writes seed_1.png, seed_2.png and seed_3.png
python examples/rest_client.py 1 2 --label=dog --metadata=.../assets/metadata.json
"""

import argparse
import base64
import json
import pathlib
import urllib.error
import urllib.request


def fetch_pngs(
    server: str,
    model: str,
    seeds: list[int],
    truncation: float,
    label: int | list[float] | None = None,
) -> list[bytes]:
    """One PNG file for each seed.

    Args:
        server: its address, such as http://localhost:8501.
        model: its name on the server.
        seeds: whole numbers; the same seed always gives the same picture.
        truncation: 1 as in training; smaller values give more regular pictures.
        label: of a model with labels, what all pictures should be: the index of a class, or the
            values of all attributes.
    """
    rows = [{"seed": seed, "truncation": truncation} for seed in seeds]
    if label is not None:
        rows = [{**row, "labels": label} for row in rows]
    request = urllib.request.Request(
        f"{server}/v1/models/{model}:predict",
        json.dumps({"signature_name": "sample_png", "instances": rows}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        predictions = json.load(response)["predictions"]
    return [base64.b64decode(prediction["b64"]) for prediction in predictions]


def read_label(text: str, metadata: dict) -> int | list[float]:
    """A label by name, as the model's signatures take it.

    Args:
        text: the name of a class, or values of attributes such as glasses=1,beard=0.5; those that
            are not named are 0.
        metadata: the model's assets/metadata.json, which has the names.
    """
    names = metadata["labels"]["names"]
    if metadata["labels"]["kind"] == "classes":
        if text not in names:
            raise SystemExit(f"--label={text}: must be one of {', '.join(names)}")
        return names.index(text)
    values = [0.0] * len(names)
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        if name not in names:
            raise SystemExit(f"--label={text}: must be of {', '.join(names)}, each with its value")
        values[names.index(name)] = float(value)
    return values


def main() -> None:
    """Saves the pictures of the seeds on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--server", default="http://localhost:8501")
    parser.add_argument("--model", default="generator")
    parser.add_argument("--truncation", type=float, default=1.0)
    parser.add_argument("--label", help="of a model with labels, such as dog or glasses=1,beard=0")
    parser.add_argument("--metadata", type=pathlib.Path, help="the model's assets/metadata.json")
    options = parser.parse_args()
    label = None
    if options.label is not None:
        if options.metadata is None:
            parser.error("--label needs --metadata, which has the names of labels")
        label = read_label(options.label, json.loads(options.metadata.read_text()))
    try:
        pngs = fetch_pngs(options.server, options.model, options.seeds, options.truncation, label)
    except urllib.error.HTTPError as error:  # the server says why
        parser.exit(1, f"{options.server}: {error}: {error.read().decode(errors='replace')}\n")
    except urllib.error.URLError as error:
        parser.exit(1, f"--server={options.server}: cannot be reached: {error.reason}\n")
    for seed, png in zip(options.seeds, pngs, strict=True):
        pathlib.Path(f"seed_{seed}.png").write_bytes(png)


if __name__ == "__main__":
    main()

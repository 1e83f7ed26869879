"""Requests pictures from TensorFlow Serving over gRPC: pip install tensorflow-serving-api.

python examples/grpc_client.py 1 2 3    # writes seed_1.png, seed_2.png and seed_3.png
python examples/grpc_client.py 1 2 --label=dog --metadata=.../assets/metadata.json
"""

import argparse
import json
import pathlib

import grpc
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc


def fetch_pngs(
    server: str,
    model: str,
    seeds: list[int],
    truncation: float,
    label: int | list[float] | None = None,
) -> list[bytes]:
    """One PNG file for each seed.

    Args:
        server: its address, such as localhost:8500.
        model: its name on the server.
        seeds: whole numbers; the same seed always gives the same picture.
        truncation: 1 as in training; smaller values give more regular pictures.
        label: of a model with labels, what all pictures should be: the index of a class, or the
            values of all attributes.
    """
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = "sample_png"
    request.inputs["seed"].CopyFrom(tf.make_tensor_proto(seeds, tf.int64))
    request.inputs["truncation"].CopyFrom(
        tf.make_tensor_proto(truncation, tf.float32, [len(seeds)])
    )
    if label is not None:
        dtype = tf.int64 if isinstance(label, int) else tf.float32
        labels = tf.make_tensor_proto([label] * len(seeds), dtype)
        request.inputs["labels"].CopyFrom(labels)
    with grpc.insecure_channel(server) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        response = service.Predict(request, timeout=60)
    return list(response.outputs["image_bytes"].string_val)


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
    parser.add_argument("--server", default="localhost:8500")
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
    pngs = fetch_pngs(options.server, options.model, options.seeds, options.truncation, label)
    for seed, png in zip(options.seeds, pngs, strict=True):
        pathlib.Path(f"seed_{seed}.png").write_bytes(png)


if __name__ == "__main__":
    main()

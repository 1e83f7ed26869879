"""Requests pictures from TensorFlow Serving over gRPC: pip install tensorflow-serving-api.

python examples/grpc_client.py 1 2 3    # writes seed_1.png, seed_2.png and seed_3.png
"""

import argparse
import pathlib

import grpc
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc


def fetch_pngs(server: str, model: str, seeds: list[int], truncation: float) -> list[bytes]:
    """One PNG file for each seed.

    Args:
        server: its address, such as localhost:8500.
        model: its name on the server.
        seeds: whole numbers; the same seed always gives the same picture.
        truncation: 1 as in training; smaller values give more regular pictures.
    """
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = "sample_png"
    request.inputs["seed"].CopyFrom(tf.make_tensor_proto(seeds, tf.int64))
    request.inputs["truncation"].CopyFrom(
        tf.make_tensor_proto(truncation, tf.float32, [len(seeds)])
    )
    with grpc.insecure_channel(server) as channel:
        service = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        response = service.Predict(request, timeout=60)
    return list(response.outputs["image_bytes"].string_val)


def main() -> None:
    """Saves the pictures of the seeds on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--server", default="localhost:8500")
    parser.add_argument("--model", default="generator")
    parser.add_argument("--truncation", type=float, default=1.0)
    options = parser.parse_args()
    pngs = fetch_pngs(options.server, options.model, options.seeds, options.truncation)
    for seed, png in zip(options.seeds, pngs, strict=True):
        pathlib.Path(f"seed_{seed}.png").write_bytes(png)


if __name__ == "__main__":
    main()

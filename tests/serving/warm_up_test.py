import pathlib

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from kerasgan.model.networks.dcgan import build_generator
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.serving.warm_up import prediction_log


@pytest.mark.parametrize("length", [0, 1, 127, 128, 300, 70_000])
def test_the_encoding_equals_that_of_tensorflow_servings_messages(length):
    tensor = tf.make_tensor_proto(np.arange(length), tf.int64)
    request = predict_pb2.PredictRequest()
    request.model_spec.signature_name = "sample"
    request.inputs["seed"].CopyFrom(tensor)
    log = prediction_log_pb2.PredictionLog()
    log.predict_log.request.CopyFrom(request)
    assert (
        prediction_log_pb2.PredictionLog.FromString(prediction_log("sample", {"seed": tensor}))
        == log
    )


def test_every_record_parses_and_its_signature_accepts_it(tmp_path):
    generator = build_generator((16, 16, 1), latent_dim=3, base_filters=4)
    version = export_saved_model(generator, tmp_path)
    model = tf.saved_model.load(str(version))
    path = version / pathlib.Path("assets.extra", "tf_serving_warmup_requests")
    answered = []
    for record in tf.data.TFRecordDataset(str(path)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        name = request.model_spec.signature_name
        inputs = {key: tf.constant(tf.make_ndarray(value)) for key, value in request.inputs.items()}
        outputs = model.signatures[name](**inputs)
        batch_sizes = {len(value) for value in [*inputs.values(), *outputs.values()]}
        assert len(batch_sizes) == 1
        answered.append((name, *batch_sizes))
    names = ["serving_default", "sample", "sample_png", "interpolate"]
    assert answered == [(name, size) for name in names for size in (1, 8)]
    assert path.stat().st_size < 2_000

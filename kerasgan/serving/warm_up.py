"""Warm-up requests, which TensorFlow Serving sends to a model before it serves any others.

The first request of each kind is slow, because kernels are chosen and memory is allocated. A model
can therefore contain sample requests in a TFRecord file of `PredictionLog` protocol buffers. The
package that defines these messages is not needed to write them: all fields used here have the same
encoding, "number, length, content".

Reference: https://www.tensorflow.org/tfx/serving/saved_model_warmup
"""

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from kerasgan.files import tensorflow_path

FILE = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")

_BATCH_SIZES = (1, 8)

# Field numbers in TensorFlow Serving's .proto files.
_LOG_PREDICT = 6  # PredictionLog.predict_log
_PREDICT_REQUEST = 1  # PredictLog.request
_REQUEST_MODEL, _REQUEST_INPUTS = 1, 2  # PredictRequest.model_spec, .inputs
_MODEL_SIGNATURE = 3  # ModelSpec.signature_name
_ENTRY_KEY, _ENTRY_VALUE = 1, 2  # of every map field


def write_warm_up(signatures: Mapping[str, Any], version: pathlib.Path) -> None:
    """Writes requests for every signature, at batch sizes 1 and 8, into a SavedModel's folder.

    Args:
        signatures: for each name, a `tf.function` with an input signature.
        version: the SavedModel's folder.
    """
    path = version / FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(tensorflow_path(path)) as writer:
        for record in _records(signatures):
            writer.write(record)


def _records(signatures: Mapping[str, Any]) -> Iterator[bytes]:
    for name, function in signatures.items():
        for batch_size in _BATCH_SIZES:
            inputs = {
                # One number stands for the whole tensor, so requests of images stay small.
                spec.name: tf.make_tensor_proto(0, spec.dtype, [batch_size, *spec.shape[1:]])
                for spec in function.input_signature
            }
            yield prediction_log(name, inputs)


def prediction_log(signature: str, inputs: Mapping[str, Any]) -> bytes:
    """The bytes of a `PredictionLog` of one request.

    Args:
        signature: the signature's name.
        inputs: a `TensorProto` message for the name of each input.
    """
    request = _field(_REQUEST_MODEL, _field(_MODEL_SIGNATURE, signature.encode()))
    for name, tensor in inputs.items():
        key = _field(_ENTRY_KEY, name.encode())
        value = _field(_ENTRY_VALUE, tensor.SerializeToString())
        request += _field(_REQUEST_INPUTS, key + value)
    return _field(_LOG_PREDICT, _field(_PREDICT_REQUEST, request))


def _field(number: int, content: bytes) -> bytes:
    length_delimited = 2  # the wire type of strings, messages and map entries
    return _varint(number << 3 | length_delimited) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Seven bits per byte, lowest first; the eighth bit says that more follow."""
    groups = []
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])

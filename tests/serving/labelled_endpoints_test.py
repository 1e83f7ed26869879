"""Signatures that take labels, in this process and where only TensorFlow can be imported."""

import json
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.pixels import to_uint8
from kerasgan.serving.labelled_endpoints import functions_of
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.serving.warm_up import FILE

# Answers requests and collects the errors of wrong ones, without kerasgan and Keras.
CLIENT = """
import json, sys
sys.modules["kerasgan"] = sys.modules["keras"] = None
import numpy as np, tensorflow as tf
place = sys.argv[1]
signatures = tf.saved_model.load(place + "/model").signatures
requests = np.load(place + "/requests.npz")
answers, errors = {}, {}

def ask(name, rows, **changed):
    signature = signatures[name]
    inputs = {
        key: tf.constant(changed.get(key, requests[key][:rows]))
        for key in signature.structured_input_signature[1]
    }
    return signature(**inputs)

for rows in (1, 7, 40):
    for name in signatures:
        for key, value in ask(name, rows).items():
            value = value.numpy()
            if key.endswith("_bytes"):
                value = np.stack([tf.io.decode_png(png) for png in value])
            answers[f"{name}/{rows}"] = value
for case in json.load(open(place + "/wrong.json")):
    name, key, values = case["signature"], case["input"], case["values"]
    try:
        ask(name, len(values), **{key: np.array(values, requests[key].dtype)})
        errors[case["name"]] = "answered"
    except tf.errors.InvalidArgumentError as error:
        errors[case["name"]] = str(error)
np.savez(place + "/answers.npz", **answers)
json.dump(errors, open(place + "/errors.json", "w"))
"""
LABELLED = {
    "serving_default": ["labels"],
    "sample": ["labels"],
    "sample_png": ["labels"],
    "interpolate": ["labels"],
    "interpolate_labels": ["start_labels", "end_labels"],
    "paint_conditions": ["conditions"],
    "discriminate": ["labels"],
}


def export(run, folder):
    gan, labels = run.gan, run.config.label_space
    return export_saved_model(
        gan.ema_generator, folder, discriminator=gan.discriminator, labels=labels
    )


def labels_of(space, count, seed):
    random = np.random.default_rng(seed)
    if space.kind == "classes":
        return random.integers(space.width, size=count)
    return random.uniform(-1, 1, [count, space.width]).astype(np.float32)


def requests_for(space):
    random = np.random.default_rng(0)
    return {
        "latents": random.normal(size=[40, 6]).astype(np.float32),
        "seed": np.arange(40),
        "truncation": np.linspace(0.5, 1, 40, dtype=np.float32),
        "start_seed": np.arange(40),
        "end_seed": np.arange(40, 80),
        "position": np.linspace(0, 1, 40, dtype=np.float32),
        "images": random.uniform(-1, 1, [40, 16, 16, 3]).astype(np.float32),
        "labels": labels_of(space, 40, 1),
        "start_labels": labels_of(space, 40, 2),
        "end_labels": labels_of(space, 40, 3),
        "conditions": random.uniform(-1, 1, [40, space.width]).astype(np.float32),
    }


def wrong_labels(space, key):
    """One wrong among right ones: for each the values."""
    if space.kind == "classes" and key != "conditions":
        return {"too large": [0, 3, 1], "negative": [0, -1, 1], "huge": [0, 2**40, 1]}
    zeros, ones = [0] * space.width, [1] * space.width
    return {
        "too large": [zeros, [*zeros[1:], 1.01], ones],
        "too small": [zeros, [-1.5, *ones[1:]], ones],
        "no number": [zeros, [float("nan"), *ones[1:]], ones],
    }


def answer_elsewhere(run, place):
    """Answers and errors of a process that has only TensorFlow."""
    space = run.config.label_space
    shutil.move(export(run, place / "models"), place / "model")
    np.savez(place / "requests.npz", **requests_for(space))
    wrong = [
        {"name": f"{name}/{key}/{why}", "signature": name, "input": key, "values": values}
        for name, keys in LABELLED.items()
        for key in keys
        for why, values in wrong_labels(space, key).items()
    ]
    (place / "wrong.json").write_text(json.dumps(wrong))
    subprocess.run([sys.executable, "-c", CLIENT, str(place)], check=True)
    errors = json.loads((place / "errors.json").read_text())
    assert len(errors) == len(wrong) == 24
    return np.load(place / "answers.npz"), errors


@pytest.mark.slow
def test_tensorflow_alone_paints_what_is_asked_for_and_refuses_what_is_no_label(
    labelled_run, tmp_path
):
    run, _ = labelled_run
    space, requests = run.config.label_space, requests_for(run.config.label_space)
    answers, errors = answer_elsewhere(run, tmp_path)
    conditions = {
        name: tf.constant(space.conditions(requests[name]))
        for name in ("labels", "start_labels", "end_labels")
    }

    def paint(latents, asked):
        images = run.gan.run_generator(latents, asked, averaged=True, training=False)
        return to_uint8(images).astype(int)

    seeds = latents_from_seeds(requests["seed"], 6)
    share = requests["position"][:, None]
    wanted = {
        "sample": paint(seeds * requests["truncation"][:, None], conditions["labels"]),
        "interpolate": paint(
            great_circle(
                seeds, latents_from_seeds(requests["end_seed"], 6), tf.constant(share[:, 0])
            ),
            conditions["labels"],
        ),
        "interpolate_labels": paint(
            seeds, (1 - share) * conditions["start_labels"] + share * conditions["end_labels"]
        ),
    }
    assert {name.split("/")[0] for name in answers} == set(LABELLED)
    for rows in (1, 7, 40):
        for name, images in wanted.items():
            np.testing.assert_allclose(answers[f"{name}/{rows}"], images[:rows], atol=1)
            np.testing.assert_array_equal(answers[f"{name}/{rows}"], answers[f"{name}/40"][:rows])
        np.testing.assert_array_equal(answers[f"sample_png/{rows}"], answers[f"sample/{rows}"])
    latents = tf.constant(requests["latents"])
    images = run.gan.run_generator(latents, conditions["labels"], averaged=True, training=False)
    np.testing.assert_allclose(answers["serving_default/40"], images, rtol=1e-4, atol=1e-4)
    images = run.gan.run_generator(
        latents, tf.constant(requests["conditions"]), averaged=True, training=False
    )
    np.testing.assert_allclose(answers["paint_conditions/40"], images, rtol=1e-4, atol=1e-4)
    logits = run.gan.run_discriminator(
        tf.constant(requests["images"]), conditions["labels"], training=False
    )
    np.testing.assert_allclose(answers["discriminate/40"], logits, rtol=1e-4, atol=1e-5)
    classes = space.kind == "classes"
    allowed = "0 to 2, the indices of classes" if classes else "in [-1, 1], a number for each of 2"
    for case, message in errors.items():
        key = case.split("/")[1]
        of_key = f"in [-1, 1], {space.width} for each image" if key == "conditions" else allowed
        assert f"{key}: must be {of_key}" in message, case


def test_labels_must_be_as_many_as_images(labelled_run):
    run, _ = labelled_run
    space = run.config.label_space
    functions = functions_of(run.gan.ema_generator, run.gan.discriminator, space)
    requests = requests_for(space)
    for function in functions.values():
        inputs = {
            spec.name: tf.constant(
                requests[spec.name][: 1 if re.search("labels|conditions", spec.name) else 3]
            )
            for spec in function.input_signature
        }
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be one for each image"):
            function(**inputs)


def test_a_position_outside_is_refused(labelled_run):
    run, _ = labelled_run
    space = run.config.label_space
    between = functions_of(run.gan.ema_generator, None, space)["interpolate_labels"]
    requests = {name: tf.constant(values[:1]) for name, values in requests_for(space).items()}
    inputs = {name: requests[name] for name in ("seed", "start_labels", "end_labels")}
    for position in (-0.1, 1.1, np.nan):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"position: must be in \[0, 1\]"):
            between(**inputs, position=tf.constant([position], tf.float32))


@pytest.mark.slow
def test_metadata_and_warm_up_know_the_labels(labelled_run, tmp_path):
    run, _ = labelled_run
    space = run.config.label_space
    version = export(run, tmp_path)
    metadata = json.loads((version / "assets" / "metadata.json").read_text())
    assert metadata["labels"] == {"kind": space.kind, "names": list(space.names)}
    signatures = tf.saved_model.load(str(version)).signatures
    warmed = set()
    for record in tf.data.TFRecordDataset(str(version / FILE)):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        inputs = {key: tf.constant(tf.make_ndarray(value)) for key, value in request.inputs.items()}
        signatures[request.model_spec.signature_name](**inputs)
        warmed.add(request.model_spec.signature_name)
    assert warmed == set(LABELLED)


def test_labels_that_the_generator_does_not_take_are_refused(run_of_classes):
    run, _ = run_of_classes
    with pytest.raises(ValueError, match="labels=None: the generator takes 3 conditions"):
        functions_of(run.gan.ema_generator)
    plain = build_generator((16, 16, 3), latent_dim=6, base_filters=4)
    with pytest.raises(ValueError, match="the generator takes no conditions"):
        functions_of(plain, None, run.config.label_space)

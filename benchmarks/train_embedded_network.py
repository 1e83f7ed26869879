"""Makes kerasgan/metrics/embedded.npz: `python benchmarks/train_embedded_network.py`.

The network learns to predict the attributes of synthetic faces and how an image was distorted. The
weights are stored in half precision. It takes about five minutes on two CPU cores; on another
machine the lowest bits, and so the digest, may differ.
"""

import hashlib
import pathlib
import time

import keras
import numpy as np
import tensorflow as tf

from kerasgan.faces import synthetic_faces
from kerasgan.metrics import embedded

FACES = 24_000
EPOCHS = 6
BATCH = 64
SEED = 20_240  # so that no face of the data set's usual seeds 0, 1, 2, ... is used in training


def distort(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Distorts half of the images, each in one way: [B, 64, 64, 3] -> the same and [B, 5]."""
    count = tf.shape(images)[0]
    kind = tf.random.uniform([count], maxval=10, dtype=tf.int32)  # 5 to 9: no distortion
    strength = tf.random.uniform([count], 0.05, 1.0)
    s = strength[:, None, None, None]
    blurred = images
    for _ in range(3):
        blurred = tf.nn.avg_pool2d(
            tf.pad(blurred, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT"), 3, 1, "VALID"
        )
    small = tf.image.resize(tf.nn.avg_pool2d(images, 4, 4, "VALID"), [64, 64], "nearest")
    # Swaps the upper and lower halves, or the left and right ones.
    quarters = tf.reshape(images, [count, 2, 32, 2, 32, 3])
    swapped = tf.reshape(quarters[:, ::-1], [count, 64, 64, 3])
    mirrored = tf.reshape(quarters[:, :, :, ::-1], [count, 64, 64, 3])
    swapped = tf.where(s < 0.5, swapped, mirrored)
    ways = [
        images + s * (blurred - images),
        images + s * 0.5 * tf.random.normal(tf.shape(images)),
        images * (1 - 0.8 * s),
        images + s * (small - images),
        swapped,
    ]
    result = images
    for index, way in enumerate(ways):
        result = tf.where((kind == index)[:, None, None, None], way, result)
    strength = tf.where(kind == 4, 1.0, strength)
    return tf.clip_by_value(result, -1.0, 1.0), tf.one_hot(kind, 5) * strength[:, None]


def labels(attributes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The targets of the network's heads for faces without distortion."""
    ranges = {"yaw": 1.0, "tilt": 1 / 8, "head_size": 1.0, "light_x": 1.0}
    sizes = [attributes[name] * ranges.get(name, 1.0) for name in embedded.SIZES]
    return {
        "attributes": np.stack([attributes[n] for n in embedded.YES_NO], -1).astype(np.float32),
        "hair": attributes["hair_shade"],
        "background": attributes["background"],
        "sizes": np.stack(sizes, -1).astype(np.float32),
    }


def prepare(images: tf.Tensor, labels: dict[str, tf.Tensor]) -> tuple[tf.Tensor, dict]:
    """A training batch: distorted images and the targets of all heads."""
    images, distortions = distort(tf.cast(images, tf.float32) / 127.5 - 1.0)
    return images, {**labels, "distortions": distortions}


def main() -> None:
    """Trains, writes the file and prints the accuracies on held-out faces."""
    keras.utils.set_random_seed(0)
    began = time.time()
    images, attributes = synthetic_faces(FACES, image_size=(64, 64), seed=SEED)
    network = embedded.build_network()
    batches = (
        tf.data.Dataset.from_tensor_slices((images, labels(attributes)))
        .shuffle(4096, seed=0)
        .batch(BATCH, drop_remainder=True)
        .map(prepare)
        .prefetch(2)
    )
    categorical = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # The features themselves have no target.
    heads = {name: x for name, x in network.output.items() if name != "features"}
    trained = keras.Model(network.input, heads)
    trained.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(2e-3, EPOCHS * FACES // BATCH)
        ),
        loss={
            "attributes": keras.losses.BinaryCrossentropy(from_logits=True),
            "hair": categorical,
            "background": categorical,
            "sizes": "mse",
            "distortions": "mse",
        },
        loss_weights={
            "attributes": 2.0,
            "hair": 0.3,
            "background": 0.2,
            "sizes": 1.0,
            "distortions": 2.0,
        },
    )
    trained.fit(batches, epochs=EPOCHS, verbose=2)

    held_out, truth = synthetic_faces(4000, image_size=(64, 64), seed=SEED + 1)
    half = {weight.path: weight.numpy().astype(np.float16) for weight in network.weights}
    for weight in network.weights:
        weight.assign(half[weight.path].astype(np.float32))
    outputs = network.predict(embedded.to_input(held_out), batch_size=200, verbose=0)
    shift = outputs["features"].mean(0)
    scale = 1 / np.maximum(outputs["features"].std(0), 1e-3)
    path = pathlib.Path(embedded.__file__).with_name(embedded.FILE)
    np.savez(path, shift=shift, scale=scale, **half)

    for i, name in enumerate(embedded.YES_NO):
        seen, true = outputs["attributes"][:, i] > 0, truth[name]
        right = np.mean(seen == true)
        print(f"{name:12} right {right:.3f}  true {true.mean():.3f}  seen {seen.mean():.3f}")
    print(f"hair_shade   right {np.mean(outputs['hair'].argmax(-1) == truth['hair_shade']):.3f}")
    content = path.read_bytes()
    print(f"{len(content)} bytes, {time.time() - began:.0f} s")
    print(f'DIGEST = "{hashlib.sha256(content).hexdigest()}"')


if __name__ == "__main__":
    main()

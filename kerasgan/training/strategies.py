"""The devices and hosts that a run is distributed over."""

import os

import tensorflow as tf

from kerasgan.config import DeviceSettings
from kerasgan.errors import UserError
from kerasgan.training.workers import find_workers


def open_strategy(settings: DeviceSettings, *, batch_size: int) -> tf.distribute.Strategy | None:
    """What `settings.strategy` asks for; call it before TensorFlow does any work.

    Returns:
        None for a single device: Keras turns XLA off under any strategy.

    Raises:
        UserError: the batch cannot be shared evenly, or the other hosts are not known.
    """
    if settings.strategy == "multiworker":
        strategy: tf.distribute.Strategy = _multiworker()
    else:
        gpus = tf.config.list_logical_devices("GPU")
        if settings.strategy == "single" or (settings.strategy == "auto" and len(gpus) < 2):
            return None
        devices = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
        # Without GPUs TensorFlow's collective operations gain nothing, and it would confuse those
        # of a second run in the same process with those of the first.
        reduction = None if gpus else tf.distribute.ReductionToOneDevice()
        strategy = tf.distribute.MirroredStrategy(devices, cross_device_ops=reduction)
    replicas = strategy.num_replicas_in_sync
    if batch_size % replicas:
        raise UserError(
            f"--batch_size={batch_size}: must be a multiple of {replicas}, the number of devices"
        )
    return strategy


def worker_count(strategy: tf.distribute.Strategy | None) -> int:
    """How many processes train together."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 1
    return len(strategy.cluster_resolver.cluster_spec().as_dict()["worker"])


def worker_index(strategy: tf.distribute.Strategy | None) -> int:
    """Which of them this is; 0 is the chief, the only one that writes."""
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return 0
    return strategy.cluster_resolver.task_id


def distribute(
    dataset: tf.data.Dataset, strategy: tf.distribute.Strategy | None
) -> tf.data.Dataset | tf.distribute.DistributedDataset:
    """What `fit` takes: between workers, `dataset` holds this worker's share of each batch."""
    workers = worker_count(strategy)
    if strategy is None or workers == 1:
        return dataset
    replicas = strategy.num_replicas_in_sync // workers

    def shares(context: tf.distribute.InputContext) -> tf.data.Dataset:
        # One element for each replica of this worker, in the order of replicas.
        share = tf.nest.flatten(dataset.element_spec)[0].shape[0] // replicas
        return dataset.rebatch(share, drop_remainder=True)

    return strategy.distribute_datasets_from_function(shares)


def _multiworker() -> tf.distribute.Strategy:
    addresses, position = find_workers(os.environ)
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": addresses}),
        task_type="worker",
        task_id=position,
        rpc_layer="grpc",
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
    )
    return tf.distribute.MultiWorkerMirroredStrategy(resolver)

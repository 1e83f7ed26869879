"""Which layers of one network have a counterpart in another, perhaps of another size.

Keras numbers layers by the order in which a process made them, so names do not say where a layer
is. Its place does: what kind it is, on which grid it works, and which of its kind there it is.
"""

import collections

import keras

# Kind, whether it takes conditions, halvings or doublings as a ratio of heights, number.
_Place = tuple[str, bool, float | None, int]


def counterparts(
    network: keras.Model, other: keras.Model, *, same_labels: bool = True
) -> list[tuple[keras.Layer, keras.Layer | None]]:
    """For each layer with weights, the layer of another network that fits; None where none does.

    A layer fits if all of its weights have the same shapes and it is in the same place: of the same
    kind, and on a grid that is as many halvings below the image or, failing that, as many
    doublings above the base grid. Layers without a grid (dense ones, and the convolution over all
    of the base grid) have their kind as a place. Several in one place are counted from the input.
    Layers that take conditions fit only if these have the same meaning in both networks.

    Args:
        network: functional, with images [B, H, W, C] as its output or first input.
        other: the same.
        same_labels: whether conditions mean the same in both.
    """
    candidates = [
        (_places(network, from_base=from_base), _by_place(other, from_base=from_base))
        for from_base in (False, True)
    ]
    found: list[tuple[keras.Layer, keras.Layer | None]] = []
    for layer in _layers_with_weights(network):
        fitting = None
        for places, others in candidates:
            fitting = fitting or _if_fitting(layer, others.get(places[layer]))
        if fitting is not None and not same_labels and _takes_conditions(layer, network):
            fitting = None
        found.append((layer, fitting))
    return found


def image_shape_of(network: keras.Model) -> tuple[int | None, ...]:
    """Height, width and channels of what a generator makes or a discriminator takes."""
    output, images = network.outputs[0].shape, network.inputs[0].shape
    return tuple(output if len(output) == 4 else images)[1:]


def _layers_with_weights(network: keras.Model) -> list[keras.Layer]:
    return [layer for layer in network.layers if layer.weights]


def _places(network: keras.Model, *, from_base: bool) -> dict[keras.Layer, _Place]:
    """Where each layer with weights is, seen from the image or from the base grid."""
    heights = {layer: _height(layer) for layer in _layers_with_weights(network)}
    known = [height for height in heights.values() if height is not None]
    whole = min(known, default=None) if from_base else image_shape_of(network)[0]
    places: dict[keras.Layer, _Place] = {}
    counts: collections.Counter = collections.Counter()
    for layer, height in heights.items():
        ratio = height / whole if height and whole else None
        kind = (type(layer).__name__, _takes_conditions(layer, network), ratio)
        counts[kind] += 1
        places[layer] = (*kind, counts[kind])
    return places


def _by_place(network: keras.Model, *, from_base: bool) -> dict[_Place, keras.Layer]:
    places = _places(network, from_base=from_base)
    return {place: layer for layer, place in places.items()}


def _height(layer: keras.Layer) -> int | None:
    """Of the grid that a layer computes; None if it computes none, or one of a single pixel."""
    shape: tuple[int | None, ...] = getattr(layer.output, "shape", ())
    return shape[1] if len(shape) == 4 and shape[1:3] != (1, 1) else None


def _takes_conditions(layer: keras.Layer, network: keras.Model) -> bool:
    """Whether any of what it takes is conditions, or made of nothing else."""
    return any(_of_conditions(given, network) for given in keras.tree.flatten(layer.input))


def _of_conditions(tensor: keras.KerasTensor, network: keras.Model) -> bool:
    if any(tensor is conditions for conditions in network.inputs[1:]):
        return True
    operation = tensor._keras_history.operation
    if isinstance(operation, keras.layers.InputLayer):
        return False
    return all(_of_conditions(given, network) for given in keras.tree.flatten(operation.input))


def _if_fitting(layer: keras.Layer, other: keras.Layer | None) -> keras.Layer | None:
    if other is None:
        return None
    shapes = [[tuple(weight.shape) for weight in one.weights] for one in (layer, other)]
    return other if shapes[0] == shapes[1] else None

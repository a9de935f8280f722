"""`Merge` and `merge` of Keras 1, which are one layer for each way of merging today."""

from kerajax import layers
from kerajax.layers import Layer
from kerajax.models import Model, Sequential

# mode -> class, and what the arguments `concat_axis` and `dot_axes` are for it.
_MODES = {
    "sum": layers.Add,
    "mul": layers.Multiply,
    "ave": layers.Average,
    "max": layers.Maximum,
    "concat": layers.Concatenate,
    "dot": layers.Dot,
    "cos": layers.Dot,
}


def Merge(
    layers=None,
    mode="sum",
    concat_axis=-1,
    dot_axes=-1,
    output_shape=None,
    output_mask=None,
    arguments=None,
    node_indices=None,
    tensor_indices=None,
    name=None,
):
    """The layer that merges in the way of `mode`; with `layers`, the model that merges theirs.

    Args:
        layers: List of layers and models that know their inputs, or None. A stack that begins
            with such a merge takes the inputs of all of them, one that several have once.
        mode: `"sum"`, `"mul"`, `"ave"`, `"max"`, `"concat"`, `"dot"`, `"cos"`, or a function of
            the list of tensors.
        concat_axis: Int, for `"concat"`.
        dot_axes: Int or pair of ints, for `"dot"` and `"cos"`.
        output_shape: Shape without the batch axis, for a function; it is found if None.
        output_mask: Mask or function of the masks, for a function.
        arguments: Dict of further arguments of a function.
        node_indices: Must be None: each layer has one output.
        tensor_indices: Must be None, too.
        name: Optional string.

    Returns:
        A layer to call on a list of tensors, or a `Model`.

    Raises:
        ValueError: If there is no such mode, or one of the layers does not know its input.

    Example:

    >>> left = kerajax.Sequential([kerajax.layers.Dense(3, input_shape=(2,))])
    >>> right = kerajax.Sequential([kerajax.layers.Dense(4, input_shape=(5,))])
    >>> model = kerajax.Sequential([Merge([left, right], mode="concat")])
    >>> model.add(kerajax.layers.Dense(1))
    >>> model.predict([np.ones((6, 2)), np.ones((6, 5))], verbose=0).shape
    (6, 1)
    """
    if node_indices is not None or tensor_indices is not None:
        raise ValueError(
            "Merge takes the one output of each layer, so `node_indices` and `tensor_indices` "
            "must be None. Call `merge` on the tensors themselves."
        )
    merging = _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)
    if layers is None:
        return merging
    branches = [_branch(layer) for layer in layers]
    inputs = {id(tensor): tensor for branch in branches for tensor in branch.inputs}
    return Model(list(inputs.values()), merging([branch.outputs[0] for branch in branches]))


def merge(
    inputs,
    mode="sum",
    concat_axis=-1,
    dot_axes=-1,
    output_shape=None,
    output_mask=None,
    arguments=None,
    name=None,
):
    """Merges a list of tensors in the way of `mode`: see `Merge`.

    Example:

    >>> x = kerajax.Input((3,))
    >>> merge([x, x], mode="concat").shape
    (None, 6)
    """
    layer = _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name)
    return layer(inputs)


def _layer(mode, concat_axis, dot_axes, output_shape, output_mask, arguments, name):
    if callable(mode):
        return layers.Lambda(
            mode, output_shape=output_shape, mask=output_mask, arguments=arguments, name=name
        )
    if mode not in _MODES:
        raise ValueError(
            f"`mode` of Merge must be a function or one of {sorted(_MODES)}. Received: {mode!r}"
        )
    if mode == "concat":
        return layers.Concatenate(axis=concat_axis, name=name)
    if mode in ("dot", "cos"):
        return layers.Dot(axes=dot_axes, normalize=mode == "cos", name=name)
    return _MODES[mode](name=name)


def _branch(layer):
    """A model with inputs, made of a layer that says its input's shape if it is none."""
    stack = layer if isinstance(layer, Model) or not isinstance(layer, Layer) else None
    stack = stack or Sequential([layer])
    if getattr(stack, "_graph", None) is None:
        raise ValueError(
            f"Merge needs layers that know the shape of their inputs, but {layer!r} does not. "
            "Give its first layer `input_shape`."
        )
    return stack

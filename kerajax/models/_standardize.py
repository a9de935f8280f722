"""Inputs of a functional model, matched to the symbolic inputs it was made from."""

from kerajax import ops, tree
from kerajax.backend import (
    convert_to_tensor,
    get_keras_mask,
    is_array_like,
    set_keras_mask,
    standardize_dtype,
)


def standardize_inputs(model, inputs) -> list:
    """`inputs` as a flat list in the order, dtype and rank of the model's symbolic inputs.

    Args:
        model: Functional model.
        inputs: Tensors in the structure of the model's inputs, a flat list of them, or a dict by
            input name.

    Raises:
        ValueError: If inputs are missing or too many, or if a shape does not fit.
    """
    references = model._graph.inputs
    flat = _flatten(model, inputs)
    if len(flat) != len(references):
        raise ValueError(
            f"Layer '{model.name}' expected {len(references)} input(s) {model.input_names}, but "
            f"received {len(flat)} instead."
        )
    return [
        _fit(model, reference, name, x)
        for reference, name, x in zip(references, model.input_names, flat, strict=True)
    ]


def _flatten(model, inputs):
    structure = model._graph.input
    if isinstance(inputs, dict):
        keys = structure.keys() if isinstance(structure, dict) else model.input_names
        missing = [key for key in keys if key not in inputs]
        if missing and isinstance(structure, dict) and set(model.input_names) <= set(inputs):
            return [inputs[name] for name in model.input_names]
        if missing:
            raise ValueError(
                f"Missing data for the inputs {missing} of model '{model.name}'. Received a dict "
                f"with the keys {sorted(inputs)}."
            )
        picked = {key: inputs[key] for key in keys}
        if isinstance(structure, dict):
            return tree.flatten(picked)
        return list(picked.values())
    return tree.flatten(inputs)


def _fit(model, reference, name, x):
    if x is None:
        return None
    if not is_array_like(x):
        x = convert_to_tensor(x)
    mask = get_keras_mask(x)
    y = convert_to_tensor(x)
    dtype = standardize_dtype(reference.dtype)
    if str(y.dtype) != dtype:
        y = ops.cast(y, dtype)
    shape = tuple(y.shape)
    if len(shape) == len(reference.shape) + 1 and shape[-1] == 1:
        y = ops.squeeze(y, axis=-1)
    elif len(shape) == len(reference.shape) - 1 and reference.shape[-1] == 1:
        y = ops.expand_dims(y, axis=-1)
    _check_shape(model, reference, name, tuple(y.shape))
    if mask is not None:
        set_keras_mask(y, mask)
    return y


def _check_shape(model, reference, name, shape):
    fits = len(shape) == len(reference.shape) and all(
        expected is None or size is None or expected == size
        for expected, size in zip(reference.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(
            f'Input "{name}" of model "{model.name}" is incompatible with the layer: expected '
            f"shape={reference.shape}, found shape={shape}."
        )

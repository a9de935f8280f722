"""Inputs of a functional model, matched to the symbolic inputs it was made from."""

import warnings

import numpy as np

from kerajax import ops, tree
from kerajax.backend import (
    context,
    convert_to_tensor,
    get_keras_mask,
    in_symbolic_scope,
    is_array_like,
    is_keras_tensor,
    is_tensor,
    set_keras_mask,
    standardize_dtype,
)
from kerajax.layers._base._input_spec import no_tensor

_KEPT_IN_NUMPY = ("string", "int64", "uint64")


def standardize_inputs(model, inputs) -> list:
    """`inputs` as a flat list in the order, dtype and rank of the model's symbolic inputs.

    Args:
        model: Functional model.
        inputs: Tensors in the structure of the model's inputs, a flat list of them, or a dict by
            input name. None stands for an optional input that is absent.

    Raises:
        ValueError: If inputs are missing or too many, or if a shape does not fit.
    """
    flat = _flatten(model, inputs)
    paths = [path for path, _ in tree.flatten_with_path(model.input)]
    return [
        _fit(model, reference, name, path, x)
        for reference, name, path, x in zip(
            model.inputs, model.input_names, paths, flat, strict=True
        )
    ]


def asked_for(model, inputs: dict) -> dict:
    """The entries that a functional model has inputs for: generators yield others beside them."""
    names = () if model._graph is None or isinstance(model.input, dict) else model.input_names
    if not names or not set(names) < set(inputs):
        return inputs
    return {name: inputs[name] for name in names}


def _flatten(model, inputs) -> list:
    expected, names = model.input, model.input_names
    if isinstance(inputs, dict):
        if not isinstance(expected, dict):
            return _by_name(model, inputs)
        inputs = _expected_keys(model, inputs)
    flat = tree.flatten(inputs)
    if len(flat) != len(names):
        kind = "input(s)"
        if isinstance(expected, dict):
            kind = f"named input(s) with keys {list(expected)}"
        raise ValueError(
            f'Layer "{model.name}" expects {len(names)} {kind}, but it received {len(flat)} input '
            f"tensors. Inputs received: {_brief(inputs)}"
        )
    if not _same_structure(inputs, expected):
        if isinstance(expected, dict) and list(expected) != sorted(expected):
            # The order of a list would be the sorted keys' here, which nobody expects.
            raise ValueError(_mismatch(model, inputs))
        _warn(model, inputs)
    return flat


def _by_name(model, inputs) -> list:
    """The inputs of a dict for a model whose own inputs are no dict."""
    names = model.input_names
    if set(names) <= set(inputs):
        return [inputs[name] for name in names]
    if len(names) == len(inputs) == 1:
        return list(inputs.values())
    missing = [name for name in names if name not in inputs]
    raise ValueError(f"{_mismatch(model, inputs)}\nMissing data for the inputs {missing}.")


def _expected_keys(model, inputs) -> dict:
    """The entries of a dict that the model asks for."""
    expected = model.input
    missing = [key for key in expected if key not in inputs]
    if missing:
        raise ValueError(
            f"Missing data for the inputs {missing} of model '{model.name}'. You passed a dict "
            f"with the keys {list(inputs)}. Expected the following keys: {list(expected)}"
        )
    if len(inputs) > len(expected):
        _warn(model, inputs)
    return {key: inputs[key] for key in expected}


def _same_structure(inputs, expected) -> bool:
    """Whether two structures differ in lists and tuples only; one tensor is a list of one."""
    inputs, expected = tree.lists_to_tuples(inputs), tree.lists_to_tuples(expected)
    if isinstance(expected, tuple) and len(expected) == 1 and not tree.is_nested(inputs):
        expected = expected[0]
    try:
        tree.assert_same_structure(inputs, expected)
    except ValueError:
        return False
    return True


def _warn(model, inputs):
    # A call on symbolic inputs is followed by calls on data, which say it.
    if not in_symbolic_scope():
        warnings.warn(_mismatch(model, inputs), stacklevel=7)


def _mismatch(model, inputs) -> str:
    names = tree.pack_sequence_as(model.input, model.input_names)
    return (
        "The structure of `inputs` doesn't match the expected structure.\n"
        f"Expected: {names}\nReceived: inputs={_brief(inputs)}"
    )


def _brief(inputs):
    return tree.map_structure(
        lambda x: f"Tensor(shape={tuple(x.shape)})" if hasattr(x, "shape") else x, inputs
    )


def _fit(model, reference, name, path, x):
    if x is None:
        if not getattr(reference._keras_history.operation, "optional", False):
            raise ValueError(
                f'Input "{name}" of model "{model.name}" is None, but it is not optional. Pass '
                "data, or make it with `kerajax.Input(..., optional=True)`."
            )
        return None
    dtype = standardize_dtype(reference.dtype)
    if dtype in _KEPT_IN_NUMPY and not is_tensor(x) and not is_keras_tensor(x):
        return _fit_in_numpy(model, reference, name, path, np.asarray(x))
    if isinstance(x, (str, bytes)):
        raise no_tensor(x, model.name)
    if not is_array_like(x):
        x = convert_to_tensor(x)
    mask = get_keras_mask(x)
    y = convert_to_tensor(x)
    if str(y.dtype) != dtype:
        y = ops.cast(y, dtype)
    shape = tuple(y.shape)
    if len(shape) == len(reference.shape) + 1 and shape[-1] == 1:
        y = ops.squeeze(y, axis=-1)
    elif len(shape) == len(reference.shape) - 1 and reference.shape[-1] == 1:
        y = ops.expand_dims(y, axis=-1)
    _check_shape(model, reference, name, path, tuple(y.shape))
    if mask is not None:
        set_keras_mask(y, mask)
    return y


def _fit_in_numpy(model, reference, name, path, x):
    """Strings, and integers that JAX would cut to 32 bits before a lookup sees them."""
    if reference.dtype != "string":
        x = x.astype(reference.dtype)
    rank = len(reference.shape)
    if x.ndim == rank + 1 and x.shape[-1] == 1:
        x = x[..., 0]
    elif x.ndim == rank - 1 and reference.shape[-1] == 1:
        x = x[..., None]
    _check_shape(model, reference, name, path, x.shape)
    return x


def _is_called_inside(model) -> bool:
    """Whether a graph calls the model: until Keras 3 its layers alone judged what they got."""
    return in_symbolic_scope() or context.call is not None and context.call.layer is not model


def _check_shape(model, reference, name, path, shape):
    if len(shape) != len(reference.shape):
        if model._calls_keep_modes and _is_called_inside(model):
            return
        raise ValueError(
            f"Invalid input shape for the input of model '{model.name}' with name '{name}' and "
            f"path '{'.'.join(map(str, path))}'. Expected shape {reference.shape}, but the input "
            f"has incompatible shape {shape}"
        )
    if not model._fixed_sizes:
        return
    # The batch axis is not compared: a model takes batches of any size.
    for expected, size in zip(reference.shape[1:], shape[1:], strict=True):
        if expected is not None and size is not None and expected != size:
            raise ValueError(
                f'Input "{name}" of model "{model.name}" is incompatible with the layer: expected '
                f"shape={(None, *reference.shape[1:])}, found shape={shape}."
            )

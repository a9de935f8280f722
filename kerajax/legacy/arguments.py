"""Small functions of `keras.utils.generic_utils` that layers and training loops of users import."""

import inspect

# Keras 1 had `slice_X` and `make_batches` in `keras.engine.training` and `keras.models`.


def to_list(x, allow_tuple=False):
    """`x`, or a list of it alone.

    Args:
        x: Anything.
        allow_tuple: Bool. Whether a tuple becomes a list of what it holds.

    Example:

    >>> to_list(1), to_list([1, 2]), to_list((1, 2), allow_tuple=True)
    ([1], [1, 2], [1, 2])
    """
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x):
    """The only item of a list or tuple of one, anything else as it is.

    Example:

    >>> unpack_singleton([3]), unpack_singleton([3, 4])
    (3, [3, 4])
    """
    return x[0] if len(x) == 1 else x


def is_all_none(iterable_or_element):
    """Whether a list holds None alone, or a single item is None.

    Example:

    >>> is_all_none([None, None]), is_all_none([None, 1]), is_all_none(None)
    (True, False, True)
    """
    items = iterable_or_element
    items = items if isinstance(items, (list, tuple)) else [items]
    return all(x is None for x in items)


def object_list_uid(object_list):
    """A string that says which objects a list holds: their identities.

    Example:

    >>> object_list_uid([print]) == str(id(print))
    True
    """
    return ", ".join(str(id(x)) for x in to_list(object_list))


def has_arg(fn, name, accept_all=False):
    """Whether a function takes an argument by name.

    Args:
        fn: Function or class.
        name: String.
        accept_all: Bool. Whether `**kwargs` counts.

    Example:

    >>> has_arg(lambda x, training=None: x, "training"), has_arg(dict.fromkeys, "mask")
    (True, False)
    """
    parameters = inspect.signature(fn).parameters
    if name in parameters:
        return parameters[name].kind in (
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.KEYWORD_ONLY,
        )
    return accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def slice_arrays(arrays, start=None, stop=None):
    """A part of each array.

    Args:
        arrays: Array, or list of arrays and None.
        start: Int, the first sample; or a list or array of the samples to take.
        stop: Int, the sample after the last.

    Returns:
        What `arrays` is; `[None]` for None.

    Example:

    >>> slice_arrays([np.arange(5), None], 1, 3)
    [array([1, 2]), None]
    """
    if arrays is None:
        return [None]
    part = start if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if x is None else x[part] for x in arrays]
    return arrays[part]


slice_X = slice_arrays


def make_batches(size, batch_size):
    """The first sample of each batch, and the one after its last.

    Example:

    >>> make_batches(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(first, min(size, first + batch_size)) for first in range(0, size, batch_size)]


def transpose_shape(shape, target_format, spatial_axes):
    """A shape of channels last in the order of `target_format`.

    Args:
        shape: Tuple or list.
        target_format: `"channels_first"` or `"channels_last"`.
        spatial_axes: Tuple of ints, the axes of rows and columns.

    Example:

    >>> transpose_shape((16, 128, 128, 3), "channels_first", (1, 2))
    (16, 3, 128, 128)
    """
    if target_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "transpose_shape needs a `target_format` of 'channels_first' or 'channels_last', but "
            f"received {target_format!r}."
        )
    if target_format == "channels_last":
        return shape
    sizes = [*shape[: spatial_axes[0]], shape[-1], *(shape[axis] for axis in spatial_axes)]
    return type(shape)(sizes)

"""Names of `keras.utils.generic_utils` that only Keras 2 had."""

import inspect


def has_arg(fn, name, accept_all=False):
    """Whether a function can be given the keyword `name`.

    Args:
        fn: Function.
        name: String.
        accept_all: Bool. Whether `**kwargs` counts.

    Example:

    >>> has_arg(lambda x, y=1: x, "y"), has_arg(lambda **kwargs: 0, "y")
    (True, False)
    """
    parameters = inspect.signature(fn).parameters
    if accept_all and any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return True
    found = parameters.get(name)
    return found is not None and found.kind in (found.POSITIONAL_OR_KEYWORD, found.KEYWORD_ONLY)


def to_list(x, allow_tuple=False):
    """A list as it is (a tuple, if allowed, as a list), anything else in a list.

    Example:

    >>> to_list([1]), to_list(2), to_list((1, 2), allow_tuple=True)
    ([1], [2], [1, 2])
    """
    if isinstance(x, list):
        return x
    return list(x) if allow_tuple and isinstance(x, tuple) else [x]


def unpack_singleton(x):
    """What a list of one holds; anything else as it is.

    Example:

    >>> unpack_singleton([3]), unpack_singleton([1, 2])
    (3, [1, 2])
    """
    return x[0] if len(x) == 1 else x


def is_all_none(iterable_or_element):
    """Whether all in a list, or the one that is given, is None.

    Example:

    >>> is_all_none([None, None]), is_all_none(1)
    (True, False)
    """
    items = iterable_or_element
    items = items if isinstance(items, (list, tuple)) else [items]
    return all(item is None for item in items)


def object_list_uid(object_list):
    """A string that tells lists of objects apart, by identity.

    Example:

    >>> object_list_uid([None]) == object_list_uid(None)
    True
    """
    return ", ".join(str(abs(id(x))) for x in to_list(object_list))


def slice_arrays(arrays, start=None, stop=None):
    """Rows of each array: those from `start` to `stop`, or those whose numbers `start` lists.

    Example:

    >>> slice_arrays([np.arange(5), None], 1, 3)
    [array([1, 2]), None]
    """
    if arrays is None:
        return [None]
    rows = start if hasattr(start, "__len__") else slice(start, stop)
    if isinstance(arrays, list):
        return [None if x is None else x[rows] for x in arrays]
    return arrays[rows]

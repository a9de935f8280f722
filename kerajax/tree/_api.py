"""The public functions over nested structures, each a short walk over `NodeKind`s."""

import reprlib
from collections.abc import Callable, Iterable
from typing import Any

from ._nodes import kind_of, mismatch, walk


class MAP_TO_NONE:
    """Value that the function given to `traverse` returns to put `None` in a subtree's place."""


def is_nested(structure: Any) -> bool:
    """Tells whether `structure` is a container, an empty one included.

    Args:
        structure: Anything.

    Returns:
        `True` for list, tuple, named tuple, deque, dict, OrderedDict, defaultdict and registered
        classes; `False` for everything else, `None`, strings, arrays and sets included.

    Example:

    >>> kerajax.tree.is_nested({"a": 1}), kerajax.tree.is_nested("text")
    (True, False)
    """
    return kind_of(structure) is not None


def flatten(structure: Any) -> list:
    """Lists the leaves of a structure, depth first.

    Values of a dict come in the order of its sorted keys, those of an OrderedDict in its own order.

    Args:
        structure: A nested structure, or a single leaf.

    Returns:
        A list of the leaves. `None` is a leaf.

    Example:

    >>> kerajax.tree.flatten([[1, 2], {"b": 4, "a": 3}, None])
    [1, 2, 3, 4, None]
    """
    leaves = []
    _collect(structure, leaves)
    return leaves


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """Lists `(path, leaf)` pairs, depth first; a path is a tuple of indices and keys.

    Args:
        structure: A nested structure, or a single leaf.

    Returns:
        A list of pairs in the order of `flatten`. Named tuples count by index.

    Example:

    >>> kerajax.tree.flatten_with_path([{"foo": 42}])
    [((0, 'foo'), 42)]
    """
    pairs = []
    _collect_with_path(structure, (), pairs)
    return pairs


def map_structure(func: Callable, *structures: Any, none_is_leaf: bool = True) -> Any:
    """Applies `func` to the leaves of one structure, or to matching leaves of several.

    Args:
        func: Callable of as many arguments as there are structures.
        *structures: Nested structures of equal layout, see `assert_same_structure`.
        none_is_leaf: Bool. If `False`, `func` does not see `None`, which stays `None`.

    Returns:
        A structure laid out like the first one, with the results as leaves.

    Raises:
        ValueError: If no structure is given, or their layouts differ.

    Example:

    >>> kerajax.tree.map_structure(lambda x, y: x + y, {"b": 1, "a": [2]}, {"b": 10, "a": [20]})
    {'b': 11, 'a': [22]}
    """
    _require_structures("map_structure", structures)

    def at_leaf(leaf, others):
        skip = leaf is None and not none_is_leaf
        for other in others:
            # A `None` that is no leaf matches only another such `None`.
            if is_nested(other) or (not none_is_leaf and (other is None) is not skip):
                raise mismatch(leaf, other)
        return None if skip else func(leaf, *others)

    first, *others = structures
    return walk(at_leaf, first, others)


def map_structure_up_to(shallow_structure: Any, func: Callable, *structures: Any) -> Any:
    """Applies `func` to the parts of `structures` that stand where a shallower one has its leaves.

    Args:
        shallow_structure: Structure whose layout is followed; its leaves are not used.
        func: Callable of as many arguments as there are structures.
        *structures: Structures that have at least the layout of `shallow_structure`.

    Returns:
        A structure laid out like `shallow_structure`, with the results as leaves.

    Raises:
        ValueError: If no structure is given, or one is shallower than `shallow_structure`.

    Example:

    >>> kerajax.tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], [2, 2]])
    ['[1, 1]', ['2', '2']]
    """
    _require_structures("map_structure_up_to", structures)
    return walk(lambda leaf, others: func(*others), shallow_structure, structures)


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Offers every subtree to `func`, containers included, and replaces those it answers for.

    Args:
        func: Callable of one subtree. It returns `None` to leave the subtree as it is, a value to
            put in its place, or `MAP_TO_NONE` to put `None` there.
        structure: A nested structure.
        top_down: Bool. If `True`, a container comes before its children, which are visited only if
            `func` returned `None`; otherwise the (already replaced) children come first.

    Returns:
        A new structure with the replacements.

    Example:

    >>> double = lambda x: None if kerajax.tree.is_nested(x) else 2 * x
    >>> kerajax.tree.traverse(double, [(1, 2), {"a": 3}])
    [(2, 4), {'a': 6}]
    """
    if top_down:
        replacement = func(structure)
        if replacement is None:
            return _traverse_children(func, structure, top_down)
    else:
        structure = _traverse_children(func, structure, top_down)
        replacement = func(structure)
        if replacement is None:
            return structure
    return None if replacement is MAP_TO_NONE else replacement


def pack_sequence_as(structure: Any, flat_sequence: Iterable) -> Any:
    """Builds a structure laid out like `structure` from a flat sequence of leaves.

    Args:
        structure: A nested structure; its leaves are not used.
        flat_sequence: Iterable of the new leaves, in the order of `flatten`.

    Returns:
        The new structure; for a single leaf, the only item of `flat_sequence`.

    Raises:
        TypeError: If `flat_sequence` is not iterable.
        ValueError: If it has more or fewer items than `structure` has leaves.

    Example:

    >>> kerajax.tree.pack_sequence_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
    {'b': 3, 'a': (1, 2)}
    """
    try:
        leaves = list(flat_sequence)
    except TypeError as error:
        raise TypeError(
            "tree.pack_sequence_as needs an iterable `flat_sequence`, but received "
            f"{reprlib.repr(flat_sequence)}. Pass a list with one item for each leaf."
        ) from error
    expected = len(flatten(structure))
    if len(leaves) != expected:
        raise ValueError(
            f"tree.pack_sequence_as needs {expected} items, one for each leaf of "
            f"{reprlib.repr(structure)}, but received {len(leaves)}. "
            "Pass a flat sequence as long as `tree.flatten(structure)`."
        )
    supply = iter(leaves)
    return walk(lambda leaf, others: next(supply), structure, ())


def lists_to_tuples(structure: Any) -> Any:
    """Returns the structure with every list, subclasses included, turned into a tuple.

    Args:
        structure: A nested structure.

    Returns:
        A new structure.

    Example:

    >>> kerajax.tree.lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(lambda x: tuple(x) if isinstance(x, list) else None, structure, top_down=False)


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Applies `func` to the shapes in a structure.

    Args:
        func: Callable of one shape.
        structure: A nested structure. A list or tuple of ints and `None` is a shape; so is `()`.

    Returns:
        A structure of the results.

    Example:

    >>> kerajax.tree.map_shape_structure(len, {"image": (None, 8, 8), "label": (None,)})
    {'image': 3, 'label': 1}
    """
    return walk(lambda leaf, others: func(leaf), structure, (), is_leaf=_is_shape)


def _traverse_children(func, structure, top_down):
    kind = kind_of(structure)
    if kind is None:
        return structure
    keys, children = kind.open(structure)
    return kind.close(structure, keys, [traverse(func, child, top_down) for child in children])


def _collect(structure, leaves):
    kind = kind_of(structure)
    if kind is None:
        leaves.append(structure)
    else:
        for child in kind.open(structure)[1]:
            _collect(child, leaves)


def _collect_with_path(structure, path, pairs):
    kind = kind_of(structure)
    if kind is None:
        pairs.append((path, structure))
    else:
        for key, child in zip(*kind.open(structure), strict=True):
            _collect_with_path(child, (*path, key), pairs)


def _is_shape(x):
    return isinstance(x, (list, tuple)) and all(d is None or isinstance(d, int) for d in x)


def _require_structures(function, structures):
    if not structures:
        raise ValueError(
            f"tree.{function} needs at least one structure, but received none. "
            "Pass the structures after `func`."
        )

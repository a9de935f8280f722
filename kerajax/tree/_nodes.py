"""Which types are containers, how each opens into children and closes again.

`jax.tree_util` is close to what Keras needs and not equal to it: there `None` has no leaf, a
rebuilt dict forgets the order in which it was written, keys must be sortable, and every class that
any library registers becomes a container. So the rules stand here, by exact type: a subclass of
`list` or `dict` is a leaf unless it is registered. Registered classes are made known to JAX too.
"""

import reprlib
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax


class NodeKind(NamedTuple):
    """What the walkers need to know about one container type.

    Attributes:
        family: Two containers match where their families are equal; all dict types are one family.
        open: `open(container) -> (keys, children)`, two lists in the order of the visit.
        close: `close(container, keys, children)`, a new container made like the given one.
    """

    family: Any
    open: Callable[[Any], tuple[Sequence[Any], Sequence[Any]]]
    close: Callable[[Any, Sequence[Any], Sequence[Any]], Any]


def kind_of(x: Any) -> NodeKind | None:
    """Returns the `NodeKind` of a container, `None` for a leaf."""
    cls = type(x)
    kind = _KINDS.get(cls)
    if kind is None and issubclass(cls, tuple):
        return _tuple_kind(cls)
    return kind


def register_tree_node_class(cls: type) -> type:
    """Makes a class a container for `kerajax.tree` and for JAX transformations.

    Args:
        cls: Class with `tree_flatten(self) -> (children, aux)` or `(children, aux, keys)` and the
            classmethod `tree_unflatten(aux, children)`. `aux` is hashable.

    Returns:
        `cls`, so that this works as a decorator.

    Example:

    >>> @kerajax.tree.register_tree_node_class
    ... class Pair:
    ...     def __init__(self, first, second):
    ...         self.first, self.second = first, second
    ...     def tree_flatten(self):
    ...         return (self.first, self.second), None
    ...     @classmethod
    ...     def tree_unflatten(cls, aux, children):
    ...         return cls(*children)
    >>> kerajax.tree.flatten([0, Pair(1, 2)])
    [0, 1, 2]
    """

    def open_registered(x):
        children, _, *keys = x.tree_flatten()
        children = list(children)
        return (list(keys[0]) if keys else range(len(children))), children

    def close_registered(x, keys, children):
        return cls.tree_unflatten(x.tree_flatten()[1], children)

    _KINDS[cls] = NodeKind(cls, open_registered, close_registered)
    jax.tree_util.register_pytree_node(cls, lambda x: x.tree_flatten()[:2], cls.tree_unflatten)
    return cls


def walk(at_leaf, template, others, is_leaf=None):
    """Rebuilds `template`; each leaf becomes `at_leaf(leaf, what stands there in the others)`."""
    kind = None if is_leaf is not None and is_leaf(template) else kind_of(template)
    if kind is None:
        return at_leaf(template, others)
    keys, children = kind.open(template)
    if not others:
        results = [walk(at_leaf, child, (), is_leaf) for child in children]
    else:
        columns = [_matching_children(template, kind, keys, other) for other in others]
        results = [
            walk(at_leaf, child, row, is_leaf)
            for child, *row in zip(children, *columns, strict=True)
        ]
    return kind.close(template, keys, results)


def mismatch(expected, received):
    return ValueError(
        "tree functions of several structures need structures nested in the same way: expected "
        f"{type(expected).__name__} {reprlib.repr(expected)}, but another has "
        f"{reprlib.repr(received)} there. Give all the same container types, lengths and keys."
    )


def _matching_children(template, kind, keys, other):
    """Children of `other` in the order of the template's keys."""
    other_kind = kind_of(other)
    if other_kind is None or other_kind.family is not kind.family:
        raise mismatch(template, other)
    other_keys, children = other_kind.open(other)
    if kind.family is dict:
        if len(other_keys) != len(keys) or any(key not in other for key in keys):
            raise mismatch(template, other)
        return [other[key] for key in keys]
    if list(other_keys) != list(keys):
        raise mismatch(template, other)
    return children


def _open_sequence(x):
    return range(len(x)), x


def _sorted_keys(mapping):
    try:
        return sorted(mapping)
    except TypeError:
        pass
    try:  # Mixed types: grouped by type name, sorted within each.
        return sorted(mapping, key=lambda k: (f"{type(k).__module__}.{type(k).__qualname__}", k))
    except TypeError:
        return list(mapping)


def _open_sorted(x):
    keys = _sorted_keys(x)
    return keys, [x[key] for key in keys]


def _open_ordered(x):
    return list(x), list(x.values())


def _in_order_of(x, keys, children):
    values = dict(zip(keys, children, strict=True))
    return {key: values[key] for key in x}


_KINDS: dict[type, NodeKind] = {
    list: NodeKind(list, _open_sequence, lambda x, keys, children: list(children)),
    tuple: NodeKind(tuple, _open_sequence, lambda x, keys, children: tuple(children)),
    deque: NodeKind(deque, _open_sequence, lambda x, keys, children: deque(children, x.maxlen)),
    dict: NodeKind(dict, _open_sorted, _in_order_of),
    OrderedDict: NodeKind(
        dict,
        _open_ordered,
        lambda x, keys, children: OrderedDict(zip(keys, children, strict=True)),
    ),
    defaultdict: NodeKind(
        dict,
        _open_sorted,
        lambda x, keys, children: defaultdict(x.default_factory, _in_order_of(x, keys, children)),
    ),
}


def _tuple_kind(cls):
    """Named tuples, and C records such as `time.struct_time`; other subclasses are leaves."""
    if hasattr(cls, "_fields"):
        kind = NodeKind(cls, _open_sequence, lambda x, keys, children: cls(*children))
    elif hasattr(cls, "n_sequence_fields"):
        kind = NodeKind(cls, _open_sequence, lambda x, keys, children: cls(children))
    else:
        return None
    _KINDS[cls] = kind
    return kind

"""Comparing the layout of two structures: strictly by containers, or by the paths of the leaves."""

import warnings
from typing import Any

from ._api import flatten_with_path, map_structure


def assert_same_structure(a: Any, b: Any, check_types: bool | None = None) -> None:
    """Raises unless `a` and `b` are nested in the same way; leaves may be anything.

    Containers must have the same type and length, or the same keys. All dict types are alike; two
    named tuple classes are not, even with equal names and fields.

    Args:
        a: A nested structure.
        b: A nested structure.
        check_types: Deprecated and without effect. `assert_same_paths` is the looser check.

    Raises:
        ValueError: If the structures differ.

    Example:

    >>> kerajax.tree.assert_same_structure([(0, 1)], [("x", None)])
    """
    if check_types is not None:
        warnings.warn(
            "`check_types` of tree.assert_same_structure is deprecated and has no effect. Leave it "
            "out, or call `tree.assert_same_paths`, which takes list, tuple, namedtuple and deque "
            "for one another.",
            DeprecationWarning,
            stacklevel=2,
        )
    map_structure(lambda *leaves: None, a, b)


def assert_same_paths(a: Any, b: Any) -> None:
    """Raises unless the leaves of `a` and `b` stand at the same paths, whatever the containers.

    Args:
        a: A nested structure.
        b: A nested structure.

    Raises:
        ValueError: If one has paths that the other lacks; the message lists them.

    Example:

    >>> kerajax.tree.assert_same_paths([0, {"k": 1}], (2, {"k": 3}))
    """
    a_paths = {path for path, _ in flatten_with_path(a)}
    b_paths = {path for path, _ in flatten_with_path(b)}
    if a_paths != b_paths:
        raise ValueError(
            "tree.assert_same_paths expected `a` and `b` to have the same paths, but received "
            f"only in `a`: {_listed(a_paths - b_paths)}; only in `b`: {_listed(b_paths - a_paths)}."
            " Give both the same keys and lengths."
        )


def _listed(paths):
    return sorted(map(str, paths)) or "none"

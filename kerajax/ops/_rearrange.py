"""`rearrange`: reshape and transpose written as one pattern of named axes."""

import math
import re

from kerajax.backend import KerasTensor, as_array
from kerajax.ops._op import op


def _spec(tensor, pattern, **axes_lengths):
    # A size that is not known stays so through splits and joins.
    _, new, sizes = _planned(tensor.shape, pattern, axes_lengths)
    return KerasTensor(tuple(_product(group, sizes) for group in new), tensor.dtype)


@op(spec=_spec, data=("tensor", "pattern", "axes_lengths"))
def rearrange(tensor, pattern, **axes_lengths):
    """Splits, reorders and joins axes by a pattern such as `"b (h p) c -> (b h) p c"`.

    Args:
        tensor: Tensor.
        pattern: String: names of the axes, `->`, and the same names in the order of the result.
            Names in parentheses are one axis, the last name running fastest.
        **axes_lengths: Sizes of named axes. In each pair of parentheses on the left one size may
            be left out.

    Returns:
        Tensor with the same elements.

    Raises:
        ValueError: If the pattern does not fit the tensor or names other axes on the right.

    Example:

    >>> x = np.arange(6).reshape(6, 1)
    >>> kerajax.ops.rearrange(x, "(h w) c -> w (h c)", h=2).tolist()
    [[0, 3], [1, 4], [2, 5]]

    Reference:
        Rogozhnikov, 2022, "Einops: Clear and Reliable Tensor Manipulations with Einstein-like
        Notation", https://openreview.net/forum?id=oapKSVM2bcj
    """
    tensor = as_array(tensor)
    old, new, sizes = _planned(tensor.shape, pattern, axes_lengths)
    old = sum(old, [])
    tensor = tensor.reshape([sizes[axis] for axis in old])
    tensor = tensor.transpose([old.index(axis) for axis in sum(new, [])])
    return tensor.reshape([_product(group, sizes) for group in new])


def _planned(shape, pattern, given):
    """Groups of axes on both sides (`"(h w) c"` is `[["h", "w"], ["c"]]`), and sizes by name."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(
            "rearrange: a pattern has two sides and one arrow, as 'b h w c -> b c h w'. Received: "
            f"pattern={pattern!r}"
        )
    old, new = (
        [re.findall(r"\w+", group) for group in re.findall(r"\w+|\(.*?\)", side)] for side in sides
    )
    names = sum(old, [])
    if sorted(names) != sorted(sum(new, [])) or len(set(names)) != len(names):
        raise ValueError(
            f"rearrange: both sides of a pattern must name the same axes, each of them once. "
            f"Received: pattern={pattern!r}"
        )
    if len(old) != len(shape):
        raise ValueError(
            f"rearrange: the left side of {pattern!r} names {len(old)} axes, but the tensor has "
            f"the shape {tuple(shape)}."
        )
    sizes = dict(given)
    for group, size in zip(old, shape, strict=True):
        sizes.update(_missing(group, size, given, pattern))
    return old, new, sizes


def _missing(group, size, given, pattern):
    """The one size in a group that is not given, if any."""
    missing = [axis for axis in group if axis not in given]
    known = _product([axis for axis in group if axis in given], given)
    if len(missing) == 1 and (size is None or size % known == 0):
        return {missing[0]: None if size is None else size // known}
    if missing or size not in (None, known):
        raise ValueError(
            f"rearrange: the axis ({' '.join(group)}) of {pattern!r} has {size} elements, which "
            f"the sizes {given} do not divide in one way. Give all sizes of an axis but one."
        )
    return {}


def _product(group, sizes):
    sizes = [sizes[axis] for axis in group]
    return None if None in sizes else math.prod(sizes)

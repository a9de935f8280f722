"""Reductions over segments: values with the same id are combined.

XLA needs shapes in advance, so `num_segments` has to be given. Empty segments give the neutral
value.
"""

import jax
import jax.numpy as jnp

from kerajax.ops._op import op


@op
def segment_sum(data, segment_ids, num_segments=None, sorted=False):
    """Sum of each segment of the first axis.

    Args:
        data: Tensor `(n, ...)`.
        segment_ids: Integer tensor `(n,)`: the segment that each value belongs to.
        num_segments: Int. Size of the first axis of the result.
        sorted: Bool. Whether the ids are in order, which is faster.

    Raises:
        ValueError: If `num_segments` is None.

    Example:

    >>> kerajax.ops.segment_sum([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [3, 3]
    """
    return _segment(jax.ops.segment_sum, data, segment_ids, num_segments, sorted)


@op
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """Product of each segment of the first axis.

    Args:
        data: Tensor `(n, ...)`.
        segment_ids: Integer tensor `(n,)`: the segment that each value belongs to.
        num_segments: Int. Size of the first axis of the result.
        sorted: Bool. Whether the ids are in order, which is faster.

    Raises:
        ValueError: If `num_segments` is None.

    Example:

    >>> kerajax.ops.segment_prod([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [2, 3]
    """
    return _segment(jax.ops.segment_prod, data, segment_ids, num_segments, sorted)


@op
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """Largest value of each segment of the first axis.

    Args:
        data: Tensor `(n, ...)`.
        segment_ids: Integer tensor `(n,)`: the segment that each value belongs to.
        num_segments: Int. Size of the first axis of the result.
        sorted: Bool. Whether the ids are in order, which is faster.

    Raises:
        ValueError: If `num_segments` is None.

    Example:

    >>> kerajax.ops.segment_max([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [2, 3]
    """
    return _segment(jax.ops.segment_max, data, segment_ids, num_segments, sorted)


@op
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """Smallest value of each segment of the first axis.

    Args:
        data: Tensor `(n, ...)`.
        segment_ids: Integer tensor `(n,)`: the segment that each value belongs to.
        num_segments: Int. Size of the first axis of the result.
        sorted: Bool. Whether the ids are in order, which is faster.

    Raises:
        ValueError: If `num_segments` is None.

    Example:

    >>> kerajax.ops.segment_min([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [1, 3]
    """
    return _segment(jax.ops.segment_min, data, segment_ids, num_segments, sorted)


def _segment(reduce, data, segment_ids, num_segments, is_sorted):
    name = reduce.__name__
    if num_segments is None:
        raise ValueError(
            f"Argument `num_segments` of {name} must be set, since shapes are fixed in advance. "
            "Received: num_segments=None"
        )
    data, segment_ids = jnp.asarray(data), jnp.asarray(segment_ids)
    if segment_ids.ndim != 1 or data.shape[:1] != segment_ids.shape:
        raise ValueError(
            f"{name}: `segment_ids` must be a vector as long as the first axis of `data`. "
            f"Received: data.shape={data.shape}, segment_ids.shape={segment_ids.shape}"
        )
    return reduce(data, segment_ids, num_segments, indices_are_sorted=is_sorted)

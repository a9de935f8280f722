"""Reductions over segments: values with the same id are combined.

XLA needs shapes in advance, so `num_segments` has to be given. Empty segments give the neutral
value.
"""

import jax
import jax.numpy as jnp

from kerajax.backend import KerasTensor
from kerajax.ops._op import op


def _segments(data, segment_ids, num_segments=None, sorted=False):
    return KerasTensor((num_segments, *data.shape[1:]), dtype=data.dtype)


@op(spec=_segments)
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


@op(spec=_segments)
def segment_prod(data, segment_ids, num_segments=None, sorted=False):
    """Product of each segment of the first axis; arguments as in `segment_sum`.

    Example:

    >>> kerajax.ops.segment_prod([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [2, 3]
    """
    return _segment(jax.ops.segment_prod, data, segment_ids, num_segments, sorted)


@op(spec=_segments)
def segment_max(data, segment_ids, num_segments=None, sorted=False):
    """Largest value of each segment of the first axis; arguments as in `segment_sum`.

    Example:

    >>> kerajax.ops.segment_max([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [2, 3]
    """
    return _segment(jax.ops.segment_max, data, segment_ids, num_segments, sorted)


@op(spec=_segments)
def segment_min(data, segment_ids, num_segments=None, sorted=False):
    """Smallest value of each segment of the first axis; arguments as in `segment_sum`.

    Example:

    >>> kerajax.ops.segment_min([1, 2, 3], [0, 0, 1], num_segments=2).tolist()
    [1, 3]
    """
    return _segment(jax.ops.segment_min, data, segment_ids, num_segments, sorted)


def _segment(reduce, data, segment_ids, num_segments, is_sorted):
    name = reduce.__name__
    data, segment_ids = jnp.asarray(data), jnp.asarray(segment_ids)
    shapes = f"Received: data.shape={data.shape}, segment_ids.shape={segment_ids.shape}"
    if segment_ids.ndim != 1:
        raise ValueError(
            f"{name}: Argument `segment_ids` should be an 1-D vector, one id a row of "
            f"`data`. {shapes}"
        )
    if data.shape[:1] != segment_ids.shape:
        raise ValueError(
            f"{name}: Argument `segment_ids` and `data` should have same leading dimension. "
            f"{shapes}"
        )
    if num_segments is None:
        raise ValueError(
            f"{name}: Argument `num_segments` must be set when using the JAX backend. "
            "Shapes are fixed in advance there. Received: num_segments=None"
        )
    return reduce(data, segment_ids, num_segments, indices_are_sorted=is_sorted)

"""From one loss per sample to the number that training minimizes."""

import math

from kerajax import ops
from kerajax._checks import suggestion
from kerajax.losses._align import align_weights

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)

_MEANS = ("sum_over_batch_size", "mean")


def standardize_reduction(reduction, owner="Loss"):
    """`reduction` if it is one of `REDUCTIONS`; `"auto"` of older Keras is today's default.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> standardize_reduction("auto")
    'sum_over_batch_size'
    """
    if isinstance(reduction, str) and reduction.lower() == "auto":
        return REDUCTIONS[0]
    if reduction not in REDUCTIONS:
        hint = suggestion(reduction, [r for r in REDUCTIONS if r]) or "Pass one of these."
        raise ValueError(
            f"{owner}: Invalid value for argument `reduction`. Expected one of {REDUCTIONS}. "
            f"Received: reduction={reduction!r}. {hint}"
        )
    return reduction


def mask_weights(sample_weight, mask, dtype, reduction):
    """Sample weights that leave out what the mask leaves out.

    For means, the entries that stay are weighted up, so that the mean is over them alone.

    Args:
        sample_weight: Optional tensor.
        mask: Optional bool tensor; `True` keeps an entry.
        dtype: String.
        reduction: One of `REDUCTIONS`.

    Returns:
        A tensor, or None where there is neither weight nor mask.

    Example:

    >>> mask_weights(None, np.array([True, False]), "float32", "mean").tolist()
    [2.0, 0.0]
    """
    if mask is None:
        return sample_weight
    weights = ops.cast(mask, dtype)
    if reduction in _MEANS:
        total = ops.cast(math.prod(weights.shape), dtype)
        weights = weights * ops.divide_no_nan(total, ops.sum(weights))
    if sample_weight is None:
        return weights
    weights, sample_weight = align_weights(weights, ops.cast(sample_weight, dtype))
    return sample_weight * weights


def reduce_weighted(
    values, sample_weight=None, mask=None, reduction: str | None = REDUCTIONS[0], dtype=None
):
    """Weighted and masked values, reduced.

    Args:
        values: Tensor of losses, one per sample or per entry.
        sample_weight: Optional tensor of weights, of the shape of `values` or of its first axes.
        mask: Optional bool tensor; `True` keeps an entry.
        reduction: One of `REDUCTIONS`.
        dtype: String, or None for the dtype of `values`.

    Returns:
        A scalar tensor, or for the reduction `None` one of the shape of `values`.

    Example:

    >>> float(reduce_weighted(np.array([1.0, 3.0]), sample_weight=np.array([1.0, 0.0])))
    0.5
    """
    values = ops.convert_to_tensor(values, dtype=dtype)
    if sample_weight is not None or mask is not None:
        sample_weight = mask_weights(sample_weight, mask, values.dtype, reduction)
        sample_weight = ops.convert_to_tensor(sample_weight, dtype=values.dtype)
        values, sample_weight = align_weights(values, sample_weight)
        values = values * sample_weight
    if reduction in (None, "none") or not values.shape or tuple(values.shape) == (0,):
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return ops.divide_no_nan(ops.sum(values), ops.sum(sample_weight))
    # Of no values at all the mean is 0, as for a batch whose weights are all 0.
    return ops.sum(values) if 0 in values.shape else ops.mean(values)

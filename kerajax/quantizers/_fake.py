"""Fake quantization: floats rounded to the steps of few bits, with gradients for the range."""

from typing import NamedTuple

from kerajax import ops
from kerajax.backend import any_keras_tensor, convert_to_tensor, result_type, standardize_dtype
from kerajax.objects import publish
from kerajax.ops import Operation


def fake_quant_with_min_max_vars(
    inputs, min_vals, max_vals, num_bits=8, narrow_range=False, axis=None
):
    """`inputs` clipped to a range and rounded to `2**num_bits` equal steps in it.

    Training with it prepares a model for integers. The range is moved a little so that zero is one
    of the steps. Gradients pass where the inputs lie in the range; where they do not, they go to
    the end of the range that clipped them, so the range can be trained.

    Args:
        inputs: Float tensor.
        min_vals: Smallest value: a scalar, or a vector with one for each index along `axis`.
        max_vals: Largest value, likewise.
        num_bits: Int.
        narrow_range: Bool. Whether the lowest step is left out, so that steps are symmetric.
        axis: Int, the axis that the ranges belong to; None for one range.

    Returns:
        Tensor of the shape and dtype of `inputs`.

    Example:

    >>> x = np.array([-2.0, 0.3, 0.9], "float32")
    >>> kerajax.quantizers.fake_quant_with_min_max_vars(x, 0.0, 1.0, num_bits=2).tolist()
    [0.0, 0.333..., 1.0]

    Reference:
        Jacob et al., 2018, "Quantization and Training of Neural Networks for Efficient
        Integer-Arithmetic-Only Inference", https://arxiv.org/abs/1712.05877
    """
    operation = FakeQuantWithMinMaxVars(num_bits, narrow_range, axis)
    if any_keras_tensor((inputs, min_vals, max_vals), {}):
        return operation.symbolic_call(inputs, min_vals, max_vals)
    return operation.call(inputs, min_vals, max_vals)


@publish("keras.src.quantizers.quantizers.FakeQuantWithMinMaxVars")
class FakeQuantWithMinMaxVars(Operation):
    """`fake_quant_with_min_max_vars` as a node of a graph."""

    def __init__(self, num_bits=8, narrow_range=False, axis=None, name=None):
        super().__init__(name=name)
        self.num_bits = int(num_bits)
        self.narrow_range = narrow_range
        self.axis = axis

    def get_config(self):
        """The constructor's arguments."""
        names = ("num_bits", "narrow_range", "axis")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def call(self, inputs, min_vals, max_vals):
        """The rounded inputs."""
        inputs, low, high = map(convert_to_tensor, (inputs, min_vals, max_vals))
        axis = None if self.axis is None else self.axis % inputs.ndim
        shape = [-1 if i == axis else 1 for i in range(inputs.ndim)]
        summed = [i for i in range(inputs.ndim) if i != axis]

        def along_axis(x):
            return x if axis is None or x.ndim != 1 else ops.reshape(x, shape)

        @ops.custom_gradient
        def rounded(x, low, high):
            steps = _steps(along_axis(low), along_axis(high), self.num_bits, self.narrow_range)
            clipped = ops.clip(ops.cast(x, steps.low.dtype), steps.low, steps.high)
            zero = ops.floor(0.5 - steps.low * steps.per_unit)
            integers = ops.floor((clipped - steps.low) * steps.per_unit - zero + 0.5)
            outputs = ops.cast(integers * steps.size, standardize_dtype(x.dtype))

            def grad(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream

                def total(mask, like):
                    return ops.reshape(ops.sum(ops.where(mask, upstream, 0.0), summed), like.shape)

                inside = ops.logical_and(x >= steps.low, x <= steps.high)
                below, above = x <= steps.low, x >= steps.high
                return ops.where(inside, upstream, 0.0), total(below, low), total(above, high)

            return outputs, grad

        return rounded(inputs, low, high)


class _Steps(NamedTuple):
    """The ends of a range whose steps include zero, and the size of a step."""

    low: object
    high: object
    size: object
    per_unit: object


def _steps(low, high, num_bits, narrow_range):
    dtype = result_type(low.dtype, "float32")
    low, high = ops.cast(low, dtype), ops.cast(high, dtype)
    first, last = int(narrow_range), 2**num_bits - 1
    size = ops.divide(high - low, last - first)
    # Computed anew rather than as 1 / size, which would round twice.
    per_unit = ops.divide(last - first, high - low)
    zero = ops.round(ops.clip(first - ops.divide(low, size), first, last))
    return _Steps((first - zero) * size, (last - zero) * size, size, per_unit)

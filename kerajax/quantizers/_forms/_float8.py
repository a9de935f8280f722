"""Products in float8: inputs, kernel and gradients are rounded, and scales follow their sizes."""

from kerajax import ops
from kerajax.quantizers._float8 import (
    compute_float8_amax_history,
    compute_float8_scale,
    float8_max,
    quantize_and_dequantize,
)
from kerajax.quantizers._forms._form import Form

_FORWARD, _BACKWARD = "float8_e4m3fn", "float8_e5m2"
_DEFAULT_LENGTH = 1024


class Float8(Form):
    """`round8(inputs) @ round8(kernel)`, with outputs whose gradients are rounded too.

    Each of the three has a scale and a history of largest values. Their new values come as their
    gradients, and the optimizer puts these in place of the old ones.
    """

    mode = "float8"
    replaces_kernel = False
    adaptable = False
    _rounded = ("inputs", "kernel", "outputs_grad")

    @property
    def saved(self):
        parts = [f"{of}_{part}" for of in self._rounded for part in ("scale", "amax_history")]
        return [self.use.attribute, "bias", *parts]

    def build(self):
        length = getattr(self.layer.dtype_policy, "amax_history_length", _DEFAULT_LENGTH)
        options = {"trainable": True, "autocast": False, "overwrite_with_gradient": True}
        for of in self._rounded:
            self._add(f"{of}_scale", (), "float32", "ones", **options)
            self._add(f"{of}_amax_history", (length,), "float32", **options)

    def quantized(self, kernel):
        return {}

    def float_kernel(self):
        return self.stored

    def product(self, inputs, training=None):
        inputs = self._round_values("inputs", inputs, training)
        kernel = self._round_values("kernel", self.stored, training)
        return self._round_gradient("outputs_grad", self.use.multiply(inputs, kernel))

    def bias(self):
        bias = self.layer.bias
        if bias is None or self.layer.compute_dtype != "float32":
            return bias
        # In bfloat16 precision it can be added within the product on accelerators.
        return ops.cast(ops.cast(bias, "bfloat16"), "float32")

    def _round_values(self, of, x, training):
        dtype = self.layer.compute_dtype

        @ops.custom_gradient
        def rounded(x, scale, history):
            new = _updated(x, scale, history, _FORWARD) if training else (None, None)

            def grad(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream
                return upstream, *new

            return quantize_and_dequantize(x, scale, _FORWARD, dtype), grad

        return rounded(ops.convert_to_tensor(x), *self._state(of))

    def _round_gradient(self, of, x):
        dtype = self.layer.compute_dtype

        @ops.custom_gradient
        def same(x, scale, history):
            def grad(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream
                rounded = quantize_and_dequantize(upstream, scale, _BACKWARD, dtype)
                return rounded, *_updated(upstream, scale, history, _BACKWARD)

            return x, grad

        return same(x, *self._state(of))

    def _state(self, of):
        return [ops.convert_to_tensor(getattr(self.layer, name)) for name in self._names(of)]

    @staticmethod
    def _names(of):
        return f"{of}_scale", f"{of}_amax_history"


def _updated(x, scale, history, dtype):
    """The next scale and history: the scale is that of the steps before this one."""
    largest = ops.max(history, axis=0)
    new_scale = compute_float8_scale(largest, scale, float8_max(dtype))
    return new_scale, compute_float8_amax_history(x, history)

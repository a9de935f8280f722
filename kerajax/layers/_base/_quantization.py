"""The part of Layer that asks for quantization; what forms of kernels do stands in `quantizers`."""

import functools
import inspect
from contextlib import contextmanager

from kerajax import dtype_policies
from kerajax.quantizers._configs import resolve_config


class LayerQuantization:
    """`quantize`, and the choice between `call` and `quantized_call`."""

    _is_quantized = False
    _quantizing = False

    @property
    def quantization_mode(self):
        """The quantization mode of the dtype policy, or None."""
        return self._dtype_policy.quantization_mode

    @property
    def _computation(self):
        """What a call of the layer runs."""
        return self.call if self.quantization_mode is None else self.quantized_call

    def quantize(self, mode=None, type_check=True, config=None):
        """Stores the layer's weights in fewer bits.

        Layers of the user's own may override it: they make the variables of the mode and set
        `dtype_policy`. Before it runs, the arguments are checked and completed.

        Args:
            mode: `"int8"`, `"int4"`, `"float8"`, `"gptq"` or `"awq"`; the config's if None.
            type_check: Bool. Whether layers of classes derived from the known ones are refused,
                since their `call` may use the weights otherwise.
            config: `QuantizationConfig`; the mode's defaults if None.

        Raises:
            ValueError: If the arguments contradict each other, or if the layer is not built or is
                quantized already.
            NotImplementedError: If the layer cannot be quantized.

        Example:

        >>> layer = kerajax.layers.Dense(4)
        >>> layer.build((None, 8))
        >>> layer.quantize("int8")
        >>> layer.dtype_policy
        <QuantizedDTypePolicy "int8_from_float32">
        """
        raise self._has_no("quantize")

    def quantized_build(self, input_shape, mode):
        """Makes the variables of a quantization mode."""
        raise self._has_no("quantized_build")

    def quantized_call(self, *args, **kwargs):
        """The computation of a quantized layer, in place of `call`.

        Layers of the user's own may define `_int8_call` and so on; what contains other layers
        leaves it to them.
        """
        mode = self.quantization_mode
        own = getattr(self, f"_{mode}_call", None)
        if own is None and self._layers:
            own = self.call
        if own is None:
            raise self._has_no(f"_{mode}_call")
        return own(*args, **kwargs)

    def _has_no(self, method):
        return NotImplementedError(
            f"Layer {type(self).__name__} does not have a `{method}` method implemented. Only "
            "layers with a form for quantized weights do; leave others out by `filters`."
        )

    @property
    def dtype_policy(self):
        """The `DTypePolicy`: in which dtypes the layer computes and keeps its weights.

        A policy with a quantization mode quantizes a layer that is built.
        """
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = dtype_policies.get(value)
        if isinstance(policy, dtype_policies.DTypePolicyMap):
            policy = policy[self.path]
        before = self.__dict__.get("_dtype_policy")
        self._dtype_policy = policy
        waits = self.__dict__.get("built") and not self._is_quantized and not self._quantizing
        if policy.quantization_mode is None or not waits:
            return
        try:
            self.quantize(policy.quantization_mode)
        except Exception:
            self._dtype_policy = before
            raise

    def _check_quantizable(self, mode):
        if not self.built:
            raise ValueError(
                "Cannot quantize a layer that isn't yet built. "
                f"Layer '{self.name}' (of type '{type(self).__name__}') is not built yet."
            )
        if self._is_quantized:
            raise ValueError(
                f"Layer '{self.name}' is already quantized with "
                f"dtype_policy='{self.dtype_policy.name}'. Received: mode={mode}"
            )
        if mode == "int8" and self.compute_dtype == "float16":
            raise ValueError(
                "Quantization mode='int8' doesn't work well with compute_dtype='float16'. Give the "
                "layer another dtype policy, such as 'mixed_bfloat16', before calling `quantize()`."
            )

    @contextmanager
    def _unlocked(self):
        """Lets a built layer get new variables."""
        locked, self._tracker.locked_by = self._tracker.locked_by, None
        try:
            yield
        finally:
            self._tracker.locked_by = locked


def checked_quantize(quantize):
    """`quantize` of a class, with its arguments resolved and the layer open for new variables."""
    takes_config = "config" in inspect.signature(quantize).parameters

    @functools.wraps(quantize)
    def checked(self, *args, **kwargs):
        if self._quantizing:
            return quantize(self, *args, **kwargs)
        # As Keras has it, the second position is the config whatever the signature of a class.
        given = {**dict(zip(("mode", "config"), args, strict=False)), **kwargs}
        config = resolve_config(given.pop("mode", None), given.pop("config", None))
        self._check_quantizable(config.mode)
        self._quantizing = True
        try:
            with self._unlocked():
                named = {"config": config} if takes_config else {}
                return quantize(self, config.mode, **named, **given)
        finally:
            del self._quantizing

    return checked


LayerQuantization.quantize = checked_quantize(LayerQuantization.quantize)

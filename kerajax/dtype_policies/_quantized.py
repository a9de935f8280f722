"""Policies of layers whose kernels are stored in few bits: `"<mode>_from_<source>"`.

The source is the policy of the computation around the kernel. A mode with settings writes them
between slashes: `"gptq/4/128_from_mixed_bfloat16"` is 4 bits in groups of 128.
"""

from kerajax._checks import suggestion
from kerajax.dtype_policies._policy import DTypePolicy, dtype_policy, dtypes_of
from kerajax.objects import publish

QUANTIZATION_MODES = ("int8", "float8", "int4", "gptq", "awq")


@publish("keras.dtype_policies.QuantizedDTypePolicy")
class QuantizedDTypePolicy(DTypePolicy):
    """A policy with a quantization mode and the policy it was made from.

    Args:
        mode: `"int8"`, `"float8"`, `"int4"`, `"gptq"` or `"awq"`.
        source_name: String. Name of the policy around it; the global policy's if absent.

    Raises:
        ValueError: If the mode is unknown, or is int8 with float16, whose range is too small.

    Example:

    >>> kerajax.dtype_policies.QuantizedDTypePolicy("int8", "float32").name
    'int8_from_float32'
    """

    def __init__(self, mode, source_name=None):
        if source_name is None:
            source_name = dtype_policy().name
        self._compute_dtype, self._variable_dtype = dtypes_of(source_name)
        self._quantization_mode = self._parse(mode)
        if self._compute_dtype == "float16" and mode == "int8":
            raise ValueError(
                "Quantization mode='int8' doesn't work well with compute_dtype='float16'. "
                "Use 'mixed_bfloat16' or 'float32' as the source."
            )
        self._name = f"{mode}_from_{source_name}"
        self._source_name = source_name

    def _parse(self, mode):
        """Reads the settings out of `mode` and returns the bare mode."""
        if mode not in QUANTIZATION_MODES:
            raise ValueError(
                f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. "
                f"Received: mode={mode!r}. {suggestion(mode, QUANTIZATION_MODES)}".rstrip()
            )
        return mode

    def _written_mode(self):
        return self._quantization_mode

    def get_config(self):
        """The arguments of the constructor."""
        return {"mode": self._written_mode(), "source_name": self._source_name}


@publish("keras.dtype_policies.QuantizedFloat8DTypePolicy")
class QuantizedFloat8DTypePolicy(QuantizedDTypePolicy):
    """The policy of training with float8 products.

    Args:
        mode: `"float8"`.
        source_name: String. Name of the policy around it; the global policy's if absent.
        amax_history_length: Int. Training steps whose largest values set the scale.

    Raises:
        TypeError: If `amax_history_length` is no int.

    Example:

    >>> policy = kerajax.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32", 16)
    >>> policy.amax_history_length
    16
    """

    default_amax_history_length = 1024

    def __init__(self, mode, source_name=None, amax_history_length=1024):
        super().__init__(mode, source_name)
        if not isinstance(amax_history_length, int):
            raise TypeError(
                "`amax_history_length` must be an integer. "
                f"Received: amax_history_length={amax_history_length!r}"
            )
        self._amax_history_length = amax_history_length

    @property
    def amax_history_length(self):
        """Training steps whose largest values set the scale."""
        return self._amax_history_length

    def get_config(self):
        """The arguments of the constructor."""
        return {**super().get_config(), "amax_history_length": self.amax_history_length}


class _WithSettings(QuantizedDTypePolicy):
    """Base of modes with integer settings between slashes."""

    _mode = ""
    _settings: tuple[str, ...] = ()
    _weight_bits: tuple[int, ...] = ()

    def _parse(self, mode):
        words = str(mode).split("/")
        form = "/".join([self._mode, *(f"<{name}>" for name in self._settings)])
        try:
            numbers = [int(word) for word in words[1:]]
        except ValueError:
            numbers = []
        if words[0] != self._mode or len(numbers) != len(self._settings):
            raise ValueError(
                f"Invalid mode for {type(self).__name__}. Expected format '{form}' with integers, "
                f"but received: mode={mode!r}."
            )
        for name, number in zip(self._settings, numbers, strict=True):
            if name == "weight_bits" and number not in self._weight_bits:
                raise ValueError(
                    f"Invalid weight_bits in mode. {type(self).__name__} supports "
                    f"{self._weight_bits}, but received {number} in {mode!r}."
                )
            if name != "weight_bits" and (number < -1 or number == 0):
                raise ValueError(
                    f"Invalid {name} in mode. Supported values are -1 (no groups) or a positive "
                    f"integer, but received {number} in {mode!r}."
                )
            setattr(self, name, number)
        self.mode = self._mode
        return self._mode

    def _written_mode(self):
        return "/".join([self._mode, *(str(getattr(self, name)) for name in self._settings)])


@publish("keras.dtype_policies.Int4DTypePolicy")
class Int4DTypePolicy(_WithSettings):
    """The policy of 4-bit kernels with one scale per block of inputs.

    Args:
        mode: `"int4/<block_size>"`; -1 is one block per output channel.
        source_name: String. Name of the policy around it; the global policy's if absent.

    Example:

    >>> kerajax.dtype_policies.Int4DTypePolicy("int4/128", "float32").block_size
    128
    """

    _mode = "int4"
    _settings = ("block_size",)


@publish("keras.dtype_policies.GPTQDTypePolicy")
class GPTQDTypePolicy(_WithSettings):
    """The policy of kernels quantized by GPTQ.

    Args:
        mode: `"gptq/<weight_bits>/<group_size>"`, with 2, 3, 4 or 8 bits; a group of -1 is the
            whole kernel.
        source_name: String. Name of the policy around it; the global policy's if absent.

    Example:

    >>> kerajax.dtype_policies.GPTQDTypePolicy("gptq/4/-1", "float32").weight_bits
    4

    Reference:
        Frantar et al., 2022, "GPTQ: Accurate Post-Training Quantization for Generative
        Pre-trained Transformers", https://arxiv.org/abs/2210.17323
    """

    _mode = "gptq"
    _settings = ("weight_bits", "group_size")
    _weight_bits = (2, 3, 4, 8)


@publish("keras.dtype_policies.AWQDTypePolicy")
class AWQDTypePolicy(_WithSettings):
    """The policy of kernels quantized by AWQ.

    Args:
        mode: `"awq/4/<group_size>"`; a group of -1 is one per output channel.
        source_name: String. Name of the policy around it; the global policy's if absent.

    Example:

    >>> kerajax.dtype_policies.AWQDTypePolicy("awq/4/128", "float32").group_size
    128

    Reference:
        Lin et al., 2023, "AWQ: Activation-aware Weight Quantization for LLM Compression and
        Acceleration", https://arxiv.org/abs/2306.00978
    """

    _mode = "awq"
    _settings = ("weight_bits", "group_size")
    _weight_bits = (4,)


def quantized_policy(name: str) -> QuantizedDTypePolicy:
    """The policy that a name such as `"int8_from_float32"` stands for."""
    mode, _, source_name = name.partition("_from_")
    if not source_name or "_from_" in source_name:
        raise ValueError(
            "Cannot convert `policy` into a valid pair (`mode`, `source_name`) to instantiate "
            f"`QuantizedDTypePolicy`. Received: policy={name!r}. Write 'int8_from_float32'."
        )
    kinds = {"gptq": GPTQDTypePolicy, "awq": AWQDTypePolicy, "float8": QuantizedFloat8DTypePolicy}
    if mode.startswith("int4/"):
        return Int4DTypePolicy(mode, source_name)
    return kinds.get(mode.partition("/")[0], QuantizedDTypePolicy)(mode, source_name)

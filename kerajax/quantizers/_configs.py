"""What to quantize to: one config for each mode, as `layer.quantize(config=...)` takes it."""

from kerajax.dtype_policies import QUANTIZATION_MODES
from kerajax.objects import Configurable, publish
from kerajax.quantizers._quantizer import AbsMaxQuantizer

_DEFAULT = "default"


@publish("keras.quantizers.QuantizationConfig")
class QuantizationConfig(Configurable):
    """Base of the configs: the quantizers of weights and of activations, and the mode.

    Args:
        weight_quantizer: Quantizer of the kernel; the mode's own if None.
        activation_quantizer: Quantizer of the inputs; None leaves them floats.

    Example:

    >>> config = kerajax.quantizers.Int8QuantizationConfig(activation_quantizer=None)
    >>> config.mode, config.activation_quantizer
    ('int8', None)
    """

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        self.weight_quantizer = weight_quantizer
        self.activation_quantizer = activation_quantizer

    @property
    def mode(self) -> str:
        """The name of the mode; each config has its own."""
        raise NotImplementedError(
            "Subclasses must implement this property. Do not instantiate QuantizationConfig "
            "directly."
        )

    def dtype_policy_string(self) -> str:
        """The mode with its settings, as the name of a dtype policy begins."""
        return self.mode

    def _require(self, attribute, expected):
        """Raises unless the weight quantizer, where there is one, has this value."""
        value = getattr(self.weight_quantizer, attribute, expected)
        found = tuple(value) if isinstance(value, (list, tuple)) else value
        if self.weight_quantizer is not None and found != expected:
            raise ValueError(
                f"{type(self).__name__} requires a weight_quantizer with {attribute}={expected!r}. "
                f"Received: {attribute}={value}"
            )


@publish("keras.quantizers.Int8QuantizationConfig")
class Int8QuantizationConfig(QuantizationConfig):
    """Kernels of 8 bits, with a scale for each output; inputs are quantized as they come.

    Args:
        weight_quantizer: Quantizer of the kernel; `AbsMaxQuantizer` if None.
        activation_quantizer: Quantizer of the inputs, `AbsMaxQuantizer` by default; None leaves
            them floats.

    Raises:
        ValueError: If the weight quantizer gives another dtype than int8.

    Example:

    >>> layer = kerajax.layers.Dense(4)
    >>> layer.build((None, 8))
    >>> layer.quantize(config=kerajax.quantizers.Int8QuantizationConfig())
    >>> layer.kernel.dtype, layer.dtype_policy.name
    ('int8', 'int8_from_float32')
    """

    mode = "int8"

    def __init__(self, weight_quantizer=None, activation_quantizer=_DEFAULT):
        if activation_quantizer == _DEFAULT:
            activation_quantizer = AbsMaxQuantizer()
        super().__init__(weight_quantizer, activation_quantizer)
        self._require("output_dtype", "int8")


@publish("keras.quantizers.Int4QuantizationConfig")
class Int4QuantizationConfig(QuantizationConfig):
    """Kernels of 4 bits, two in a byte; inputs stay floats unless a quantizer is given.

    Args:
        weight_quantizer: Quantizer of the kernel, without blocks only.
        activation_quantizer: Quantizer of the inputs, without blocks only.
        block_size: Int. Inputs that share a scale and a zero point for each output. None or -1:
            one scale for each output.

    Raises:
        ValueError: If the block size is not positive, quantizers are given with it, or the weight
            quantizer has another range than (-8, 7).

    Example:

    >>> kerajax.quantizers.Int4QuantizationConfig(block_size=64).dtype_policy_string()
    'int4/64'
    """

    mode = "int4"

    def __init__(self, weight_quantizer=None, activation_quantizer=_DEFAULT, block_size=128):
        if activation_quantizer == _DEFAULT:
            activation_quantizer = None
        super().__init__(weight_quantizer, activation_quantizer)
        if block_size is not None and block_size != -1 and block_size <= 0:
            raise ValueError(
                "block_size must be None, -1, or a positive integer. "
                f"Received: block_size={block_size}"
            )
        self.block_size = block_size
        given = weight_quantizer is not None or activation_quantizer is not None
        if given and block_size not in (None, -1):
            raise ValueError(
                "Int4 sub-channel quantization (block_size > 0) does not support custom "
                f"quantizers. Received: block_size={block_size}. Set it to None, or leave the "
                "quantizers out."
            )
        self._require("value_range", (-8, 7))
        self._require("output_dtype", "int8")

    def dtype_policy_string(self):
        """`int4/` and the block size, -1 where there are no blocks."""
        return f"int4/{-1 if self.block_size is None else self.block_size}"

    @classmethod
    def from_config(cls, config):
        """The config that `get_config` described; before there were blocks it had none."""
        return super().from_config({"block_size": None, **config})


@publish("keras.quantizers.Float8QuantizationConfig")
class Float8QuantizationConfig(QuantizationConfig):
    """Training with products in float8: kernels stay floats and are rounded at each step.

    Example:

    >>> kerajax.quantizers.Float8QuantizationConfig().mode
    'float8'
    """

    mode = "float8"

    def __init__(self):
        super().__init__()


class _Calibrated(QuantizationConfig):
    """Base of modes that run data through the model to see what its layers get."""

    def _check(self, **positive):
        for name, value in positive.items():
            if value <= 0:
                raise ValueError(f"{name} must be a positive integer. Received: {name}={value}")
        if self.group_size < -1 or self.group_size == 0:
            raise ValueError(
                "Invalid group_size. Supported values are -1 (no groups) or a positive integer, "
                f"but got {self.group_size}."
            )

    def dtype_policy_string(self):
        """The mode, its bits and its group size: `gptq/4/128`."""
        return f"{self.mode}/{self.weight_bits}/{self.group_size}"

    def get_config(self):
        """The constructor's arguments, without the data, which are needed once."""
        data, self.dataset = (self.dataset, self.tokenizer), None
        self.tokenizer = None
        try:
            return super().get_config()
        finally:
            self.dataset, self.tokenizer = data


@publish("keras.quantizers.GPTQConfig")
class GPTQConfig(_Calibrated):
    """Kernels of few bits whose errors of rounding make up for each other on given data.

    Args:
        dataset: Iterable of strings or of token arrays to calibrate with.
        tokenizer: Object with a method `tokenize(string)`.
        weight_bits: 2, 3, 4 or 8.
        num_samples: Int. Sequences to calibrate with.
        per_channel: Bool. Whether each output has its own scale.
        sequence_length: Int. Tokens of a sequence.
        hessian_damping: Float from 0 to 1: what is added to the diagonal of the second moments of
            the inputs, relative to its mean.
        group_size: Int. Inputs that share a scale; -1 for all of them.
        symmetric: Bool. Whether the range of a group is symmetric.
        activation_order: Bool. Whether the inputs with the largest moments are rounded first.
        quantization_layer_structure: Dict with lists of layers: `"pre_block_layers"`, which the
            tokens go through first, and `"sequential_blocks"`, which are quantized one after
            another. None asks `model.get_quantization_layer_structure`.

    Raises:
        ValueError: If a number is out of its range.

    Example:

    >>> config = kerajax.quantizers.GPTQConfig(dataset=["a b"], tokenizer=None, group_size=64)
    >>> config.dtype_policy_string()
    'gptq/4/64'

    Reference:
        Frantar et al., 2022, "GPTQ: Accurate Post-Training Quantization for Generative
        Pre-trained Transformers", https://arxiv.org/abs/2210.17323
    """

    mode = "gptq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        per_channel: bool = True,
        sequence_length: int = 512,
        hessian_damping: float = 0.01,
        group_size: int = 128,
        symmetric: bool = False,
        activation_order: bool = False,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__()
        self.dataset = dataset
        self.tokenizer = tokenizer
        self.num_samples = num_samples
        self.per_channel = per_channel
        self.sequence_length = sequence_length
        self.hessian_damping = hessian_damping
        self.weight_bits = weight_bits
        self.group_size = group_size
        self.symmetric = symmetric
        self.activation_order = activation_order
        self.quantization_layer_structure = quantization_layer_structure
        if weight_bits not in (2, 3, 4, 8):
            raise ValueError(
                f"Unsupported weight_bits {weight_bits}. Supported values are 2, 3, 4, and 8."
            )
        self._check(num_samples=num_samples, sequence_length=sequence_length)
        if not 0 <= hessian_damping <= 1:
            raise ValueError(
                f"hessian_damping must be between 0 and 1. Received: {hessian_damping}"
            )


@publish("keras.quantizers.AWQConfig")
class AWQConfig(_Calibrated):
    """Kernels of 4 bits in which the inputs that are large on given data are kept most exactly.

    Args:
        dataset: Iterable of strings or of token arrays to calibrate with.
        tokenizer: Object with a method `tokenize(string)`.
        weight_bits: 4.
        num_samples: Int. Sequences to calibrate with.
        sequence_length: Int. Tokens of a sequence.
        group_size: Int. Inputs that share a scale; -1 for all of them.
        num_grid_points: Int. Strengths that are tried.
        quantization_layer_structure: Dict with lists of layers: `"pre_block_layers"`, which the
            tokens go through first, and `"sequential_blocks"`, which are quantized one after
            another. None asks `model.get_quantization_layer_structure`.

    Raises:
        ValueError: If a number is out of its range.

    Example:

    >>> kerajax.quantizers.AWQConfig(dataset=None, tokenizer=None).dtype_policy_string()
    'awq/4/128'

    Reference:
        Lin et al., 2023, "AWQ: Activation-aware Weight Quantization for LLM Compression and
        Acceleration", https://arxiv.org/abs/2306.00978
    """

    mode = "awq"

    def __init__(
        self,
        dataset,
        tokenizer,
        *,
        weight_bits: int = 4,
        num_samples: int = 128,
        sequence_length: int = 512,
        group_size: int = 128,
        num_grid_points: int = 20,
        quantization_layer_structure: dict | None = None,
    ):
        super().__init__()
        self.dataset = dataset
        self.tokenizer = tokenizer
        self.weight_bits = weight_bits
        self.num_samples = num_samples
        self.sequence_length = sequence_length
        self.group_size = group_size
        self.num_grid_points = num_grid_points
        self.quantization_layer_structure = quantization_layer_structure
        if weight_bits != 4:
            raise ValueError(
                f"AWQ only supports 4-bit quantization. Received weight_bits={weight_bits}."
            )
        self._check(
            num_samples=num_samples,
            sequence_length=sequence_length,
            num_grid_points=num_grid_points,
        )


_CLASSES = {
    "int8": Int8QuantizationConfig,
    "int4": Int4QuantizationConfig,
    "float8": Float8QuantizationConfig,
    "gptq": GPTQConfig,
    "awq": AWQConfig,
}
_NEED_DATA = ("gptq", "awq")


def resolve_config(mode, config) -> QuantizationConfig:
    """The config that the arguments of `quantize` mean.

    Args:
        mode: String or None.
        config: `QuantizationConfig`, a string with the mode, or None for the mode's defaults.

    Raises:
        ValueError: If there is neither, they contradict each other, the mode is unknown, or it
            needs data and has none.

    Example:

    >>> resolve_config("int4", None).block_size
    128
    """
    if isinstance(config, str):
        mode, config = config, None
    _check_mode(mode)
    if config is None:
        if mode is None:
            raise ValueError("You must provide either `mode` or `config` to `quantize`.")
        if mode in _NEED_DATA:
            raise ValueError(
                f"For {mode.upper()}, you must pass a `{_CLASSES[mode].__name__}` object in the "
                "`config` argument."
            )
        return _CLASSES[mode]()
    if not isinstance(config, QuantizationConfig):
        raise ValueError(
            "Argument `config` must be an instance of `QuantizationConfig`. "
            f"Received: config={config} (of type {type(config)})"
        )
    if mode is not None and config.mode != mode:
        raise ValueError(
            f"Contradictory arguments: mode='{mode}' but config.mode='{config.mode}'. Pass one of "
            "them."
        )
    _check_mode(config.mode)
    if config.mode in _NEED_DATA and not isinstance(config, _CLASSES[config.mode]):
        raise ValueError(
            f"Mode '{config.mode}' requires a valid `config` argument of type "
            f"`{_CLASSES[config.mode].__name__}`. Received: {type(config)}"
        )
    return config


def _check_mode(mode):
    if mode is not None and mode not in QUANTIZATION_MODES:
        raise ValueError(
            f"Invalid quantization mode. Expected one of {QUANTIZATION_MODES}. "
            f"Received: mode={mode}"
        )

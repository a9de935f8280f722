"""Dense: the affine map over the last axis."""

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers._adaptable import Adaptable, shown_kernel
from kerajax.layers._base import InputSpec
from kerajax.objects import publish


@publish("keras.layers.Dense")
class Dense(Adaptable):
    """A densely connected layer, `outputs = activation(inputs @ kernel + bias)`.

    The kernel acts on the last axis; all axes before it are kept.

    Args:
        units: Int > 0. Size of the last axis of the output.
        activation: Activation, its name, or a function; none by default.
        use_bias: Bool. Whether a bias is added.
        kernel_initializer: Initializer of `kernel`, `(input_dim, units)`.
        bias_initializer: Initializer of `bias`, `(units,)`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        activity_regularizer: Regularizer of the outputs.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        lora_rank: Int. Rank of the low-rank adaptation that trains in place of the kernel; see
            `enable_lora`. None for no adaptation.
        lora_alpha: Number. The adaptation counts `lora_alpha / lora_rank`; `lora_rank` if None.
        quantization_config: Settings of the quantization that `dtype` names; see `quantize`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, ..., input_dim)`, float.
    Output shape: `(batch, ..., units)`, dtype `compute_dtype`.

    Raises:
        ValueError: If the last axis of the input has no known size.

    Example:

    >>> x = kerajax.ops.ones((2, 3))
    >>> kerajax.layers.Dense(4)(x).shape
    (2, 4)
    """

    _told_by_attributes = True

    supports_masking = True
    _config_if_set = frozenset(("activity_regularizer",))

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = positive_int(units, "units", self)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self._set_forms(lora_rank, lora_alpha, quantization_config)
        self.input_spec = InputSpec(min_ndim=2)

    kernel = shown_kernel(
        "_kernel",
        """`(input_dim, units)`: the variable; the sum where it is adapted; or integers.""",
    )

    def build(self, input_shape):
        input_dim = self._known_size(input_shape, -1)
        self._build_kernel((input_dim, self.units))
        self.bias = self._weight("bias", (self.units,)) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: input_dim})

    def call(self, inputs, training=None):
        outputs = ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        activation = self.activation
        return outputs if activation is None else activation(outputs)

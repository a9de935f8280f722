"""EinsumDense: an affine map whose axes an einsum equation names."""

import re

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax.layers._adaptable import Adaptable, shown_kernel
from kerajax.layers._base import InputSpec
from kerajax.objects import publish
from kerajax.quantizers._forms import EinsumUse

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


@publish("keras.layers.EinsumDense")
class EinsumDense(Adaptable):
    """`outputs = activation(einsum(equation, inputs, kernel) + bias)`.

    For affine maps over other axes than the last, over several at once, or to several.

    Args:
        equation: String such as `"abc,cd->abd"`: letters of the inputs' axes, the kernel's, and the
            outputs'. `...` at the same side of inputs and outputs stands for axes that stay.
        output_shape: Int or tuple of ints and None (sizes that follow from the inputs): the shape
            of a sample of the outputs, without axes that `...` stands for.
        activation: Activation, its name, or a function; none by default.
        bias_axes: Letters of those axes of the outputs that the bias has; no bias if None.
        kernel_initializer: Initializer of `kernel`.
        bias_initializer: Initializer of `bias`.
        kernel_regularizer: Regularizer of the kernel.
        bias_regularizer: Regularizer of the bias.
        kernel_constraint: Constraint on the kernel.
        bias_constraint: Constraint on the bias.
        lora_rank: Int. Rank of the low-rank adaptation that trains in place of the kernel; see
            `enable_lora`. None for no adaptation.
        lora_alpha: Number. The adaptation counts `lora_alpha / lora_rank`; `lora_rank` if None.
        gptq_unpacked_column_size: Int. Outputs of the kernel as a matrix, as files of GPTQ say it.
        quantization_config: Settings of the quantization that `dtype` names; see `quantize`.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: what the equation says.
    Output shape: what the equation says.

    Raises:
        ValueError: If the equation has another form, or does not fit the shapes.
        TypeError: If the equation is no string.

    Example:

    >>> layer = kerajax.layers.EinsumDense("abc,cd->abd", output_shape=(None, 8), bias_axes="d")
    >>> layer(np.ones((2, 3, 4), "float32")).shape
    (2, 3, 8)
    """

    _told_by_attributes = True
    _config_if_set = frozenset(("gptq_unpacked_column_size",))

    def __init__(
        self,
        equation,
        output_shape,
        activation=None,
        bias_axes=None,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        gptq_unpacked_column_size=None,
        quantization_config=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(equation, str):
            raise TypeError(
                f"EinsumDense: `equation` must be a string such as 'ab,bc->ac', but received "
                f"{equation!r}."
            )
        self.equation = equation
        self.output_shape = (
            (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        )
        self.bias_axes = bias_axes
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.gptq_unpacked_column_size = gptq_unpacked_column_size
        self._set_forms(lora_rank, lora_alpha, quantization_config)

    kernel = shown_kernel(
        "_kernel",
        """One axis for each letter: the variable; the sum where it is adapted; or integers.""",
    )

    def build(self, input_shape):
        terms = _Terms(self, input_shape)
        self.input_spec = InputSpec(ndim=len(input_shape))
        self._build_kernel(terms.kernel_shape(), initializer=self._initializer_for(terms))
        self.bias = None
        if self.bias_axes is not None:
            self.bias = self._weight("bias", terms.bias_shape(self.bias_axes))

    def call(self, inputs, training=None):
        outputs = ops.einsum(self.equation, inputs, self.kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        activation = self.activation
        return outputs if activation is None else activation(outputs)

    def _use(self, shape):
        return EinsumUse(shape, self.equation, self.input_spec.ndim)

    def quantized_build(self, kernel_shape, mode, config=None):
        """Makes the variables of a quantization mode; see `Dense.quantized_build`."""
        super().quantized_build(kernel_shape, mode, config)
        if mode == "gptq":
            self.gptq_unpacked_column_size = self._form.use.calibrated_shape[1]

    def _base_config(self):
        # Keras writes this key here also where it is None.
        return {"activity_regularizer": None, **super()._base_config()}

    def _initializer_for(self, terms):
        """The kernel's initializer, which counts the units by the axes that the equation sums."""
        initializer = self.kernel_initializer
        if not isinstance(initializer, initializers.VarianceScaling):
            return initializer
        if initializer.input_axes is not None and initializer.output_axes is not None:
            return initializer
        config = initializer.get_config()
        config["seed"] = initializer.seed
        config["input_axes"], config["output_axes"] = terms.axes()
        return type(initializer).from_config(config)


class _Terms:
    """The letters of an equation, with the size that each stands for."""

    def __init__(self, layer, input_shape):
        self.layer = layer
        match = _EQUATION.fullmatch(layer.equation.replace(" ", ""))
        groups = match.groups() if match else ()
        left, right = groups[:1] == ("...",), groups[2:3] == ("...",)
        if not match or (left and right) or (left, right) != (bool(groups[4]), bool(groups[6])):
            raise ValueError(
                f"Invalid einsum equation '{layer.equation}'. Equations must be in the form "
                "[X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."
            )
        self.inputs, self.kernel, self.outputs = groups[1], groups[3], groups[5]
        elided = len(input_shape) - len(self.inputs)
        self.trailing = elided if right else 0
        if elided < 0 or (elided and not left and not right):
            raise self._mismatch(f"inputs of shape {tuple(input_shape)}")
        named = input_shape[elided:] if left else input_shape[: len(self.inputs)]
        self.sizes = dict(zip(self.inputs, named, strict=True))
        # The batch is the first axis of the outputs, unless `...` stands for it.
        own = layer.output_shape if left else (input_shape[0], *layer.output_shape)
        if len(own) != len(self.outputs):
            raise self._mismatch(f"output_shape={layer.output_shape}")
        for letter, size in zip(self.outputs, own, strict=True):
            known = self.sizes.get(letter)
            if None not in (size, known) and size != known:
                raise ValueError(
                    f"EinsumDense layer '{layer.name}': input shape and output shape do not match "
                    f"at shared dimension '{letter}': {known} and {size}."
                )
            self.sizes[letter] = known if size is None else size

    def kernel_shape(self):
        """One size for each letter of the kernel."""
        return tuple(self._size(letter) for letter in self.kernel)

    def bias_shape(self, letters):
        """Sizes that broadcast to the outputs, from the first letter of the bias on."""
        if not letters or any(letter not in self.outputs for letter in letters):
            raise self._mismatch(f"bias_axes={letters!r}")
        first = min(self.outputs.index(letter) for letter in letters)
        sizes = [self._size(n) if n in letters else 1 for n in self.outputs[first:]]
        return (*sizes, *(1,) * self.trailing)

    def axes(self):
        """The kernel's axes that are summed over, and those that become axes of the outputs."""
        letters = list(enumerate(self.kernel))
        outputs = [i for i, letter in letters if letter in self.outputs]
        return [i for i, letter in letters if letter not in self.outputs], outputs

    def _size(self, letter):
        size = self.sizes.get(letter)
        if size is None:
            raise ValueError(
                f"EinsumDense layer '{self.layer.name}': the size of axis '{letter}' of "
                f"'{self.layer.equation}' is unknown. Give it in `output_shape`, or pass inputs "
                "whose shape says it."
            )
        return size

    def _mismatch(self, what):
        return ValueError(
            f"EinsumDense layer '{self.layer.name}': the equation '{self.layer.equation}' does not "
            f"fit {what}."
        )

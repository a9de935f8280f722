"""Forms of a kernel: how a layer stores it in fewer bits, multiplies with it and saves it.

A layer without a form multiplies with its kernel as it is. One with a form runs the form's product
in place of its own; `call` of the layer never asks. The variables stay attributes of the layer,
under the names that they have in Keras, so that listing, training and saving see them.
"""

from kerajax import ops


class Form:
    """Base of the forms.

    Args:
        layer: The layer, whose attributes the variables become.
        use: `MatrixUse`, `EinsumUse` or `TableUse`.
        config: `QuantizationConfig` or None.

    Attributes:
        mode: Name of the quantization mode.
        parts: What names of further variables end in, in the order in which files hold them.
        replaces_kernel: Whether the float kernel goes when the form comes.
        adaptable: Whether a low-rank adaptation may come on top.
    """

    mode = ""
    parts: tuple[str, ...] = ()
    replaces_kernel = True
    adaptable = True

    def __init__(self, layer, use, config=None):
        self.layer = layer
        self.use = use
        self.config = config

    @property
    def saved(self) -> list[str]:
        """Names of the layer's attributes with arrays in the order of files; some may be absent."""
        return [self.use.attribute, "bias", *map(self.attribute, self.parts)]

    def attribute(self, part):
        """The name of the layer's attribute for a part such as `"scale"`."""
        return part if part == "g_idx" else f"{self.use.name}_{part}"

    def part(self, part):
        """The variable of a part; None where the layer has none."""
        return getattr(self.layer, self.attribute(part), None)

    @property
    def stored(self):
        """The variable with the kernel as it is stored."""
        return getattr(self.layer, self.use.attribute)

    def build(self) -> None:
        """Gives the layer its variables."""
        raise NotImplementedError

    def quantized(self, kernel) -> dict:
        """Values of the variables for a float kernel, by attribute."""
        raise NotImplementedError

    def assign(self, values) -> None:
        """Sets variables by attribute."""
        for name, value in values.items():
            getattr(self.layer, name).assign(value)

    def kernel(self):
        """What the layer shows as its kernel: integers, where they are what it multiplies with."""
        return self.stored

    def float_kernel(self):
        """The kernel that the stored values stand for."""
        raise NotImplementedError

    def product(self, inputs, training=None):
        """What the layer computes with inputs and kernel."""
        raise NotImplementedError

    def bias(self):
        """The bias that is added to the product."""
        return self.layer.bias

    def merged(self) -> dict:
        """Values that files hold instead of the variables', by attribute."""
        return {}

    def loaded(self) -> None:
        """Called when the variables got values from a file."""

    def __call__(self, inputs, training=None):
        """The layer's computation in this form."""
        outputs = self.product(inputs, training)
        bias = self.bias()
        if bias is not None:
            outputs = ops.add(outputs, bias)
        activation = self.layer.activation
        return outputs if activation is None else activation(outputs)

    def _add(self, name, shape, dtype=None, initializer="zeros", attribute=None, **options):
        variable = self.layer.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            **{"trainable": False, **options},
        )
        setattr(self.layer, attribute or name, variable)


class QuantizedInputs(Form):
    """Base of forms that may quantize the inputs as they come."""

    default_quantizer = None

    def set_inputs_quantizer(self) -> None:
        """Takes the quantizer from the config; without a config it is the mode's default."""
        config, layer = self.config, self.layer
        default = getattr(layer, "_default_inputs_quantizer", self.default_quantizer)
        layer.inputs_quantizer = default if config is None else config.activation_quantizer

    def scaled_product(self, use, inputs, kernel, scale=None):
        """`inputs @ kernel / scale`; gradients pass as if the inputs were not quantized.

        Args:
            use: How inputs and kernel are multiplied.
            inputs: Float tensor.
            kernel: Integers, or floats if `scale` is None.
            scale: The scale, as it divides the outputs.
        """
        dtype, quantizer = self.layer.compute_dtype, self.layer.inputs_quantizer
        scale = ops.ones((), dtype) if scale is None else ops.convert_to_tensor(scale)
        if quantizer is None:
            return ops.divide(ops.cast(use.multiply(inputs, kernel), dtype), scale)

        @ops.custom_gradient
        def product(inputs, kernel, scale):
            integers, input_scale = quantizer(inputs, axis=use.input_axes)
            outputs = ops.cast(use.multiply(integers, kernel), dtype)
            outputs = ops.divide(outputs, ops.multiply(use.output_scale(input_scale), scale))

            def grad(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream
                spread = use.spread_scale(scale) if scale.ndim else scale
                floats = ops.divide(ops.cast(kernel, dtype), spread)
                return use.multiply_back(upstream, floats), None, None

            return outputs, grad

        return product(inputs, ops.convert_to_tensor(kernel), scale)

"""Kernels of 8-bit integers, with a scale for each output or row."""

from kerajax import ops
from kerajax.quantizers._forms._form import QuantizedInputs
from kerajax.quantizers._forms._uses import MatrixUse
from kerajax.quantizers._quantizer import AbsMaxQuantizer


class Int8(QuantizedInputs):
    """`kernel = integers / scale`."""

    mode = "int8"
    parts = ("scale",)
    default_quantizer = AbsMaxQuantizer()

    def build(self):
        use = self.use
        self.set_inputs_quantizer()
        self._add(use.name, use.shape, "int8", attribute=use.attribute)
        self._add(self.attribute("scale"), use.scale_shape, initializer="ones")

    def quantized(self, kernel):
        quantizer = getattr(self.config, "weight_quantizer", None)
        if quantizer is None:
            quantizer = AbsMaxQuantizer(axis=self.use.kernel_axes)
        integers, scale = quantizer(kernel, to_numpy=True)
        scale = self.use.stored_scale(scale)
        return {self.use.attribute: integers, self.attribute("scale"): scale}

    def float_kernel(self):
        return self._floats(self.stored, self.part("scale"))

    def product(self, inputs, training=None):
        return self.scaled_product(self.use, inputs, self.stored, self.part("scale"))

    def lookup(self, indices):
        """Rows of the table."""
        integers, scale = (ops.take(x, indices, axis=0) for x in (self.stored, self.part("scale")))
        return self._floats(integers, scale)

    def product_with_transposed(self, inputs):
        """`inputs @ table.T`."""
        table = ops.transpose(self.stored)
        return self.scaled_product(MatrixUse(table.shape), inputs, table, self.part("scale"))

    def _floats(self, integers, scale):
        dtype = self.layer.compute_dtype
        return ops.divide(ops.cast(integers, dtype), self.use.spread_scale(scale))

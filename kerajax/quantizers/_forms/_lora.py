"""Low-rank adaptation: a frozen kernel, and the product of two thin matrices that trains."""

from kerajax import initializers, ops
from kerajax.quantizers._forms._form import Form


class LowRank(Form):
    """`kernel + alpha / rank * a @ b`, over a plain kernel or over another form.

    Files hold the sum, in the form of the kernel, and nothing of `a` and `b`.

    Args:
        layer: The layer, which has `lora_rank` and `lora_alpha`.
        use: How it uses its kernel.
        base: `Form` of the kernel, or None for a plain one.

    Reference:
        Hu et al., 2021, "LoRA: Low-Rank Adaptation of Large Language Models",
        https://arxiv.org/abs/2106.09685
    """

    def __init__(self, layer, use, base=None):
        super().__init__(layer, use)
        self.base = base

    @property
    def saved(self):
        return super().saved if self.base is None else self.base.saved

    @property
    def _names(self):
        return f"lora_{self.use.name}_a", f"lora_{self.use.name}_b"

    @property
    def _matrices(self):
        return [getattr(self.layer, name) for name in self._names]

    def adapt(self, rank, a_initializer, b_initializer) -> None:
        """Makes the matrices and freezes the kernel."""
        shapes = ((*self.use.shape[:-1], rank), (rank, self.use.shape[-1]))
        regularizer = getattr(self.layer, f"{self.use.name}_regularizer", None)
        starts = (a_initializer, b_initializer)
        for name, shape, initializer in zip(self._names, shapes, starts, strict=True):
            # Small steps would be lost in fewer bits, whatever the kernel has.
            options = {"trainable": True, "regularizer": regularizer}
            self._add(name, shape, "float32", initializers.get(initializer), **options)
        self.stored.trainable = False

    @property
    def _strength(self):
        return self.layer.lora_alpha / self.layer.lora_rank

    def _delta(self):
        return ops.multiply(self._strength, ops.matmul(*self._matrices))

    def kernel(self):
        if self.base is not None:
            return self.base.kernel()
        return ops.cast(self.float_kernel(), self.layer.compute_dtype)

    def float_kernel(self):
        kernel = self.stored if self.base is None else self.base.float_kernel()
        return ops.add(kernel, self._delta())

    def product(self, inputs, training=None):
        a, b = self._matrices
        delta = ops.matmul(self.use.multiply(inputs, a), b)
        return self._sum(self.base.product(inputs, training), delta)

    def lookup(self, indices):
        """Rows of the table."""
        a, b = self._matrices
        return self._sum(self.base.lookup(indices), ops.matmul(ops.take(a, indices, axis=0), b))

    def product_with_transposed(self, inputs):
        """`inputs @ table.T`."""
        a, b = self._matrices
        delta = ops.matmul(ops.matmul(inputs, ops.transpose(b)), ops.transpose(a))
        return self._sum(self.base.product_with_transposed(inputs), delta)

    def _sum(self, outputs, delta):
        outputs = ops.add(outputs, ops.multiply(self._strength, delta))
        return ops.cast(outputs, self.layer.compute_dtype)

    def bias(self):
        return self.layer.bias if self.base is None else self.base.bias()

    def merged(self):
        if self.base is None:
            kernel = ops.cast(self.float_kernel(), self.layer.variable_dtype)
            return {self.use.attribute: kernel}
        return self.base.quantized(self.float_kernel())

    def loaded(self):
        # The file's kernel has the adaptation in it, so a new one begins. `a` stays, since with
        # both at zero neither would get a gradient.
        _, b = self._matrices
        b.assign(ops.zeros(b.shape))
        if self.base is not None:
            self.base.loaded()

"""Kernels of few bits whose integers are chosen with data: what GPTQ and AWQ share.

Until data have been seen the layer keeps its float kernel. `start` begins to look at what the layer
gets, `finish` chooses the integers.
"""

import math

from kerajax import ops
from kerajax.backend import convert_to_numpy, convert_to_tensor
from kerajax.quantizers._forms._form import Form
from kerajax.quantizers._grouped import dequantized
from kerajax.quantizers._int4 import pack_int4, unpack_int4


class Calibrated(Form):
    """`kernel = (integers - zero) * scale`, stored transposed, with groups along the inputs."""

    replaces_kernel = False
    adaptable = False
    parts = ("scale", "zero", "g_idx")

    def __init__(self, layer, use, config=None):
        super().__init__(layer, use, config)
        settings = config if hasattr(config, "weight_bits") else layer.dtype_policy
        self.bits = settings.weight_bits
        self.group_size = settings.group_size
        self._seen = None

    @property
    def saved(self):
        return ["bias", "quantized_kernel", *map(self.attribute, self.parts)]

    @property
    def calibrated(self) -> bool:
        """Whether the integers have been chosen, or came from a file."""
        return getattr(self.layer, f"is_{self.mode}_calibrated")

    def _set_calibrated(self, value):
        setattr(self.layer, f"is_{self.mode}_calibrated", value)

    def build(self):
        self._set_calibrated(False)
        rows, columns = self.use.calibrated_shape
        packed = math.ceil(columns / 2) if self.bits == 4 else columns
        groups = 1 if self.group_size == -1 else math.ceil(rows / self.group_size)
        self._add("kernel", (packed, rows), "uint8", attribute="quantized_kernel")
        self._add("kernel_scale", (columns, groups), initializer="ones")
        self._add(self.use.zero_name, (columns, groups), "uint8", attribute="kernel_zero")
        self._build_more(rows)
        self._add("g_idx", (rows,), "float32")

    def _build_more(self, rows):
        """Variables of the mode alone, before the indices of groups."""

    def quantized(self, kernel):
        return {}

    def loaded(self):
        self._set_calibrated(True)

    def kernel(self):
        return self._integers() if self.calibrated else self.stored

    def _integers(self):
        stored = self.layer.quantized_kernel
        if self.bits != 4:
            return stored
        return unpack_int4(stored, self.use.calibrated_shape[1], axis=0, dtype="uint8")

    def float_kernel(self):
        if not self.calibrated:
            return self.stored
        scale = convert_to_tensor(self.layer.kernel_scale)
        matrix = dequantized(
            self._integers(), scale, self.layer.kernel_zero, self.layer.g_idx, axis=-1
        )
        return ops.reshape(self._unscaled(ops.transpose(matrix)), self.use.shape)

    def _unscaled(self, matrix):
        """The kernel as a matrix, from the one that was quantized."""
        return matrix

    def product(self, inputs, training=None):
        if self._seen is not None:
            self._observe(inputs)
        return self.use.multiply(inputs, self.float_kernel())

    def start(self) -> None:
        """Begins to look at the inputs of the layer."""
        self._check_rows()
        self._seen = self._nothing_seen(self.use.calibrated_shape[0])

    def _nothing_seen(self, rows):
        """Statistics before any data."""
        raise NotImplementedError

    def _update(self, seen, inputs):
        """Statistics with those of float32 numpy inputs `(n, rows)` added."""
        raise NotImplementedError

    def _choose(self, matrix, seen) -> dict:
        """Integers `(columns, rows)` and the other values for a numpy matrix of that shape."""
        raise NotImplementedError

    def _observe(self, inputs):
        rows = self.use.calibrated_shape[0]
        inputs = convert_to_numpy(ops.cast(inputs, "float32"))
        self._seen = self._update(self._seen, inputs.reshape((-1, rows)))

    def _check_rows(self):
        use = self.use
        summed = math.prod(use.shape[i] for i in use.kernel_axes)
        leading = tuple(range(len(use.kernel_axes)))
        if use.kernel_axes != leading or summed != use.calibrated_shape[0]:
            raise ValueError(
                f"{type(self.layer).__name__} layer '{self.layer.name}': {self.mode.upper()} sees "
                f"its kernel of shape {use.shape} as a matrix {use.calibrated_shape}, but the "
                f"layer sums over the axes {use.kernel_axes}. Leave it out by `filters`, or "
                "quantize it to int8 or int4."
            )

    def finish(self) -> None:
        """Chooses the integers; the float kernel goes."""
        kernel = convert_to_numpy(ops.cast(self.stored, "float32"))
        matrix = kernel.reshape(self.use.calibrated_shape).T
        values = self._choose(matrix, self._seen)
        integers = values["quantized_kernel"].astype("uint8")
        if self.bits == 4:
            integers, _, _ = pack_int4(integers, axis=0, dtype="uint8")
        self.assign({**values, "quantized_kernel": integers})
        delattr(self.layer, self.use.attribute)
        self._seen = None
        self._set_calibrated(True)

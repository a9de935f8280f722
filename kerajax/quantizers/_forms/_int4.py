"""Kernels of 4-bit integers, two in a byte, with scales for each output or for blocks of it."""

import math

from kerajax import ops
from kerajax.backend import convert_to_tensor
from kerajax.quantizers._forms._form import QuantizedInputs
from kerajax.quantizers._forms._uses import MatrixUse
from kerajax.quantizers._grouped import (
    abs_max_quantize_grouped_with_zero_point,
    dequantized,
    group_indices,
)
from kerajax.quantizers._int4 import pack_int4, unpack_int4
from kerajax.quantizers._quantizer import AbsMaxQuantizer

_RANGE = (-8, 7)


class Int4(QuantizedInputs):
    """`kernel = integers / scale`, or with blocks `kernel = (integers - zero) * scale`.

    A kernel of any rank is stored as a matrix. Blocks lie along the axis that is summed; in a
    table along its rows.
    """

    mode = "int4"
    parts = ("scale", "zero", "g_idx")
    zero_dtype = "int8"

    def __init__(self, layer, use, config=None):
        super().__init__(layer, use, config)
        given = config if hasattr(config, "block_size") else layer.dtype_policy
        block_size = getattr(given, "block_size", None)
        self.block_size = None if block_size == -1 else block_size

    def build(self):
        use, axis = self.use, self.use.group_axis
        self.set_inputs_quantizer()
        self.layer._int4_block_size = getattr(self.config, "block_size", self.block_size)
        packed = list(use.matrix_shape)
        packed[use.pack_axis] = math.ceil(packed[use.pack_axis] / 2)
        self._add(use.name, tuple(packed), "int8", attribute=use.attribute)
        scale_shape = list(use.matrix_shape)
        if self.block_size is None:
            del scale_shape[axis]
            self._add(self.attribute("scale"), tuple(scale_shape), initializer="ones")
            return
        size = use.matrix_shape[axis]
        scale_shape[axis] = math.ceil(size / self.block_size)
        self._add(self.attribute("scale"), tuple(scale_shape), initializer="ones")
        self._add(self.attribute("zero"), tuple(scale_shape), self.zero_dtype)
        if "g_idx" in self.parts:
            self._add("g_idx", (size,), "float32")
            self.layer.g_idx.assign(group_indices(size, self.block_size))

    def quantized(self, kernel):
        axis = self.use.group_axis
        matrix = ops.reshape(kernel, self.use.matrix_shape)
        if self.block_size is None:
            quantizer = getattr(self.config, "weight_quantizer", None)
            if quantizer is None:
                quantizer = AbsMaxQuantizer(axis=axis, value_range=_RANGE)
            integers, scale = quantizer(matrix, to_numpy=True)
            values = {"scale": ops.squeeze(scale, axis)}
        else:
            # Groups are formed along the first axis.
            turn = ops.transpose if axis else convert_to_tensor
            quantize = abs_max_quantize_grouped_with_zero_point
            integers, scale, zero = map(
                turn, quantize(turn(matrix), self.block_size, _RANGE, to_numpy=True)
            )
            values = {"scale": scale, "zero": zero}
        packed, _, _ = pack_int4(integers, axis=self.use.pack_axis)
        named = {self.attribute(part): value for part, value in values.items()}
        return {self.use.attribute: packed, **named}

    def integers(self):
        """The kernel's integers, one in a byte, as a matrix."""
        axis = self.use.pack_axis
        return unpack_int4(self.stored, self.use.matrix_shape[axis], axis)

    def kernel(self):
        return ops.reshape(self.integers(), self.use.shape)

    def float_kernel(self):
        floats = self._floats(self.integers(), self.part("scale"), self.part("zero"))
        return ops.reshape(floats, self.use.shape)

    def product(self, inputs, training=None):
        return self.scaled_product(self.use, inputs, self.float_kernel())

    def lookup(self, indices):
        """Rows of the table."""
        parts = (self.stored, self.part("scale"), self.part("zero"))
        packed, scale, zero = (x if x is None else ops.take(x, indices, axis=0) for x in parts)
        return self._floats(unpack_int4(packed, self.use.shape[1], -1), scale, zero)

    def product_with_transposed(self, inputs):
        """`inputs @ table.T`."""
        table = ops.transpose(self.float_kernel())
        return self.scaled_product(MatrixUse(table.shape), inputs, table)

    def _floats(self, integers, scale, zero):
        dtype = self.layer.compute_dtype
        if zero is None:
            return ops.divide(
                ops.cast(integers, dtype), ops.expand_dims(scale, self.use.group_axis)
            )
        groups = self.layer.g_idx
        floats = dequantized(
            integers, ops.convert_to_tensor(scale), zero, groups, self.use.group_axis
        )
        return ops.cast(floats, dtype)


class Int4Reverse(Int4):
    """The matrix from vectors back to a vocabulary, whose blocks are those of the table."""

    parts = ("scale", "zero")
    zero_dtype = None

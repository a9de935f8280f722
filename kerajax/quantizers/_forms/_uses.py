"""How a layer uses its kernel: which axes are summed, and how scales lie against the outputs.

A form (`_form.py`) stores a kernel in fewer bits or adapts it; a use tells it what the kernel is
for, so that one form serves `Dense`, `EinsumDense` and `Embedding`.
"""

import math
import re
import string

from kerajax import ops

_ELLIPSIS = "..."


class MatrixUse:
    """`inputs @ kernel`, over the last axis of the inputs.

    Args:
        shape: Shape of the kernel, `(rows, columns)`.
        attribute: Name of the layer's attribute with the kernel; those of scales follow from it.
        pack_axis: Int. The axis along which 4-bit integers share a byte.

    Attributes:
        kernel_axes: The axes that a scale of the kernel is the same along.
        input_axes: The axes that a scale of the inputs is the same along.
        group_axis: The axis of the kernel as a matrix along which groups lie.
    """

    kernel_axes = (0,)
    input_axes = -1
    group_axis = 0
    zero_name = "kernel_zero"

    def __init__(self, shape, attribute="_kernel", pack_axis=-1):
        self.shape = tuple(shape)
        self.attribute = attribute
        self.name = attribute.removeprefix("_")
        self.pack_axis = pack_axis
        self.matrix_shape = self.calibrated_shape = self.shape

    @property
    def scale_shape(self):
        """Shape in which the scale of the kernel is stored."""
        return self.shape[1:]

    def multiply(self, inputs, kernel):
        """The product."""
        return ops.matmul(inputs, kernel)

    def multiply_back(self, upstream, kernel):
        """The gradient of the inputs from that of the outputs."""
        return ops.matmul(upstream, ops.transpose(kernel))

    def stored_scale(self, scale):
        """A scale with all axes of the kernel, as it is stored: so that it divides the outputs."""
        return ops.squeeze(scale, self.kernel_axes)

    def spread_scale(self, scale):
        """A stored scale, so that it divides the kernel."""
        return scale

    def output_scale(self, scale):
        """A scale with all axes of the inputs, so that it divides the outputs."""
        return scale


class EinsumUse(MatrixUse):
    """`einsum(equation, inputs, kernel)`.

    Args:
        shape: Shape of the kernel.
        equation: String.
        ndim: Int. Rank of the inputs, which tells the axes that `...` stands for.

    Example:

    >>> use = EinsumUse((8, 2, 4), "...d,dnh->...nh", ndim=3)
    >>> use.kernel_axes, use.scale_shape
    ((0,), (1, 1, 2, 4))
    """

    zero_name = "zero_point"

    def __init__(self, shape, equation, ndim):
        super().__init__(shape)
        self.equation = equation.replace(" ", "")
        inputs, kernel, outputs = _letters(self.equation, ndim)
        self.back = f"{outputs},{kernel}->{inputs}"
        self.inputs, self.kernel, self.outputs = inputs, kernel, outputs
        self.kernel_axes = tuple(i for i, x in enumerate(kernel) if x not in outputs)
        self.input_axes = tuple(i for i, x in enumerate(inputs) if x not in outputs)
        rows = math.prod(self.shape[i] for i in self.kernel_axes)
        # As files have it: summed axes are taken for the first ones, wherever they are.
        self.matrix_shape = (rows, math.prod(self.shape) // rows)

    @property
    def calibrated_shape(self):
        """The kernel as a matrix in files of GPTQ and AWQ, split before or after the middle axis.

        Raises:
            ValueError: If the kernel has neither two nor three axes.
        """
        if len(self.shape) == 2:
            return self.shape
        if len(self.shape) != 3:
            raise ValueError(
                "GPTQ and AWQ quantization only support 2D or 3D kernels, but the kernel of "
                f"'{self.equation}' has shape {self.shape}. Use int8 or int4 for it."
            )
        a, b, c = self.shape
        return (a, b * c) if self.shape.index(max(self.shape)) == 0 else (a * b, c)

    @calibrated_shape.setter
    def calibrated_shape(self, value):
        """What the base sets is not used: the shape follows from the kernel's."""

    @property
    def scale_shape(self):
        sizes = dict(zip(self.kernel, self.shape, strict=True))
        return tuple(sizes.get(letter, 1) for letter in self.outputs)

    def multiply(self, inputs, kernel):
        return ops.einsum(self.equation, inputs, kernel)

    def multiply_back(self, upstream, kernel):
        return ops.einsum(self.back, upstream, kernel)

    def stored_scale(self, scale):
        return self._along_outputs(scale, self.kernel, self.kernel_axes)

    def spread_scale(self, scale):
        absent = [i for i, letter in enumerate(self.outputs) if letter not in self.kernel]
        ordered = "".join(letter for letter in self.outputs if letter in self.kernel)
        kept = "".join(letter for letter in self.kernel if letter in self.outputs)
        scale = ops.einsum(f"{ordered}->{kept}", ops.squeeze(scale, absent) if absent else scale)
        return ops.expand_dims(scale, self.kernel_axes) if self.kernel_axes else scale

    def output_scale(self, scale):
        return self._along_outputs(scale, self.inputs, self.input_axes)

    def _along_outputs(self, scale, letters, summed):
        kept = "".join(letter for letter in letters if letter in self.outputs)
        ordered = "".join(letter for letter in self.outputs if letter in letters)
        scale = ops.einsum(f"{kept}->{ordered}", ops.squeeze(scale, summed) if summed else scale)
        absent = [i for i, letter in enumerate(self.outputs) if letter not in letters]
        return ops.expand_dims(scale, absent) if absent else scale


class TableUse(MatrixUse):
    """Rows of a table that are looked up; each has its scale.

    Args:
        shape: Shape of the table, `(rows, columns)`.
    """

    kernel_axes = (1,)
    group_axis = -1
    zero_name = "embeddings_zero"

    def __init__(self, shape):
        super().__init__(shape, "_embeddings")

    @property
    def scale_shape(self):
        return self.shape[:1]

    def spread_scale(self, scale):
        return ops.expand_dims(scale, -1)


def _letters(equation, ndim):
    """The letters of inputs, kernel and outputs, with some for the axes that `...` stands for."""
    inputs, kernel, outputs = re.split(",|->", equation)
    free = [x for x in string.ascii_letters if x not in equation]
    elided = "".join(free[: ndim - len(inputs.replace(_ELLIPSIS, ""))])
    return inputs.replace(_ELLIPSIS, elided), kernel, outputs.replace(_ELLIPSIS, elided)

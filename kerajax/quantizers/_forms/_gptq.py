"""GPTQ: a kernel is rounded input by input, and what follows makes up for each error."""

import numpy as np

from kerajax.quantizers._forms._calibrated import Calibrated
from kerajax.quantizers._grouped import affine_parameters, affine_quantized, group_indices

# Inputs whose errors are passed on to all others at once.
_BLOCK = 128


class GPTQ(Calibrated):
    """Integers that minimize the error of the outputs on the inputs seen.

    Reference:
        Frantar et al., 2022, "GPTQ: Accurate Post-Training Quantization for Generative
        Pre-trained Transformers", https://arxiv.org/abs/2210.17323
    """

    mode = "gptq"

    def _nothing_seen(self, rows):
        return 0, np.zeros((rows, rows), "float32")

    def _update(self, seen, inputs):
        count, moments = seen
        total = count + len(inputs)
        return total, moments * (count / total) + 2 / total * inputs.T @ inputs

    def _choose(self, matrix, seen):
        config = self.config
        integers, scale, zero, groups = gptq_quantized(
            matrix,
            seen[1],
            bits=self.bits,
            group_size=self.group_size,
            damping=config.hessian_damping,
            symmetric=config.symmetric,
            per_channel=config.per_channel,
            by_size=config.activation_order,
        )
        return {
            "quantized_kernel": integers,
            "kernel_scale": scale,
            "kernel_zero": zero,
            "g_idx": groups,
        }


def gptq_quantized(
    matrix,
    moments,
    *,
    bits=4,
    group_size=-1,
    damping=0.01,
    symmetric=False,
    per_channel=True,
    by_size=False,
):
    """Integers of a matrix, rounded column by column in an order that lets later ones correct.

    The rounding error of column `j` is passed on to those after it by row `j` of the Cholesky
    factor of the inverse moments of the inputs.

    Args:
        matrix: Float32 numpy matrix `(outputs, inputs)`.
        moments: Second moments of the inputs, `(inputs, inputs)`.
        bits: Int.
        group_size: Int. Columns that share scale and zero point; -1 for all.
        damping: Float. What is added to the diagonal, relative to its mean.
        symmetric: Bool. Whether ranges are symmetric.
        per_channel: Bool. Whether each output has its own scale.
        by_size: Bool. Whether columns with large moments are rounded first.

    Returns:
        Integers `(outputs, inputs)`, scale and zero point `(outputs, groups)`, and the group of
        each column.
    """
    size = matrix.shape[1]
    group_size = size if group_size == -1 else group_size
    diagonal = np.diag(moments).copy()
    diagonal[diagonal == 0] = 1.0
    moments = moments.copy()
    np.fill_diagonal(moments, diagonal + damping * diagonal.mean())
    order = np.argsort(-diagonal, kind="stable") if by_size else np.arange(size)
    rest = matrix[:, order].astype("float32")
    factor = _inverse_factor(moments[np.ix_(order, order)])
    integers = np.zeros_like(rest)
    scales, zeros = [], []
    for start in range(0, size, _BLOCK):
        stop = min(start + _BLOCK, size)
        errors = np.zeros((len(rest), stop - start), "float32")
        for j in range(start, stop):
            if j % group_size == 0:
                # Columns beyond the block have not got the errors of this block yet.
                ahead = rest[:, j : j + group_size]
                if j + group_size > stop:
                    ahead = ahead.copy()
                    ahead[:, stop - j :] -= errors @ factor[start:stop, stop : j + group_size]
                scale, zero = affine_parameters(ahead, bits, symmetric, per_channel)
                scales.append(scale)
                zeros.append(zero)
            column = rest[:, j : j + 1]
            integers[:, j : j + 1] = affine_quantized(column, scale, zero, bits)
            rounded = (integers[:, j : j + 1] - zero) * scale
            errors[:, j - start] = (column - rounded)[:, 0] / factor[j, j]
            rest[:, j:stop] -= np.outer(errors[:, j - start], factor[j, j:stop])
        rest[:, stop:] -= errors @ factor[start:stop, stop:]
    back = np.argsort(order)
    groups = group_indices(size, group_size)
    return integers[:, back], np.hstack(scales), np.hstack(zeros), groups[back]


def _inverse_factor(moments):
    """The upper factor `U` with `U.T @ U` the inverse of the moments."""
    inverse = np.linalg.inv(moments.astype("float64"))
    return np.linalg.cholesky((inverse + inverse.T) / 2).T.astype("float32")

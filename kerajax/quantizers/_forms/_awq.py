"""AWQ: inputs that are large keep more of their precision, since their errors weigh most."""

import numpy as np

from kerajax import ops
from kerajax.quantizers._forms._calibrated import Calibrated
from kerajax.quantizers._grouped import affine_parameters, affine_quantized, group_indices

_BITS = 4


class AWQ(Calibrated):
    """Integers of a kernel whose rows were multiplied by a scale for each input.

    Reference:
        Lin et al., 2023, "AWQ: Activation-aware Weight Quantization for LLM Compression and
        Acceleration", https://arxiv.org/abs/2306.00978
    """

    mode = "awq"
    parts = ("scale", "zero", "awq_scales", "g_idx")

    def attribute(self, part):
        return part if part == "awq_scales" else super().attribute(part)

    def _build_more(self, rows):
        self._add("awq_scales", (rows,), initializer="ones")

    def _unscaled(self, matrix):
        return ops.divide(matrix, ops.expand_dims(self.layer.awq_scales, -1))

    def _nothing_seen(self, rows):
        return np.zeros((rows,), "float32")

    def _update(self, seen, inputs):
        return np.maximum(seen, np.abs(inputs).max(axis=0))

    def _choose(self, matrix, seen):
        scales = awq_scales(matrix, seen, self.group_size, self.config.num_grid_points)
        integers, scale, zero = _quantized(matrix * scales, self.group_size)
        return {
            "quantized_kernel": integers,
            "kernel_scale": scale,
            "kernel_zero": zero,
            "awq_scales": scales,
            "g_idx": group_indices(matrix.shape[1], self.group_size),
        }


def awq_scales(matrix, sizes, group_size=-1, num_grid_points=20):
    """The scale of each input, `sizes**r`, with the strength `r` that loses least.

    Args:
        matrix: Float32 numpy matrix `(outputs, inputs)`.
        sizes: Largest absolute values of the inputs, `(inputs,)`.
        group_size: Int. Columns that share scale and zero point; -1 for all.
        num_grid_points: Int. Steps from `r = 0` to `r = 1`.

    Returns:
        Float32 numpy vector `(inputs,)`.
    """
    sizes = np.where(sizes < 1e-8, 1.0, sizes).astype("float32")
    best, best_loss = np.ones_like(sizes), np.inf
    for i in range(num_grid_points + 1):
        scales = np.maximum(sizes ** (i / num_grid_points), 1e-4)
        # The middle of the scales is 1, so that none becomes extreme.
        scales = scales / max(np.sqrt(scales.max() * scales.min()), 1e-8)
        integers, scale, zero = _quantized(matrix * scales, group_size)
        groups = group_indices(len(sizes), group_size).astype(int)
        restored = (integers - zero[:, groups]) * scale[:, groups] / scales
        # Errors count as much as the inputs that they are multiplied with.
        loss = np.mean(((matrix - restored) * sizes) ** 2)
        if loss < best_loss:
            best, best_loss = scales, loss
    return best.astype("float32")


def _quantized(matrix, group_size):
    """Integers `(outputs, inputs)`, and scale and zero point `(outputs, groups)`."""
    outputs, size = matrix.shape
    group_size = size if group_size == -1 else group_size
    padded = np.pad(matrix, ((0, 0), (0, -size % group_size)))
    groups = padded.reshape((-1, group_size))
    scale, zero = affine_parameters(groups, _BITS)
    integers = affine_quantized(groups, scale, zero, _BITS).reshape(padded.shape)[:, :size]
    return integers, scale.reshape((outputs, -1)), zero.reshape((outputs, -1))

"""SparseRows: a scipy sparse matrix whose rows become dense arrays when a batch takes them."""

import math

import numpy as np

from kerajax.backend import canonical_dtype, floatx

# A matrix of up to this many bytes in dense form is made dense at once: a data set of that size is
# kept on the device. A larger one is streamed, and only the batches are dense.
DENSE_BYTES = 1 << 30


class SparseRows:
    """The matrix, in a form that batches can be taken from.

    Args:
        matrix: scipy sparse matrix or array of two axes, in any format.

    Attributes:
        nbytes: Bytes of the dense form.
    """

    ndim = 2

    def __init__(self, matrix):
        kind = matrix.dtype.kind
        self.dtype = np.dtype(floatx() if kind == "f" else canonical_dtype(matrix.dtype))
        self.matrix = matrix.tocsr()
        self.shape = self.matrix.shape
        self.nbytes = math.prod(self.shape) * self.dtype.itemsize

    def __getitem__(self, index):
        return self.matrix[index].toarray().astype(self.dtype, copy=False)

    def part(self, index) -> "SparseRows":
        """Some of the rows, still sparse."""
        return SparseRows(self.matrix[index])


def is_scipy_sparse(x) -> bool:
    """Whether `x` is a sparse matrix or array of scipy."""
    return hasattr(x, "tocsr") and hasattr(x, "toarray")


def rows_of(matrix):
    """The dense form of a scipy matrix, or `SparseRows` where that would be too large."""
    rows = SparseRows(matrix)
    return rows if rows.nbytes > DENSE_BYTES else rows[:]

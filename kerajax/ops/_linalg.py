"""Linear algebra on the matrices in the last two axes; products are in `_products.py`."""

import jax
import jax.numpy as jnp

from kerajax._checks import one_of
from kerajax.ops._broadcast import as_float
from kerajax.ops._op import op


@op
def trace(x, offset=0, axis1=0, axis2=1):
    """Sum along a diagonal of the plane of two axes.

    Example:

    >>> kerajax.ops.trace([[1, 2], [3, 4]]).tolist()
    5
    """
    return jnp.trace(x, offset, axis1, axis2)


@op
def cholesky(x, upper=False):
    """Cholesky factor `L` with `x = L @ L.T` of positive definite matrices.

    Args:
        x: Tensor `(..., n, n)`, symmetric.
        upper: Bool. Whether to return `L.T`.

    Raises:
        ValueError: If a matrix is not positive definite (outside of traced code).

    Example:

    >>> kerajax.ops.cholesky([[4.0, 2.0], [2.0, 10.0]]).tolist()
    [[2.0, 0.0], [1.0, 3.0]]
    """
    _check_square(x, "cholesky")
    factor = jnp.linalg.cholesky(as_float(x), upper=upper)
    if not isinstance(factor, jax.core.Tracer) and bool(jnp.any(jnp.isnan(factor))):
        raise ValueError(
            "Cholesky decomposition failed: the input is not a positive definite matrix. "
            f"Received a tensor of shape {factor.shape}."
        )
    return factor


@op
def cholesky_inverse(x, upper=False):
    """Inverse of the matrix `L @ L.T` whose Cholesky factor `L` is `x`.

    Example:

    >>> kerajax.ops.cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.25, 0.0], [0.0, 1.0]]
    """
    x = as_float(x)
    identity = jnp.eye(x.shape[-1], dtype=x.dtype)
    inverse = jax.scipy.linalg.solve_triangular(x, identity, lower=not upper)
    return inverse @ inverse.T if upper else inverse.T @ inverse


@op
def det(x):
    """Determinants of the matrices in the last two axes.

    Example:

    >>> print(kerajax.ops.det([[1.0, 2.0], [3.0, 4.0]]).round(3))
    -2.0
    """
    _check_square(x, "det")
    return jnp.linalg.det(as_float(x))


@op
def logdet(x):
    """Logarithm of the absolute determinant of the matrices in the last two axes.

    Example:

    >>> print(kerajax.ops.logdet([[1.0, 0.0], [0.0, 1.0]]))
    0.0
    """
    _check_square(x, "logdet")
    return jnp.linalg.slogdet(as_float(x))[1]


@op
def slogdet(x):
    """Sign and logarithm of the absolute value of determinants, as a pair.

    Example:

    >>> sign, logarithm = kerajax.ops.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> float(sign), float(logarithm)
    (-1.0, 0.0)
    """
    _check_square(x, "slogdet")
    return tuple(jnp.linalg.slogdet(as_float(x)))


@op
def eig(x):
    """Eigenvalues and eigenvectors (in columns) of square matrices. Runs on CPU only.

    Example:

    >>> values, vectors = kerajax.ops.eig([[2.0, 0.0], [0.0, 3.0]])
    >>> values.shape, vectors.shape
    ((2,), (2, 2))
    """
    _check_square(x, "eig")
    return tuple(jnp.linalg.eig(as_float(x)))


@op
def eigh(x):
    """Eigenvalues, ascending, and eigenvectors (in columns) of symmetric or Hermitian matrices.

    Example:

    >>> values, vectors = kerajax.ops.eigh([[2.0, 0.0], [0.0, 3.0]])
    >>> values.tolist()
    [2.0, 3.0]
    """
    _check_square(x, "eigh")
    return tuple(jnp.linalg.eigh(as_float(x)))


@op
def inv(x):
    """Inverses of the matrices in the last two axes.

    Example:

    >>> kerajax.ops.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    _check_square(x, "inv")
    return jnp.linalg.inv(as_float(x))


@op
def pinv(x, rcond=None):
    """Moore-Penrose pseudoinverses; singular values below `rcond` times the largest count as 0.

    Example:

    >>> kerajax.ops.pinv([[2.0, 0.0], [0.0, 0.0]]).shape
    (2, 2)
    """
    _check_matrix(x, "pinv")
    return jnp.linalg.pinv(as_float(x), rtol=rcond)


@op
def matrix_rank(x, tol=None):
    """Number of singular values above `tol`, int32.

    Example:

    >>> int(kerajax.ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    _check_matrix(x, "matrix_rank")
    x = as_float(x)
    if tol is None:
        return jnp.linalg.matrix_rank(x).astype("int32")
    singular_values = jnp.linalg.svd(x, full_matrices=False, compute_uv=False)
    return jnp.sum(singular_values > jnp.asarray(tol)[..., None], axis=-1).astype("int32")


@op
def norm(x, ord=None, axis=None, keepdims=False):
    """Norm of vectors or matrices.

    Args:
        x: Tensor.
        ord: Which: None is the Euclidean (Frobenius) norm; a number, `inf`, `"fro"` or `"nuc"`.
        axis: Int for vectors, a pair for matrices, None for the whole tensor.
        keepdims: Bool. Whether reduced axes stay, with size 1.

    Example:

    >>> kerajax.ops.norm([3.0, 4.0]).tolist()
    5.0
    """
    if isinstance(ord, str):
        one_of(ord, "ord", "norm", ("fro", "nuc"))
    axis = tuple(axis) if isinstance(axis, list) else axis
    return jnp.linalg.norm(as_float(x), ord=ord, axis=axis, keepdims=keepdims)


@op
def qr(x, mode="reduced"):
    """QR decomposition: `x = q @ r` with orthonormal columns in `q` and triangular `r`.

    Args:
        x: Tensor `(..., n, m)`.
        mode: `"reduced"` (`q` has `min(n, m)` columns) or `"complete"` (`n` columns).

    Example:

    >>> [part.shape for part in kerajax.ops.qr(np.ones((3, 2)))]
    [(3, 2), (2, 2)]
    """
    one_of(mode, "mode", "qr", ("reduced", "complete"))
    _check_matrix(x, "qr")
    return tuple(jnp.linalg.qr(as_float(x), mode=mode))


@op
def svd(x, full_matrices=True, compute_uv=True):
    """Singular value decomposition `x = u @ diag(s) @ v`; returns `(u, s, v)`.

    Args:
        x: Tensor `(..., n, m)`.
        full_matrices: Bool. Whether `u` and `v` are square.
        compute_uv: Bool. False returns `s` alone.

    Example:

    >>> kerajax.ops.svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False).tolist()
    [4.0, 3.0]
    """
    _check_matrix(x, "svd")
    result = jnp.linalg.svd(as_float(x), full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(result) if compute_uv else result


@op
def solve(a, b):
    """`y` with `a @ y = b`.

    Args:
        a: Tensor `(..., n, n)`.
        b: Tensor `(n,)` or `(..., n, m)`.

    Example:

    >>> kerajax.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0]).tolist()
    [1.0, 1.0]
    """
    _check_square(a, "solve")
    return jnp.linalg.solve(as_float(a), as_float(b))


@op
def solve_triangular(a, b, lower=False):
    """`y` with `a @ y = b`, reading one triangle of `a` only.

    Example:

    >>> kerajax.ops.solve_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 5.0], lower=True).tolist()
    [1.0, 1.0]
    """
    _check_square(a, "solve_triangular")
    return jax.scipy.linalg.solve_triangular(as_float(a), as_float(b), lower=lower)


@op
def lstsq(a, b, rcond=None):
    """`y` with the least `norm(a @ y - b)`.

    Args:
        a: Tensor `(n, m)`.
        b: Tensor `(n,)` or `(n, k)`.
        rcond: Float. Singular values below this times the largest count as 0.

    Example:

    >>> print(kerajax.ops.lstsq([[1.0, 0.0], [0.0, 2.0]], [1.0, 4.0]).round(3))
    [1. 2.]
    """
    return jnp.linalg.lstsq(as_float(a), as_float(b), rcond=rcond)[0]


@op
def lu_factor(x):
    """LU decomposition: both triangles in one matrix, and the pivots.

    Example:

    >>> lu, pivots = kerajax.ops.lu_factor([[2.0, 0.0], [0.0, 4.0]])
    >>> pivots.tolist()
    [0, 1]
    """
    _check_matrix(x, "lu_factor")
    x = as_float(x)
    factor = jax.scipy.linalg.lu_factor
    for _ in range(x.ndim - 2):
        factor = jax.vmap(factor)
    return tuple(factor(x))


def _check_matrix(x, name):
    if jnp.ndim(x) < 2:
        raise ValueError(
            f"{name} needs a tensor of at least 2 axes, `(..., n, m)`. Received: shape="
            f"{jnp.shape(x)}"
        )


def _check_square(x, name):
    _check_matrix(x, name)
    shape = jnp.shape(x)
    if shape[-1] != shape[-2]:
        raise ValueError(
            f"{name} needs square matrices in the last two axes, `(..., n, n)`. Received: "
            f"shape={shape}"
        )

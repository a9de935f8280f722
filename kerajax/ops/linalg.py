"""The part of `kerajax.ops` on matrices."""

from kerajax.ops._derivatives import jvp as jvp
from kerajax.ops._linalg import cholesky as cholesky
from kerajax.ops._linalg import cholesky_inverse as cholesky_inverse
from kerajax.ops._linalg import det as det
from kerajax.ops._linalg import eig as eig
from kerajax.ops._linalg import eigh as eigh
from kerajax.ops._linalg import inv as inv
from kerajax.ops._linalg import lstsq as lstsq
from kerajax.ops._linalg import lu_factor as lu_factor
from kerajax.ops._linalg import matrix_rank as matrix_rank
from kerajax.ops._linalg import norm as norm
from kerajax.ops._linalg import pinv as pinv
from kerajax.ops._linalg import qr as qr
from kerajax.ops._linalg import solve as solve
from kerajax.ops._linalg import solve_triangular as solve_triangular
from kerajax.ops._linalg import svd as svd

"""Normalization: moments, batch, layer and root-mean-square normalization, unit norms."""

import jax
import jax.numpy as jnp

from kerajax._checks import axes as checked_axes
from kerajax.backend import epsilon as default_epsilon
from kerajax.backend import infer, result_type, shape_of
from kerajax.ops._broadcast import as_float
from kerajax.ops._op import op


@op
def moments(x, axes, keepdims=False, synchronized=False):
    """Mean and variance over axes, as a pair.

    Args:
        x: Tensor.
        axes: Int or tuple of ints.
        keepdims: Bool. Whether reduced axes stay, with size 1.
        synchronized: Bool. Only False; in a sharded program the mean is global anyway.

    Example:

    >>> [float(m) for m in kerajax.ops.moments([1.0, 3.0], 0)]
    [2.0, 1.0]
    """
    if synchronized:
        raise NotImplementedError(
            "moments: synchronized=True is not needed with JAX. In a program that is sharded by "
            "`kerajax.distribution` the moments are those of the global batch already."
        )
    x = as_float(x)
    axes = tuple(axes) if isinstance(axes, list) else axes
    # float16 squares overflow above 255, so the moments are formed in float32.
    wide = x.astype(result_type(x.dtype, "float32"))
    mean = jnp.mean(wide, axes, keepdims=keepdims)
    variance = jnp.var(wide, axes, keepdims=keepdims)
    if x.dtype in ("float16", "bfloat16"):
        limits = jnp.finfo("float16")
        mean, variance = (
            jnp.clip(m, float(limits.min), float(limits.max)) for m in (mean, variance)
        )
    return mean.astype(x.dtype), variance.astype(x.dtype)


def _batch_normalization_spec(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    size = x.shape[axis]
    vectors = {"mean": mean, "variance": variance, "offset": offset, "scale": scale}
    for name, vector in vectors.items():
        if vector is not None and size is not None and shape_of(vector) not in ((size,), (None,)):
            raise ValueError(
                f"batch_normalization: `{name}` must be a vector of length `x.shape[axis]`. "
                f"Received: x.shape={x.shape}, axis={axis}, {name}.shape={shape_of(vector)}"
            )
    fn = batch_normalization.operation._fn
    return infer(fn, x, mean, variance, axis, offset, scale, epsilon)


@op(data=("x", "mean", "variance", "offset", "scale"), spec=_batch_normalization_spec)
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """`scale * (x - mean) / sqrt(variance + epsilon) + offset`, along one axis.

    Args:
        x: Tensor.
        mean: Tensor `(x.shape[axis],)`.
        variance: Tensor `(x.shape[axis],)`.
        axis: Int. The axis that is normalized on its own, usually that of the channels.
        offset: Optional tensor `(x.shape[axis],)`, beta.
        scale: Optional tensor `(x.shape[axis],)`, gamma.
        epsilon: Float, added to the variance.

    Example:

    >>> x = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> print(kerajax.ops.batch_normalization(x, [2.0, 3.0], [1.0, 1.0], -1, epsilon=0.0))
    [[-1. -1.]
     [ 1.  1.]]

    Reference:
        Ioffe and Szegedy, 2015, "Batch Normalization: Accelerating Deep Network Training by
        Reducing Internal Covariate Shift", https://arxiv.org/abs/1502.03167
    """
    x = jnp.asarray(x)
    shape = [1] * x.ndim
    shape[axis] = -1
    factor = jax.lax.rsqrt(jnp.reshape(variance, shape) + epsilon)
    if scale is not None:
        factor = factor * jnp.reshape(scale, shape)
    shift = -jnp.reshape(mean, shape) * factor
    if offset is not None:
        shift = shift + jnp.reshape(offset, shape)
    return x * factor + shift


@op(data=("x", "gamma", "beta"))
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """`gamma * (x - mean(x)) / sqrt(var(x) + epsilon) + beta`, with the moments over `axis`.

    Args:
        x: Tensor.
        gamma: Optional tensor of the shape of the normalized axes.
        beta: Optional tensor of the shape of the normalized axes.
        axis: Int or tuple of ints.
        epsilon: Float, `kerajax.config.epsilon()` if None.
        **kwargs: `rms_scaling=True`, an older form: no mean and no `beta`.

    Example:

    >>> print(kerajax.ops.layer_normalization([[1.0, 3.0]]).round(3))
    [[-1.  1.]]

    Reference:
        Ba et al., 2016, "Layer Normalization", https://arxiv.org/abs/1607.06450
    """
    rms_scaling = kwargs.pop("rms_scaling", False)
    if kwargs:
        raise TypeError(f"layer_normalization got unexpected arguments: {sorted(kwargs)}")
    x = _formed_once(jnp.asarray(x))
    axes, shape = _normalized_axes(x, axis)
    epsilon = default_epsilon() if epsilon is None else epsilon
    dtype = x.dtype
    x = x.astype(result_type(dtype, "float32"))
    gamma = None if gamma is None else jnp.reshape(gamma, shape).astype(x.dtype)
    beta = None if beta is None else jnp.reshape(beta, shape).astype(x.dtype)
    if rms_scaling:
        variance = jnp.var(x, axes, keepdims=True)
        outputs = x * jax.lax.rsqrt(variance + epsilon)
        return (outputs if gamma is None else outputs * gamma).astype(dtype)
    mean = jnp.mean(x, axes, keepdims=True)
    variance = jnp.var(x, axes, keepdims=True)
    factor = jax.lax.rsqrt(variance + epsilon)
    if gamma is not None:
        factor = factor * gamma
    shift = -mean * factor
    if beta is not None:
        shift = shift + beta
    return (x * factor + shift).astype(dtype)


def _formed_once(x):
    """`x`, whose value and gradient a CPU writes to memory instead of forming them for each use.

    The gradient of a residual stream is a sum over all normalizations behind it. XLA's CPU backend
    would form that sum anew for each of its users, among them reductions on one core: the training
    step of a transformer of two blocks takes 1.12 times as long.
    """
    return jax.lax.platform_dependent(x, cpu=jax.lax.optimization_barrier, default=lambda x: x)


@op(data=("x", "scale"))
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """`scale * x / sqrt(mean(x**2) + epsilon)`, with the mean over `axis`.

    Args:
        x: Tensor.
        scale: Optional tensor that broadcasts with `x` along the normalized axes.
        axis: Int or tuple of ints.
        epsilon: Float, `kerajax.config.epsilon()` if None.

    Example:

    >>> print(kerajax.ops.rms_normalization([[3.0, 4.0]]).round(3))
    [[0.84900004 1.131     ]]

    Reference:
        Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization",
        https://arxiv.org/abs/1910.07467
    """
    x = jnp.asarray(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    epsilon = default_epsilon() if epsilon is None else epsilon
    dtype = x.dtype
    x = x.astype(result_type(dtype, "float32"))
    outputs = x * jax.lax.rsqrt(jnp.mean(jnp.square(x), axis, keepdims=True) + epsilon)
    if scale is not None:
        outputs = outputs * jnp.asarray(scale, x.dtype)
    return outputs.astype(dtype)


@op
def normalize(x, axis=-1, order=2, epsilon=None):
    """`x` divided by its norm of `order` along an axis.

    The norm is not taken below `epsilon` (for orders 2: its square below `epsilon**2`).

    Args:
        x: Tensor.
        axis: Int, tuple of ints or None.
        order: Int > 0. Order of the norm.
        epsilon: Float, `kerajax.config.epsilon()` if None.

    Raises:
        ValueError: If `order` is not a positive int.

    Example:

    >>> print(kerajax.ops.normalize([3.0, 4.0]))
    [0.6 0.8]
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(
            f"normalize: Argument `order` must be an int >= 1. Received: order={order}"
        )
    x = as_float(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    epsilon = default_epsilon() if epsilon is None else epsilon
    if order == 2:
        square_sum = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
        return x * jax.lax.rsqrt(jnp.maximum(square_sum, epsilon**2))
    norm = jnp.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    return x / jnp.maximum(norm, epsilon)


def _normalized_axes(x, axis):
    axes = checked_axes(axis, "axis", "layer_normalization", x.ndim)
    return axes, tuple(n if i in axes else 1 for i, n in enumerate(x.shape))

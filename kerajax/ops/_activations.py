"""Activation functions, elementwise but for `softmax`, `log_softmax`, `sparsemax` and `glu`.

Gradients at kinks are those of `jax.nn`.
"""

import warnings

import jax
import jax.numpy as jnp

from kerajax.backend import as_array
from kerajax.ops._op import op


@op
def relu(x):
    """Rectifier, `max(x, 0)`. Its gradient at 0 is 0.

    Example:

    >>> print(kerajax.ops.relu([-1.0, 2.0]).round(3))
    [0. 2.]
    """
    x = as_array(x)
    return jax.nn.relu(x)


@op
def relu6(x):
    """Rectifier with a ceiling, `min(max(x, 0), 6)`.

    Example:

    >>> print(kerajax.ops.relu6([-1.0, 2.0, 8.0]).round(3))
    [0.        2.        6.0000005]
    """
    x = as_array(x)
    return jax.nn.relu6(x)


@op
def leaky_relu(x, negative_slope=0.2):
    """`x` where it is positive, else `negative_slope * x`.

    Example:

    >>> print(kerajax.ops.leaky_relu([-1.0, 2.0]).round(3))
    [-0.2  2. ]
    """
    x = as_array(x)
    return jax.nn.leaky_relu(x, negative_slope)


@op
def elu(x, alpha=1.0):
    """Exponential linear unit: `x` where positive, else `alpha * (exp(x) - 1)`.

    Example:

    >>> print(kerajax.ops.elu([-1.0, 2.0]).round(3))
    [-0.632  2.   ]

    Reference:
        Clevert et al., 2015, "Fast and Accurate Deep Network Learning by Exponential Linear Units",
        https://arxiv.org/abs/1511.07289
    """
    x = as_array(x)
    return jax.nn.elu(x, alpha)


@op
def selu(x):
    """Scaled exponential linear unit, `1.0507 * elu(x, 1.6733)`.

    Example:

    >>> print(kerajax.ops.selu([-1.0, 2.0]).round(3))
    [-1.1110001  2.101    ]

    Reference:
        Klambauer et al., 2017, "Self-Normalizing Neural Networks", https://arxiv.org/abs/1706.02515
    """
    x = as_array(x)
    return jax.nn.selu(x)


@op
def celu(x, alpha=1.0):
    """Continuously differentiable ELU: `max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`.

    Example:

    >>> print(kerajax.ops.celu([-1.0, 2.0]).round(3))
    [-0.632  2.   ]

    Reference:
        Barron, 2017, "Continuously Differentiable Exponential Linear Units",
        https://arxiv.org/abs/1704.07483
    """
    x = as_array(x)
    return jax.nn.celu(x, alpha)


@op
def gelu(x, approximate=True):
    """Gaussian error linear unit, `x * Phi(x)` with the normal distribution `Phi`.

    Approximate: `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3)))`.

    Example:

    >>> print(kerajax.ops.gelu([-1.0, 2.0]).round(3))
    [-0.15900001  1.955     ]

    Reference:
        Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units", https://arxiv.org/abs/1606.08415
    """
    x = as_array(x)
    return jax.nn.gelu(x, approximate)


@op
def silu(x):
    """Sigmoid linear unit, also called swish: `x * sigmoid(x)`.

    Example:

    >>> print(kerajax.ops.silu([-1.0, 2.0]).round(3))
    [-0.26900002  1.7620001 ]

    Reference:
        Ramachandran et al., 2017, "Searching for Activation Functions",
        https://arxiv.org/abs/1710.05941
    """
    x = as_array(x)
    return jax.nn.silu(x)


@op
def glu(x, axis=-1):
    """Gated linear unit: `a * sigmoid(b)` for the two halves of `x` along an axis.

    Example:

    >>> print(kerajax.ops.glu([1.0, 2.0]).round(3))
    [0.88100004]

    Reference:
        Dauphin et al., 2016, "Language Modeling with Gated Convolutional Networks",
        https://arxiv.org/abs/1612.08083
    """
    x = as_array(x)
    return jax.nn.glu(x, axis)


@op
def sigmoid(x):
    """Logistic function, `1 / (1 + exp(-x))`.

    Example:

    >>> print(kerajax.ops.sigmoid([-1.0, 2.0]).round(3))
    [0.26900002 0.88100004]
    """
    x = as_array(x)
    return jax.nn.sigmoid(x)


@op
def log_sigmoid(x):
    """Logarithm of the logistic function, `-softplus(-x)`.

    Example:

    >>> print(kerajax.ops.log_sigmoid([-1.0, 2.0]).round(3))
    [-1.3130001 -0.127    ]
    """
    x = as_array(x)
    return jax.nn.log_sigmoid(x)


@op
def hard_sigmoid(x):
    """Piecewise linear sigmoid, `relu6(x + 3) / 6`.

    Example:

    >>> print(kerajax.ops.hard_sigmoid([-4.0, 0.0, 1.5]).round(3))
    [0.         0.5        0.75000006]
    """
    x = as_array(x)
    return jax.nn.hard_sigmoid(x)


@op
def hard_silu(x):
    """`x * hard_sigmoid(x)`, also called hard swish.

    Example:

    >>> print(kerajax.ops.hard_silu([-4.0, 0.0, 1.5]).round(3))
    [-0.     0.     1.125]

    Reference:
        Howard et al., 2019, "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244
    """
    x = as_array(x)
    return jax.nn.hard_silu(x)


@op
def hard_tanh(x):
    """`x` limited to [-1, 1].

    Example:

    >>> print(kerajax.ops.hard_tanh([-4.0, 0.5]).round(3))
    [-1.   0.5]
    """
    x = as_array(x)
    return jax.nn.hard_tanh(x)


@op
def tanh_shrink(x):
    """`x - tanh(x)`.

    Example:

    >>> print(kerajax.ops.tanh_shrink([-1.0, 2.0]).round(3))
    [-0.238  1.036]
    """
    x = as_array(x)
    return x - jnp.tanh(x)


@op
def softplus(x):
    """Smooth rectifier, `log(1 + exp(x))`.

    Example:

    >>> print(kerajax.ops.softplus([-1.0, 2.0]).round(3))
    [0.31300002 2.127     ]
    """
    x = as_array(x)
    return jax.nn.softplus(x)


@op
def softsign(x):
    """`x / (1 + |x|)`.

    Example:

    >>> print(kerajax.ops.softsign([-1.0, 3.0]).round(3))
    [-0.5         0.75000006]
    """
    x = as_array(x)
    return jax.nn.soft_sign(x)


@op(data=("x",))
def squareplus(x, b=4):
    """Smooth rectifier without exponentials, `(x + sqrt(x**2 + b)) / 2`.

    Example:

    >>> print(kerajax.ops.squareplus([0.0, 1.5]).round(3))
    [1. 2.]

    Reference:
        Barron, 2021, "Squareplus: A Softplus-Like Algebraic Rectifier",
        https://arxiv.org/abs/2112.11687
    """
    x = as_array(x)
    return jax.nn.squareplus(x, b)


@op
def sparse_plus(x):
    """0 below -1, `x` above 1, `(x + 1)**2 / 4` between.

    Example:

    >>> print(kerajax.ops.sparse_plus([-2.0, 0.0, 2.0]).round(3))
    [0.   0.25 2.  ]
    """
    x = as_array(x)
    return jax.nn.sparse_plus(x)


@op
def sparse_sigmoid(x):
    """0 below -1, 1 above 1, `(x + 1) / 2` between.

    Example:

    >>> print(kerajax.ops.sparse_sigmoid([-2.0, 0.0, 2.0]).round(3))
    [0.  0.5 1. ]
    """
    x = as_array(x)
    return jax.nn.sparse_sigmoid(x)


@op
def soft_shrink(x, threshold=0.5):
    """`x` moved towards 0 by `threshold`, and 0 where that crosses it.

    Example:

    >>> print(kerajax.ops.soft_shrink([-1.0, 0.25, 2.0]).round(3))
    [-0.5        0.         1.5000001]
    """
    x = as_array(x)
    return jnp.where(x > threshold, x - threshold, jnp.where(x < -threshold, x + threshold, 0.0))


@op
def hard_shrink(x, threshold=0.5):
    """`x` where `|x| > threshold`, else 0.

    Example:

    >>> print(kerajax.ops.hard_shrink([-1.0, 0.25, 2.0]).round(3))
    [-1.  0.  2.]
    """
    x = as_array(x)
    return jnp.where(jnp.abs(x) > threshold, x, 0.0)


@op
def softmax(x, axis=-1):
    """`exp(x) / sum(exp(x))` along an axis, without overflow.

    Args:
        x: Tensor.
        axis: Int, tuple of ints, or None for all axes.

    Example:

    >>> print(kerajax.ops.softmax([0.0, 0.0]).round(3))
    [0.5 0.5]
    """
    x = as_array(x)
    if isinstance(axis, int) and -x.ndim <= axis < x.ndim and x.shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {x.shape}. This axis "
            "has size 1. The softmax operation will always return the value 1, which is likely "
            "not what you intended. Did you mean to use a sigmoid instead?",
            stacklevel=3,
        )
    return jax.nn.softmax(x, _axes(axis))


@op
def log_softmax(x, axis=-1):
    """Logarithm of `softmax`: `x - logsumexp(x)` along an axis.

    Example:

    >>> print(kerajax.ops.log_softmax([0.0, 0.0]).round(3))
    [-0.693 -0.693]
    """
    x = as_array(x)
    return jax.nn.log_softmax(x, _axes(axis))


@op
def threshold(x, threshold, default_value):
    """`x` where `x > threshold`, else `default_value`.

    Example:

    >>> kerajax.ops.threshold([-1.0, 2.0], 0.0, 5.0).tolist()
    [5.0, 2.0]
    """
    x = as_array(x)
    return jnp.where(x > threshold, x, default_value)


@op
def sparsemax(x, axis=-1):
    """The probability distribution nearest to `x` along an axis; small values become 0.

    `max(x - tau, 0)`: with the values sorted downwards, `s` their running sums and the support the
    `k` first ones with `value > (s - 1) / rank`, `tau = (s[k] - 1) / k`. Keras 3 sums `s` over the
    support there, so that its results add up to less than 1 for a support of several values.

    Args:
        x: Tensor.
        axis: Int.

    Example:

    >>> kerajax.ops.sparsemax([1.0, 0.5, -1.0]).tolist()
    [0.75, 0.25, 0.0]

    Reference:
        Martins and Astudillo, 2016, "From Softmax to Sparsemax: A Sparse Model of Attention and
        Multi-Label Classification", https://arxiv.org/abs/1602.02068
    """
    x = jnp.moveaxis(as_array(x), axis, -1)
    descending = -jnp.sort(-x, axis=-1)
    ranks = jnp.arange(1, x.shape[-1] + 1)
    in_support = descending - (jnp.cumsum(descending, axis=-1) - 1) / ranks > 0
    size = jnp.sum(in_support, axis=-1, keepdims=True)
    tau = (jnp.sum(jnp.where(in_support, descending, 0), axis=-1, keepdims=True) - 1) / size
    return jnp.moveaxis(jnp.maximum(x - tau, 0), -1, axis)


swish = silu
hard_swish = hard_silu


def _axes(axis):
    return tuple(axis) if isinstance(axis, list) else axis

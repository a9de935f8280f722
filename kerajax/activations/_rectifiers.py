"""Activations that bend a line at zero, sharply or smoothly, or cut a band out of it."""

from kerajax import ops
from kerajax.objects import old_spellings, publish
from kerajax.ops._op import op


@publish("keras.activations.linear")
def linear(x):
    """The identity, `x`: the activation of a layer without one.

    Example:

    >>> kerajax.activations.linear(3.0)
    3.0
    """
    return x


@publish("keras.activations.relu")
@old_spellings("relu")
@op(name="ReLU")
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit: `max(x, 0)`, with a choice of slope, ceiling and threshold.

    `max_value` where `x >= max_value`, `x` where `threshold <= x < max_value`, and
    `negative_slope * (x - threshold)` below.

    Args:
        x: Tensor.
        negative_slope: Float. Slope below the threshold.
        max_value: Optional float. The largest value of the result.
        threshold: Float. Values up to it are damped.

    Example:

    >>> x = np.array([-10.0, 0.5, 10.0])
    >>> kerajax.activations.relu(x).tolist()
    [0.0, 0.5, 10.0]
    >>> kerajax.activations.relu(x, negative_slope=0.5, max_value=5.0).tolist()
    [-5.0, 0.5, 5.0]
    """
    if negative_slope and max_value is None and not threshold:
        return ops.leaky_relu(x, negative_slope=negative_slope)
    if threshold:
        x = ops.convert_to_tensor(x)
        positive = ops.where(x > ops.cast(threshold, x.dtype), x, ops.zeros_like(x))
    else:
        positive = ops.relu(x)
    if max_value is not None:
        positive = ops.minimum(positive, ops.cast(max_value, positive.dtype))
    if negative_slope:
        positive = positive - negative_slope * ops.relu(threshold - x)
    return positive


@publish("keras.activations.leaky_relu")
def leaky_relu(x, negative_slope=0.2):
    """`x` where it is positive, `negative_slope * x` elsewhere.

    Example:

    >>> kerajax.activations.leaky_relu(np.array([-1.0, 1.0]), 0.5).tolist()
    [-0.5, 1.0]
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


@publish("keras.activations.relu6")
def relu6(x):
    """`min(max(x, 0), 6)`.

    Example:

    >>> kerajax.activations.relu6(np.array([-1.0, 8.0])).tolist()
    [0.0, 6.0]
    """
    return ops.relu6(x)


@publish("keras.activations.elu")
def elu(x, alpha=1.0):
    """Exponential linear unit: `x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Example:

    >>> kerajax.activations.elu(np.array([0.0, 2.0])).tolist()
    [0.0, 2.0]

    Reference:
        Clevert et al., 2016, "Fast and Accurate Deep Network Learning by Exponential Linear
        Units", https://arxiv.org/abs/1511.07289
    """
    return ops.elu(x, alpha=alpha)


@publish("keras.activations.celu")
def celu(x, alpha=1.0):
    """`x` where it is positive, `alpha * (exp(x / alpha) - 1)` elsewhere, smooth for every alpha.

    Example:

    >>> kerajax.activations.celu(np.array([0.0, 2.0])).tolist()
    [0.0, 2.0]

    Reference:
        Barron, 2017, "Continuously Differentiable Exponential Linear Units",
        https://arxiv.org/abs/1704.07483
    """
    return ops.celu(x, alpha=alpha)


@publish("keras.activations.selu")
def selu(x):
    """Scaled ELU, whose constants keep mean 0 and variance 1 through layers; use `lecun_normal`.

    Example:

    >>> kerajax.activations.selu(np.array([0.0])).tolist()
    [0.0]

    Reference:
        Klambauer et al., 2017, "Self-Normalizing Neural Networks",
        https://arxiv.org/abs/1706.02515
    """
    return ops.selu(x)


@publish("keras.activations.softplus")
def softplus(x):
    """A smooth relu: `log(exp(x) + 1)`.

    Example:

    >>> round(float(kerajax.activations.softplus(np.array(0.0))), 4)
    0.6931
    """
    return ops.softplus(x)


@publish("keras.activations.squareplus")
def squareplus(x, b=4):
    """A smooth relu without exponentials: `(x + sqrt(x**2 + b)) / 2`.

    Example:

    >>> kerajax.activations.squareplus(np.array([0.0])).tolist()
    [1.0]

    Reference:
        Barron, 2021, "Squareplus: A Softplus-Like Algebraic Rectifier",
        https://arxiv.org/abs/2112.11687
    """
    return ops.squareplus(x, b=b)


@publish("keras.activations.sparse_plus")
def sparse_plus(x):
    """0 up to -1, `(x + 1)**2 / 4` up to 1, then `x`.

    Example:

    >>> kerajax.activations.sparse_plus(np.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 0.25, 3.0]
    """
    return ops.sparse_plus(x)


@publish("keras.activations.silu", "keras.activations.swish")
def silu(x):
    """`x * sigmoid(x)`, also called swish.

    Example:

    >>> kerajax.activations.silu(np.array([0.0])).tolist()
    [0.0]

    Reference:
        Ramachandran et al., 2017, "Searching for Activation Functions",
        https://arxiv.org/abs/1710.05941
    """
    return ops.silu(x)


@publish("keras.activations.hard_silu", "keras.activations.hard_swish")
def hard_silu(x):
    """`x * hard_sigmoid(x)`, made of straight lines and a parabola; also called hard swish.

    Example:

    >>> kerajax.activations.hard_silu(np.array([0.0, 3.0])).tolist()
    [0.0, 3.0]

    Reference:
        Howard et al., 2019, "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244
    """
    return ops.hard_silu(x)


@publish("keras.activations.gelu")
def gelu(x, approximate=False):
    """`x * P(X <= x)` for a standard normal `X`.

    Args:
        x: Tensor.
        approximate: Bool. Whether to use the formula with `tanh` in place of the error function.

    Example:

    >>> kerajax.activations.gelu(np.array([0.0])).tolist()
    [0.0]

    Reference:
        Hendrycks and Gimpel, 2016, "Gaussian Error Linear Units",
        https://arxiv.org/abs/1606.08415
    """
    return ops.gelu(x, approximate=approximate)


@publish("keras.activations.mish")
@op
def mish(x):
    """`x * tanh(softplus(x))`.

    Example:

    >>> kerajax.activations.mish(np.array([0.0])).tolist()
    [0.0]

    Reference:
        Misra, 2019, "Mish: A Self Regularized Non-Monotonic Activation Function",
        https://arxiv.org/abs/1908.08681
    """
    x = ops.convert_to_tensor(x)
    return x * ops.tanh(ops.softplus(x))


@publish("keras.activations.glu")
def glu(x, axis=-1):
    """Gated linear unit: `a * sigmoid(b)`, where `a` and `b` are the halves of `x` along `axis`.

    Example:

    >>> kerajax.activations.glu(np.array([1.0, 2.0, 0.0, 0.0])).tolist()
    [0.5, 1.0]

    Reference:
        Dauphin et al., 2017, "Language Modeling with Gated Convolutional Networks",
        https://arxiv.org/abs/1612.08083
    """
    return ops.glu(x, axis=axis)


@publish("keras.activations.threshold")
def threshold(x, threshold, default_value):
    """`x` where it exceeds `threshold`, `default_value` elsewhere.

    Example:

    >>> kerajax.activations.threshold(np.array([1.0, 3.0]), 2.0, -1.0).tolist()
    [-1.0, 3.0]
    """
    return ops.threshold(x, threshold, default_value)


@publish("keras.activations.soft_shrink")
def soft_shrink(x, threshold=0.5):
    """`x` moved towards 0 by `threshold`, and 0 where it is nearer.

    Example:

    >>> kerajax.activations.soft_shrink(np.array([-1.0, 0.2, 1.0])).tolist()
    [-0.5, 0.0, 0.5]
    """
    return ops.soft_shrink(x, threshold=threshold)


@publish("keras.activations.hard_shrink")
def hard_shrink(x, threshold=0.5):
    """`x` where its size exceeds `threshold`, 0 elsewhere.

    Example:

    >>> kerajax.activations.hard_shrink(np.array([-1.0, 0.25, 1.0])).tolist()
    [-1.0, 0.0, 1.0]
    """
    return ops.hard_shrink(x, threshold=threshold)


@publish("keras.activations.tanh_shrink")
def tanh_shrink(x):
    """`x - tanh(x)`.

    Example:

    >>> kerajax.activations.tanh_shrink(np.array([0.0])).tolist()
    [0.0]
    """
    return ops.tanh_shrink(x)

"""`keras.initializations`: the first values of weights as functions, as Keras 1 had them.

A function takes a shape and returns a variable. Custom layers of the time call one in `build`,
`self.W = self.init((input_dim, output_dim), name="W")`, and scripts pass one on with another scale,
`init=lambda shape, name=None: normal(shape, scale=0.01, name=name)`.
"""

import functools

from kerajax import initializers
from kerajax.backend import Variable, auto_name, floatx

# The orders of Theano's kernels, `(filters, channels, ...)`, as axes of inputs and of outputs.
_THEANO = {4: ((1, 2, 3), (0, 2, 3)), 5: ((1, 2, 3, 4), (0, 2, 3, 4))}


def uniform(shape, scale=0.05, name=None, dim_ordering="th"):
    """Uniform between `-scale` and `scale`.

    Example:

    >>> float(abs(uniform((3, 4), scale=0.1).numpy()).max()) <= 0.1
    True
    """
    return _variable(initializers.RandomUniform(-scale, scale), shape, name)


def normal(shape, scale=0.05, name=None, dim_ordering="th"):
    """Normal of mean zero and standard deviation `scale`."""
    return _variable(initializers.RandomNormal(0.0, scale), shape, name)


def lecun_uniform(shape, name=None, dim_ordering="th"):
    """Uniform, of variance `1 / fan_in`. LeCun, 1998, "Efficient Backprop"."""
    return _of_variance(1.0, "fan_in", "uniform", shape, name, dim_ordering)


def glorot_normal(shape, name=None, dim_ordering="th"):
    """Normal, of variance `2 / (fan_in + fan_out)`. Glorot and Bengio, AISTATS 2010."""
    return _of_variance(1.0, "fan_avg", "untruncated_normal", shape, name, dim_ordering)


def glorot_uniform(shape, name=None, dim_ordering="th"):
    """Uniform, of variance `2 / (fan_in + fan_out)`. Glorot and Bengio, AISTATS 2010."""
    return _of_variance(1.0, "fan_avg", "uniform", shape, name, dim_ordering)


def he_normal(shape, name=None, dim_ordering="th"):
    """Normal, of variance `2 / fan_in`. He et al., 2015, https://arxiv.org/abs/1502.01852."""
    return _of_variance(2.0, "fan_in", "untruncated_normal", shape, name, dim_ordering)


def he_uniform(shape, name=None, dim_ordering="th"):
    """Uniform, of variance `2 / fan_in`. He et al., 2015, https://arxiv.org/abs/1502.01852."""
    return _of_variance(2.0, "fan_in", "uniform", shape, name, dim_ordering)


def orthogonal(shape, scale=1.1, name=None, dim_ordering="th"):
    """Orthogonal rows or columns, times `scale`. Saxe et al., https://arxiv.org/abs/1312.6120."""
    return _variable(initializers.Orthogonal(scale), shape, name)


def identity(shape, scale=1, name=None, dim_ordering="th"):
    """`scale` times the identity matrix.

    Raises:
        ValueError: If the shape is not that of a square matrix.
    """
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(
            "Identity matrix initialization can only be used for 2D square matrices, but received "
            f"shape {tuple(shape)}. Use `orthogonal` for others."
        )
    return _variable(initializers.Identity(scale), shape, name)


def zero(shape, name=None, dim_ordering="th"):
    """Zeros."""
    return _variable(initializers.Zeros(), shape, name)


def one(shape, name=None, dim_ordering="th"):
    """Ones."""
    return _variable(initializers.Ones(), shape, name)


_FUNCTIONS = {
    f.__name__: f
    for f in (
        *(uniform, normal, lecun_uniform, glorot_normal, glorot_uniform, he_normal, he_uniform),
        *(orthogonal, identity, zero, one),
    )
}


def get(identifier, **kwargs):
    """The function that an argument `init` of a custom layer means.

    Args:
        identifier: A name such as `"glorot_uniform"`, a function of a shape, or an initializer.
        **kwargs: Arguments to fix, such as `dim_ordering`.

    Returns:
        Function `(shape, name=None)` that returns a variable.

    Raises:
        ValueError: If it means no initializer.

    Example:

    >>> get("one")((2,), name="w").numpy().tolist()
    [1.0, 1.0]
    """
    found = _FUNCTIONS.get(identifier) if isinstance(identifier, str) else identifier
    if callable(found) and not isinstance(found, initializers.Initializer):
        return functools.partial(found, **kwargs) if kwargs else found
    initializer = initializers.get(identifier)

    def initialize(shape, name=None, **kwargs):
        return _variable(initializer, shape, name)

    return initialize


def _of_variance(scale, mode, distribution, shape, name, dim_ordering):
    axes = None if dim_ordering == "tf" else _THEANO.get(len(shape))
    inputs, outputs = axes or (None, None)
    initializer = initializers.VarianceScaling(
        scale, mode, distribution, input_axes=inputs, output_axes=outputs
    )
    return _variable(initializer, shape, name)


def _variable(initializer, shape, name):
    # Names of Keras 1 may hold slashes, which separate the parts of a path.
    name = auto_name("variable") if name is None else name.replace("/", "_")
    return Variable(initializer, shape=tuple(shape), dtype=floatx(), name=name)

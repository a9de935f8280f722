"""Initializers whose spread follows the number of inputs and outputs of a weight."""

import math

from kerajax import random
from kerajax._checks import suggestion
from kerajax.initializers._random import RandomInitializer
from kerajax.objects import publish

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")
# Standard deviation of a unit normal distribution cut at two standard deviations.
_TRUNCATED_STDDEV = 0.8796256610342398


@publish("keras.initializers.VarianceScaling", "keras.initializers.variance_scaling")
class VarianceScaling(RandomInitializer):
    """Draws with variance `scale / n`, where `n` counts the inputs or outputs of the weight.

    Signals then keep their size from layer to layer. The named initializers (Glorot, He, Lecun)
    are settings of this one.

    Args:
        scale: Float > 0.
        mode: What `n` is: `"fan_in"` (inputs), `"fan_out"` (outputs) or `"fan_avg"` (their mean).
        distribution: `"truncated_normal"` (also `"normal"`), `"untruncated_normal"` or
            `"uniform"`.
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional sequence of ints: the axes whose sizes multiply to `fan_in`. Used if
            `output_axes` is given, too; otherwise the last two axes are inputs and outputs, and
            those before them a receptive field.
        output_axes: Optional sequence of ints, the same for `fan_out`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> w = kerajax.initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=1)((3, 6))
    >>> bool((abs(w) <= 1.0).all())
    True
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        input_axes=None,
        output_axes=None,
    ):
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in _MODES:
            raise ValueError(
                f"Invalid `mode` argument: {mode!r}. Please use one of {_MODES}. "
                f"{suggestion(mode, _MODES)}"
            )
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"Invalid `distribution` argument: {distribution!r}. "
                f"Please use one of {_DISTRIBUTIONS}. {suggestion(distribution, _DISTRIBUTIONS)}"
            )
        super().__init__(seed)
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes

    def _draw_for(self, shape):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random.uniform, -limit, limit
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal, 0.0, stddev
        return random.truncated_normal, 0.0, stddev / _TRUNCATED_STDDEV


class _NamedScaling(VarianceScaling):
    """Base of the settings that have names: the subclass says which, and takes a seed and axes."""

    _scale, _mode, _distribution = 1.0, "fan_in", "truncated_normal"

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(self._scale, self._mode, self._distribution, seed, input_axes, output_axes)


@publish("keras.initializers.GlorotUniform", "keras.initializers.glorot_uniform")
class GlorotUniform(_NamedScaling):
    """Uniform within `sqrt(6 / (fan_in + fan_out))`, the default of most layers; also "Xavier".

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.GlorotUniform(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural
        networks", https://proceedings.mlr.press/v9/glorot10a.html
    """

    _mode, _distribution = "fan_avg", "uniform"


@publish("keras.initializers.GlorotNormal", "keras.initializers.glorot_normal")
class GlorotNormal(_NamedScaling):
    """Truncated normal with standard deviation `sqrt(2 / (fan_in + fan_out))`; also "Xavier".

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.GlorotNormal(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        Glorot and Bengio, 2010, "Understanding the difficulty of training deep feedforward neural
        networks", https://proceedings.mlr.press/v9/glorot10a.html
    """

    _mode = "fan_avg"


@publish("keras.initializers.LecunUniform", "keras.initializers.lecun_uniform")
class LecunUniform(_NamedScaling):
    """Uniform within `sqrt(3 / fan_in)`.

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.LecunUniform(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        LeCun et al., 1998, "Efficient BackProp", http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
    """

    _distribution = "uniform"


@publish("keras.initializers.LecunNormal", "keras.initializers.lecun_normal")
class LecunNormal(_NamedScaling):
    """Truncated normal with standard deviation `sqrt(1 / fan_in)`, the companion of `selu`.

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.LecunNormal(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        Klambauer et al., 2017, "Self-Normalizing Neural Networks",
        https://arxiv.org/abs/1706.02515
    """


@publish("keras.initializers.HeUniform", "keras.initializers.he_uniform")
class HeUniform(_NamedScaling):
    """Uniform within `sqrt(6 / fan_in)`, made for `relu`.

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.HeUniform(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        He et al., 2015, "Delving Deep into Rectifiers", https://arxiv.org/abs/1502.01852
    """

    _scale, _distribution = 2.0, "uniform"


@publish("keras.initializers.HeNormal", "keras.initializers.he_normal")
class HeNormal(_NamedScaling):
    """Truncated normal with standard deviation `sqrt(2 / fan_in)`, made for `relu`.

    Args:
        seed: Int, `SeedGenerator` or None.
        input_axes: Optional axes that count as inputs, as in `VarianceScaling`.
        output_axes: Optional axes that count as outputs.

    Example:

    >>> kerajax.initializers.HeNormal(seed=1)((2, 3)).shape
    (2, 3)

    Reference:
        He et al., 2015, "Delving Deep into Rectifiers", https://arxiv.org/abs/1502.01852
    """

    _scale = 2.0


def compute_fans(shape, input_axes=None, output_axes=None) -> tuple[int, int]:
    """How many inputs and outputs a weight of this shape has.

    Example:

    >>> from kerajax.initializers._variance_scaling import compute_fans
    >>> compute_fans((3, 3, 16, 32))
    (144, 288)
    """
    shape = tuple(shape)
    if input_axes is not None and output_axes is not None:
        fans = (math.prod(shape[i] for i in input_axes), math.prod(shape[i] for i in output_axes))
    elif len(shape) < 2:
        fans = (math.prod(shape),) * 2
    else:
        field = math.prod(shape[:-2])
        fans = (shape[-2] * field, shape[-1] * field)
    return int(fans[0]), int(fans[1])

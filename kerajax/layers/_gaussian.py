"""Noise for training: additive, multiplicative, and dropout that keeps mean and variance."""

import math

from kerajax import ops, random
from kerajax._checks import unit_interval
from kerajax.layers._base import Layer
from kerajax.objects import publish

# The constants of `selu`, whose fixed point AlphaDropout keeps.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@publish("keras.layers.GaussianNoise")
class GaussianNoise(Layer):
    """In training, adds normal noise: `outputs = inputs + normal(0, stddev)`.

    Args:
        stddev: Float in [0, 1]. Standard deviation of the noise.
        seed: Optional int, for the same numbers in every run.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.GaussianNoise(0.1)(np.ones((1, 2))).tolist()
    [[1.0, 1.0]]
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.stddev = unit_interval(stddev, "stddev", self)
        self.seed = seed
        if stddev > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training or self.stddev == 0:
            return inputs
        noise = random.normal(
            inputs.shape, 0.0, self.stddev, self.compute_dtype, seed=self.seed_generator
        )
        return inputs + noise


@publish("keras.layers.GaussianDropout")
class GaussianDropout(Layer):
    """In training, multiplies by normal noise of mean 1 and variance `rate / (1 - rate)`.

    The variance is the one that `Dropout` with this rate has.

    Args:
        rate: Float in [0, 1).
        seed: Optional int, for the same numbers in every run.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.GaussianDropout(0.5)(np.ones((1, 2))).tolist()
    [[1.0, 1.0]]

    Reference:
        Srivastava et al., 2014, "Dropout: A Simple Way to Prevent Neural Networks from
        Overfitting", section 10, https://jmlr.org/papers/v15/srivastava14a.html
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = unit_interval(rate, "rate", self)
        self.seed = seed
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        stddev = math.sqrt(self.rate / (1.0 - self.rate))
        noise = random.normal(
            inputs.shape, 1.0, stddev, self.compute_dtype, seed=self.seed_generator
        )
        return inputs * noise


@publish("keras.layers.AlphaDropout")
class AlphaDropout(Layer):
    """In training, dropout for networks with `selu`: mean and variance stay what they are.

    Dropped elements become `-alpha * scale`, where `selu` ends; an affine map `a * x + b` then
    restores mean 0 and variance 1.

    Args:
        rate: Float in [0, 1]. The part that is dropped.
        noise_shape: Optional tuple of ints and None that broadcasts to the inputs' shape.
        seed: Optional int, for the same numbers in every run.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: any.
    Output shape: that of the input.

    Example:

    >>> kerajax.layers.AlphaDropout(0.5)(np.ones((1, 2))).tolist()
    [[1.0, 1.0]]

    Reference:
        Klambauer et al., 2017, "Self-Normalizing Neural Networks",
        https://arxiv.org/abs/1706.02515
    """

    supports_masking = True
    _built_at_once = True
    _told_by_attributes = True

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = unit_interval(rate, "rate", self)
        self.seed = seed
        self.noise_shape = noise_shape
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        if not training or self.rate == 0:
            return inputs
        shape = self.noise_shape or (None,) * len(inputs.shape)
        shape = [inputs.shape[i] if size is None else size for i, size in enumerate(shape)]
        kept = random.uniform(shape, seed=self.seed_generator) >= self.rate
        kept = ops.cast(kept, inputs.dtype)
        dropped = -_SELU_ALPHA * _SELU_SCALE
        a = ((1 - self.rate) * (1 + self.rate * dropped**2)) ** -0.5
        b = -a * dropped * self.rate
        return a * (inputs * kept + dropped * (1 - kept)) + b

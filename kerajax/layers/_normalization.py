"""What the normalization layers share: their scale `gamma` and offset `beta`."""

from kerajax import _checks, constraints, initializers, regularizers
from kerajax.layers._base import Layer


class ScaledNormalization(Layer):
    """A layer that multiplies by `gamma` and adds `beta` at the end, each where it is asked for."""

    supports_masking = True

    def __init__(
        self,
        axis,
        epsilon,
        center,
        scale,
        beta_initializer,
        gamma_initializer,
        beta_regularizer,
        gamma_regularizer,
        beta_constraint,
        gamma_constraint,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma = self.beta = None

    def _build_scale(self, shape):
        # Scale and offset keep their precision: they are used in float32 arithmetic.
        if self.scale:
            self.gamma = self._weight("gamma", shape, autocast=False)
        if self.center:
            self.beta = self._weight("beta", shape, autocast=False)


def axes_argument(axis, owner):
    """`axis` as an int or a list of ints."""
    if isinstance(axis, (list, tuple)):
        return list(axis)
    if isinstance(axis, int):
        return axis
    raise TypeError(
        f"{_checks.described(owner)}: Invalid value for `axis` argument: expected an int or a "
        f"list/tuple of ints. Received: axis={axis!r}"
    )


def sizes_along(layer, axis, input_shape) -> tuple:
    """The sizes of an input along an axis or several, which must be known."""
    axes = axis if isinstance(axis, list) else [axis]
    _checks.axes(axes, "axis", layer, len(input_shape))
    return tuple(layer._known_size(input_shape, a) for a in axes)

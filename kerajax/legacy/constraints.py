"""Constraints that tf.keras had and Keras 3 does not have."""

from kerajax import ops
from kerajax.constraints import Constraint
from kerajax.objects import publish


@publish("keras.constraints.RadialConstraint", "keras.constraints.radial_constraint")
class RadialConstraint(Constraint):
    """Makes the kernel of a square convolution the same on each square ring around its middle.

    The value of ring `r` is read `r` places from the middle on the diagonal, as tf.keras read it:
    the rings of odd sizes are those one place before it.

    Raises:
        ValueError: If the weight has not four axes.

    Example:

    >>> kernel = np.arange(9.0).reshape(3, 3, 1, 1)
    >>> kerajax.legacy.constraints.RadialConstraint()(kernel)[..., 0, 0].tolist()
    [[4.0, 4.0, 4.0], [4.0, 0.0, 4.0], [4.0, 4.0, 4.0]]

    Reference:
        Fukushima, 1980, "Neocognitron", and the documentation of tf.keras 2.13
    """

    def __call__(self, w):
        """The weight with equal values on each ring."""
        w = ops.convert_to_tensor(w)
        if len(w.shape) != 4:
            raise ValueError(
                "The weight tensor must have rank 4. "
                f"Received weight tensor with shape: {tuple(w.shape)}"
            )
        size, half = w.shape[0], w.shape[0] // 2
        distance = [abs(2 * i - (size - 1)) // 2 for i in range(size)]
        ring = ops.array([[max(row, column) for column in distance] for row in distance])
        # The middle, and then each ring, from one place further along the diagonal.
        steps = ops.arange(half + size % 2)
        places = half - 1 + steps if size % 2 else ops.where(steps == 0, half - 1, half + steps)
        return w[places, places][ring]


radial_constraint = RadialConstraint

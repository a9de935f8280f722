"""The list of a model's layers, from which scripts of Keras 1 and 2 take the last ones away."""

import warnings

from kerajax import eras
from kerajax.objects import current_era


class LayerList(list):
    """Layers of a model. Changing the list does not change the model, as in Keras since 2.3.

    Until Keras 2.2 `model.layers.pop()` took the last layer out of `model.layers`, and scripts go
    on with `model.layers[-1].output`. It does so in scripts of that time; in others it warns.

    Args:
        model: The model.
        layers: Its layers.

    Example:

    >>> x = kerajax.Input((2,))
    >>> model = kerajax.Model(x, kerajax.layers.Dense(1)(kerajax.layers.Dense(3)(x)))
    >>> with kerajax.objects.EraScope("2.2"):
    ...     _ = model.layers.pop()
    >>> model.layers[-1].units
    3
    """

    def __init__(self, model, layers):
        super().__init__(layers)
        self._model = model

    def pop(self, index=-1):
        """Takes a layer out of the list."""
        layer = super().pop(index)
        if eras.older("2.2", current_era()):
            warnings.warn(
                f"`layers.pop()` does not change model '{self._model.name}', whose `layers` is "
                "made anew each time. Use `keras.Model(model.inputs, model.layers[-2].output)`, or "
                "`pop()` of a Sequential model; `kerajax run --era 2.2` does as Keras 2.2 did.",
                stacklevel=2,
            )
        else:
            self._model._leave_out(layer)
        return layer

    def __reduce__(self):
        return list, (list(self),)

"""Metrics as libraries for Keras 2.1 to 2.3 wrote them: layers that count in their variables."""

from kerajax.layers import Layer
from kerajax.metrics import Metric


def is_stateful_layer(x) -> bool:
    """Whether `x` is a layer that gives the value so far and has `reset_states`."""
    return isinstance(x, Layer) and getattr(x, "stateful", False) and hasattr(x, "reset_states")


class LayerMetric(Metric):
    """The value that a stateful layer gave last: it counts over the epoch itself.

    Args:
        layer: Layer of `(y_true, y_pred)`.
    """

    def __init__(self, layer):
        super().__init__(name=getattr(layer, "__name__", layer.name))
        self._layer = layer
        self._last = self.add_variable(shape=(), initializer="zeros", name="last")

    @property
    def variables(self) -> list:
        """The value, and the variables of the layer."""
        return [*super().variables, *self._layer.variables]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Shows the layer a batch; it takes no weights."""
        self._last.assign(self._layer(y_true, y_pred))

    def result(self):
        """What the layer gave last."""
        return self._last.value

    def reset_state(self):
        """Resets the value and the layer."""
        self._last.assign(0)
        self._layer.reset_states()

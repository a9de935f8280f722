"""TimeDistributed: a layer applied to each time step on its own."""

from kerajax import ops
from kerajax.backend import is_float_dtype
from kerajax.layers._wrapper import Wrapper, takes_mask
from kerajax.objects import publish


@publish("keras.layers.TimeDistributed")
class TimeDistributed(Wrapper):
    """Applies the same layer, with the same weights, to every step of a sequence.

    The steps go through the layer as one large batch. Where the layer draws random numbers or
    keeps statistics in training, it is called once for each step instead.

    Args:
        layer: The `Layer` to apply.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: Tensor `(batch, time, ...)`.
        training: Bool. Passed on to the layer.
        mask: Optional bool tensor `(batch, time, ...)`, passed on if the layer takes a mask.

    Input shape: `(batch, time, ...)`, with at least three axes.
    Output shape: `(batch, time, ...)`.

    Raises:
        ValueError: If `layer` is no layer, or if shapes do not fit.

    Example:

    >>> frames = np.ones((2, 5, 28, 28, 3))
    >>> layer = kerajax.layers.TimeDistributed(kerajax.layers.Dense(4))
    >>> layer(frames).shape
    (2, 5, 28, 28, 4)
    """

    supports_masking = True

    def build(self, input_shape):
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ValueError(
                f"TimeDistributed layer '{self.name}' needs inputs with at least three axes, "
                f"`(batch, time, ...)`, but received shape {input_shape}."
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs, training=None, mask=None):
        if mask is not None and tuple(mask.shape[:2]) != tuple(inputs.shape[:2]):
            raise ValueError(
                f"The `mask` passed to the `TimeDistributed` layer has a shape {tuple(mask.shape)} "
                f"that does not begin with the batch size and time of the inputs of layer "
                f"'{self.name}', {tuple(inputs.shape[:2])}."
            )
        if not takes_mask(self.layer):
            mask = None
        if training and self.layer.non_trainable_variables:
            return self._step_by_step(inputs, training, mask)
        batch, time = inputs.shape[:2]
        outputs = self._apply(_merged(inputs), training, None if mask is None else _merged(mask))
        return ops.reshape(outputs, (batch, time, *outputs.shape[1:]))

    def _step_by_step(self, inputs, training, mask):
        steps = range(inputs.shape[1])
        outputs = [
            self._apply(inputs[:, i], training, None if mask is None else mask[:, i]) for i in steps
        ]
        return ops.stack(outputs, axis=1)

    def _apply(self, x, training, mask):
        options = {} if mask is None else {"mask": mask}
        outputs = self.layer(x, training=training, **options)
        is_float = is_float_dtype(outputs.dtype)
        return ops.cast(outputs, self.compute_dtype) if is_float else outputs


def _merged(x):
    """`(batch, time, ...)` to `(batch * time, ...)`."""
    return ops.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))

"""The LSTM of Keras on CNTK, which gave out the state of its cell."""

from kerajax.layers import LSTM, LSTMCell
from kerajax.objects import publish


class _CellOutputLSTMCell(LSTMCell):
    def call(self, inputs, states, training=False):
        _, states = super().call(inputs, states, training)
        return states[1], states

    def run_over_time(self, *args, **kwargs):
        """None: the op for all steps gives out the other state."""
        return None


@publish("keras.layers.CellOutputLSTM")
class CellOutputLSTM(LSTM):
    """An LSTM whose output is the state of its cell, `c`, where others give out `h`.

    Keras computed it so on CNTK, and weights that were trained there need it.

    Args: as `LSTM`.

    Input shape: `(batch, time, features)`.
    Output shape: `(batch, units)`, or `(batch, time, units)` with `return_sequences`.

    Example:

    >>> layer = kerajax.legacy.layers.CellOutputLSTM(4, return_state=True)
    >>> outputs, h, c = layer(np.ones((2, 5, 3)))
    >>> bool(np.all(np.array(outputs) == np.array(c)))
    True
    """

    _cell_class = _CellOutputLSTMCell

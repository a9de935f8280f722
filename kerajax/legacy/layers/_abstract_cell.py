"""AbstractRNNCell: the base that own cells of recurrent layers had in tf.keras."""

from kerajax import ops, tree
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.AbstractRNNCell")
class AbstractRNNCell(Layer):
    """Base of cells: a subclass has `state_size`, `output_size` and `call(inputs, states)`.

    Args:
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Example:

    >>> class Sum(kerajax.legacy.layers.AbstractRNNCell):
    ...     state_size = output_size = 2
    ...     def call(self, inputs, states):
    ...         return inputs + states[0], [inputs + states[0]]
    >>> kerajax.layers.RNN(Sum())(np.ones((1, 3, 2))).tolist()
    [[3.0, 3.0]]
    """

    def call(self, inputs, states):
        """The output of a step, and the states after it."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call`. Define `def call(self, inputs, states)`, which "
            "returns the output and a list of the next states."
        )

    @property
    def state_size(self):
        """Size of the state, or list of the sizes of several."""
        raise NotImplementedError(f"{type(self).__name__} has no `state_size`. Define it.")

    @property
    def output_size(self):
        """Size of the output."""
        raise NotImplementedError(f"{type(self).__name__} has no `output_size`. Define it.")

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros.

        Args:
            inputs: Optional tensor, which tells the size of the batch and the dtype.
            batch_size: Int.
            dtype: Dtype name.
        """
        if isinstance(inputs, int):
            inputs, batch_size = None, inputs
        if inputs is not None:
            batch_size, dtype = ops.shape(inputs)[0], inputs.dtype
        dtype = dtype or self.compute_dtype
        sizes = self.state_size
        if isinstance(sizes, int):
            return [ops.zeros((batch_size, sizes), dtype)]
        return tree.map_structure(lambda size: ops.zeros((batch_size, size), dtype), list(sizes))

"""What layers had until Keras 2, and code of that time uses: shapes of calls, updates, lists."""

from kerajax.backend import context, get_keras_mask
from kerajax.objects import may_be_old


class _OfFirstCall:
    """An attribute that tells of the first call, in layers that have none of this name."""

    def __init__(self, at_node, doc):
        self.at_node, self.__doc__ = at_node, doc

    def __get__(self, layer, owner=None):
        return self if layer is None else getattr(layer, self.at_node)(0)


class OldNames:
    """Attributes and methods of layers that Keras 3 does not have."""

    def _may_have_slashes(self):
        # Names such as "conv1/7x7_s2" were in use until Keras 3.
        return may_be_old()

    input_shape = _OfFirstCall("get_input_shape_at", "Shape of the first call's input, or shapes.")
    output_shape = _OfFirstCall("get_output_shape_at", "Shape of the first call's output.")
    input_mask = _OfFirstCall("get_input_mask_at", "Mask of the first call's input, or None.")
    output_mask = _OfFirstCall("get_output_mask_at", "Mask of the first call's output, or None.")

    def get_input_at(self, node_index):
        """The symbolic input of a call: one tensor, or a list.

        Args:
            node_index: Int, which call.
        """
        return _single(self._node(node_index).input_tensors)

    def get_output_at(self, node_index):
        """The symbolic output of a call: one tensor, or a list."""
        return _single(self._node(node_index).output_tensors)

    def get_input_shape_at(self, node_index):
        """The shape of the input of a call: a tuple, or a list of them."""
        return _of_each(_shape, self.get_input_at(node_index))

    def get_output_shape_at(self, node_index):
        """The shape of the output of a call: a tuple, or a list of them."""
        return _of_each(_shape, self.get_output_at(node_index))

    def get_input_mask_at(self, node_index):
        """The symbolic mask of the input of a call, None without one."""
        return _of_each(get_keras_mask, self.get_input_at(node_index))

    def get_output_mask_at(self, node_index):
        """The symbolic mask of the output of a call, None without one."""
        return _of_each(get_keras_mask, self.get_output_at(node_index))

    def add_update(self, updates, inputs=None):
        """Assigns to variables: in training, unless the layer is stateful.

        Args:
            updates: `(variable, value)`, or a list of such pairs. What `K.update` and
                `K.moving_average_update` returned has happened and is passed over.
            inputs: Not needed.
        """
        call = context.call
        in_training = self.trainable and call is not None and bool(call.training)
        if not in_training and not getattr(self, "stateful", False):
            return
        for pair in updates if isinstance(updates, list) else [updates]:
            if isinstance(pair, tuple) and len(pair) == 2:
                pair[0].assign(pair[1])

    @property
    def updates(self) -> list:
        """Empty: updates happen when `call` runs."""
        return []

    def get_updates_for(self, inputs) -> list:
        """Empty: updates happen when `call` runs."""
        return []

    def get_losses_for(self, inputs) -> list:
        """Losses that depend on inputs; for None, those that do not."""
        return list(self._losses) if inputs is not None else self._regularization_losses()

    @property
    def _trainable_weights(self) -> list:
        return self._trainable_variables

    @_trainable_weights.setter
    def _trainable_weights(self, variables):
        self._keep("trainable_variables", variables)

    @property
    def _non_trainable_weights(self) -> list:
        return self._non_trainable_variables

    @_non_trainable_weights.setter
    def _non_trainable_weights(self, variables):
        self._keep("non_trainable_variables", variables)

    def _keep(self, store, variables):
        for variable in variables:
            self._tracker.add(store, variable)


def _single(tensors):
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _of_each(fn, tensors):
    return [fn(x) for x in tensors] if isinstance(tensors, list) else fn(tensors)


def _shape(tensor):
    return tuple(tensor.shape)

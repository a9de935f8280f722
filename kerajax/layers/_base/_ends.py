"""What a layer of a graph takes and gives, as scripts asked for it until Keras 3."""

from kerajax import tree


class _ShapesOf:
    """Shapes of `layer.input` or `layer.output`.

    A layer may keep an attribute of its own under the name, which then goes first.
    """

    def __init__(self, ends):
        self._ends = ends
        self.__doc__ = f"Shape of `{ends}`, or a list of shapes."

    def __get__(self, layer, owner=None):
        return self if layer is None else _shapes(getattr(layer, self._ends))


class LayerEnds:
    """Tensors and shapes of each call of a layer on symbolic tensors, counted from 0."""

    input_shape = _ShapesOf("input")
    output_shape = _ShapesOf("output")

    def get_input_at(self, node_index):
        """The symbolic arguments of one call: a tensor, or a list.

        Raises:
            ValueError: If the layer has not been called as often.

        Example:

        >>> layer = kerajax.layers.Dense(2)
        >>> outputs = [layer(kerajax.Input((n,))) for n in (3, 3)]
        >>> layer.get_output_at(1) is outputs[1], layer.get_input_shape_at(1)
        (True, (None, 3))
        """
        return _alone(self._call_at(node_index).input_tensors)

    def get_output_at(self, node_index):
        """The symbolic results of one call: a tensor, or a list."""
        return _alone(self._call_at(node_index).output_tensors)

    def get_input_shape_at(self, node_index):
        """Shape of the arguments of one call, or a list of shapes."""
        return _shapes(self.get_input_at(node_index))

    def get_output_shape_at(self, node_index):
        """Shape of the results of one call, or a list of shapes."""
        return _shapes(self.get_output_at(node_index))

    def _call_at(self, index):
        if not -len(self._inbound_nodes) <= index < len(self._inbound_nodes):
            raise ValueError(
                f"Layer '{self.name}' has no call number {index}: it has been called "
                f"{len(self._inbound_nodes)} times on symbolic tensors, counted from 0."
            )
        return self._inbound_nodes[index]


def _alone(tensors):
    return tensors[0] if len(tensors) == 1 else list(tensors)


def _shapes(tensors):
    return tree.map_structure(lambda x: x.shape, tensors)

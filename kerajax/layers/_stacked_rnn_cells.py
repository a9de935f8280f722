"""StackedRNNCells: cells on top of each other as one cell."""

from kerajax import ops
from kerajax.layers._base import Layer
from kerajax.layers._wrapper import with_objects
from kerajax.objects import deserialize_keras_object, publish


@publish("keras.layers.StackedRNNCells")
class StackedRNNCells(Layer):
    """Several cells as one: the output of each is the input of the next.

    `RNN([cell, cell])` makes one by itself.

    Args:
        cells: List of cells, from the inputs upwards.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Raises:
        ValueError: If a cell lacks a `call` method or a `state_size`.

    Example:

    >>> cells = [kerajax.layers.LSTMCell(8), kerajax.layers.LSTMCell(4)]
    >>> layer = kerajax.layers.RNN(kerajax.layers.StackedRNNCells(cells))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 4)
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        for cell in cells:
            check_cell(cell, self)
        self.cells = list(cells)

    @property
    def state_size(self):
        """The state sizes of the cells, as a list."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self):
        """Size of the output of the last cell."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size=None):
        """The initial states of the cells, as a list."""
        return [initial_state_of(cell, batch_size, self.compute_dtype) for cell in self.cells]

    def build(self, input_shape):
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], output_size_of(cell))

    def call(self, inputs, states, training=False, **kwargs):
        new_states = []
        for cell, state in zip(self.cells, states, strict=True):
            is_list = isinstance(state, (list, tuple))
            options = {**kwargs, **training_option(cell, training)}
            call = cell if callable(cell) else cell.call
            inputs, state = call(inputs, list(state) if is_list else [state], **options)
            if not is_list and isinstance(state, (list, tuple)):
                state = state[0]
            new_states.append(state)
        return inputs, new_states

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Stacked cells from the dict that `get_config` returned."""
        cells = [
            deserialize_keras_object(cell, custom_objects) if isinstance(cell, dict) else cell
            for cell in config["cells"]
        ]
        return super().from_config({**with_objects(config, (), None), "cells": cells})


def check_cell(cell, owner) -> None:
    """Raises where `cell` is no cell."""
    for name in ("call", "state_size"):
        # `hasattr` would run the property, which may need what `build` sets.
        if name not in dir(cell):
            raise ValueError(
                f"{type(owner).__name__} needs cells with a `call` method and a `state_size`, but "
                f"received a cell without `{name}`: {cell!r}. `call(inputs, states)` returns "
                "`(output, new_states)`; `state_size` is an int, or a list of one for each state."
            )


def output_size_of(cell) -> int:
    """`output_size` of a cell, or the size of its first state."""
    size = getattr(cell, "output_size", None)
    if size is None:
        size = cell.state_size
    while isinstance(size, (list, tuple)):
        size = size[0]
    return size


def initial_state_of(cell, batch_size, dtype):
    """The state of a cell at the beginning of a sequence: its own choice, or zeros."""
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(batch_size=batch_size)
    size = cell.state_size
    if not isinstance(size, (list, tuple)):
        return ops.zeros((batch_size, size), dtype=dtype)
    return [ops.zeros((batch_size, s), dtype=dtype) for s in size]


def training_option(cell, training) -> dict:
    """`training` as a keyword for cells that are layers, which drop it if `call` lacks it."""
    return {"training": training} if isinstance(cell, Layer) else {}

"""Bidirectional: a recurrent layer run forwards and another run backwards."""

from kerajax import ops
from kerajax._checks import one_of
from kerajax.layers._base import Layer
from kerajax.layers._wrapper import takes_mask, with_objects
from kerajax.objects import (
    OwnObjectsScope,
    deserialize_keras_object,
    publish,
    serialize_keras_object,
)


@publish("keras.layers.Bidirectional")
class Bidirectional(Layer):
    """Runs a recurrent layer over the sequence in both directions and merges the outputs.

    Args:
        layer: An `RNN` such as `LSTM`, or another layer with `go_backwards`, `return_sequences`,
            `return_state` and `stateful`. It is copied, once for each direction.
        merge_mode: `"concat"` (along the last axis), `"sum"`, `"mul"`, `"ave"`, or None for both
            outputs on their own.
        weights: Optional list of arrays, first values: the forward layer's, then the backward's.
        backward_layer: Optional layer for the backward direction, where it is to differ. Its
            `go_backwards` is the opposite of the other's.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        sequences: Tensor `(batch, time, ...)`.
        initial_state: Optional list of states: the forward layer's, then the backward's.
        mask: Optional bool tensor `(batch, time)`.
        training: Bool. Passed on to the layers.
        constants: Optional list of tensors that the cells of both get at every step, as in `RNN`.

    Input shape: that of the layer, `(batch, time, features)`.
    Output shape: that of the layer, with twice the last axis for `"concat"`. With `return_state`,
    a tuple of it, the states of the forward layer and those of the backward layer.

    Raises:
        ValueError: If a layer is none, or if the two do not go together.

    Example:

    >>> layer = kerajax.layers.Bidirectional(kerajax.layers.LSTM(4))
    >>> layer(np.ones((2, 5, 3))).shape
    (2, 8)

    Reference:
        Schuster and Paliwal, 1997, "Bidirectional Recurrent Neural Networks",
        https://doi.org/10.1109/78.650093
    """

    supports_masking = True
    _config_skip = frozenset(("weights",))

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        for name, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and (given is not None or name == "layer"):
                raise ValueError(
                    f"Bidirectional needs `{name}` to be a layer, but received: {given!r} (of type "
                    f"{type(given).__name__}). Pass a recurrent layer such as `LSTM(64)`."
                )
        super().__init__(**kwargs)
        modes = ("sum", "mul", "ave", "concat", None)
        self.merge_mode = one_of(merge_mode, "merge_mode", self, modes)
        # Copies start without weights and graph, and under names that tell them apart.
        self.forward_layer = _copy(layer, "forward_")
        if backward_layer is None:
            backward_layer = _copy(layer, "backward_", go_backwards=True)
        self.backward_layer = backward_layer
        self._check_pair()
        for direction in (self.forward_layer, self.backward_layer):
            if getattr(direction, "zero_output_for_mask", None) is not None:
                # The outputs are turned round and put beside each other: what stands at a masked
                # step would otherwise be repeated from different sides.
                direction.zero_output_for_mask = direction.return_sequences
        if weights:
            half = len(weights) // 2
            self.forward_layer._initial_weights = weights[:half]
            self.backward_layer._initial_weights = weights[half:]
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.input_spec = layer.input_spec

    def _check_pair(self):
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError(
                f"Bidirectional layer '{self.name}' needs layers with different `go_backwards`, "
                f"but received {forward.go_backwards} for both. Pass "
                f"`go_backwards={not forward.go_backwards}` to the backward layer."
            )
        for name in ("stateful", "return_sequences", "return_state"):
            if getattr(forward, name) != getattr(backward, name):
                raise ValueError(
                    f"Bidirectional layer '{self.name}' needs layers with the same `{name}`, but "
                    f"received {getattr(forward, name)} forwards and {getattr(backward, name)} "
                    "backwards."
                )

    @property
    def states(self):
        """The states of both layers as a tuple, or None."""
        if self.forward_layer.states and self.backward_layer.states:
            return (*self.forward_layer.states, *self.backward_layer.states)
        return None

    def reset_state(self) -> None:
        """Makes the states of a stateful layer zero."""
        if not self.stateful:
            raise AttributeError(
                f"Bidirectional layer '{self.name}' has no states to reset: it wraps a layer that "
                "is not stateful. Make the layer with `stateful=True`."
            )
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    def reset_states(self) -> None:
        """The older name of `reset_state`."""
        self.reset_state()

    def build(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        options = {} if constants_shape is None else {"constants_shape": constants_shape}
        for layer in (self.forward_layer, self.backward_layer):
            if not layer.built:
                layer.build(sequences_shape, **options)

    def call(self, sequences, initial_state=None, mask=None, training=None, constants=None):
        forward_state = backward_state = None
        if initial_state is not None:
            half = len(initial_state) // 2
            forward_state, backward_state = initial_state[:half], initial_state[half:]
        options = {"training": training}
        if constants is not None:
            options["constants"] = constants
        if mask is not None and takes_mask(self.forward_layer):
            options["mask"] = mask
        y = self.forward_layer(sequences, initial_state=forward_state, **options)
        y_back = self.backward_layer(sequences, initial_state=backward_state, **options)
        states = ()
        if self.return_state:
            states = (*y[1:], *y_back[1:])
            y, y_back = y[0], y_back[0]
        y, y_back = ops.cast(y, self.compute_dtype), ops.cast(y_back, self.compute_dtype)
        if self.return_sequences:
            y_back = ops.flip(y_back, axis=1)
        output = _merge(self.merge_mode, y, y_back)
        if self.merge_mode is None:
            return (*output, *states)
        return (output, *states) if self.return_state else output

    def compute_mask(self, _, mask):
        mask = mask[0] if isinstance(mask, list) else mask
        mask = mask if self.return_sequences else None
        masks = [mask] if self.merge_mode else [mask, mask]
        # The states that may follow have none.
        return masks[0] if self.merge_mode and not self.return_state else masks

    def _base_config(self):
        return {**super()._base_config(), "layer": serialize_keras_object(self.forward_layer)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A layer from the dict that `get_config` returned."""
        return super().from_config(
            with_objects(config, ("layer", "backward_layer"), custom_objects)
        )


def _copy(layer, prefix, **changes):
    """A layer with the config of `layer`, and a name that begins with `prefix`."""
    changes["name"] = prefix + layer.name.removeprefix(prefix)
    with OwnObjectsScope():
        config = serialize_keras_object(layer)
        return deserialize_keras_object({**config, "config": {**config["config"], **changes}})


def _merge(mode, y, y_back):
    if mode == "concat":
        return ops.concatenate([y, y_back], axis=-1)
    if mode == "sum":
        return y + y_back
    if mode == "ave":
        return (y + y_back) / 2
    if mode == "mul":
        return y * y_back
    return y, y_back

"""Pipeline: preprocessing layers in order, outside of a model."""

from kerajax import tree
from kerajax.backend import get_keras_mask
from kerajax.layers._base import Layer
from kerajax.layers._base._call import signature_of
from kerajax.objects import deserialize_keras_object, publish, serialize_keras_object


@publish("keras.layers.Pipeline")
class Pipeline(Layer):
    """Applies layers one after the other, in training mode unless told otherwise.

    Unlike a Sequential model it is not compiled and takes data of any kind as it is.

    Args:
        layers: List of layers.
        name: String.

    Example:

    >>> layers = [kerajax.layers.Rescaling(1 / 255), kerajax.layers.Rescaling(2.0, -1.0)]
    >>> kerajax.layers.Pipeline(layers)(np.array([0, 255])).tolist()
    [-1.0, 1.0]
    """

    def __init__(self, layers, name=None):
        super().__init__(name=name)
        self._pipeline_layers = layers
        self._convert_input_args = False

    @property
    def layers(self) -> list:
        """The layers, in order."""
        return self._pipeline_layers

    @property
    def _runs_on_host(self) -> bool:
        return any(getattr(layer, "_runs_on_host", False) for layer in self.layers)

    def call(self, inputs, training=True, mask=None):
        for layer in self.layers:
            signature = signature_of(type(layer))
            options = {"mask": mask} if "mask" in signature.names else {}
            if signature.has_training and training is not None:
                options["training"] = training
            inputs = layer(inputs, **options)
            mask = tree.map_structure(get_keras_mask, inputs)
        return inputs

    def compute_output_spec(self, inputs, training=True, mask=None):
        """The outputs for symbolic inputs."""
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs

    def get_config(self):
        """The configs of the layers, and the name."""
        return {"layers": serialize_keras_object(list(self.layers)), "name": self.name}

    @classmethod
    def from_config(cls, config):
        """The pipeline from the dict that `get_config` returned.

        Args:
            config: Dict.

        Raises:
            ValueError: If it has no list of layers.
        """
        layers = config.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ValueError(
                "`Pipeline` config must contain a `layers` key mapping to a list of serialized "
                f"layers. Received config with layers={layers}."
            )
        return cls(**{**config, "layers": [deserialize_keras_object(x) for x in layers]})

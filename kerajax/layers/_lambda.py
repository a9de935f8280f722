"""Lambda: any function of tensors as a layer."""

import inspect
import types

from kerajax import tree
from kerajax.backend import any_keras_tensor
from kerajax.layers._base import Layer
from kerajax.objects import (
    deserialize_keras_object,
    dump_code,
    get_registered_object,
    in_safe_mode,
    load_code,
    own_name,
    publish,
    serialize_keras_object,
)

_MSG_UNSAFE = (
    "Requested the deserialization of a `Lambda` layer whose `{name}` is a Python lambda. Its "
    "bytecode allows arbitrary code execution, so it is refused. If you trust where the file "
    "comes from, pass `safe_mode=False` to the loading function, or call "
    "`keras.config.enable_unsafe_deserialization()`."
)


@publish("keras.layers.Lambda")
class Lambda(Layer):
    """Applies a function: `outputs = function(inputs, **arguments)`.

    For stateless one-liners. A Python lambda is saved as bytecode, which only the same version of
    Python reads and which is refused on loading unless the file is trusted: for models that are
    saved, write a layer class, or register the function with
    `@kerajax.saving.register_keras_serializable()`.

    Args:
        function: Function of the inputs. It also gets `mask` and `training` if it has arguments of
            these names.
        output_shape: Optional shape of a sample of the output, or function from the inputs' shape
            to the outputs' shape. Inferred if absent.
        mask: Optional mask of the output, or function `(inputs, mask)` that returns it.
        arguments: Optional dict of keyword arguments of the function.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Example:

    >>> kerajax.layers.Lambda(lambda x: x**2)(np.array([3.0])).tolist()
    [9.0]
    """

    _config_skip = frozenset(("function", "output_shape", "mask", "arguments"))

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(
                f"Lambda layer '{self.name}' needs a function of the inputs, but received "
                f"{function!r}. Pass for instance `lambda x: x * 2`."
            )
        self.arguments = arguments or {}
        self.function = function
        self.mask = mask
        self.supports_masking = mask is not None
        self._output_shape = output_shape
        taken = inspect.getfullargspec(function).args
        code = getattr(function, "__code__", None)
        self._differentiates = code is not None and "gradients" in code.co_names
        self._context_arguments = [name for name in ("mask", "training") if name in taken]

    def __call__(self, inputs, *args, **kwargs):
        if self._differentiates and any_keras_tensor((inputs,), {}):
            # `K.gradients` walks the graph that led to the inputs, which values do not remember.
            outputs = self.function(inputs, **self.arguments)
            is_one = isinstance(outputs, (list, tuple)) and len(outputs) == 1
            return outputs[0] if is_one else outputs
        return super().__call__(inputs, *args, **kwargs)

    def call(self, inputs, mask=None, training=None):
        given = {"mask": mask, "training": training}
        context = {name: given[name] for name in self._context_arguments}
        return self.function(inputs, **{**self.arguments, **context})

    def compute_mask(self, inputs, mask=None):
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape):
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return self._output_shape(input_shape)
        batch_size = tree.flatten(input_shape)[0]
        return tree.map_shape_structure(lambda shape: (batch_size, *shape), self._output_shape)

    def compute_output_spec(self, inputs, **kwargs):
        if self._output_shape is None:
            return self._traced_output_spec(inputs, **kwargs)
        return super().compute_output_spec(inputs)

    def get_config(self):
        config = super().get_config()
        config["function"] = _function_config(self.function)
        if self._output_shape is not None:
            config["output_shape"] = _function_config(self._output_shape)
        if self.mask is not None:
            config["mask"] = _function_config(self.mask)
        config["arguments"] = serialize_keras_object(self.arguments)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=None):
        """The layer from its config.

        Args:
            config: Dict that `get_config` returned.
            custom_objects: Optional dict of names to functions that the config may name. A function
                under the name of the layer is taken in place of bytecode.
            safe_mode: Bool. False lets bytecode become functions. None: what the enclosing
                loading function was told, and True outside of one.

        Raises:
            ValueError: If the config holds a Python lambda and `safe_mode` is on.
        """
        trusted = (in_safe_mode() if safe_mode is None else safe_mode) is False
        config = dict(config)
        given = get_registered_object(config.get("name"), custom_objects)
        if _is_code(config.get("function")) and callable(given):
            # The user gives a function for the bytecode, under the name of the layer.
            config["function"] = given
        for name in ("function", "output_shape", "mask", "arguments"):
            if name in config and not callable(config[name]):
                config[name] = _revived(name, config[name], custom_objects, trusted)
        return cls(**config)


def _function_config(value):
    """The config of a function or of a value; lambdas as Keras' Lambda writes them."""
    is_lambda = isinstance(value, types.LambdaType) and value.__name__ == "<lambda>"
    if is_lambda and own_name(value) is None:
        code, defaults, closure = dump_code(value)
        inner = {"code": code, "defaults": defaults, "closure": closure}
        return {"class_name": "__lambda__", "config": inner}
    return serialize_keras_object(value)


def _is_code(config):
    return isinstance(config, dict) and config.get("class_name") == "__lambda__"


def _revived(name, config, custom_objects, trusted):
    if _is_code(config):
        inner = config.get("config")
        if not trusted:
            raise ValueError(_MSG_UNSAFE.format(name=name))
        dumped = (inner["code"], inner["defaults"], inner["closure"])
        return load_code(dumped, custom_objects)
    value = deserialize_keras_object(config, custom_objects=custom_objects, safe_mode=not trusted)
    is_shape = isinstance(value, list) and all(isinstance(n, (int, type(None))) for n in value)
    return tuple(value) if name == "output_shape" and is_shape else value

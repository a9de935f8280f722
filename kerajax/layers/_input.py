"""Input and InputLayer: where a graph of layers begins."""

from kerajax import ops
from kerajax.backend import (
    KerasTensor,
    Node,
    Variable,
    floatx,
    is_tensor,
    standardize_dtype,
    standardize_shape,
)
from kerajax.layers._base import Layer
from kerajax.objects import old_spellings, publish


@publish("keras.layers.InputLayer")
class InputLayer(Layer):
    """The layer that stands for an input of a model; `kerajax.Input` makes one.

    Args:
        shape: Tuple of ints and None, without the batch axis.
        batch_size: Optional int: the size of the batch axis, where it is fixed.
        dtype: String; the default float if absent.
        sparse: Bool. Whether the input is a sparse tensor.
        ragged: Kept for Keras' signature; True is refused.
        batch_shape: Tuple of ints and None with the batch axis, in place of `shape`.
        input_tensor: Optional KerasTensor to use in place of a new one.
        optional: Bool. Whether the input may be None.
        name: String.
        **kwargs: Spellings of older versions, such as `input_shape`.

    Raises:
        ValueError: If shapes are missing, given twice, or differ from `input_tensor`.

    Example:

    >>> kerajax.layers.InputLayer(shape=(3,)).output.shape
    (None, 3)
    """

    _config_skip = frozenset(("shape", "batch_size", "input_tensor"))

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        if ragged:
            raise ValueError(
                f"{type(self).__name__} '{self.name}': `ragged=True` is not supported, since JAX "
                "has no ragged tensors. Pad the data and use a mask."
            )
        if input_tensor is None:
            batch_shape = self._batch_shape_of(shape, batch_size, batch_shape)
            input_tensor = KerasTensor(
                batch_shape,
                dtype=standardize_dtype(dtype or floatx()),
                sparse=bool(sparse),
                name=name,
            )
        else:
            given = {
                "batch_size": batch_size,
                "shape": None if shape is None else tuple(shape),
                "batch_shape": None if batch_shape is None else tuple(batch_shape),
                "dtype": None if dtype is None else standardize_dtype(dtype),
                "sparse": sparse,
            }
            self._check_tensor(input_tensor, given)
        self._input_tensor = input_tensor
        self.batch_shape = input_tensor.shape
        self.sparse = input_tensor.sparse
        self.ragged = False
        self.optional = bool(optional)
        Node(self, outputs=input_tensor)
        self.built = True

    def call(self):
        """Nothing: values enter a graph in place of this layer."""

    @property
    def dtype(self) -> str:
        """The dtype of the input."""
        return self._input_tensor.dtype

    def _base_config(self):
        return {"name": self.name}

    def _batch_shape_of(self, shape, batch_size, batch_shape):
        if batch_shape is None:
            if shape is None:
                raise ValueError(
                    f"{type(self).__name__} '{self.name}': pass a `shape` argument. It is the "
                    "shape of one sample, such as (28,), or () for one number."
                )
            return (batch_size, *standardize_shape(shape))
        for name, value in (("shape", shape), ("batch_size", batch_size)):
            if value is not None:
                raise ValueError(
                    f"You cannot pass both `{name}` and `batch_shape` at the same time. Received: "
                    f"{name}={value}, batch_shape={batch_shape}"
                )
        return standardize_shape(batch_shape)

    def _check_tensor(self, tensor, given):
        if not isinstance(tensor, KerasTensor):
            raise ValueError(
                "Argument `input_tensor` must be a KerasTensor, such as `kerajax.Input` returns. "
                f"Received: {tensor!r} (of type {type(tensor)})"
            )
        actual = {
            "batch_size": tensor.shape[0] if tensor.shape else None,
            "shape": tensor.shape[1:],
            "batch_shape": tensor.shape,
            "dtype": tensor.dtype,
            "sparse": tensor.sparse,
        }
        for name, value in given.items():
            if value is not None and value != actual[name]:
                raise ValueError(
                    "When providing the `input_tensor` argument, you cannot provide an "
                    f"incompatible `{name}` argument. Received: {name}={value}, but the tensor "
                    f"has {actual[name]}."
                )


@publish("keras.layers.ValueLayer")
class ValueLayer(InputLayer):
    """An input that has its value already: models that begin with it take nothing for it.

    Scripts of Keras 2 had constants stand among the inputs of a model, which it feeds to itself.

    Args:
        value: Array or variable, whose value counts when the graph runs.
        name: String.

    Example:

    >>> fixed = kerajax.Input(tensor=kerajax.ops.ones((1, 3)))
    >>> x = kerajax.Input((3,))
    >>> model = kerajax.Model([x, fixed], x + fixed)
    >>> model.predict(np.ones((2, 3)), verbose=0).tolist()
    [[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]
    """

    def __init__(self, value, name=None):
        value = value if isinstance(value, Variable) else ops.convert_to_tensor(value)
        symbol = KerasTensor(value.shape, value.dtype)
        super().__init__(input_tensor=symbol, name=name)
        # In place of the node of an input.
        self._inbound_nodes.clear()
        Node(self, args=(value,), outputs=symbol)

    def __call__(self, value):
        """The value itself, as a tensor."""
        return ops.convert_to_tensor(value)

    def get_config(self):
        return {"name": self.name, "value": ops.convert_to_numpy(self._inbound_nodes[0].args[0])}


@old_spellings("Input")
def Input(  # noqa: N802
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
):
    """A symbolic tensor: what a model will be given, with a shape and a dtype but no value.

    Args:
        shape: Tuple of ints and None (unknown sizes), without the batch axis.
        batch_size: Optional int: the size of the batch axis, where it is fixed.
        dtype: String; the default float if absent.
        sparse: Bool. Whether the input is a sparse tensor.
        ragged: Kept for Keras' signature; True is refused.
        batch_shape: Tuple of ints and None with the batch axis, in place of `shape`.
        name: String, unique in a model.
        tensor: Optional KerasTensor to use in place of a new one; or an array of JAX or a variable,
            whose value the models that begin with it then have by themselves.
        optional: Bool. Whether the input may be None.

    Returns:
        KerasTensor.

    Example:

    >>> x = kerajax.Input((3,))
    >>> kerajax.layers.Dense(2)(x).shape
    (None, 2)
    """
    if isinstance(tensor, Variable) or is_tensor(tensor):
        return ValueLayer(tensor, name=name).output
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        ragged=ragged,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.output

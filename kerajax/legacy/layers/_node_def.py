"""Operations in functional models, as TensorFlow 1.15 to 2.3 saved them.

Any operation on a symbolic tensor became a layer `TensorFlowOpLayer` that holds a node of
TensorFlow's graph: its type, its attributes, and those of its inputs that were constants. A type is
looked up in the table here; nothing else can be named.
"""

import json

import numpy as np

from kerajax import ops
from kerajax.legacy.layers._tensorflow_ops import _BINARY, _NEURAL, _REDUCTIONS, _UNARY, _matmul
from kerajax.objects import publish
from kerajax.ops._operation import Operation

_PREFIX = "tf_op_layer_"
_DTYPES = {
    "DT_HALF": "float16",
    "DT_FLOAT": "float32",
    "DT_DOUBLE": "float64",
    "DT_BFLOAT16": "bfloat16",
    "DT_BOOL": "bool",
    "DT_UINT8": "uint8",
    "DT_INT32": "int32",
    "DT_INT64": "int64",
}


def _axes(value):
    return tuple(int(n) for n in np.ravel(value))


def _axis(value):
    return int(np.asarray(value))


def _reduction(fn):
    return lambda x, axes, **attr: fn(x, axis=_axes(axes), keepdims=attr.get("keep_dims", False))


def _product(a, b, **attr):
    turn_a = attr.get("transpose_a", attr.get("adj_x", False))
    turn_b = attr.get("transpose_b", attr.get("adj_y", False))
    return _matmul(a, b, turn_a, turn_b)


def _strided_slice(x, begin, end, strides, **attr):
    """A mask has a bit for each place: the limit is left out, an index, a new axis, or `...`."""
    index = []
    for i, (start, stop, step) in enumerate(
        zip(_axes(begin), _axes(end), _axes(strides), strict=True)
    ):
        given = {name: attr.get(f"{name}_mask", 0) >> i & 1 for name in _MASKS}
        if given["ellipsis"]:
            index.append(Ellipsis)
        elif given["new_axis"]:
            index.append(None)
        elif given["shrink_axis"]:
            index.append(start)
        else:
            limits = None if given["begin"] else start, None if given["end"] else stop
            index.append(slice(*limits, step))
    return x[tuple(index)]


_MASKS = ("ellipsis", "new_axis", "shrink_axis", "begin", "end")


def _squeeze(x, **attr):
    return ops.squeeze(x, axis=tuple(attr.get("squeeze_dims", ())) or None)


def _split(axis, x, **attr):
    return ops.split(x, attr["num_split"], axis=_axis(axis))


def _unpack(x, **attr):
    return ops.unstack(x, attr["num"], attr.get("axis", 0))


def _plain(fn):
    return lambda *inputs, **attr: fn(*inputs)


_SAME_NAMES = {
    "AddV2": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "RealDiv": "truediv",
    "FloorDiv": "floordiv",
    "FloorMod": "mod",
    "Neg": "negative",
}
_OWN_TYPES = (
    "Add Pow Maximum Minimum Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd "
    "LogicalOr Abs Ceil Cos Erf Exp Floor Log Log1p LogicalNot Reciprocal Round Rsqrt Sigmoid Sign "
    "Sin Softplus Sqrt Square Tan Tanh Relu Relu6 Elu Selu Softsign"
).split()


def _table():
    named = _BINARY | _UNARY | _NEURAL
    snake = {name.replace("_", ""): fn for name, fn in named.items()}
    table = {name: _plain(snake[name.lower()]) for name in _OWN_TYPES}
    table |= {name: _plain(named[modern]) for name, modern in _SAME_NAMES.items()}
    for name, fn in _REDUCTIONS.items():
        table[name.removeprefix("reduce_").capitalize()] = _reduction(fn)
    return table | {
        "BatchMatMul": _product,
        "BatchMatMulV2": _product,
        "BiasAdd": _plain(ops.add),
        "Cast": lambda x, **attr: ops.cast(x, attr["DstT"]),
        "ConcatV2": lambda *xs, **attr: ops.concatenate(xs[:-1], axis=_axis(xs[-1])),
        "ExpandDims": lambda x, axis, **attr: ops.expand_dims(x, _axis(axis)),
        "Identity": lambda x, **attr: x,
        "LeakyRelu": lambda x, **attr: ops.leaky_relu(x, attr.get("alpha", 0.2)),
        "MatMul": _product,
        "OnesLike": _plain(ops.ones_like),
        "Pack": lambda *xs, **attr: ops.stack(xs, axis=attr.get("axis", 0)),
        "Pad": lambda x, pads, **attr: ops.pad(x, np.asarray(pads).tolist()),
        "Reshape": lambda x, shape, **attr: ops.reshape(x, _axes(shape)),
        "Select": _plain(ops.where),
        "SelectV2": _plain(ops.where),
        "Softmax": lambda x, **attr: ops.softmax(x, axis=-1),
        "Split": _split,
        "SquaredDifference": lambda x, y, **attr: ops.square(x - y),
        "Squeeze": _squeeze,
        "StridedSlice": _strided_slice,
        "Tile": lambda x, multiples, **attr: ops.tile(x, _axes(multiples)),
        "Transpose": lambda x, perm, **attr: ops.transpose(x, _axes(perm)),
        "Unpack": _unpack,
        "ZerosLike": _plain(ops.zeros_like),
    }


_TYPES = _table()


@publish("keras.layers.TensorFlowOpLayer")
class TensorFlowOpLayer(Operation):
    """A node of TensorFlow's graph as an operation of a model; its inputs are tensors or constants.

    Args:
        node_def: JSON text, or the dict that it is of: `op`, the type of the operation, and
            `attr`, its attributes.
        name: Optional string, without `tf_op_layer_` in front.
        constants: Optional dict of indices of inputs to numbers or lists: the inputs that were no
            tensors of the model.

    Raises:
        ValueError: If the node is not in JSON, or its type is none of those known here.

    Example:

    >>> node = {"op": "Mul", "attr": {"T": {"type": "DT_FLOAT"}}}
    >>> layer = kerajax.legacy.layers.TensorFlowOpLayer(node, constants={"1": 2.0})
    >>> layer(np.array([1.0, 3.0])).tolist()
    [2.0, 6.0]
    """

    def __init__(self, node_def, name=None, constants=None):
        super().__init__(name if name is None or name.startswith(_PREFIX) else _PREFIX + name)
        self.node = _node(node_def)
        self.constants = {int(index): value for index, value in (constants or {}).items()}
        if self.node.get("op") not in _TYPES:
            raise ValueError(
                f"The model has a node '{self.name}' of TensorFlow's type "
                f"{self.node.get('op')!r}, which this version of kerajax does not translate. "
                "Rebuild the model in code with `kerajax.ops` and load its weights."
            )
        self.attributes = {key: _value(v) for key, v in (self.node.get("attr") or {}).items()}

    def call(self, inputs):
        inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        for index in sorted(self.constants):
            inputs.insert(index, np.asarray(self.constants[index], self._dtype_of(index)))
        return _TYPES[self.node["op"]](*inputs, **self.attributes)

    def _dtype_of(self, index):
        """Numbers of the arithmetic have the dtype of the node; sizes and axes are integers."""
        value = np.asarray(self.constants[index])
        return self.attributes.get("T", value.dtype) if value.dtype.kind == "f" else value.dtype

    def get_config(self):
        constants = {str(index): value for index, value in self.constants.items()}
        return {"name": self.name, "node_def": json.dumps(self.node), "constants": constants}

    @classmethod
    def from_config(cls, config):
        return cls(config["node_def"], config.get("name"), config.get("constants"))


def _node(node_def):
    if isinstance(node_def, str):
        try:
            node_def = json.loads(node_def)
        except ValueError as error:
            raise ValueError(
                "The model holds a node of TensorFlow's graph that is not written in JSON: "
                f"{node_def[:80]!r}. Rebuild the model in code and load its weights."
            ) from error
    if not isinstance(node_def, dict):
        raise ValueError(f"A node of a graph should be a dict, but received: {node_def!r:.80}")
    return node_def


def _value(attribute):
    """An attribute `{kind: value}`; integers are written as text."""
    if not isinstance(attribute, dict) or len(attribute) != 1:
        return None
    ((kind, value),) = attribute.items()
    if kind == "i":
        return int(value)
    if kind == "type":
        return _DTYPES.get(value)
    if kind == "list":
        return [int(n) for n in value.get("i", ())]
    return value

"""Calls of TensorFlow functions in functional models, as TensorFlow 2.4 to 2.15 saved them.

`tf.nn.relu(x)` on a symbolic tensor became a layer `TFOpLambda` that holds the path of the function
below `tf.`, and indexing became a `SlicingOpLambda`. A path is looked up in the table here; nothing
else can be named.
"""

from kerajax import ops
from kerajax.objects import publish
from kerajax.ops._operation import Operation


def _reduce(fn):
    def reduce(x, axis=None, keepdims=False):
        return fn(x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)

    return reduce


def _matmul(a, b, transpose_a=False, transpose_b=False, **unused):
    a = ops.swapaxes(a, -1, -2) if transpose_a else a
    b = ops.swapaxes(b, -1, -2) if transpose_b else b
    return ops.matmul(a, b)


def _reshape(tensor, shape):
    # A size that is itself computed is the one that follows from the others.
    return ops.reshape(tensor, [n if isinstance(n, int) else -1 for n in shape])


def _split(value, num_or_size_splits, axis=0):
    sizes = num_or_size_splits
    if isinstance(sizes, (list, tuple)):
        sizes = [sum(sizes[: i + 1]) for i in range(len(sizes) - 1)]
    return ops.split(value, sizes, axis=axis)


def _pad(tensor, paddings, mode="CONSTANT", constant_values=0):
    mode = mode.lower()
    value = constant_values if mode == "constant" else None
    return ops.pad(tensor, paddings, mode=mode, constant_values=value)


def _l2_normalize(x, axis=None, epsilon=1e-12):
    square = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(square, epsilon))


def _pool(fn):
    def pool(input, ksize, strides, padding):  # noqa: A002
        return fn(input, ksize, strides=strides, padding=padding.lower())

    return pool


def _where(condition, x=None, y=None):
    return ops.where(condition, x, y)


def _shape(input, out_type="int32"):  # noqa: A002
    return ops.convert_to_tensor([n for n in ops.shape(input)], dtype=out_type)


def _resize(images, size, method="bilinear", **unused):
    return ops.image.resize(images, tuple(size), interpolation=method)


def _getitem(x, slice_spec):
    if not isinstance(slice_spec, (list, tuple)):
        slice_spec = (slice_spec,)
    return x[tuple(_index(item) for item in slice_spec)]


def _index(item):
    if isinstance(item, dict):
        if item.get("class_name") == "__ellipsis__":
            return Ellipsis
        return slice(item.get("start"), item.get("stop"), item.get("step"))
    return item


def _binary(fn):
    return lambda x, y: fn(x, y)


_BINARY = {
    "add": ops.add,
    "subtract": ops.subtract,
    "multiply": ops.multiply,
    "truediv": ops.true_divide,
    "divide": ops.true_divide,
    "floordiv": ops.floor_divide,
    "mod": ops.mod,
    "pow": ops.power,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
    "greater": ops.greater,
    "greater_equal": ops.greater_equal,
    "less": ops.less,
    "less_equal": ops.less_equal,
    "equal": ops.equal,
    "not_equal": ops.not_equal,
    "logical_and": ops.logical_and,
    "logical_or": ops.logical_or,
}
_UNARY = {
    "abs": ops.abs,
    "ceil": ops.ceil,
    "cos": ops.cos,
    "erf": ops.erf,
    "exp": ops.exp,
    "floor": ops.floor,
    "log": ops.log,
    "log1p": ops.log1p,
    "logical_not": ops.logical_not,
    "negative": ops.negative,
    "reciprocal": ops.reciprocal,
    "round": ops.round,
    "rsqrt": ops.rsqrt,
    "sigmoid": ops.sigmoid,
    "sign": ops.sign,
    "sin": ops.sin,
    "softplus": ops.softplus,
    "sqrt": ops.sqrt,
    "square": ops.square,
    "tan": ops.tan,
    "tanh": ops.tanh,
}
_REDUCTIONS = {
    "reduce_sum": ops.sum,
    "reduce_mean": ops.mean,
    "reduce_max": ops.max,
    "reduce_min": ops.min,
    "reduce_prod": ops.prod,
    "reduce_any": ops.any,
    "reduce_all": ops.all,
}
_NEURAL = {
    "relu": ops.relu,
    "relu6": ops.relu6,
    "elu": ops.elu,
    "selu": ops.selu,
    "swish": ops.silu,
    "silu": ops.silu,
    "sigmoid": ops.sigmoid,
    "softplus": ops.softplus,
    "softsign": ops.softsign,
    "tanh": ops.tanh,
}


def _table():
    table = {f"math.{name}": _binary(fn) for name, fn in _BINARY.items()}
    table |= {f"math.{name}": fn for name, fn in _UNARY.items()}
    table |= {f"math.{name}": _reduce(fn) for name, fn in _REDUCTIONS.items()}
    table |= {f"nn.{name}": fn for name, fn in _NEURAL.items()}
    operators = {"sub": "subtract", "mul": "multiply", "rsub": "subtract", "rmul": "multiply"}
    for name in (*_BINARY, *operators):
        table[f"__operators__.{name}"] = table[f"math.{operators.get(name, name)}"]
    for name in (*_BINARY, *_UNARY, *_REDUCTIONS):
        table.setdefault(name, table[f"math.{name}"])
    return table | {
        "__operators__.getitem": _getitem,
        "__operators__.matmul": _matmul,
        "cast": lambda x, dtype: ops.cast(x, dtype),
        "clip_by_value": lambda t, clip_value_min, clip_value_max: ops.clip(
            t, clip_value_min, clip_value_max
        ),
        "compat.v1.pad": _pad,
        "compat.v1.shape": _shape,
        "compat.v1.squeeze": lambda input, axis=None: ops.squeeze(input, axis=axis),
        "compat.v1.transpose": lambda a, perm=None, conjugate=False: ops.transpose(a, perm),
        "concat": lambda values, axis: ops.concatenate(values, axis=axis),
        "expand_dims": lambda input, axis: ops.expand_dims(input, axis),
        "identity": lambda input: input,
        "image.resize": _resize,
        "linalg.matmul": _matmul,
        "math.l2_normalize": _l2_normalize,
        "nn.l2_normalize": _l2_normalize,
        "nn.avg_pool2d": _pool(ops.average_pool),
        "nn.max_pool2d": _pool(ops.max_pool),
        "nn.leaky_relu": lambda features, alpha=0.2: ops.leaky_relu(features, alpha),
        "nn.softmax": lambda logits, axis=-1: ops.softmax(logits, axis=axis),
        "compat.v1.nn.softmax": lambda logits, axis=-1: ops.softmax(logits, axis=axis),
        "ones_like": lambda input: ops.ones_like(input),
        "pad": _pad,
        "reshape": _reshape,
        "split": _split,
        "squeeze": lambda input, axis=None: ops.squeeze(input, axis=axis),
        "stack": lambda values, axis=0: ops.stack(values, axis=axis),
        "tile": lambda input, multiples: ops.tile(input, multiples),
        "transpose": lambda a, perm=None, conjugate=False: ops.transpose(a, perm),
        "unstack": lambda value, num=None, axis=0: ops.unstack(value, num, axis),
        "where": _where,
        "zeros_like": lambda input: ops.zeros_like(input),
    }


_FUNCTIONS = _table()


@publish("keras.layers.TFOpLambda")
class TFOpLambda(Operation):
    """A function of TensorFlow, by its path below `tf.`, as an operation of a graph.

    Args:
        function: String such as `"math.multiply"`.
        name: Optional string.

    Raises:
        ValueError: If the function is none of those known here.

    Example:

    >>> kerajax.legacy.layers.TFOpLambda("nn.relu")(np.array([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def __init__(self, function, name=None):
        super().__init__(name)
        if function not in _FUNCTIONS:
            raise ValueError(
                f"The model calls the TensorFlow function `tf.{function}`, which this version of "
                "kerajax does not translate. Rebuild the model in code with `kerajax.ops` and load "
                "its weights."
            )
        self.function = function

    def call(self, *args, **kwargs):
        kwargs.pop("name", None)
        return _FUNCTIONS[self.function](*args, **kwargs)

    def get_config(self):
        return {"name": self.name, "function": self.function}

    @classmethod
    def from_config(cls, config):
        return cls(config["function"], name=config.get("name"))


@publish("keras.layers.SlicingOpLambda")
class SlicingOpLambda(TFOpLambda):
    """Indexing, `x[slice_spec]`, as an operation of a graph.

    Example:

    >>> take_last = kerajax.legacy.layers.SlicingOpLambda("__operators__.getitem")
    >>> int(take_last(np.array([1, 2, 3]), slice_spec=[-1]))
    3
    """

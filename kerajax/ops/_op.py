"""`@op`: makes a plain function of arrays an op of the public API.

The function is written once, in `jax.numpy`. Called on values the op is that function. Called on
a KerasTensor it becomes a node of the graph: the output is inferred from the function itself, and
the call is kept as an `Operation` whose class carries the name that saved files use (`Mean` for
`mean`). Arguments that are data (`x`, `x1`, `indices`, ...) are arguments of the node, all others
are settings of the operation.
"""

import functools
import importlib
import inspect

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import note_inner
from kerajax.backend import (
    KerasTensor,
    Variable,
    as_tensorflow_op,
    auto_name,
    in_tensorflow_graph,
    infer,
    is_int_dtype,
    is_keras_tensor,
    is_sparse,
    keras_tensors_in,
    with_graph_values,
)
from kerajax.ops._names import operation_name
from kerajax.ops._operation import Operation

# Parameters of these names take tensors; `@op(data=...)` names others.
_DATA = frozenset(
    "x x1 x2 xs y a b inputs indices condition arrays operands query key value bias target output "
    "updates values segment_ids data images kernel".split()
)

# Operation class name -> class, filled by `@op`; `saving` builds graphs of ops from it.
OPERATIONS: dict[str, type] = {}


def op(fn=None, *, name=None, spec=None, data=None, lists=(), integers=()):
    """Decorator: see the module's text.

    Args:
        fn: Function of arrays.
        name: Class name of the operation where it is not the function's name in capitals.
        spec: Optional function with the arguments of `fn` that returns the KerasTensor output,
            for the few ops whose shape does not follow from running them abstractly.
        data: Optional tuple with the names of the parameters that take tensors.
        lists: Names of those among them that take lists of tensors, which stay lists.
        integers: Names of those among them that must hold integers. A symbolic tensor has the
            default dtype unless somebody said otherwise, so there it counts as int32.
    """
    if fn is None:
        return functools.partial(
            op, name=name, spec=spec, data=data, lists=lists, integers=integers
        )
    signature = inspect.signature(fn)
    parameters = tuple(signature.parameters.values())
    data = frozenset(data) if data is not None else _DATA
    class_name = name or operation_name(fn.__name__)
    operation_class = type(
        class_name,
        (OpOperation,),
        {
            "__doc__": f"The op `{fn.__name__}` with its settings, as a node of a graph.",
            "__module__": fn.__module__,
            "_fn": staticmethod(fn),
            "_op_name": fn.__name__.lstrip("_"),
            "_spec": staticmethod(spec) if spec else None,
            "_parameters": parameters,
            "_data": tuple(p for p in parameters if p.name in data),
            "_settings": tuple(p for p in parameters if p.name not in data),
            "_lists": frozenset((*lists, "xs", "arrays")),
            "_integers": frozenset(integers),
        },
    )
    OPERATIONS.setdefault(class_name, operation_class)

    # Where a tuple is data, written in place of an array.
    places = tuple(
        i
        for i, p in enumerate(parameters)
        if p in operation_class._data
        and p.name not in operation_class._lists
        and p.kind is not p.VAR_POSITIONAL
    )

    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        try:
            for x in args:
                if type(x) not in _PLAIN:
                    break
            else:
                if not kwargs:
                    return fn(*args)
            found = _kind((args, kwargs))
            if found is KerasTensor:
                known = with_graph_values((args, kwargs), is_keras_tensor)
                if known is None:
                    return _record(operation_class, signature, args, kwargs)
                return wrapper(*known[0], **known[1])
            if found is _FOREIGN and in_tensorflow_graph((args, kwargs)):
                return as_tensorflow_op(wrapper, args, kwargs)
            if found is not None or any(isinstance(x, tuple) for x in _at(args, places)):
                args, kwargs = _to_arrays(operation_class, signature, args, kwargs)
            if found is _SPARSE:
                return sparse_rules().on_sparse(fn.__name__, fn, args, kwargs)
            return fn(*args, **kwargs)
        except Exception as error:
            given = {**_named(parameters, args), **kwargs}
            note_inner(error, f"the op `{fn.__name__}`", given)
            raise

    operation_class._public = staticmethod(wrapper)
    wrapper.operation = operation_class
    wrapper.autograph_info__ = None  # see Operation
    return wrapper


class OpOperation(Operation):
    """Base of the classes that `@op` makes: an op with its settings fixed."""

    _fn = _spec = _public = None
    _op_name = ""
    _parameters = _data = _settings = ()
    _lists = _integers = frozenset()

    def __init__(self, *args, name=None, **kwargs):
        super().__init__(name or auto_name(self._op_name))
        known = [p.name for p in self._settings if p.kind is not p.VAR_KEYWORD]
        is_open = len(known) < len(self._settings)
        if len(args) > len(known) or not (is_open or set(kwargs) <= set(known)):
            raise TypeError(
                f"{type(self).__name__} takes the settings {known}, but received: {args}, {kwargs}."
            )
        self.settings = {**dict(zip(known, args, strict=False)), **kwargs}

    def call(self, *args, **kwargs):
        """The op with these settings, on arrays."""
        if self._variadic:
            return self._public(*self._in_order(args), **self._keyword_only(), **kwargs)
        return self._public(**self._arguments(args, kwargs))

    @property
    def _variadic(self):
        return any(p.kind is p.VAR_POSITIONAL for p in self._data)

    def _in_order(self, args):
        """Data and settings as a function with `*args` takes them."""
        args, ordered = iter(args), []
        for parameter in self._parameters:
            if parameter.kind is parameter.VAR_POSITIONAL:
                ordered.extend(args)
            elif parameter in self._data:
                ordered.append(next(args))
            elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                ordered.append(self.settings[parameter.name])
        return ordered

    def _keyword_only(self):
        positional = {p.name for p in self._settings if p.kind is p.POSITIONAL_OR_KEYWORD}
        return {name: x for name, x in self.settings.items() if name not in positional}

    def _arguments(self, args, kwargs):
        names = [p.name for p in self._data if p.kind is not p.VAR_KEYWORD]
        if len(args) > len(names):
            raise TypeError(
                f"{type(self).__name__} takes the tensors {names}, but received {len(args)} "
                f"arguments. Settings belong to its constructor: {[p.name for p in self._settings]}"
            )
        values = {**dict(zip(names, args, strict=False)), **kwargs}
        for name, value in values.items():
            if name not in self._lists and isinstance(value, (list, tuple)) and _is_numeric(value):
                values[name] = _stacked(value)
        return {**values, **self.settings}

    def compute_output_spec(self, *args, **kwargs):
        args, kwargs = jax.tree_util.tree_map(_as_spec, (args, kwargs))
        if not any(x.sparse for x in keras_tensors_in((args, kwargs))):
            return self._dense_output_spec(*args, **kwargs)
        dense = jax.tree_util.tree_map(
            lambda x: KerasTensor(x.shape, x.dtype) if isinstance(x, KerasTensor) else x,
            (args, kwargs),
        )
        outputs = self._dense_output_spec(*dense[0], **dense[1])
        return sparse_rules().marked(self._op_name, (args, kwargs), outputs)

    def _dense_output_spec(self, *args, **kwargs):
        try:
            return self._inferred(*args, **kwargs)
        except (TypeError, IndexError) as e:
            shapes = [f"{x.shape} {x.dtype}" for x in keras_tensors_in((args, kwargs))]
            raise ValueError(
                f"{self._op_name} does not take symbolic tensors of shape and dtype "
                f"{', '.join(shapes)} with the settings {self.settings}: {e}"
            ) from e

    def _inferred(self, *args, **kwargs):
        if self._integers:
            args = [
                _as_integers(x) if p.name in self._integers else x
                for p, x in zip(self._data, args, strict=False)
            ] + list(args[len(self._data) :])
            kwargs = {k: _as_integers(x) if k in self._integers else x for k, x in kwargs.items()}
        if self._spec is not None and self._variadic:
            return self._spec(*self._in_order(args), **self._keyword_only(), **kwargs)
        if self._spec is not None:
            return self._spec(**self._arguments(args, kwargs))
        if self._variadic:
            return infer(self.call, *args)
        return infer(self._fn, **self._arguments(args, kwargs))

    def get_config(self):
        """Name and settings, as the operation stands in a saved graph."""
        return {"name": self.name, **self.settings}

    @classmethod
    def from_config(cls, config):
        """The operation that `get_config` described."""
        return cls(**config)


def _named(parameters, args) -> dict:
    """Positional arguments by the names of their parameters."""
    named = {}
    for i, x in enumerate(args):
        parameter = parameters[min(i, len(parameters) - 1)]
        rest = parameter.kind is parameter.VAR_POSITIONAL or i >= len(parameters)
        named[f"{parameter.name}[{i}]" if rest else parameter.name] = x
    return named


def _as_spec(x):
    return KerasTensor(x.shape, x.dtype) if isinstance(x, Variable) else x


def _as_integers(x):
    if isinstance(x, KerasTensor) and not is_int_dtype(x.dtype) and x.dtype != "bool":
        return KerasTensor(x.shape, "int32")
    return x


def _record(operation_class, signature, args, kwargs):
    bound = signature.bind(*args, **kwargs)
    data, named, settings = [], {}, {}
    for parameter in operation_class._data:
        # A node names all its tensors, those left out too, as some classes of Keras need.
        if parameter.default is not parameter.empty:
            bound.arguments.setdefault(parameter.name, parameter.default)
    for parameter in signature.parameters.values():
        if parameter.name not in bound.arguments:
            continue
        value = bound.arguments[parameter.name]
        if parameter not in operation_class._data:
            if parameter.kind is parameter.VAR_KEYWORD:
                settings.update(value)
            elif keras_tensors_in(value):
                # A setting that is computed, such as a size in a shape, is data of this call.
                named[parameter.name] = value
            else:
                settings[parameter.name] = value
        elif parameter.kind is parameter.VAR_POSITIONAL:
            data.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            named.update(value)
        elif len(data) == operation_class._data.index(parameter):
            data.append(value)
        else:
            named[parameter.name] = value
    return operation_class(**settings).symbolic_call(*data, **named)


def _to_arrays(operation_class, signature, args, kwargs):
    """Variables, arrays of other libraries and lists of numbers given as data become arrays."""
    bound = signature.bind(*args, **kwargs)
    for parameter in operation_class._data:
        value = bound.arguments.get(parameter.name)
        if isinstance(value, (list, tuple)) and parameter.name not in operation_class._lists:
            if parameter.kind is not parameter.VAR_POSITIONAL and _is_numeric(value):
                bound.arguments[parameter.name] = _stacked(value)
    return jax.tree_util.tree_map(_value, (bound.args, bound.kwargs))


def _value(x):
    if isinstance(x, Variable):
        return x.value
    return jnp.asarray(x) if _is_foreign(type(x)) else x


def _is_foreign(kind) -> bool:
    """Whether arrays of this class are another library's, which JAX takes in `jnp.asarray` only."""
    return hasattr(kind, "__array__") and not issubclass(kind, (jax.Array, np.ndarray, np.generic))


def _at(args, places):
    return [args[i] for i in places if i < len(args)]


def _stacked(value):
    return jnp.asarray([v.value if isinstance(v, Variable) else v for v in value])


def _is_numeric(value):
    return all(
        isinstance(v, (bool, int, float, complex, np.ndarray, np.generic, jax.Array, Variable))
        or (isinstance(v, (list, tuple)) and _is_numeric(v))
        for v in value
    )


def also_named(class_name, fn):
    """A second class name for the operation of an op, which Keras has for a second public name."""
    OPERATIONS[class_name] = type(class_name, (fn.operation,), {"__module__": fn.__module__})


def sparse_rules():
    """The module `_sparse`, loaded when the first sparse tensor comes."""
    return importlib.import_module("kerajax.ops._sparse")


_PLAIN = {int, float, bool, str, type(None), np.ndarray, np.float32, np.float64}
_SPARSE = object()
_FOREIGN = object()


def _kind(structure):
    """The first of KerasTensor, _SPARSE, Variable, _FOREIGN and list that is inside, else None."""
    found = None
    stack = [structure]
    while stack:
        x = stack.pop()
        kind = type(x)
        if kind in _PLAIN:
            continue
        if isinstance(x, KerasTensor):
            return KerasTensor
        if isinstance(x, Variable):
            found = found or Variable
        elif is_sparse(x):
            found = _SPARSE
        elif isinstance(x, dict):
            stack.extend(x.values())
        elif isinstance(x, (list, tuple)):
            if kind is list and found is None:
                found = list
            stack.extend(x)
        elif _is_foreign(kind):
            found = found or _FOREIGN
        else:
            # Arrays of every kind arrive here once; from then on the wrapper passes them at once.
            _PLAIN.add(kind)
    return found

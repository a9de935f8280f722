"""The account of a step: a text that says everything the step follows from, besides its arguments.

Two steps with one account are the same program, in this process or in another one, so that a
program can be found before anything of it is traced. The account names the model's graph, the
attributes of its layers, losses, metrics and optimizer, and the place of each variable in the
training state. Only code that kerajax brought is known by its name alone: where a class or a
function of somebody else's has a part in the step, or one of kerajax's own was replaced, there is
no account, and the step is traced as ever.
"""

import functools
import hashlib
import importlib.util
import os
import re
import sys
import types
from pathlib import Path

import numpy as np

from kerajax.backend import KerasTensor, Node, Stack, Variable
from kerajax.backend._distribution import in_force
from kerajax.objects import current_era

_PACKAGE = __name__.partition(".")[0]


def _folder_of(file):
    return str(Path(file).parent) + os.sep


_FOLDER, _STDLIB = _folder_of(sys.modules[_PACKAGE].__file__), _folder_of(os.__file__)
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range, slice)
# What no step reads, or what the account says in another way.
_LEFT_OUT = frozenset(
    "_tracker _inbound_nodes _outbound_nodes _init_record _initial_weights _rehearsals _host_part "
    "_compiled _layouts _revision history _place _initial_epoch _build_shapes_dict _initial_seed "
    "stop_training stop_evaluating stop_predicting train_function test_function "
    "predict_function".split()
)


# The packages whose modules steps run through. Others may have functions of further libraries.
_IN_STEPS = frozenset(
    "_checks tree backend config ops random objects activations initializers regularizers "
    "constraints dtype_policies mixed_precision quantizers graph losses metrics optimizers layers "
    "training models distillation".split()
)


class _NoAccount(Exception):
    """Something has a part in the step that cannot be told."""


def account_of(model, compiled, kind, layout=None) -> str | None:
    """The account of a step of training or evaluation; None where something cannot be told.

    Args:
        model: Compiled model, built.
        compiled: Its `Compiled`.
        kind: `"train"` or `"test"`.
        layout: Optional `LayerScan` in whose form the state is.
    """
    groups = compiled.variables if layout is None else layout.groups
    if in_force.distribution is not None or not _is_as_brought():
        return None
    account = _Account(groups)
    try:
        return account.of((kind, current_era(), model, model._graph_of_steps(), compiled.parts))
    except _NoAccount:
        return None


class _Account:
    """Writes the text. Things that are met again are named by a number.

    Args:
        groups: The lists of variables of the training state.
    """

    def __init__(self, groups):
        entries = [entry for group in groups for entry in group]
        members = [getattr(entry, "variables", (entry,)) for entry in entries]
        self.places = {id(v): (i, j) for i, row in enumerate(members) for j, v in enumerate(row)}
        self.variables = [v for row in members for v in row]
        self.form = [(len(group), [isinstance(x, Stack) for x in group]) for group in groups]
        self.numbers = {}
        self.classes = set()
        self.text = []

    def of(self, parts) -> str:
        """The account of nested parts."""
        self.tell(self.form)
        self.tell(parts)
        for v in self.variables:
            if v.layout is not None or v.on_host:
                raise _NoAccount
            self.tell((v.path, v.shape, v._dtype, v._autocast, v._trainable, v.aggregation))
            self.tell((v.regularizer, v.constraint, v.overwrite_with_gradient))
        return "".join(self.text)

    def tell(self, x):
        kind = type(x)
        if kind in _PLAIN or isinstance(x, np.generic):
            self._write(kind.__name__, repr(x))
        elif kind is Variable:
            place = self.places.get(id(x))
            if place is None:
                raise _NoAccount
            self._write("variable", repr(place))
        elif isinstance(x, (list, tuple)):
            self._tell_all(kind, x)
        elif isinstance(x, dict):
            self._tell_all(kind, [part for pair in x.items() for part in pair])
        elif isinstance(x, (set, frozenset)):
            if not all(type(item) in _PLAIN for item in x):
                raise _NoAccount
            self._tell_all(kind, sorted(map(repr, x)))
        elif isinstance(x, np.ndarray) and x.dtype != object:
            digest = hashlib.sha256(np.ascontiguousarray(x).data).hexdigest()
            self._write("array", repr((x.dtype.str, x.shape, digest)))
        elif isinstance(x, np.dtype):
            self._write("dtype", x.str)
        elif isinstance(x, re.Pattern):
            self._write("pattern", repr((x.pattern, x.flags)))
        elif isinstance(x, functools.partial):
            self._tell_all(kind, (x.func, x.args, x.keywords))
        elif isinstance(x, types.MethodType):
            self._tell_all(tuple, ("method", x.__self__, x.__func__.__name__))
        elif isinstance(x, type):
            if x.__module__ != "builtins":
                self._check_class(x)
            self._write("class", _name_of(x))
        elif callable(x) and _is_named(x):
            self._write("function", _name_of(x))
        else:
            self._tell_object(x)

    def _tell_all(self, kind, items):
        if kind.__module__ not in ("builtins", "collections", "functools"):
            self._check_class(kind)
        self.text.append(f"{kind.__name__}(")
        for item in items:
            self.tell(item)
        self.text.append(")")

    def _write(self, kind, value):
        # The length stands before the value, so that no two things have one text.
        self.text.append(f"{kind}:{len(value)}:{value};")

    def _tell_object(self, x):
        number = self.numbers.get(id(x))
        if number is not None:
            self._write("again", str(number))
            return
        self.numbers[id(x)] = len(self.numbers)
        if isinstance(x, KerasTensor):
            self._write("tensor", repr((x.shape, x.dtype, x.sparse)))
            return
        if isinstance(x, Node):
            self._tell_all(tuple, (x.operation, x.args, x.kwargs, x.output_tensors))
            return
        kind = type(x)
        self._check_class(kind)
        if not hasattr(x, "__dict__"):
            raise _NoAccount
        self._write("object", _name_of(kind))
        self.text.append("(")
        for name, value in vars(x).items():
            if name not in _LEFT_OUT and not name.endswith("_initializer"):
                self._write("attribute", name)
                self.tell(value)
        self.text.append(")")

    def _check_class(self, kind):
        """Raises unless a class, and all that it is derived from, is kerajax's, and unchanged.

        Settings that stand in the class are told with the first of its objects.
        """
        if kind in self.classes:
            return
        if not kind.__module__.startswith(f"{_PACKAGE}."):
            raise _NoAccount
        self.classes.add(kind)
        for base in kind.__mro__[:-1]:
            for name, value in vars(base).items():
                fn = getattr(value, "__func__", getattr(value, "fget", value))
                if type(value) in _PLAIN and not name.startswith("__"):
                    self._write(name, repr(value))
                elif callable(fn) and not isinstance(fn, type) and not _is_brought(fn):
                    raise _NoAccount


def _name_of(x):
    return f"{x.__module__}.{x.__qualname__}"


def _is_named(x) -> bool:
    """Whether a function or callable is what its module has by its name, which kerajax brought."""
    module = getattr(x, "__module__", None) or ""
    name = getattr(x, "__qualname__", "<")
    if module.partition(".")[0] not in (_PACKAGE, "jax", "builtins", "math") or "." in name:
        return False
    return getattr(sys.modules.get(module), name, None) is x


def _is_brought(fn) -> bool:
    """Whether the code of a function is that of kerajax, or of a library that it stands on.

    Of a function around another one, both.
    """
    while _has_brought_code(fn):
        if not hasattr(fn, "__wrapped__"):
            return True
        fn = fn.__wrapped__
    return False


def _has_brought_code(fn) -> bool:
    code = getattr(fn, "__code__", None)
    if code is None:
        return type(fn).__module__.startswith((f"{_PACKAGE}.", "builtins", "jaxlib."))
    file = code.co_filename
    if file.startswith("<"):
        # What `dataclass` and `namedtuple` write has no file.
        module = fn.__globals__.get("__name__", "")
        return file.startswith("<frozen ") or module.startswith((f"{_PACKAGE}.", "namedtuple_"))
    return file.startswith(_folders()) or (file.startswith(_STDLIB) and "-packages" not in file)


def _is_as_brought() -> bool:
    """Whether the functions in the modules of kerajax are those it brought.

    Scripts that put others in their place get what they ask for only if they are traced.
    """
    return all(
        _is_brought(value)
        for name, module in list(sys.modules.items())
        if name.startswith(f"{_PACKAGE}.") and name.split(".")[1] in _IN_STEPS
        for value in list(vars(module).values())
        if type(value) is types.FunctionType
    )


@functools.cache
def _folders():
    """The folders of kerajax, and of what its modules import functions from."""
    specs = (importlib.util.find_spec(name) for name in ("jax", "numpy", "optax", "flax"))
    return (_FOLDER, *(_folder_of(spec.origin) for spec in specs if spec is not None))

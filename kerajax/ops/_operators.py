"""Installs Python's operators on KerasTensor: `x + 1`, `x @ w`, `x[:, 0]`, `x > 0` make nodes.

`==` stays identity, so that symbolic tensors can be keys and members.
"""

from kerajax.backend import KerasTensor
from kerajax.ops import _compare, _elementwise, _index, _products, _shape

_BINARY = {
    "add": _elementwise.add,
    "sub": _elementwise.subtract,
    "mul": _elementwise.multiply,
    "truediv": _elementwise.true_divide,
    "floordiv": _elementwise.floor_divide,
    "mod": _elementwise.mod,
    "pow": _elementwise.power,
    "matmul": _products.matmul,
    "and": _compare.logical_and,
    "or": _compare.logical_or,
    "xor": _compare.logical_xor,
}
_COMPARISONS = {
    "lt": _compare.less,
    "le": _compare.less_equal,
    "gt": _compare.greater,
    "ge": _compare.greater_equal,
    "ne": _compare.not_equal,
}
_UNARY = {
    "neg": _elementwise.negative,
    "abs": _elementwise.absolute,
    "invert": _compare.logical_not,
}


def _install(name, method):
    method.__name__ = method.__qualname__ = f"__{name}__"
    setattr(KerasTensor, f"__{name}__", method)


def _forward(fn):
    return lambda self, other: fn(self, other)


def _reverse(fn):
    return lambda self, other: fn(other, self)


for _name, _fn in {**_BINARY, **_COMPARISONS}.items():
    _install(_name, _forward(_fn))
for _name, _fn in _BINARY.items():
    _install(f"r{_name}", _reverse(_fn))
for _name, _fn in _UNARY.items():
    _install(_name, (lambda fn: lambda self: fn(self))(_fn))
_install("getitem", _forward(_index.get_item))
_install("round", lambda self, ndigits=None: _elementwise.round(self, ndigits or 0))


def _reshape(self, newshape):
    """The same elements in another shape: see `ops.reshape`."""
    return _shape.reshape(self, newshape)


def _squeeze(self, axis=None):
    """Without axes of size 1: see `ops.squeeze`."""
    return _shape.squeeze(self, axis)


for _name, _fn in {"reshape": _reshape, "squeeze": _squeeze}.items():
    _fn.__name__ = _fn.__qualname__ = _name
    setattr(KerasTensor, _name, _fn)

# numpy arrays on the left would otherwise be taken apart, element by element.
KerasTensor.__array_priority__ = 100
KerasTensor.__array_ufunc__ = None

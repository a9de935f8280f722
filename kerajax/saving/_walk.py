"""Which objects of a model have state, and the path under which files keep it.

Keras 3 finds them by walking attributes in alphabetical order, private ones last. The first path
that reaches an object is the one that counts. Items of a list or dict are called by their class and
a counter (`dense`, `dense_1`), since names of layers differ from one run to the next. Writer and
reader both use `walk`, so that they agree; and Keras' own reader walks the same way.
"""

import functools

from kerajax.graph import UNTRACKABLE
from kerajax.layers import Layer
from kerajax.losses import Loss
from kerajax.metrics import Metric
from kerajax.models import Functional, Sequential
from kerajax.ops._operation import Operation, snake_case
from kerajax.optimizers import Optimizer

_STATEFUL = (Operation, Optimizer, Metric, Loss)
_LEADING_NOWHERE = UNTRACKABLE | {classmethod, staticmethod}
# Attributes of models and constructors that Keras does not have; they lead to the same layers.
_OURS = frozenset(
    "_compiled _graph _init_record _loss_tracker _outputs_struct _stack operations".split()
)


def walk(root, skip=()):
    """Finds everything in `root` that may have variables or other state of its own.

    Args:
        root: Model, layer, optimizer or metric.
        skip: Objects to leave out.

    Yields:
        Pairs of a path, `""` for `root` itself, and an object. Each object comes once.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(3)])
    >>> [path for path, _ in walk(model)]
    ['', 'layers/dense']
    """
    yield from _objects(root, "", {id(x) for x in skip})


def _objects(x, path, seen):
    if id(x) in seen:
        return
    seen.add(id(x))
    yield path, x
    for name, child in _attributes(x):
        below = f"{path}/{name}" if path else name
        if _is_stateful(child):
            yield from _objects(child, below, seen)
        elif isinstance(child, (list, tuple, dict)):
            yield from _items(child, below, seen, set())


def _items(container, path, seen, containers):
    if id(container) in containers:
        return
    containers.add(id(container))
    used = {}
    for item in container.values() if isinstance(container, dict) else container:
        if _is_stateful(item):
            name = _numbered(snake_case(type(item).__name__), used)
            yield from _objects(item, f"{path}/{name}", seen)
        elif isinstance(item, (list, tuple, dict)):
            name = _numbered("container", used)
            yield from _items(item, f"{path}/{name}", seen, containers)


def _is_stateful(x):
    # Some objects of other kinds lead to layers, as the features of a FeatureSpace do.
    return isinstance(x, _STATEFUL) or getattr(type(x), "_is_saveable", False)


def _numbered(name, used):
    count = used[name] = used.get(name, -1) + 1
    return f"{name}_{count}" if count else name


def _attributes(x):
    """Names and values of the attributes that Keras looks into, in its order."""
    if isinstance(x, (Functional, Sequential)):
        yield "layers", x.layers
    base = next((base for base in (Layer, *_STATEFUL) if isinstance(x, base)), None)
    skipped = _OURS if base is None else _attributes_of_base(base)
    names = _leading(getattr(x, "__dict__", {})).union(*map(_in_class, type(x).__mro__)) - skipped
    for name in sorted(names, key=lambda name: f"~{name}" if name.startswith("_") else name):
        try:
            value = getattr(x, name)
        except Exception:  # a property that has no value yet, with an error of any kind
            continue
        yield name, value


def _in_class(cls):
    """Names that a class itself gives to what may lead to state, such as properties."""
    ours = cls.__module__.startswith("kerajax.")
    return _in_class_of_ours(cls) if ours else _leading(vars(cls))


@functools.cache
def _in_class_of_ours(cls):
    return _leading(vars(cls))


def _leading(attributes):
    """Names of those attributes that may lead to state: not of functions, numbers and the like."""
    return {
        name
        for name, value in attributes.items()
        if type(value) not in _LEADING_NOWHERE and not name.startswith("__")
    }


@functools.cache
def _attributes_of_base(base):
    """What every object of the kind has: the state in it is found by other ways."""
    arguments = {"learning_rate": 1.0} if base is Optimizer else {}
    return _OURS.union(dir(base(name="reference", **arguments)))

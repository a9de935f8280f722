"""Finds variables, layers and metrics among an object's attributes, in the order they appear.

`Tracker.track` is called for each attribute that is set. Lists and dicts are replaced by lists and
dicts that report what is added to them later, so that `self.blocks = []` followed by
`self.blocks.append(Dense(3))` works as it reads.
"""

import threading
import types

from kerajax import tree
from kerajax.backend import Variable

# No state is of these kinds or inside of them; most attributes of layers are.
UNTRACKABLE = frozenset((type(None), bool, int, float, str, bytes, types.FunctionType))


class _Tracking(threading.local):
    on = True


_tracking = _Tracking()


class DotNotTrackScope:
    """Inside, attributes that are set are no state of the object that they are set on.

    Example:

    >>> layer = kerajax.layers.Layer()
    >>> with DotNotTrackScope():
    ...     layer.other = kerajax.layers.Dense(3)
    >>> layer._layers
    []
    """

    def __enter__(self):
        self._before, _tracking.on = _tracking.on, False
        return self

    def __exit__(self, *exc_info):
        _tracking.on = self._before


class Tracker:
    """Sorts tracked objects into named stores.

    Args:
        kinds: Dict of store name to `(predicate, list)`; the first predicate that holds decides.
            What a predicate accepts is not looked into.
    """

    def __init__(self, kinds: dict):
        self.kinds = kinds
        self.locked_by = None
        self._count_seen()

    def _count_seen(self):
        self._seen = {name: {id(x) for x in store} for name, (_, store) in self.kinds.items()}

    def __getstate__(self):
        return {"kinds": self.kinds, "locked_by": self.locked_by}

    def __setstate__(self, state):
        # What was seen is known by id, and copies have other ids.
        self.__dict__.update(state)
        self._count_seen()

    def track(self, value):
        """Stores what is found in `value`; returns it, containers wrapped."""
        if not _tracking.on:
            return value
        # A variable keeps its place when it stops training.
        key = id(value)
        for seen in self._seen.values():
            if key in seen:
                return value
        for name, (accepts, store) in self.kinds.items():
            if accepts(value):
                self._add(name, store, value)
                return value
        kind = type(value)
        if kind is list:
            return TrackedList(value, self)
        if kind is dict:
            return TrackedDict(value, self)
        if kind is set:
            return TrackedSet(value, self)
        if isinstance(value, tuple):
            items = [self.track(item) for item in value]
            if kind is tuple:
                return tuple(items)
            return kind(*items) if hasattr(value, "_fields") else value
        return value

    def untrack(self, value):
        """Forgets `value` (and does not look into containers)."""
        for name, (_, store) in self.kinds.items():
            if id(value) in self._seen[name]:
                self._seen[name].discard(id(value))
                store[:] = [x for x in store if x is not value]

    def replace(self, old, new):
        """Puts a value into the place of another."""
        for name, (_, store) in self.kinds.items():
            if id(old) in self._seen[name]:
                self._seen[name] = self._seen[name] - {id(old)} | {id(new)}
                store[:] = [new if x is old else x for x in store]

    def add(self, name, value):
        """Puts `value` into the store `name` whatever the predicates say."""
        self._add(name, self.kinds[name][1], value)

    def _add(self, name, store, value):
        if id(value) in self._seen[name]:
            return
        if self.locked_by is not None and isinstance(value, Variable):
            raise ValueError(
                f"You cannot add new elements of state (variables or sub-layers) to "
                f"{self.locked_by}, which is already built. All state must be created in "
                f"`__init__()` or in `build()`. Received: {value}"
            )
        self._seen[name].add(id(value))
        store.append(value)


@tree.register_tree_node_class
class TrackedList(list):
    """A list that reports its items to a tracker."""

    def __init__(self, values=(), tracker=None):
        self._tracker = tracker
        super().__init__(_track(tracker, v) for v in values)

    def append(self, value):
        super().append(_track(self._tracker, value))

    def insert(self, index, value):
        super().insert(index, _track(self._tracker, value))

    def extend(self, values):
        super().extend(_track(self._tracker, v) for v in values)

    def __iadd__(self, values):
        self.extend(values)
        return self

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            value = [_track(self._tracker, v) for v in value]
        else:
            value = _track(self._tracker, value)
        super().__setitem__(index, value)

    def remove(self, value):
        _untrack(self._tracker, value)
        super().remove(value)

    def pop(self, index=-1):
        value = super().pop(index)
        _untrack(self._tracker, value)
        return value

    def clear(self):
        for value in self:
            _untrack(self._tracker, value)
        super().clear()

    def __delitem__(self, index):
        values = self[index] if isinstance(index, slice) else [self[index]]
        for value in values:
            _untrack(self._tracker, value)
        super().__delitem__(index)

    def __reduce__(self):
        return (list, (list(self),))

    def tree_flatten(self):
        return (tuple(self), None)

    @classmethod
    def tree_unflatten(cls, _, children):
        return list(children)


@tree.register_tree_node_class
class TrackedDict(dict):
    """A dict that reports its values to a tracker."""

    def __init__(self, values=(), tracker=None):
        self._tracker = tracker
        super().__init__({k: _track(tracker, v) for k, v in dict(values).items()})

    def __setitem__(self, key, value):
        super().__setitem__(key, _track(self._tracker, value))

    def update(self, *args, **kwargs):
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        value = super().pop(key, *default)
        _untrack(self._tracker, value)
        return value

    def __delitem__(self, key):
        _untrack(self._tracker, self[key])
        super().__delitem__(key)

    def clear(self):
        for value in self.values():
            _untrack(self._tracker, value)
        super().clear()

    def __reduce__(self):
        return (dict, (dict(self),))

    def tree_flatten(self):
        # In the order in which a plain dict is visited.
        keys = tuple(sorted(self)) if all(isinstance(k, str) for k in self) else tuple(self)
        return (tuple(self[k] for k in keys), keys, keys)

    @classmethod
    def tree_unflatten(cls, keys, children):
        return dict(zip(keys, children, strict=True))


class TrackedSet(set):
    """A set that reports its items to a tracker."""

    def __init__(self, values=(), tracker=None):
        self._tracker = tracker
        super().__init__(_track(tracker, v) for v in values)

    def add(self, value):
        super().add(_track(self._tracker, value))

    def update(self, *iterables):
        for values in iterables:
            for value in values:
                self.add(value)

    def remove(self, value):
        _untrack(self._tracker, value)
        super().remove(value)

    def __reduce__(self):
        return (set, (set(self),))


def _track(tracker, value):
    return tracker.track(value) if tracker is not None else value


def _untrack(tracker, value):
    if tracker is not None:
        tracker.untrack(value)

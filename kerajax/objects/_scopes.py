"""What this thread is doing with objects: custom names in force, trust in a file, its era."""

import threading

from kerajax import eras


class _State(threading.local):
    """The innermost value of each scope."""

    def __init__(self):
        self.custom_objects: dict = {}
        self.safe_mode: bool | None = None
        self.era = eras.MODERN
        self.quiet = False
        self.shared_objects: dict | None = None
        self.shared_configs: dict | None = None
        self.own_objects: dict | None = None
        self.is_reading = False


state = _State()


def may_be_old() -> bool:
    """Whether what is made now may be from before Keras 3: by the era, or since a file says it.

    Example:

    >>> may_be_old()
    False
    """
    return state.era != eras.MODERN or state.is_reading


class _Scope:
    """Sets attributes of the state and puts the old ones back."""

    def _values(self) -> dict:
        raise NotImplementedError

    def __enter__(self):
        values = self._values()
        self._outer = {name: getattr(state, name) for name in values}
        for name, value in values.items():
            setattr(state, name, value)
        return self

    def __exit__(self, *exc_info):
        for name, value in self._outer.items():
            setattr(state, name, value)


class CustomObjectScope(_Scope):
    """Makes classes and functions known under a name while the scope is open.

    Scopes add up: an inner one hides names of an outer one, nothing else.

    Args:
        custom_objects: Dict of names to classes or functions, or None.

    Example:

    >>> from kerajax.objects import get_registered_object
    >>> with CustomObjectScope({"double": lambda x: 2 * x}):
    ...     get_registered_object("double")(4)
    8
    """

    def __init__(self, custom_objects):
        self.custom_objects = custom_objects or {}

    def _values(self):
        return {"custom_objects": {**state.custom_objects, **self.custom_objects}}


custom_object_scope = CustomObjectScope


class SafeModeScope(_Scope):
    """Says for everything read inside whether code in files (lambdas) may become functions.

    Args:
        safe_mode: Bool. False only for files from a source that is trusted with this computer.

    Example:

    >>> with SafeModeScope(True):
    ...     in_safe_mode()
    True
    """

    def __init__(self, safe_mode=True):
        self.safe_mode = safe_mode

    def _values(self):
        return {"safe_mode": self.safe_mode}


class ReadingScope(_Scope):
    """A `CustomObjectScope` and a `SafeModeScope` in one.

    Args:
        custom_objects: Dict of names to classes or functions.
        safe_mode: Bool.

    Example:

    >>> with ReadingScope({}, True):
    ...     in_safe_mode()
    True
    """

    def __init__(self, custom_objects, safe_mode):
        self.custom_objects, self.safe_mode = custom_objects, safe_mode

    def _values(self):
        custom_objects = {**state.custom_objects, **self.custom_objects}
        return {"custom_objects": custom_objects, "safe_mode": self.safe_mode}


class ObjectSharingScope(_Scope):
    """Keeps identity: an object met twice inside is written, and read, as one.

    Example:

    >>> from kerajax.objects import Configurable, serialize_keras_object
    >>> part = Configurable()
    >>> with ObjectSharingScope():
    ...     first, second = serialize_keras_object([part, part])
    >>> first["shared_object_id"] == second["shared_object_id"]
    True
    """

    def _values(self):
        return {"shared_objects": {}, "shared_configs": {}}


class OwnObjectsScope(_Scope):
    """Gives functions and classes of users names in configs by which they are found again inside.

    A config that is made and read back in one go, as in a copy, thus needs neither registration nor
    trust: bytecode and names that come from elsewhere stay refused.

    Args:
        objects: Optional dict of such names to objects, to be filled, or filled already.

    Example:

    >>> layer = kerajax.layers.Lambda(lambda x: 2 * x)
    >>> with OwnObjectsScope():
    ...     kerajax.layers.Lambda.from_config(layer.get_config()).function is layer.function
    True
    """

    def __init__(self, objects=None):
        self.objects = {} if objects is None else objects

    def _values(self):
        return {"own_objects": self.objects}


def in_copy() -> bool:
    """Whether this is an `OwnObjectsScope`, whose configs nobody else reads.

    Example:

    >>> in_copy()
    False
    """
    return state.own_objects is not None


def own_name(obj):
    """The name that an object has in this `OwnObjectsScope`; None outside of one.

    Example:

    >>> with OwnObjectsScope():
    ...     own_name(len), own_name(len) == own_name(max)
    ('own>0', False)
    """
    if not in_copy():
        return None
    for name, known in state.own_objects.items():
        if known is obj:
            return name
    name = f"own>{len(state.own_objects)}"
    state.own_objects[name] = obj
    return name


class EraScope(_Scope):
    """Names, arguments and defaults inside mean what they meant in `era`.

    Args:
        era: One of `kerajax.eras.ERAS`.
        quiet: Bool. Whether translations go unreported, as for a file: its author is not here.

    Example:

    >>> with EraScope("2.2"):
    ...     current_era()
    '2.2'
    """

    def __init__(self, era, quiet=True):
        if era not in eras.ERAS:
            raise ValueError(f"EraScope needs one of the eras {eras.ERAS}, but received: {era!r}.")
        self.era = era
        self.quiet = quiet

    def _values(self):
        return {"era": self.era, "quiet": self.quiet}


def current_era() -> str:
    """The era that code of this thread belongs to now.

    Example:

    >>> current_era()
    '3'
    """
    return state.era


def set_era(era: str) -> None:
    """Makes the rest of this thread's run belong to `era`, as `kerajax run --era` does.

    Example:

    >>> set_era("3")
    """
    EraScope(era, quiet=False).__enter__()


def in_safe_mode() -> bool | None:
    """Whether lambdas in files are refused; None where nothing was said.

    Example:

    >>> in_safe_mode() is None
    True
    """
    return state.safe_mode


def enable_unsafe_deserialization() -> None:
    """Lets files turn into code from here on, in this thread. Use `safe_mode=False` where you can.

    Example:

    >>> with SafeModeScope(True):
    ...     enable_unsafe_deserialization()
    ...     in_safe_mode()
    False
    """
    state.safe_mode = False

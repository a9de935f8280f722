"""Configurable: the base of everything that has a config.

It watches constructors, for three reasons: old argument names are translated before a kerajax
constructor sees them; a class needs no `get_config`, since arguments are kept under their own
names; and a class can finish its set-up once the whole chain of constructors has run
(`_after_init`).
"""

import functools
import inspect

from kerajax.objects._bounds import said, shown
from kerajax.objects._deserialize import ConfigError, deserialize_keras_object
from kerajax.objects._registry import public_path
from kerajax.objects._scopes import EraScope, state
from kerajax.objects._serialize import serialize_argument
from kerajax.objects._spellings import Spellings

_SIMPLE = (str, int, float, bool, type(None))

# Arguments with these endings are given to a `get` by every constructor, which reads configs.
_READ_BY_GET = ("initializer", "regularizer", "constraint", "activation", "dtype", "policy")

_MSG_NO_CONFIG = """\
Object {name} was created by passing {what} to `__init__()`, so its config cannot be made \
automatically. Implement `get_config()`:

    class {name}({base}):
        def __init__(self, arg1, arg2, **kwargs):
            super().__init__(**kwargs)
            self.arg1 = arg1
            self.arg2 = arg2

        def get_config(self):
            config = super().get_config()
            config.update({{"arg1": self.arg1, "arg2": self.arg2}})
            return config
"""


class Configurable:
    """Base of layers, optimizers, losses, metrics, initializers and their like.

    A class of kerajax keeps each constructor argument under its name (`self.units = units`); its
    config is then read from the signature. What differs is said by a few class attributes:

    * `_extra_arguments`: keywords that the class takes out of its `**kwargs`.
    * `_any_arguments`: whether it takes any keyword at all.
    * `_config_skip`: arguments that are not part of the config.
    * `_config_if_set`: arguments that are part of it only when they are not None.

    and by overriding `_base_config` (entries from the base class), `_after_init` (called once when
    the outermost constructor is done) and `_unknown_arguments` (the exception for bad keywords).

    Example:

    >>> from kerajax.objects import publish
    >>> @publish("keras.regularizers.Demo")
    ... class Demo(Configurable):
    ...     def __init__(self, strength=0.5):
    ...         self.strength = strength
    >>> Demo(2.0).get_config(), Demo.from_config({"strength": 3.0}).strength
    ({'strength': 2.0}, 3.0)
    """

    _extra_arguments: frozenset[str] = frozenset()
    _any_arguments = False
    _config_skip: frozenset[str] = frozenset()
    _config_if_set: frozenset[str] = frozenset()
    # The nearest class of kerajax in the hierarchy; classes of users inherit it.
    _own_class: type | None = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("kerajax."):
            cls._own_class = cls
        init = cls.__dict__.get("__init__")
        if cls.__init__ is object.__init__ and cls._own_class is cls:
            init = _empty_init(cls)
        if init is not None:
            cls.__init__ = _watched(init, cls)

    def _after_init(self):
        """Called once, when the outermost constructor has finished."""

    def _base_config(self) -> dict:
        """Entries of the config that the base class gives, such as `name`."""
        return {}

    @classmethod
    def _unknown_arguments(cls, unknown: dict, hint: str) -> Exception:
        """The exception for keywords that the class does not take.

        Args:
            unknown: The keywords and their values.
            hint: A sentence that names the nearest known argument, or an empty string.
        """
        first = next(iter(unknown))
        text = f"{cls.__name__}.__init__() got an unexpected keyword argument '{first}'. {hint}"
        return TypeError(text.rstrip())

    def get_config(self) -> dict:
        """The constructor's arguments, as plain values and configs.

        Returns:
            A dict from which `from_config` makes an equal object.

        Raises:
            NotImplementedError: If a class of the user's has arguments that no config can hold.
        """
        own = type(self)._own_class
        config = dict(self._base_config())
        for name in _parameters(own) if own is not None else ():
            if name in config or name in self._config_skip:
                continue
            value = getattr(self, name)
            if value is not None or name not in self._config_if_set:
                config[name] = serialize_argument(value)
        users = _classes_below(type(self), own)
        if any("get_config" in vars(cls) for cls in users):
            return config  # the user's method called this one and adds its own
        if any("__init__" in vars(cls) for cls in users):
            return _with_recorded(self, config)
        return config

    @classmethod
    def from_config(cls, config):
        """An object from the dict that `get_config` returned.

        Args:
            config: Dict of constructor arguments.

        Returns:
            An instance of the class.

        Raises:
            ConfigError: If the constructor does not take them. It is a TypeError and a ValueError.
        """
        if cls is cls._own_class:
            config = {name: _revived(name, value) for name, value in config.items()}
        try:
            return cls(**config)
        except Exception as error:
            raise ConfigError(
                f"Error when deserializing class '{cls.__name__}' using config={shown(config)}.\n\n"
                f"Exception encountered: {said(error)}"
            ) from error


def modern_arguments(cls, args, kwargs):
    """The arguments of `cls(*args, **kwargs)` in modern spelling, for a `__new__` that reads them.

    Args:
        cls: A class of kerajax, or of a user's below one.
        args: Tuple of positional arguments.
        kwargs: Dict of keyword arguments. Those that are unknown stay as they are.

    Returns:
        `(args, kwargs)`.

    Example:

    >>> modern_arguments(Configurable, (1,), {"a": 2})
    ((1,), {'a': 2})
    """
    own = cls._own_class
    if own is None:
        return args, kwargs
    modern = _spellings(own, own).modernise(args, kwargs, cls.__name__)
    return modern.args, modern.kwargs


def _empty_init(cls):
    """A constructor for a kerajax class without one, so that it can be watched."""

    def __init__(self):
        super(cls, self).__init__()

    return __init__


def _watched(init, owner):
    """The constructor `init` of class `owner`, translating and telling when it is done."""
    spellings_of: dict = {}

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        cls = type(self)
        own = cls._own_class
        era = None
        # The constructor of a user's class gets what was passed; old names in its **kwargs are
        # translated where they arrive, in the constructor of the kerajax class below.
        if owner._own_class is owner:
            spellings = spellings_of.get(own)
            if spellings is None:
                spellings = spellings_of[own] = _spellings(owner, own)
            if not spellings.is_modern(args, kwargs):
                args, kwargs, era = _modernised(self, spellings, args, kwargs)
        fields = self.__dict__
        if "_constructing" in fields:
            return _run(init, self, args, kwargs, era)
        fields["_constructing"] = True
        if cls is not own:
            fields["_init_record"] = (owner, args, kwargs)
        try:
            _run(init, self, args, kwargs, era)
        finally:
            fields.pop("_constructing", None)
        self._after_init()

    return __init__


def _run(init, self, args, kwargs, era):
    if era is None or era == state.era:
        init(self, *args, **kwargs)
        return
    # Strings among the arguments mean what they meant in the era of the call.
    with EraScope(era, state.quiet):
        init(self, *args, **kwargs)


def _modernised(self, spellings, args, kwargs):
    cls = type(self)
    modern = spellings.modernise(args, kwargs, cls.__name__)
    if modern.unknown:
        unknown = {key: kwargs.get(key) for key in modern.unknown}
        raise cls._unknown_arguments(unknown, spellings.nearest(modern.unknown[0]))
    for name, value in modern.aside.items():
        # Attribute tracking of layers is not set up yet.
        self.__dict__[name] = value
    return modern.args, modern.kwargs, modern.era


def _spellings(owner, own):
    """What the constructor of `owner` takes when it makes an object of class `own`."""
    # Classes that only inherit the constructor have tables under their own names.
    heirs = [c for c in own.__mro__ if issubclass(c, owner) and c.__init__ is owner.__init__]
    names = [c.__name__ for c in heirs]
    names += [c.__name__ for c in owner.__mro__ if c.__name__ not in names]
    accepted, takes_any = set(), False
    for cls in owner.__mro__:
        accepted |= getattr(cls, "_extra_arguments", frozenset())
        takes_any |= getattr(cls, "_any_arguments", False)
    for cls in owner.__mro__:
        if "__init__" not in vars(cls) or cls is object:
            continue
        parameters = inspect.signature(cls.__init__).parameters.values()
        accepted |= {p.name for p in parameters if p.kind in _BY_NAME} - {"self"}
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
    return Spellings(names, _parameters(owner), accepted, takes_any)


_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@functools.cache
def _parameters(cls) -> tuple[str, ...]:
    """Names of the constructor's arguments, without `self`, `*args` and `**kwargs`."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    return tuple(p.name for p in parameters if p.kind in _BY_NAME)[1:]


def _classes_below(cls, own):
    """The classes of `cls` that come before the nearest kerajax class."""
    mro = cls.__mro__
    return mro[: mro.index(own)] if own in mro else mro


def _revived(name, value):
    """Config values as objects, except where the constructor reads them itself."""
    if not isinstance(value, (dict, list)) or name.endswith(_READ_BY_GET):
        return value
    if isinstance(value, list):
        holds_objects = any(isinstance(v, dict) and "class_name" in v for v in value)
        return [_revived(name, v) for v in value] if holds_objects else value
    return deserialize_keras_object(value) if "class_name" in value else value


def _with_recorded(self, config):
    """`config` with the arguments of a user's constructor that has no `get_config` of its own."""
    cls = type(self)
    owner, args, kwargs = self.__dict__["_init_record"]
    signature = inspect.signature(owner.__init__)
    bound = signature.bind(self, *args, **kwargs)
    bound.apply_defaults()
    base = public_path(cls._own_class) or cls._own_class.__name__
    own_spellings = _spellings(cls._own_class, cls._own_class)
    found, takes_any = {}, False
    for parameter in list(signature.parameters.values())[1:]:
        value = bound.arguments[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            takes_any = True
            # What the base class took is in its config already, in modern spelling.
            base_names = own_spellings.accepted | own_spellings.rows.keys()
            found.update({k: v for k, v in value.items() if k not in base_names})
        elif parameter.kind in _BY_NAME:
            found[parameter.name] = value
        elif value or parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            what = "positional-only or variadic positional arguments"
            raise NotImplementedError(
                _MSG_NO_CONFIG.format(name=cls.__name__, what=what, base=base)
            )
    extra = {name: value for name, value in found.items() if name not in config}
    if not all(_is_simple(value) for value in extra.values()):
        what = "non-serializable argument values"
        raise NotImplementedError(_MSG_NO_CONFIG.format(name=cls.__name__, what=what, base=base))
    config.update(extra)
    if not takes_any:
        # The constructor is closed: what it does not take, it sets itself.
        config = {name: value for name, value in config.items() if name in found}
    return config


def _is_simple(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_simple, value))
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_simple(v) for k, v in value.items())
    return isinstance(value, _SIMPLE)

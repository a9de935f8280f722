"""Old arguments of a call, said as they are said today.

`Spellings` belongs to one callable: it knows the names the callable takes and the rows of
`kerajax.eras` that concern it. A call in modern spelling costs one comparison of sets; all other
work is for calls that need it. Each translation is reported once per run.
"""

import difflib
import functools
import inspect
import sys
import warnings
from typing import NamedTuple

from kerajax import eras
from kerajax.objects._scopes import EraScope, state

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_ABSENT = object()


class LegacySpellingWarning(UserWarning):
    """An argument was understood although it is written differently today."""


class Modern(NamedTuple):
    """A call in modern spelling.

    Args:
        args: Positional arguments.
        kwargs: Keyword arguments.
        aside: Attributes to set on the object, for what no argument says.
        era: The era the call belongs to.
        unknown: Names of keywords that nothing is known about.
    """

    args: tuple
    kwargs: dict
    aside: dict
    era: str
    unknown: list


class Spellings:
    """How the arguments of one callable were and are written.

    Args:
        owners: Names of its tables in `kerajax.eras`, the nearest first.
        parameters: Names of its own parameters, in order.
        accepted: All keywords it takes, those that it hands on included.
        takes_any: Bool. Whether it takes any other keyword too.
    """

    def __init__(self, owners, parameters, accepted=(), takes_any=False):
        self.owner = owners[0] if owners else ""
        self.parameters = tuple(parameters)
        self.accepted = frozenset(accepted) | set(self.parameters)
        self.takes_any = takes_any
        self.rows = {}
        for owner in reversed(owners):
            # What the callable itself takes under a name goes before what a base once meant by it.
            own = () if owner == self.owner else self.parameters
            rows = eras.arguments(owner).items()
            self.rows.update({old: row for old, row in rows if old not in own or row.new == old})
        # Nor is a keyword gone that the callable hands on to a base that takes it.
        gone = [old for old, row in self.rows.items() if row.new is None and old in self.accepted]
        for old in gone:
            del self.rows[old]
        self.joins = tuple(join for name in owners for join in eras.joins(name))
        self.positions = next((found for name in owners if (found := eras.positions(name))), None)
        oldest = (found for name in owners if (found := eras.order_of_keras_0(name)))
        self.oldest = next(oldest, None)
        self.defaults = {
            era: {k: v for name in reversed(owners) for k, v in eras.defaults(name, era).items()}
            for era in eras.ERAS
        }
        old = {part for join in self.joins for part in self._old_parts(join)}
        self.plain = self.accepted - old - self.rows.keys()

    def is_modern(self, args, kwargs) -> bool:
        """Whether the call can be made as it stands."""
        return (
            self.plain.issuperset(kwargs)
            and state.era == eras.MODERN
            and not self.defaults[eras.MODERN]
            and not (args and any(self._tells(order, args) for order in self._orders()))
        )

    def modernise(self, args, kwargs, name=None) -> Modern:
        """The call in modern spelling.

        Args:
            args: Tuple of positional arguments, without `self`.
            kwargs: Dict of keyword arguments.
            name: Who is called, for messages.

        Raises:
            TypeError: If an old and a modern name say the same thing twice.
            ValueError: If an old value has no counterpart.
        """
        name = name or self.owner
        kwargs = dict(kwargs)
        era = self._era(args, kwargs)
        positions = self._old_order(args, kwargs, era)
        if positions is not None:
            if positions.refused:
                raise ValueError(f"{name}{args}: {positions.refused}.")
            era = min(era, positions.era, key=eras.ERAS.index)
            order = positions.order[: len(args)]
            kwargs, args = {**dict(zip(order, args, strict=True)), **kwargs}, ()
            if [self._new_name(old) for old in order] != list(self.parameters[: len(order)]):
                told = ", ".join(key for key in order if key != "self")
                _report(name, "order", f"the order ({told})", "by name")
        self._join(kwargs, name)
        for key in [key for key in kwargs if key in self.rows and kwargs[key] is not None]:
            for covered in self.rows[key].covers:
                if covered not in self.parameters:
                    kwargs.pop(covered, None)
        aside: dict = {}
        for old in [key for key in kwargs if key in self.rows]:
            self._translate(old, kwargs, aside, args, name)
        unknown = [] if self.takes_any else [k for k in kwargs if k not in self.accepted]
        given = {*self.parameters[: len(args)], *kwargs}
        if "input_shape" in given or "_input_shape_arg" in aside:
            given.add("batch_shape")
        for key, default in self.defaults[era].items():
            if key not in given and key in self.accepted:
                kwargs[key] = default
        return Modern(args, kwargs, aside, era, unknown)

    def nearest(self, unknown) -> str:
        """A sentence naming the argument that was probably meant; empty if none comes near."""
        near = difflib.get_close_matches(unknown, sorted(self.accepted | self.rows.keys()), n=1)
        if not near:
            return ""
        return f"Did you mean `{self._new_name(near[0])}`?"

    def _new_name(self, old):
        row = self.rows.get(old)
        return row.new if row is not None and isinstance(row.new, str) and not row.aside else old

    def _era(self, args, kwargs):
        """The oldest era among the scope's and those that the spellings show."""
        found = [state.era]
        found += [self.rows[k].era for k in kwargs if k in self.rows and self._is_old(k, kwargs[k])]
        for join in self.joins:
            if any(part in kwargs for part in self._old_parts(join)):
                found.append(join.era)
        return min(found, key=eras.ERAS.index)

    def _is_old(self, key, value):
        row = self.rows[key]
        return (
            row.new != key
            or row.aside
            or (row.values and eras.value(row.values, value) is not value)
        )

    def _orders(self):
        return [order for order in (self.oldest, self.positions) if order is not None]

    def _told_by(self, args) -> bool:
        return any(self._tells(order, args) for order in self._orders())

    def _old_order(self, args, kwargs, era):
        """The order in which positional arguments were meant; None if it is today's."""
        if args and self.oldest is not None and self._tells(self.oldest, args):
            return self.oldest
        return self.positions if self._in_old_order(args, kwargs, era) else None

    def _in_old_order(self, args, kwargs, era):
        positions = self.positions
        if positions is None or not args or len(args) > len(positions.order):
            return False
        if set(positions.order[: len(args)]) & kwargs.keys():
            return False
        fits = all(_is_number(args[i]) for i in positions.scalars if i < len(args))
        # Two arguments in, `Conv2D(8, 3)` is a kernel of 3 by 3 in every era but the first.
        left = [positions.order[i] for i in positions.scalars if i >= len(args)]
        complete = kwargs.keys() >= set(left)
        return self._tells(positions, args) or (
            fits and complete and not eras.older(positions.era, era) and len(args) > 1
        )

    def _tells(self, positions, args):
        tell = positions.tell
        return (
            tell is not None
            and len(args) > tell.index
            and _KINDS[tell.kind](args[tell.index])
            and args[tell.index] not in tell.unless
            and all(_is_number(args[i]) for i in positions.scalars)
        )

    def _old_parts(self, join):
        """The parts that are old names here: not the class' own, and not the shape of a batch."""
        parts = join.parts[:1] if join.fill == "batch" else join.parts
        return [part for part in parts if part not in self.parameters]

    def _join(self, kwargs, name):
        for join in self.joins:
            if join.fill == "batch":
                self._join_batch(join, kwargs, name)
                continue
            parts = {p: kwargs.pop(p, _ABSENT) for p in self._old_parts(join)}
            given = {p: v for p, v in parts.items() if v is not _ABSENT and v is not None}
            if not given or any(kwargs.get(key) is not None for key in join.unless):
                continue
            if join.new in kwargs:
                raise TypeError(_MSG_TWICE.format(name=name, old=next(iter(given)), new=join.new))
            rest = None if join.fill == "none" else next(iter(given.values()))
            sizes = [given.get(part, rest) for part in parts]
            # A part may be several sizes itself: `Embedding(input_length=(None, 5))`.
            spread = [x if isinstance(x, (list, tuple)) else (x,) for x in sizes]
            kwargs[join.new] = tuple(size for part in spread for size in part)
            _report(name, "/".join(given), "/".join(given), f"{join.new}={kwargs[join.new]}")

    def _join_batch(self, join, kwargs, name):
        size, shape = join.parts
        if size in self.parameters or size not in kwargs:
            return
        batch = kwargs.pop(size)
        if batch is not None and kwargs.get(shape) is not None:
            kwargs[join.new] = (batch, *kwargs.pop(shape))
            _report(name, size, f"`{size}`", f"`{join.new}={kwargs[join.new]}`")

    def _translate(self, old, kwargs, aside, args, name):
        row = self.rows[old]
        given = kwargs.pop(old)
        value = given if row.values is None else eras.value(row.values, given)
        if row.new is None:
            if row.harmless is not None and not any(_equal(given, ok) for ok in row.harmless):
                raise ValueError(
                    f"{name} was given {old}={given!r}, which has no counterpart today: {row.note}."
                )
            _report(name, old, f"`{old}`", f"nothing: {row.note}")
            return
        if value is eras.USE_DEFAULT:
            _report(name, old, f"{old}={given!r}", f"nothing: the default of `{row.new}` holds")
            return
        if row.aside:
            aside[row.new] = value
            _report(name, old, f"`{old}`", None)
            return
        for new in (row.new,) if isinstance(row.new, str) else row.new:
            if new != old and (new in kwargs or new in self.parameters[: len(args)]):
                raise TypeError(_MSG_TWICE.format(name=name, old=old, new=new))
            kwargs[new] = value
            if new != old or value is not given:
                _report(name, old, f"`{old}`", f"`{new}={_short(value)}`")


_MSG_TWICE = (
    "{name} got the argument `{new}` twice: as `{old}`, its old name, and as `{new}`. Pass `{new}` "
    "alone."
)


def old_spellings(owner):
    """Decorator: a function or method that understands the old arguments of its table.

    Args:
        owner: Name of a table in `kerajax.eras`, as `"Model.fit"` or `"to_categorical"`.

    Example:

    >>> @old_spellings("to_categorical")
    ... def to_categorical(x, num_classes=None):
    ...     return num_classes
    >>> with warnings.catch_warnings(action="ignore"):
    ...     to_categorical([1], nb_classes=3)
    3
    """

    def decorate(fn):
        parameters = inspect.signature(fn).parameters.values()
        names = [p.name for p in parameters if p.kind not in _VARIADIC]
        takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        spellings = Spellings([owner], names, takes_any=takes_any)
        # So many positional arguments are the same in every order that the function ever had.
        alike = min((order.tell.index for order in spellings._orders() if order.tell), default=None)

        @functools.wraps(fn)
        def call(*args, **kwargs):
            if spellings.plain.issuperset(kwargs) and state.era == eras.MODERN:
                if alike is None or len(args) <= alike or not spellings._told_by(args):
                    return fn(*args, **kwargs)
            modern = spellings.modernise(args, kwargs)
            if modern.unknown:
                hint = spellings.nearest(modern.unknown[0])
                text = f"{fn.__name__}() got an unexpected keyword argument '{modern.unknown[0]}'."
                raise TypeError(f"{text} {hint}".rstrip())
            for name, value in modern.aside.items():
                setattr(modern.args[0], name, value)  # a constructor's `self`
            with EraScope(modern.era, state.quiet):
                return fn(*modern.args, **modern.kwargs)

        return call

    return decorate


_reported: set[tuple[str, str]] = set()


def _report(name, key, old, new):
    """Warns once per run about one spelling, at the line that called kerajax."""
    if state.quiet or (name, key) in _reported:
        return
    _reported.add((name, key))
    today = "is kept working as it was" if new is None else f"is written {new} today"
    if new is not None and new.startswith("nothing"):
        today = f"is left out today ({new.removeprefix('nothing: ')})"
    warnings.warn(f"{name}: {old} {today}.", LegacySpellingWarning, stacklevel=_caller_level())


def _caller_level():
    """`stacklevel` of the nearest frame outside kerajax."""
    level, frame = 1, sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("kerajax."):
        level, frame = level + 1, frame.f_back
    return level + 1


def _is_number(x):
    return isinstance(x, (int, float)) and not isinstance(x, bool)


def _equal(given, harmless):
    if _is_number(given) and _is_number(harmless):
        # Old files hold numbers that went through float32.
        return abs(given - harmless) <= 1e-6 * max(1.0, abs(harmless))
    return type(given) is type(harmless) and given == harmless


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else "..."


def _are_metrics(x):
    if isinstance(x, dict):
        x = x.values()
    elif not isinstance(x, (list, tuple)):
        return isinstance(x, str) or callable(x)
    return any(map(_are_metrics, x))


_KINDS = {
    "metrics": _are_metrics,
    "int": lambda x: isinstance(x, int) and not isinstance(x, bool),
    "float": lambda x: isinstance(x, float),
    "str": lambda x: isinstance(x, str),
    "sequence": lambda x: isinstance(x, (list, tuple)),
    "initializer": lambda x: isinstance(x, str) and x in eras.INITIALIZER_NAMES,
}

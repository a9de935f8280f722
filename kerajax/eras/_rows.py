"""The shape of one table entry, and the order of the eras."""

from typing import NamedTuple

# "1": Keras 0.x and 1.x; "2.2": stand-alone 2.0 to 2.2; "2.3": stand-alone 2.3;
# "tf2": Keras inside TensorFlow, 1.15 to 2.15; "3": Keras 3.
ERAS = ("1", "2.2", "2.3", "tf2", "3")
MODERN = "3"


class Old(NamedTuple):
    """What became of an old argument.

    Args:
        new: The modern argument, several of them (the value goes to each), or None if it is gone.
        era: The newest era in which the old spelling was right.
        values: Name of a table of `VALUES` that says how the value is written today.
        note: For an argument that is gone: what it meant, and what to do instead.
        harmless: For an argument that is gone: the values that may be left out without changing
            results, None if any may. Other values are refused with `note`.
        aside: Whether `new` is an attribute to keep the value in, not an argument.
        covers: Arguments that say less than this one; they are left out beside it.
    """

    new: str | tuple[str, ...] | None
    era: str = "1"
    values: str | None = None
    note: str = ""
    harmless: tuple | None = None
    aside: bool = False
    covers: tuple[str, ...] = ()


class Join(NamedTuple):
    """Several old arguments that are one tuple today.

    Args:
        new: The modern argument.
        parts: The old ones, in the order of the tuple.
        fill: What a missing part becomes: `"first"` (the first part given) or `"none"`. With
            `"batch"` the first part, if given, goes before the items of the second.
        unless: Arguments that say the same better: with one of them the parts are left out.
        era: The newest era in which the old spelling was right.
    """

    new: str
    parts: tuple[str, ...]
    fill: str = "first"
    unless: tuple[str, ...] = ()
    era: str = "1"


class Tell(NamedTuple):
    """A positional argument that only an old call can have.

    Args:
        index: Position, counted from 0.
        kind: `"int"`, `"float"`, `"str"`, `"sequence"`, `"initializer"` (the name of one), or
            `"metrics"` (anything but numbers, in a list or dict).
        unless: Strings that are right today too.
    """

    index: int
    kind: str
    unless: tuple[str, ...] = ()


class Positions(NamedTuple):
    """The old order of positional arguments.

    Args:
        order: Old argument names.
        era: The newest era with this order.
        tell: What shows the order by itself, or None.
        scalars: Positions that must hold plain numbers for the old order to be meant.
    """

    order: tuple[str, ...]
    era: str = "1"
    tell: Tell | None = None
    scalars: tuple[int, ...] = ()


def gone(note, *harmless, era="1"):
    """An argument without a successor; `harmless` values (any, if none is listed) may go."""
    return Old(None, era, note=note, harmless=harmless or None)


def older(era: str, other: str) -> bool:
    """Whether `era` came before `other`."""
    return ERAS.index(era) < ERAS.index(other)

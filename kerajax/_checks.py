"""Argument checkers: one named check, one error that says who, what came and what to do.

Each takes `(value, name, owner)`: the argument, its name, and whose argument it is (an object with
an optional `name`, a class, or a string such as `"Model.fit"`). It returns the value in standard
form. Checks run once, at the border (constructors, `fit`, file loading); inner functions trust
their inputs. Exceptions are `ValueError`, which scripts written for Keras catch.
"""

import difflib
import functools
import inspect
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any


def described(owner: Any) -> str:
    """Names an argument's owner: `Dense 'head'` for a named object, `Dense` for a class.

    Args:
        owner: An object, a class or function, or a string that is used as it is.

    Returns:
        The words that open an error message.

    Example:

    >>> described(dict), described("Model.fit")
    ('dict', 'Model.fit')
    """
    if isinstance(owner, str):
        return owner
    if isinstance(owner, type):
        return owner.__name__
    if callable(owner) and hasattr(owner, "__qualname__"):
        return owner.__qualname__
    # The checks run while constructors do, when `name` may not be there yet.
    name = getattr(owner, "name", None)
    kind = type(owner).__name__
    return f"{kind} '{name}'" if isinstance(name, str) else kind


def nearest(name: Any, choices: Iterable[str]) -> str | None:
    """Returns the choice spelled most like `name`, or `None` if none is alike.

    Args:
        name: What the user wrote. Only strings have a nearest name.
        choices: The known names.

    Example:

    >>> nearest("Sofmax", ["softmax", "relu"])
    'softmax'
    """
    if not isinstance(name, str):
        return None
    by_folded = {_folded(choice): choice for choice in choices}
    matches = difflib.get_close_matches(_folded(name), by_folded, n=1)
    return by_folded[matches[0]] if matches else None


def suggestion(name: Any, choices: Iterable[str]) -> str:
    """Returns the sentence `Did you mean 'softmax'?`, or `""` if no choice is alike.

    Example:

    >>> suggestion("Sofmax", ["softmax", "relu"])
    "Did you mean 'softmax'?"
    """
    match = nearest(name, choices)
    return f"Did you mean {match!r}?" if match else ""


def positive_int(value: Any, name: str, owner: Any) -> int:
    """Returns an int above 0.

    Example:

    >>> positive_int(0, "units", "Dense")
    Traceback (most recent call last):
    ValueError: Dense: `units` must be a positive integer, but received 0. Pass an int above 0.
    """
    number = _as_int(value)
    if number is None or number <= 0:
        raise _error(owner, name, "a positive integer", value, "Pass an int above 0.")
    return number


def non_negative_int(value: Any, name: str, owner: Any) -> int:
    """Returns an int of at least 0."""
    number = _as_int(value)
    if number is None or number < 0:
        raise _error(owner, name, "an integer of at least 0", value, "Pass 0 or a larger int.")
    return number


def positive_float(value: Any, name: str, owner: Any) -> float:
    """Returns a finite number above 0; an int stays an int."""
    number = _as_number(value)
    if number is None or not number > 0:
        raise _error(owner, name, "a positive number", value, "Pass a finite number above 0.")
    return number


def non_negative_float(value: Any, name: str, owner: Any) -> float:
    """Returns a finite number of at least 0; an int stays an int."""
    number = _as_number(value)
    if number is None or not number >= 0:
        raise _error(owner, name, "a number of at least 0", value, "Pass 0 or a larger number.")
    return number


def unit_interval(
    value: Any, name: str, owner: Any, *, zero: bool = True, one: bool = True
) -> float:
    """Returns a number from 0 to 1, such as a probability.

    Args:
        value: The argument.
        name: Its name.
        owner: Whose argument it is.
        zero: Bool. Whether 0 itself is allowed.
        one: Bool. Whether 1 itself is allowed.

    Example:

    >>> unit_interval(0.5, "rate", "Dropout")
    0.5
    """
    number = _as_number(value)
    excluded = (number == 0 and not zero) or (number == 1 and not one)
    if number is None or excluded or not 0 <= number <= 1:
        interval = f"{'[' if zero else '('}0, 1{']' if one else ')'}"
        fix = "Pass a fraction, such as 0.5."
        raise _error(owner, name, f"a number in {interval}", value, fix)
    return number


def boolean(value: Any, name: str, owner: Any) -> bool:
    """Returns a bool; 0 and 1 count, strings do not."""
    if value not in (True, False):
        raise _error(owner, name, "a bool", value, "Pass `True` or `False`.")
    return bool(value)


def function(value: Any, name: str, owner: Any) -> Callable:
    """Returns a callable."""
    if not callable(value):
        raise _error(owner, name, "callable", value, "Pass a function.")
    return value


def one_of(
    value: Any, name: str, owner: Any, choices: Iterable[Any], *, ignore_case: bool = False
) -> Any:
    """Returns the choice that the value equals; the error suggests the nearest.

    Example:

    >>> one_of("maxx", "mode", "EarlyStopping", ("auto", "min", "max"))
    Traceback (most recent call last):
    ValueError: EarlyStopping: `mode` must be one of 'auto', 'min', 'max', but received 'maxx'. \
Did you mean 'max'?
    """
    choices = tuple(choices)
    wanted = value.lower() if ignore_case and isinstance(value, str) else value
    for choice in choices:
        # `==` alone would take 1 for True, and compare arrays item by item.
        alike = isinstance(value, str) if isinstance(choice, str) else type(value) is type(choice)
        if alike and choice == wanted:
            return choice
    names = ", ".join(map(repr, choices))
    fix = suggestion(value, [c for c in choices if isinstance(c, str)]) or "Pass one of these."
    raise _error(owner, name, f"one of {names}", value, fix)


def padding(value: Any, name: str, owner: Any, choices: Iterable[str] = ("valid", "same")) -> str:
    """Returns a padding mode in lower case; `choices` gains `"causal"` where a layer has it."""
    return one_of(value, name, owner, choices, ignore_case=True)


def data_format(value: Any, name: str, owner: Any, default: str = "channels_last") -> str:
    """Returns `"channels_last"` or `"channels_first"`, and `default` for `None`.

    The configured format is read by the caller, one floor up:
    `data_format(value, "data_format", self, default=config.image_data_format())`.
    """
    if value is None:
        return default
    choices = ("channels_last", "channels_first")
    return one_of(value, name, owner, choices, ignore_case=True)


def int_tuple(
    value: Any, name: str, owner: Any, size: int, *, allow_zero: bool = False
) -> tuple[int, ...]:
    """Returns `size` ints, as for kernel sizes, strides and dilations; one int stands for all.

    Args:
        value: An int, or a sequence of `size` ints.
        name: The argument's name.
        owner: Whose argument it is.
        size: Int. How many are needed.
        allow_zero: Bool. Whether 0 is allowed.

    Example:

    >>> int_tuple(3, "kernel_size", "Conv2D", 2)
    (3, 3)
    """
    least = 0 if allow_zero else 1
    items = [value] * size if _as_int(value) is not None else _listed(value)
    numbers = [n for n in map(_as_int, items or ()) if n is not None and n >= least]
    if items is None or len(items) != size or len(numbers) != size:
        expected = f"an integer or {size} integers, each at least {least}"
        fix = f"Pass an int, or a tuple such as {(2,) * size}."
        raise _error(owner, name, expected, value, fix)
    return tuple(numbers)


def shape(value: Any, name: str, owner: Any) -> tuple[int | None, ...]:
    """Returns a shape as a tuple of ints of at least 0 and `None`; one int is a shape of one axis.

    Example:

    >>> shape([None, 28], "shape", "Input")
    (None, 28)
    """
    items = [value] if _as_int(value) is not None else _listed(value)
    sizes = [None if item is None else _as_int(item) for item in items or ()]
    wrong = (
        d is not None and (n is None or n < 0) for d, n in zip(items or (), sizes, strict=True)
    )
    if items is None or any(wrong):
        expected = "a tuple of ints and `None`"
        raise _error(owner, name, expected, value, "Pass a shape such as (28,) or (None, 28).")
    return tuple(sizes)


def axis(value: Any, name: str, owner: Any, rank: int) -> int:
    """Returns an axis counted from the front, in `[0, rank)`.

    Example:

    >>> axis(-1, "axis", "BatchNormalization", 4)
    3
    """
    number = _as_int(value)
    if number is None or not -rank <= number < rank:
        expected = f"an axis in [{-rank}, {rank})"
        raise _error(owner, name, expected, value, f"The tensor has {rank} axes; name one of them.")
    return number % rank


def axes(value: Any, name: str, owner: Any, rank: int) -> tuple[int, ...]:
    """Returns distinct axes counted from the front; one int is one axis, `None` is all of them.

    Example:

    >>> axes((1, -1), "axis", "LayerNormalization", 3)
    (1, 2)
    """
    if value is None:
        return tuple(range(rank))
    items = [value] if _as_int(value) is not None else _listed(value)
    if items is None:
        raise _error(owner, name, "an axis or several", value, "Pass an int or a tuple of ints.")
    numbers = tuple(axis(item, name, owner, rank) for item in items)
    if len(set(numbers)) != len(numbers):
        raise _error(owner, name, "distinct axes", value, "Name each axis once.")
    return numbers


def no_unknown_keywords(keywords: Mapping[str, Any], owner: Any, known: Iterable[str]) -> None:
    """Raises for left-over keyword arguments and suggests the known name nearest to the first.

    Args:
        keywords: The keyword arguments that nobody took; empty if all is well.
        owner: Whose constructor or function it is.
        known: Names that could have been meant.

    Raises:
        ValueError: If `keywords` is not empty.

    Example:

    >>> no_unknown_keywords({"unit": 3}, "Dense", ["units", "use_bias"])
    Traceback (most recent call last):
    ValueError: Dense does not know the keyword arguments unit=3. Did you mean 'units'?
    """
    if keywords:
        known = sorted(known)
        given = ", ".join(f"{key}={value!r}" for key, value in keywords.items())
        fix = suggestion(next(iter(keywords)), known) or f"It takes: {', '.join(known)}."
        raise ValueError(f"{described(owner)} does not know the keyword arguments {given}. {fix}")


def _error(owner, name, expected, value, fix):
    who = described(owner)
    return ValueError(f"{who}: `{name}` must be {expected}, but received {value!r}. {fix}")


def _as_int(value):
    """The int that `value` is, or `None`: bools, floats and strings are not."""
    if type(value).__name__ in ("bool", "bool_"):  # Python's and numpy's
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def _as_number(value):
    """A finite int or float, from Python, numpy or a scalar array; `None` for anything else."""
    number = _as_int(value)
    if number is None and not isinstance(value, (bool, str, bytes)):
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
    return number if number is not None and math.isfinite(number) else None


def _listed(value):
    """Items of a tuple, list or one-dimensional array; `None` for anything else."""
    if isinstance(value, (str, bytes, Mapping)):
        return None
    try:
        return list(value)
    except TypeError:
        return None


def _folded(name):
    return name.lower().replace("_", "")


_NOTE = "Raised in a call of "
_INNER = "Raised by "


@contextmanager
def noted(owner: Any, /, **tensors: Any):
    """Adds a note to an error from inside: whose call it was, and what tensors came.

    Errors of JAX name the shapes of an operation, not the layer or loss that it belongs to. The
    innermost owner adds its note; those around it add nothing.

    Args:
        owner: Whose call it is, as `described` takes it.
        **tensors: Tensors, or nested lists and dicts of them, by the name of their argument.

    Example:

    >>> try:
    ...     with noted("Demo", x=np.ones((2, 3), "float32")):
    ...         raise ValueError("wrong shape")
    ... except ValueError as error:
    ...     print(error.__notes__)
    ['Raised in a call of Demo. Received: x=float32 (2, 3)']
    """
    try:
        yield
    except Exception as error:
        if not any(note.startswith(_NOTE) for note in getattr(error, "__notes__", ())):
            error.add_note(f"{_NOTE}{described(owner)}. Received: {_came(tensors)}")
        raise


def note_inner(error: Exception, what: str, arguments: Mapping[str, Any]) -> None:
    """Adds a note to an error that a function met: which one it was, and what it was given.

    Such functions call each other; the outermost, which is the one in the user's code or in a
    layer, is named.

    Args:
        error: The error, which is to be raised on.
        what: The function in words.
        arguments: Its arguments by name.

    Example:

    >>> error = ValueError("axis 7 is out of bounds")
    >>> note_inner(error, "the op `sum`", {"x": np.ones((2, 3), "float32"), "axis": 7})
    >>> error.__notes__
    ['Raised by the op `sum`. Received: x=float32 (2, 3), axis=7']
    """
    others = [note for note in getattr(error, "__notes__", ()) if not note.startswith(_INNER)]
    error.__notes__ = [f"{_INNER}{what}. Received: {_came(arguments)}", *others]


def noting(fn: Callable) -> Callable:
    """Decorator: an error from inside says by a note which function it met, and what was given.

    Of a method, the object is named.

    Example:

    >>> @noting
    ... def half(x):
    ...     return x / 2
    >>> try:
    ...     half("a")
    ... except TypeError as error:
    ...     print(error.__notes__)
    ["Raised by `half`. Received: x='a'"]
    """
    names = tuple(inspect.signature(fn).parameters)

    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            owner = given.pop("self", None)
            whose = "" if owner is None else f" of {described(owner)}"
            note_inner(error, f"`{fn.__name__}`{whose}", given)
            raise

    return wrapper


def _came(arguments) -> str:
    shown = ", ".join(f"{name}={_in_short(x)}" for name, x in arguments.items())
    return shown or "no tensors"


def _in_short(x: Any) -> str:
    """Dtypes and shapes of a structure of tensors; numbers and words; the type of anything else."""
    if isinstance(x, Mapping):
        return "{" + ", ".join(f"{key!r}: {_in_short(item)}" for key, item in x.items()) + "}"
    if isinstance(x, (list, tuple)):
        shown = ", ".join(map(_in_short, x[:_MOST]))
        return f"[{shown}, ... {len(x)} in all]" if len(x) > _MOST else f"[{shown}]"
    if hasattr(x, "shape") and hasattr(x, "dtype"):
        return f"{x.dtype} {tuple(x.shape)}"
    if x is None or isinstance(x, (bool, int, float, str)):
        return f"{x!r:.60}"
    return x.__name__ if isinstance(x, type) else type(x).__name__


# Entries of a list that a note shows.
_MOST = 8

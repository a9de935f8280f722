"""JSON text to dicts and lists, with bounds on size, nesting and number of items.

Python's parser recurses once per level and builds objects far larger than their text, so both
are counted first, in one linear pass that jumps over strings.
"""

import json
import re
from itertools import accumulate

from ._budget import shorten, size
from ._errors import BrokenFileError, UnsafeFileError

# A string may lack its closing quote, and no quantifier stands before another: nothing backtracks.
_ESCAPED, _STRING = re.compile(r"\\.", re.DOTALL), re.compile('"[^"]*"?')
_NO_BRACKETS = re.compile(r"[^\[{\]}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def parse_json(text, where, meter):
    """Parse one JSON object.

    Args:
        text: String or UTF-8 bytes.
        where: String. The place of the text in the file, for messages.
        meter: `Meter` of the file.

    Returns:
        A dict.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> parse_json('{"units": 3}', "config", Meter("model.json", 12, Budget()))
    {'units': 3}
    """
    budget = meter.budget
    if len(text) > budget.max_json_bytes:
        raise UnsafeFileError(
            f"{meter.name}: the JSON text '{where}' has {size(len(text))}, and the budget allows "
            f"{size(budget.max_json_bytes)}. If you trust the file, raise `max_json_bytes`."
        )
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise _not_json(meter, where, error) from error
    _check_nesting(text, where, meter)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_json(meter, where, error) from error
    if not isinstance(value, dict):
        raise BrokenFileError(
            f"{meter.name}: '{where}' should be a JSON object (`{{...}}`), but it is "
            f"{shorten(repr(value), 60)}. The file was not written by Keras, or was changed since."
        )
    return value


def _check_nesting(text, where, meter):
    # The parser gets no further than a backslash outside of a string, or a quote that has no end.
    outside = _STRING.sub("", _ESCAPED.sub("", text))
    items, most = sum(map(outside.count, "[{]},:")), meter.budget.max_json_items
    steps = map(_STEPS.__getitem__, _NO_BRACKETS.sub("", outside)) if items <= most else ()
    depth = max(accumulate(steps), default=0)
    if depth > meter.budget.max_json_depth or items > most:
        raise UnsafeFileError(
            f"{meter.name}: the JSON text '{where}' has {items} items, nested "
            f"{depth or 'an unknown number of'} levels deep, and the budget allows {most} items "
            f"and {meter.budget.max_json_depth} levels. If you trust the file, raise "
            "`max_json_depth` or `max_json_items`."
        )


def _not_json(meter, where, error):
    return BrokenFileError(
        f"{meter.name}: '{where}' should hold JSON text, but it does not parse ({error}). The "
        "file is damaged; save the model again, or fetch the file again."
    )

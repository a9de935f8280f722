"""JSON text to dicts and lists, with bounds on size, nesting and number of items.

Python's parser recurses once per level and builds objects far larger than their text, so both
are counted first, in one linear pass that jumps over strings.
"""

import json
import re

from ._budget import shorten, size
from ._errors import BrokenFileError, UnsafeFileError

# The quantifiers are possessive and the closing quote optional: no input makes this backtrack.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{\]},:]', re.DOTALL)


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
    depth = items = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] == '"':
            continue
        items += 1
        if token in "[{":
            depth += 1
        elif token in "]}":
            depth -= 1
        if depth > meter.budget.max_json_depth or items > meter.budget.max_json_items:
            raise UnsafeFileError(
                f"{meter.name}: the JSON text '{where}' is nested {depth} levels deep with "
                f"{items} items so far, and the budget allows {meter.budget.max_json_depth} "
                f"levels and {meter.budget.max_json_items} items. If you trust the file, raise "
                "`max_json_depth` or `max_json_items`."
            )


def _not_json(meter, where, error):
    return BrokenFileError(
        f"{meter.name}: '{where}' should hold JSON text, but it does not parse ({error}). The "
        "file is damaged; save the model again, or fetch the file again."
    )

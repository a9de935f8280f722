"""YAML text of Keras 1 and 2 to dicts and lists: data alone, whatever tags the text has.

`model.to_yaml()` wrote tuples and names with Python's tags, and what came twice once, with a mark.
Such marks can make a short text endless, so nodes are counted as often as they are reached. The
parser is PyYAML's, which comes with flax.
"""

import json

import yaml

from ._budget import Budget, Meter, shorten, size
from ._errors import BrokenFileError, UnsafeFileError

# Tags of Python that are data: what the text calls a tuple is read as a list.
_TEXTS = ("str", "unicode")
_LISTS = ("tuple", "list")
# The parser is slow, and the largest architectures have some hundred kilobytes.
_MAX_BYTES = 4 << 20
_PREFIX = "tag:yaml.org,2002:python/"


class _DataLoader(yaml.SafeLoader):
    """The safe loader, and tuples. Any other tag of Python is an error there."""


for _name in _LISTS:
    _DataLoader.add_constructor(
        _PREFIX + _name, lambda loader, node: loader.construct_sequence(node, deep=True)
    )
for _name in _TEXTS:
    _DataLoader.add_constructor(_PREFIX + _name, lambda loader, node: loader.construct_scalar(node))


def parse_yaml(text, where, meter):
    """Parse one YAML mapping.

    Args:
        text: String or UTF-8 bytes.
        where: String. The place of the text in the file, for messages.
        meter: `Meter` of the file.

    Returns:
        A dict of dicts, lists, strings, numbers, bools and None.

    Raises:
        UnsafeFileError: If the text exceeds the budget or asks for an object of Python.
        BrokenFileError: If it is no YAML mapping.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> parse_yaml("shape: !!python/tuple [null, 3]", "/", Meter("m.yaml", 31, Budget()))
    {'shape': [None, 3]}
    """
    limit = min(meter.budget.max_json_bytes, _MAX_BYTES)
    if len(text) > limit:
        raise UnsafeFileError(
            f"{meter.name}: the YAML text '{where}' has {size(len(text))}, and at most "
            f"{size(limit)} are read. Write the architecture as JSON with `model.to_json()`."
        )
    try:
        _check_events(text, where, meter)
        loader = _DataLoader(text)
        try:
            node = loader.get_single_node()
            if node is not None:
                _count(node, where, meter, {}, ())
            value = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.constructor.ConstructorError as error:
        raise UnsafeFileError(
            f"{meter.name}: the YAML text '{where}' asks for more than data "
            f"({shorten(str(error.problem), 200)}). Nothing of it was made. Do not use this file."
        ) from error
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, UnsafeFileError):
            raise
        raise BrokenFileError(
            f"{meter.name}: '{where}' should hold YAML text, but it does not parse "
            f"({shorten(str(error), 200)}). The file is damaged; fetch it again."
        ) from error
    if not isinstance(value, dict):
        raise BrokenFileError(
            f"{meter.name}: '{where}' should be a YAML mapping, but it is "
            f"{shorten(repr(value), 60)}. The file was not written by Keras."
        )
    return value


def yaml_to_json(text) -> str:
    """The JSON text of what a YAML text says.

    Args:
        text: String.

    Example:

    >>> yaml_to_json("units: 3")
    '{"units": 3}'
    """
    return json.dumps(parse_yaml(text, "/", Meter("the YAML text", len(text), Budget())))


def _check_events(text, where, meter):
    """Bounds nesting before anything is built: PyYAML recurses once for each level."""
    depth = items = 0
    for event in yaml.parse(text, Loader=_DataLoader):
        items += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > meter.budget.max_json_depth or items > meter.budget.max_json_items:
            raise _too_much(where, meter)


def _count(node, where, meter, counts, above):
    """How many nodes there are below a node, with those that marks repeat."""
    if id(node) in above:
        raise _too_much(where, meter)
    if id(node) not in counts:
        total, above = 1, (*above, id(node))
        if len(above) > meter.budget.max_json_depth:
            raise _too_much(where, meter)
        if isinstance(node, yaml.MappingNode):
            children = [child for pair in node.value for child in pair]
        else:
            children = node.value if isinstance(node, yaml.SequenceNode) else ()
        for child in children:
            total += _count(child, where, meter, counts, above)
        counts[id(node)] = total
    if counts[id(node)] > meter.budget.max_json_items:
        raise _too_much(where, meter)
    return counts[id(node)]


def _too_much(where, meter):
    budget = meter.budget
    return UnsafeFileError(
        f"{meter.name}: the YAML text '{where}' is nested deeper or holds more items, those that "
        f"it repeats included, than the budget allows ({budget.max_json_depth} levels and "
        f"{budget.max_json_items} items). If you trust the file, raise `max_json_depth` or "
        "`max_json_items`."
    )

"""JSON text is bounded before it is parsed."""

import pytest

from kerajax.saving.read import BrokenFileError, Budget, Meter, UnsafeFileError, parse_json


def _parse(text, **limits):
    return parse_json(text, "config", Meter("model.json", len(text), Budget(**limits)))


def test_brackets_in_strings_do_not_count():
    """Nesting is counted outside strings only, escapes included."""
    assert _parse(r'{"a": "[[[\"[[[\\", "b": [1]}', max_json_depth=2)["b"] == [1]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "[" * 9 + "]" * 9])
def test_deep_nesting_is_refused(text):
    """Python's parser, which recurses, never sees it."""
    with pytest.raises(UnsafeFileError, match="max_json_depth"):
        _parse(text, max_json_depth=8)


def test_size_and_items_are_bounded():
    """A short text of many items is refused by their number, a long one by its size."""
    with pytest.raises(UnsafeFileError, match="max_json_bytes"):
        _parse('{"a": "' + "x" * 100 + '"}', max_json_bytes=50)
    with pytest.raises(UnsafeFileError, match="max_json_items"):
        _parse('{"a": [' + "0," * 100 + "0]}", max_json_items=50)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "null", b"\xff\xfe{", '{"a": ' + "9" * 5000 + "}"]
)
def test_other_text_is_reported_as_damage(text):
    """The message says which part of which file."""
    with pytest.raises(BrokenFileError, match=r"model\.json.*config"):
        _parse(text)


def test_unfinished_strings_take_linear_time():
    """Quotes and escapes that never close are passed over once."""
    with pytest.raises(BrokenFileError):
        _parse('{"' + '\\"' * 1_000_000)

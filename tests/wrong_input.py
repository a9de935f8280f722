"""What kerajax and the wheel raise where both are used wrongly."""

import keras

import kerajax


def raised(function, package):
    """The exception of `function(package)`, or None."""
    try:
        function(package)
    except Exception as error:  # noqa: BLE001  (any type is to be compared)
        return error
    return None


def said_where_both_refuse(function):
    """Message and notes of kerajax' error, after a look that the wheel raises the same type."""
    here, there = raised(function, kerajax), raised(function, keras)
    assert there is not None
    assert isinstance(here, type(there)), (here, there)
    return "\n".join([str(here), *getattr(here, "__notes__", ())])

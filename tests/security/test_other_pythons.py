"""Bytecode that another version of Python wrote, read with trust: named as such, never run."""

import base64
import marshal
import opcode
import sys

import numpy as np
import pytest

from kerajax.objects import load_code
from kerajax.objects._code import is_of_this_python
from kerajax.saving import load_model

from . import hostile

AT = 26


def _raw(fn):
    return bytearray(marshal.dumps(fn.__code__))


def _of_python_3_10():
    """One more count in front of the instructions."""
    raw = _raw(lambda x: 2 * x)
    return raw[:17] + bytes(4) + raw[17:]


def _of_python_3_7():
    """The form of today by chance, but no instruction to resume."""
    raw = _raw(lambda x: 2 * x)
    at = raw.index(opcode.opmap["RESUME"], AT)
    raw[at : at + 2] = bytes([opcode.opmap["NOP"], 0])
    return raw


def _of_other_numbers():
    raw = _raw(lambda x: 2 * x)
    unknown = next(n for n in range(1, 256) if opcode.opname[n].startswith("<"))
    raw[raw.index(opcode.opmap["RESUME"], AT) + 2] = unknown
    return raw


def _of_other_gaps():
    """An instruction with one unit of cache less than this version leaves."""
    raw = _raw(lambda x: x.real)
    at = raw.index(opcode.opmap["LOAD_ATTR"], AT) + 2
    length = int.from_bytes(raw[AT - 4 : AT], "little")
    raw[AT - 4 : AT] = (length - 2).to_bytes(4, "little")
    del raw[at : at + 2]
    return raw


OTHERS = {
    "3.10": _of_python_3_10,
    "3.7": _of_python_3_7,
    "numbers": _of_other_numbers,
    "gaps": _of_other_gaps,
    "cut": lambda: _raw(lambda x: x)[:30],
    "text": lambda: b"no code at all, but a text that is long enough",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_code_of_another_python_is_named(kind, tmp_path):
    """The message says which Python this is and what to do; a function in its place is taken."""
    code = base64.b64encode(bytes(OTHERS[kind]())).decode("ascii")
    here = f"this is Python {sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(ValueError, match=f"another version of Python.*{here}.*custom_objects"):
        load_code((code, None, None))
    inner = {"code": code, "defaults": None, "closure": None}
    evil = hostile.layer("Lambda", {"function": {"class_name": "__lambda__", "config": inner}})
    path = hostile.archive(tmp_path / "m.keras", hostile.sequential(evil))
    with pytest.raises((ValueError, TypeError), match="another version of Python"):
        load_model(path, safe_mode=False)
    model = load_model(path, safe_mode=False, custom_objects={"evil": lambda x: 3 * x})
    np.testing.assert_array_equal(model(np.ones((1, 3))), [[3, 3, 3]])


def test_code_of_this_python_is_not_another_python():
    """Calls, closures, loops, attributes and defaults of what this Python writes."""
    n = 3

    def outer(x, y=2, *, z=None):
        total = [x[i] ** y for i in range(n) if i]
        with np.errstate(all="ignore"):
            for value in total:
                z = {"a": value, **(z or {})}
        return f"{z!r}", x.real @ x.T, (lambda t: t + n)(x)

    for fn in (outer, lambda x: x, lambda x: np.maximum(x[..., :1], 0.5), hostile.layer):
        assert is_of_this_python(bytes(_raw(fn)))

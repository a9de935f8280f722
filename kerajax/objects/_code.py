"""Lambdas as Keras writes them: marshalled Python bytecode in base64.

Reading it back runs whatever the file says, and works in the Python version that wrote it only.
`_deserialize` calls `load_code` after the caller has said `safe_mode=False`, never before.
"""

import base64
import binascii
import builtins
import marshal
import opcode
import sys
import types

import numpy as np

from kerajax.objects._scopes import state

_CODE_AT = 26


def dump_code(fn):
    """`(code, defaults, closure)` of a Python function.

    Example:

    >>> load_code(dump_code(lambda x, n=2: x * n))(3)
    6
    """
    code = base64.encodebytes(marshal.dumps(fn.__code__)).decode("ascii")
    closure = tuple(cell.cell_contents for cell in fn.__closure__) if fn.__closure__ else None
    return code, fn.__defaults__, closure


def load_code(dumped, names=None):
    """A function from `dump_code`'s tuple. Runs untrusted code: ask first.

    Args:
        dumped: `(code, defaults, closure)`, or the code alone.
        names: Dict of global names the function sees, beside numpy as `np` and custom objects.

    Returns:
        A Python function.
    """
    code, defaults, closure = _parts(dumped)
    try:
        raw = base64.b64decode(code.encode("ascii"), validate=False)
        # Python does not look at the version itself, and may crash in code of another one.
        if not is_of_this_python(raw):
            raise ValueError("its instructions are not those of this version")
        loaded = marshal.loads(raw)
    except (ValueError, EOFError, TypeError, UnicodeEncodeError, binascii.Error) as error:
        raise ValueError(
            "The lambda in this file cannot be read: its bytecode was written by another version "
            f"of Python, and this is Python {sys.version_info.major}.{sys.version_info.minor}. "
            "Pass `custom_objects={'name of the layer': function}`, or rebuild the model in code "
            "and load its weights."
        ) from error
    return types.FunctionType(
        loaded,
        {"__builtins__": builtins, "np": np, **state.custom_objects, **(names or {})},
        loaded.co_name,
        tuple(defaults) if defaults else None,
        tuple(types.CellType(_value(cell)) for cell in closure) if closure else None,
    )


def is_of_this_python(raw) -> bool:
    """Whether marshalled code has the form of this version of Python, as far as that shows.

    Each version numbers its instructions anew and leaves other gaps (caches) behind them. Code that
    passes is made of instructions with the same numbers and gaps in both versions.

    Args:
        raw: Bytes that `marshal.dumps` made of a code object.

    Example:

    >>> is_of_this_python(marshal.dumps((lambda x: x + 1).__code__)), is_of_this_python(b"c")
    (True, False)
    """
    # A mark, five counts, and the instructions as bytes: so it is since Python 3.11.
    if len(raw) < _CODE_AT or raw[0] & 0x7F != ord("c") or raw[_CODE_AT - 5] & 0x7F != ord("s"):
        return False
    length = int.from_bytes(raw[_CODE_AT - 4 : _CODE_AT], "little")
    code = raw[_CODE_AT : _CODE_AT + length]
    at, resumes = 0, False
    while at < len(code):
        name = opcode.opname[code[at]]
        if name.startswith("<") or name == "CACHE":
            return False
        resumes |= name == "RESUME"
        gap = 2 * _caches(code[at], name)
        if any(code[at + 2 : at + 2 + gap : 2]):
            return False
        at += 2 + gap
    return resumes and at == len(code) == length


def _caches(number, name):
    """Units of cache after an instruction, which the compiler leaves empty."""
    caches = opcode._inline_cache_entries
    return caches.get(name, 0) if isinstance(caches, dict) else caches[number]


def _parts(dumped):
    """Code, defaults and closure of a dumped function, in which the last two may be missing."""
    if isinstance(dumped, dict):
        return (
            dumped.get("code", dumped.get("value")),
            dumped.get("defaults"),
            dumped.get("closure"),
        )
    if not isinstance(dumped, (list, tuple)):
        return dumped, None, None
    return (*dumped, None, None)[:3]


def _value(cell):
    return cell.cell_contents if isinstance(cell, types.CellType) else cell

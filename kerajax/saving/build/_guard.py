"""Building from a file that may be hostile: what it may allocate, and how it may fail."""

import dis
import os
import sys
import sysconfig
from contextlib import contextmanager

from kerajax.backend import VariableMeterScope
from kerajax.objects import VariableMeter, memory_of_machine
from kerajax.saving.read import UnsafeFileError
from kerajax.saving.read import size as readable

_MIB = 1 << 20
# A model has its weights once; what a file leaves out of them (states, counters) is small.
_EXPANSION = 4
_ALLOWANCE = 256 * _MIB
# What code meets in a config of another form than any Keras wrote.
_SURPRISES = (AttributeError, LookupError, ArithmeticError, RuntimeError, MemoryError, TypeError)
_RAISE = dis.opmap["RAISE_VARARGS"]
_PACKAGE = os.path.join(os.path.realpath(os.path.dirname(sys.modules["kerajax"].__file__)), "")
_LIBRARIES = (
    _PACKAGE,
    *(
        os.path.realpath(sysconfig.get_path(name)) + os.sep
        for name in ("stdlib", "purelib", "platlib")
    ),
)


@contextmanager
def guarded_build(name, stored=None):
    """Makes objects of a config within a memory, and reports a config that is none.

    Errors of the user's own classes pass as they are.

    Args:
        name: String. What messages call the file.
        stored: Optional int. Bytes of all arrays that the file holds: its model needs as much, or a
            few times that. None if the file holds none; then the memory of this computer counts.

    Raises:
        UnsafeFileError: If variables would take more than that.
        ValueError: If the config is not of the form that Keras writes.

    Example:

    >>> with guarded_build("model.keras"):
    ...     {}["class_name"]
    Traceback (most recent call last):
    ValueError: model.keras: the config of the model is not...KeyError: 'class_name'...
    """
    limit = memory_of_machine() if stored is None else stored * _EXPANSION + _ALLOWANCE
    meter = VariableMeter(
        limit,
        lambda path, taken: UnsafeFileError(
            f"{name}: variable '{path}' and those before it would take {readable(taken)}, and the "
            f"file gives reason for {readable(limit)} at most. Do not use this file; if you trust "
            "it, build the model in code and load its weights."
        ),
    )
    try:
        with VariableMeterScope(meter):
            yield
    except _SURPRISES as error:
        said = isinstance(error, NotImplementedError) or (
            isinstance(error, TypeError) and _is_raised_here(error.__traceback__)
        )
        if said or not _is_of_libraries(error.__traceback__):
            raise
        raise ValueError(
            f"{name}: the config of the model is not of the form that Keras writes, and cannot be "
            f"read ({type(error).__name__}: {error}). The file is damaged; save the model again, "
            "or fetch the file again."
        ) from error


def _is_of_libraries(traceback):
    """Whether the error arose without code of the user's being called."""
    names = []
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_filename)
        traceback = traceback.tb_next
    # The frame of the `with` block itself is not the file's doing.
    return all(
        name.startswith("<") or os.path.realpath(name).startswith(_LIBRARIES) for name in names[2:]
    )


def _is_raised_here(traceback):
    """Whether a statement of the package raised the error, which then says what is wrong.

    An operation that met a value of another type knows nothing of files.
    """
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    in_package = os.path.realpath(code.co_filename).startswith(_PACKAGE)
    return in_package and code.co_code[traceback.tb_lasti] == _RAISE

"""What is no data in a pickle: functions, classes and closures of users.

Pickle writes these by their place in a module, so that what is made inside a function, in a
notebook's cell or as a lambda does not go into it. `cloudpickle` writes the code itself.
"""

import importlib.util
import pickle
import types
import warnings

from kerajax.objects._code import dump_code, load_code

_MSG = (
    "{value!r} cannot be pickled: {error}. `pip install cloudpickle`, with which kerajax writes "
    "such things whole, or define it at the top of a module."
)


class Carried:
    """A value inside a pickle or a copy: itself in a copy; in a pickle by name, or else as code.

    Args:
        value: Function, class, or something made of functions.
        instead: String or None. What happens without the value where it cannot be pickled, for a
            warning; None is then carried. By default that is an error.

    Raises:
        TypeError: In pickling, if the value has no name in a module, `cloudpickle` is not
            installed, and the value is no function.

    Example:

    >>> import copy, pickle
    >>> carried = Carried(lambda x: 3 * x)
    >>> copy.deepcopy(carried) is carried, pickle.loads(pickle.dumps(carried)).value(2)
    (True, 6)
    """

    def __init__(self, value, instead=None):
        self.value = value
        self._instead = instead

    def __deepcopy__(self, memo):
        return self

    def __reduce__(self):
        try:
            pickle.dumps(self.value)
            return Carried, (self.value,)
        except Exception as error:  # noqa: BLE001 - objects of users raise what they like
            return self._as_code(error)

    def _as_code(self, error):
        if importlib.util.find_spec("cloudpickle") is not None:
            return Carried, (_Whole(self.value),)
        if isinstance(self.value, types.FunctionType):
            return _with_code, dump_code(self.value)
        message = _MSG.format(value=self.value, error=error)
        if self._instead is None:
            raise TypeError(message) from error
        warnings.warn(f"{message} {self._instead}", stacklevel=2)
        return Carried, (None,)


class _Whole:
    """In a pickle the code of a value, out of it the value."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        import cloudpickle

        return pickle.loads, (cloudpickle.dumps(self.value),)


def _with_code(code, defaults, closure):
    return Carried(load_code((code, defaults, closure)))

"""What every initializer is: a function of shape and dtype, with a config."""

import inspect

from kerajax._checks import noting
from kerajax.objects import Configurable, publish


@publish("keras.initializers.Initializer", "keras.Initializer")
class Initializer(Configurable):
    """Base of all initializers: override `__call__(shape, dtype=None)`.

    An initializer gives the first value of a weight. It has no state: with one seed it returns the
    same values in every call.

    Example:

    >>> class Half(kerajax.initializers.Initializer):
    ...     def __call__(self, shape, dtype=None, **kwargs):
    ...         return kerajax.ops.full(shape, 0.5, dtype=dtype)
    >>> Half()((2,)).tolist()
    [0.5, 0.5]
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if inspect.isfunction(vars(cls).get("__call__")):
            cls.__call__ = noting(cls.__call__)
            if "_later" not in vars(cls):
                # What the base says of its own call does not hold for another one.
                cls._later = Initializer._later

    def __call__(self, shape, dtype=None):
        """The first value: a tensor of `shape` and `dtype` (the default float if absent)."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `__call__`. Initializer subclasses must implement "
            "`def __call__(self, shape, dtype=None): ...`."
        )

    def _later(self, shape, dtype):
        """What makes the first value on the host when it is called; None if that cannot wait."""
        return None

    def clone(self):
        """A new initializer with the same config."""
        return type(self).from_config(self.get_config())

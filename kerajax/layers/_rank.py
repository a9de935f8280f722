"""Families over one, two or three spatial axes: one constructor, and a rank and docstring each."""

import inspect
import types

from kerajax.backend import standardize_data_format
from kerajax.layers._base import Layer


class RankFamily(Layer):
    """Base of layers that work on `rank` spatial axes between or after batch and channels.

    A subclass that only says its `rank` gets the constructor of its family, with the defaults
    named in `_per_axis` written once for each axis, as signatures of Keras have them.
    """

    rank = 1
    _per_axis: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs):
        own = cls.__dict__
        if own.get("rank", 1) > 1 and "__init__" not in own:
            cls.__init__ = _with_defaults_per_axis(cls.__init__, cls._per_axis, cls.rank)
        super().__init_subclass__(**kwargs)

    def _set_data_format(self, data_format):
        self.data_format = standardize_data_format(data_format)

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else 1

    @property
    def _spatial_axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self.rank))

    def _framed(self, values, fill) -> tuple:
        """One value for each axis: `values` on the spatial axes, `fill` on batch and channels."""
        if self.data_format == "channels_last":
            return (fill, *values, fill)
        return (fill, fill, *values)


def _with_defaults_per_axis(init, names, rank):
    """A copy of the constructor `init` whose defaults of `names` are tuples of `rank` values."""
    plain = inspect.unwrap(init)
    parameters = inspect.signature(plain).parameters.values()
    defaults = tuple(
        (p.default,) * rank if p.name in names else p.default
        for p in parameters
        if p.default is not p.empty
    )
    return types.FunctionType(
        plain.__code__, plain.__globals__, plain.__name__, defaults, plain.__closure__
    )

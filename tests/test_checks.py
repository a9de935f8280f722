"""The argument checkers accept what they should and say who, what came and what to do."""

import jax.numpy as jnp
import numpy as np
import pytest

from kerajax import _checks


class Dense:
    """An owner with a name, as layers have."""

    name = "head"


OWNER = Dense()


@pytest.mark.parametrize(
    "check, arguments, value, expected",
    [
        (_checks.positive_int, (), np.int64(3), 3),
        (_checks.positive_int, (), jnp.asarray(3), 3),
        (_checks.non_negative_int, (), 0, 0),
        (_checks.positive_float, (), np.float32(0.5), 0.5),
        (_checks.positive_float, (), 2, 2),
        (_checks.non_negative_float, (), 0, 0),
        (_checks.unit_interval, (), 1, 1),
        (_checks.unit_interval, (), 0.25, 0.25),
        (_checks.boolean, (), np.True_, True),
        (_checks.boolean, (), 0, False),
        (_checks.function, (), len, len),
        (_checks.one_of, (("min", "max"),), "min", "min"),
        (_checks.one_of, (("min", None),), None, None),
        (_checks.one_of, (("min", "max"),), np.str_("min"), "min"),
        (_checks.padding, (), "SAME", "same"),
        (_checks.padding, (("valid", "same", "causal"),), "causal", "causal"),
        (_checks.data_format, (), None, "channels_last"),
        (_checks.data_format, ("channels_first",), None, "channels_first"),
        (_checks.data_format, (), "Channels_First", "channels_first"),
        (_checks.int_tuple, (2,), 3, (3, 3)),
        (_checks.int_tuple, (2,), [1, np.int32(2)], (1, 2)),
        (_checks.int_tuple, (2,), np.array([1, 2]), (1, 2)),
        (_checks.shape, (), 5, (5,)),
        (_checks.shape, (), [None, 3], (None, 3)),
        (_checks.shape, (), (), ()),
        (_checks.axis, (4,), -1, 3),
        (_checks.axes, (4,), (0, -1), (0, 3)),
        (_checks.axes, (3,), None, (0, 1, 2)),
        (_checks.axes, (3,), 1, (1,)),
    ],
)
def test_accepted_in_standard_form(check, arguments, value, expected):
    """Numpy and JAX scalars count as numbers, names are lowered, short forms are spelled out."""
    result = check(value, "argument", OWNER, *arguments)
    assert result == expected and type(result) is type(expected)


@pytest.mark.parametrize(
    "check, arguments, values",
    [
        (_checks.positive_int, (), [0, -1, 3.0, "3", True, np.True_, None, [1]]),
        (_checks.non_negative_int, (), [-1, 0.0, None]),
        (_checks.positive_float, (), [0, -0.1, float("nan"), float("inf"), "1", True, None]),
        (_checks.non_negative_float, (), [-1e-9, "0", None]),
        (_checks.unit_interval, (), [-0.1, 1.1, float("nan"), "0.5", True]),
        (_checks.boolean, (), ["True", None, 2]),
        (_checks.function, (), ["relu", None]),
        (_checks.one_of, ((1, 2),), [True, 1.0, 3]),
        (_checks.padding, (), ["causal", 1, None]),
        (_checks.data_format, (), ["NHWC", 1]),
        (_checks.int_tuple, (2,), [0, (1,), (1, 2, 3), (1, 0), (1, None), "ab", 1.5, None, {1: 2}]),
        (_checks.shape, (), [(1.5,), "ab", None, (-1,)]),
        (_checks.axis, (2,), [2, -3, None, 0.0]),
        (_checks.axes, (2,), [(0, -2), (0, 2), 1.5]),
    ],
)
def test_rejected_with_who_what_and_what_to_do(check, arguments, values):
    """The message opens with the owner, names the argument and shows the value."""
    for value in values:
        with pytest.raises(ValueError, match=r"^Dense 'head': `argument` must be ") as caught:
            check(value, "argument", OWNER, *arguments)
        message = str(caught.value)
        shown = value[-1] if check is _checks.axes and value == (0, 2) else value
        assert f"but received {shown!r}. " in message
        assert message.endswith((".", "?"))


def test_bounds_of_the_unit_interval():
    """0 and 1 can be excluded, and the message shows the interval."""
    with pytest.raises(ValueError, match=r"a number in \(0, 1\]"):
        _checks.unit_interval(0, "rate", OWNER, zero=False)
    with pytest.raises(ValueError, match=r"a number in \[0, 1\)"):
        _checks.unit_interval(1.0, "rate", OWNER, one=False)


def test_zero_in_int_tuple():
    """Croppings and paddings may be 0."""
    assert _checks.int_tuple(0, "padding", OWNER, 2, allow_zero=True) == (0, 0)


def test_owner_may_be_object_class_function_or_text():
    """Constructors check before `name` exists; then the class alone is named."""

    class Nameless:
        @property
        def name(self):
            raise AttributeError("not yet")

    assert _checks.described(OWNER) == "Dense 'head'"
    assert _checks.described(Dense) == "Dense"
    assert _checks.described(Nameless()) == "Nameless"
    assert _checks.described(_checks.axis) == "axis"
    assert _checks.described("Model.fit") == "Model.fit"


@pytest.mark.parametrize(
    "name, match",
    [("Softmaxx", "softmax"), ("leakyrelu", "leaky_relu"), ("quaternion", None), (3, None)],
)
def test_nearest_name(name, match):
    """Case and underscores do not count; nothing alike gives nothing."""
    assert _checks.nearest(name, ["softmax", "leaky_relu", "elu"]) == match
    assert _checks.suggestion(name, ["softmax", "leaky_relu"]) == (
        f"Did you mean {match!r}?" if match else ""
    )


def test_unknown_keywords():
    """Nothing left over is fine; else the nearest known name, or all of them."""
    _checks.no_unknown_keywords({}, OWNER, ["units"])
    with pytest.raises(ValueError, match=r"Dense 'head' .* unit=3\. Did you mean 'units'\?"):
        _checks.no_unknown_keywords({"unit": 3}, OWNER, ["units", "name"])
    with pytest.raises(ValueError, match=r"It takes: name, units\."):
        _checks.no_unknown_keywords({"zzz": 3}, OWNER, ["units", "name"])

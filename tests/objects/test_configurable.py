"""Configs from signatures, and the hook around constructors."""

import copy
import inspect

import numpy as np
import pytest

from kerajax.objects import EraScope, current_era
from tests.objects.samples import LSTM, Dense, Layer, TimeDistributed


class MyLayer(Layer):
    def __init__(self, size, rates=(1, 2), **kwargs):
        super().__init__(**kwargs)
        self.size = size


class MyDense(Dense):
    def __init__(self, units, extra=3, **kwargs):
        super().__init__(units, **kwargs)


def test_config_is_the_signature():
    """Arguments are read from the attributes of their names, base entries first."""
    assert Dense(3, "relu", name="d").get_config() == {
        "name": "d",
        "trainable": True,
        "units": 3,
        "activation": "relu",
        "kernel_initializer": "glorot_uniform",
    }


def test_config_has_configs_of_objects():
    """Objects among the arguments are written, and read again."""
    layer = TimeDistributed(Dense(3, name="inner"))
    config = layer.get_config()
    assert config["layer"]["class_name"] == "Dense"
    assert TimeDistributed.from_config(config).layer.get_config() == layer.layer.get_config()


def test_signature_is_kept():
    """Tools that read signatures see the constructor as it is written."""
    assert list(inspect.signature(Dense).parameters) == [
        "units",
        "activation",
        "kernel_initializer",
        "kwargs",
    ]


def test_after_init_runs_once_at_the_end():
    """However long the chain of constructors."""
    assert Dense(3).times_finished == 1
    assert MyDense(3).times_finished == 1
    assert MyLayer(3).times_finished == 1


def test_failing_constructors_leave_no_mark():
    """A second try on the same object is complete."""
    layer = Dense.__new__(Dense)
    with pytest.raises(ValueError, match="Unrecognized"):
        layer.__init__(3, nothing=1)
    layer.__init__(3)
    assert layer.times_finished == 1
    assert "_constructing" not in vars(layer)


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_keywords_of_user_classes_are_left_alone():
    """A user's `output_dim` is theirs; what they hand on is the base class' business."""

    class Mine(Layer):
        def __init__(self, output_dim, init="mine", **kwargs):
            self.seen = dict(kwargs)
            super().__init__(**kwargs)
            self.output_dim, self.init = output_dim, init

    mine = Mine(output_dim=3, batch_input_shape=(2, 8))
    assert mine.seen == {"batch_input_shape": (2, 8)}
    assert (mine.output_dim, mine.init, mine.shapes) == (3, "mine", {"batch_shape": (2, 8)})

    class Inner(Dense):
        def __init__(self):
            super().__init__(output_dim=7, init="zero")

    assert (Inner().units, Inner().kernel_initializer) == (7, "zero")


def test_config_of_a_user_class_without_get_config():
    """Simple arguments are remembered, defaults included."""
    layer = MyLayer(4, name="m")
    assert layer.get_config() == {"name": "m", "trainable": True, "size": 4, "rates": (1, 2)}
    assert MyLayer.from_config(layer.get_config()).size == 4
    assert MyDense(5, extra=7).get_config()["extra"] == 7


def test_config_of_a_closed_user_class():
    """A constructor without `**kwargs` gets only what it takes."""

    class Closed(Dense):
        def __init__(self, width=2):
            super().__init__(width)

    assert Closed(5).get_config() == {"width": 5}
    assert Closed.from_config(Closed(5).get_config()).units == 5


def test_config_of_a_user_class_with_get_config():
    """Its own method adds to what the base class gives, as Keras has it."""

    class Mine(Dense):
        def __init__(self, units, thing, **kwargs):
            super().__init__(units, **kwargs)
            self.thing = thing

        def get_config(self):
            return {**super().get_config(), "thing": str(self.thing)}

    config = Mine(3, object).get_config()
    assert config["thing"] == "<class 'object'>"
    assert config["units"] == 3


def test_arguments_that_no_config_can_hold():
    """As in Keras, the class has to say how it is written."""
    with pytest.raises(NotImplementedError, match="non-serializable argument values"):
        MyLayer(np.ones(3)).get_config()

    class Variadic(Layer):
        def __init__(self, *sizes):
            super().__init__()

    with pytest.raises(NotImplementedError, match="variadic positional"):
        Variadic(1, 2).get_config()
    assert Variadic().get_config() == {}


def test_from_config_tells_what_went_wrong():
    """TypeError, with the class, the config and the cause."""
    with pytest.raises(TypeError, match=r"deserializing class 'Dense' using config=\{'a': 1\}"):
        Dense.from_config({"a": 1})


def test_objects_can_be_copied():
    """What the hook keeps travels with the object."""
    layer = copy.deepcopy(MyLayer(4))
    assert layer.get_config()["size"] == 4


def test_the_era_of_a_file_ends_with_its_scope():
    """Scopes restore what was, errors included."""
    with pytest.raises(KeyError), EraScope("2.2"):
        assert current_era() == "2.2"
        raise KeyError
    assert current_era() == "3"
    with pytest.raises(ValueError, match="one of the eras"):
        EraScope("2.1")


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_strings_inside_an_old_call_are_of_its_era():
    """The constructor runs in the era that its arguments show."""
    seen = []

    class Mine(LSTM):
        def __setattr__(self, name, value):
            seen.append(current_era())
            super().__setattr__(name, value)

    Mine(output_dim=3)
    assert "1" in seen
    assert current_era() == "3"

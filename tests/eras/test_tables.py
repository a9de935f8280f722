"""The tables of old spellings against what Keras 3 really takes."""

import inspect

import keras
import pytest

from kerajax import eras
from kerajax.eras import _layers, _modules, _names, _positions, _training, _values

# Revived classes and Keras' own base class have no modern signature to compare with.
_REVIVED_OR_BASE = {"Layer", "Optimizer", "LocallyConnected1D", "LocallyConnected2D"}
_ASIDE_OR_OWN = {"batch_shape"}


def _modern_class(name):
    for module in (
        keras.initializers,
        keras.layers,
        keras.optimizers,
        keras.losses,
        keras.regularizers,
        keras.constraints,
        keras.callbacks,
        keras,
    ):
        if hasattr(module, name):
            return getattr(module, name)
    raise LookupError(name)


def _accepted(cls):
    names = set()
    for base in cls.__mro__:
        if "__init__" in vars(base) and base is not object:
            parameters = inspect.signature(base.__init__).parameters
            names |= set(parameters)
    return names | {"input_shape", "inputs", "outputs"}


@pytest.mark.parametrize("name", sorted({**_layers.LAYERS, **_training.OBJECTS}))
def test_modern_arguments_exist_in_keras_3(name):
    """Every row ends at an argument that the modern class takes."""
    if name in _REVIVED_OR_BASE:
        return
    accepted = _accepted(_modern_class(name)) if name != "Input" else {"dtype", "batch_shape"}
    for old, row in eras.arguments(name).items():
        for new in (row.new,) if isinstance(row.new, str) else row.new or ():
            if not row.aside:
                assert new in accepted | _ASIDE_OR_OWN, f"{name}: {old} -> {new}"


@pytest.mark.parametrize("name", sorted(_values.DEFAULTS))
def test_defaults_belong_to_arguments_of_keras_3(name):
    """A changed default is one of an argument that exists, and differs from today's."""
    owner, _, method = name.partition(".")
    cls = _modern_class(owner)
    signature = inspect.signature(getattr(cls, method) if method else cls.__init__)
    for argument, by_era in _values.DEFAULTS[name].items():
        assert set(by_era) <= set(eras.ERAS[:-1])
        if argument == "batch_shape":
            # Every layer takes it among its further keywords.
            continue
        assert argument in signature.parameters
        if argument != "recurrent_activation":
            assert signature.parameters[argument].default not in by_era.values()


@pytest.mark.parametrize("name", sorted(_positions.POSITIONS))
def test_old_orders_are_of_known_arguments(name):
    """Each name in an old order is an old argument, a joined part, or right today."""
    known = {*eras.arguments(name), *eras.arguments("Layer"), *eras.arguments("Optimizer")}
    known |= {part for join in eras.joins(name) for part in join.parts}
    owner, _, method = name.partition(".")
    if method:
        known |= set(inspect.signature(getattr(_modern_class(owner), method)).parameters)
        assert set(eras.positions(name).order) <= known
    elif name not in _REVIVED_OR_BASE:
        known |= _accepted(_modern_class(name))
        assert set(eras.positions(name).order) <= known
    tell = eras.positions(name).tell
    assert tell is None or tell.index < len(eras.positions(name).order)


@pytest.mark.parametrize(
    "kind", ["losses", "metrics", "regularizers", "constraints", "activations"]
)
def test_modern_strings_are_known_to_keras_3(kind):
    """What a string is translated to is a name that Keras 3 knows."""
    module = getattr(keras, kind)
    for modern in _names.STRINGS[kind].values():
        assert module.get(modern) is not None


def test_modern_modules_exist_in_keras_3():
    """Old module paths lead to modules that are public today."""
    for places in _modules.MODULES.values():
        for path in places:
            module = keras
            for part in path.split(".")[1:]:
                module = getattr(module, part)


def test_modern_class_names_exist_in_keras_3():
    """Old class names lead to classes of today, or to revived ones."""
    for modern in _names.CLASSES.values():
        if modern not in ("PyDataset", "Functional"):
            assert _modern_class(modern)


@pytest.mark.parametrize(
    ("old", "modern"),
    [
        ("keras.layers.core", "keras.layers"),
        ("keras.layers.rnn.lstm", "keras.layers"),
        ("keras.layers.experimental.preprocessing", "keras.layers"),
        ("keras.src.layers.core.dense", "keras.layers"),
        ("tensorflow.python.keras.layers.recurrent", "keras.layers"),
        ("keras.optimizers.experimental", "keras.optimizers"),
        ("keras.optimizers.schedules.learning_rate_schedule", "keras.optimizers.schedules"),
        ("keras.utils.np_utils", "keras.utils"),
        ("keras.initializations", "keras.initializers"),
        ("tf_keras.losses", "keras.losses"),
    ],
)
def test_old_module_paths(old, modern):
    """The first place to look is the module that has the names today."""
    assert eras.modules(old)[0] == modern


def test_modules_without_successor_have_none():
    """Internal modules of old packages, and foreign ones, lead nowhere."""
    assert eras.modules("keras.utils.tf_utils") == ()
    assert eras.modules("keras.feature_column.base") == ()
    assert eras.modules("numpy.linalg") == ()


def test_padding_dicts_become_pairs():
    """Keras 1 named the sides; absent ones are zero."""
    assert eras.value("padding_2d", {"left_pad": 1, "bottom_pad": 2}) == ((0, 2), (1, 0))
    assert eras.value("padding_1d", {"left_pad": 3}) == (3, 0)
    assert eras.value("padding_2d", (1, 1)) == (1, 1)


def test_axis_lists_of_one_become_ints():
    """TensorFlow wrote `axis` of BatchNormalization as a list."""
    assert eras.value("single", [3]) == 3
    assert eras.value("single", [1, 2]) == [1, 2]


def test_hard_sigmoid_keeps_its_meaning_per_era():
    """Its slope changed with Keras 3, silently."""
    assert eras.string("activations", "hard_sigmoid", "tf2") == "hard_sigmoid_keras2"
    assert eras.string("activations", "hard_sigmoid", "3") == "hard_sigmoid"

"""Old scripts of which only the import was changed: `kerajax` where `keras` stood."""

import importlib
import warnings

import numpy as np
import pytest

import kerajax
from kerajax.objects import LegacySpellingWarning

IMPORTS = """
kerajax.activations relu
kerajax.applications.vgg16 VGG16
kerajax.backend function sum int_shape placeholder image_dim_ordering
kerajax.callbacks.callbacks EarlyStopping
kerajax.engine.topology Layer
kerajax.initializations glorot_uniform
kerajax.layers MaxoutDense Highway Merge merge CuDNNLSTM Convolution2D LocallyConnected2D
kerajax.layers.advanced_activations LeakyReLU
kerajax.layers.convolutional Conv2D MaxPooling2D ZeroPadding2D
kerajax.layers.core Dense Dropout Activation Flatten Lambda
kerajax.layers.experimental preprocessing
kerajax.layers.experimental.preprocessing Rescaling
kerajax.layers.merge concatenate Add
kerajax.layers.normalization BatchNormalization
kerajax.layers.recurrent LSTM GRU
kerajax.legacy.layers Highway AddLoss
kerajax.legacy.saving serialize_keras_object
kerajax.losses mse Reduction
kerajax.metrics mse
kerajax.models model_from_yaml load_model
kerajax.objectives mse
kerajax.optimizers.legacy SGD
kerajax.preprocessing text
kerajax.preprocessing.image ImageDataGenerator load_img
kerajax.preprocessing.sequence pad_sequences TimeseriesGenerator
kerajax.preprocessing.text Tokenizer
kerajax.regularizers l1l2
kerajax.utils np_utils vis_utils
kerajax.utils.generic_utils CustomObjectScope
kerajax.utils.np_utils to_categorical
kerajax.wrappers.scikit_learn KerasClassifier
"""
LINES = [line.split() for line in IMPORTS.strip().splitlines()]
PAIRS = [(module, name) for module, *names in LINES for name in names]


@pytest.fixture(autouse=True)
def _spellings_are_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LegacySpellingWarning)
        yield


@pytest.mark.parametrize(("module", "name"), PAIRS, ids=[".".join(pair) for pair in PAIRS])
def test_names_of_old_are_among_the_modules(module, name):
    """The same object as after `kerajax.install()`, by import and by attribute."""
    found = getattr(importlib.import_module(module), name)
    assert found is not None
    by_attribute = kerajax
    for part in [*module.split(".")[1:], name]:
        by_attribute = getattr(by_attribute, part)
    assert by_attribute is found


def test_a_script_of_keras_2_trains():
    """Names, arguments and modules of its time, none of which Keras 3 has."""
    from kerajax.layers.core import Dense, Dropout

    from kerajax import backend as K
    from kerajax.models import Sequential
    from kerajax.utils import np_utils

    model = Sequential()
    model.add(Dense(output_dim=8, input_dim=4, activation="relu"))
    model.add(Dropout(p=0.1))
    model.add(Dense(output_dim=3, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer=kerajax.optimizers.SGD(lr=0.1))
    x = np.random.rand(20, 4)
    y = np_utils.to_categorical(np.arange(20) % 3, nb_classes=3)
    model.fit(x, y, nb_epoch=2, verbose=0)
    hidden = K.function([model.layers[0].input, K.learning_phase()], [model.layers[0].output])
    assert hidden([x, 0])[0].shape == (20, 8)


@pytest.mark.parametrize(
    ("module", "name", "hint"),
    [
        ("kerajax.layers", "Dnese", "Did you mean 'Dense'"),
        ("kerajax.layers.core", "Dnese", "Did you mean 'Dense'"),
        ("kerajax.backend", "placeholders", "Did you mean 'placeholder'"),
        ("kerajax.models", "Sequental", "Did you mean 'Sequential'"),
        ("kerajax", "Sequental", "Did you mean 'Sequential'"),
    ],
)
def test_what_no_keras_had_is_refused(module, name, hint):
    """The nearest name is told."""
    with pytest.raises(AttributeError, match=hint):
        getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", ["kerajax.layers.Dnese", "kerajax.nothing", "kerajax.layers.x.y"])
def test_modules_that_no_keras_had_are_not_found(path):
    """As Python says it."""
    with pytest.raises(ModuleNotFoundError, match="No module named"):
        importlib.import_module(path)


def test_kerajax_looks_for_its_own_names_alone():
    """What old names stand for is searched among the names of today."""
    assert not hasattr(kerajax.layers, "__path_of_old__")
    assert "MaxoutDense" not in dir(kerajax.layers)

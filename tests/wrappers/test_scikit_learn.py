"""`KerasClassifier` and `KerasRegressor` of Keras 1 and 2, as scripts of their time use them."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import kerajax
from kerajax import layers
from kerajax.wrappers.scikit_learn import KerasClassifier, KerasRegressor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype("float32")
CLASSES = np.argmax(X, axis=1)
SIGNS = np.where(X[:, 0] > 0, "up", "down")
SUMS = X.sum(axis=1)


def create_model(rate=0.05, units=8):
    model = kerajax.Sequential()
    model.add(layers.Dense(units, input_dim=3, activation="relu"))
    model.add(layers.Dense(3, activation="softmax"))
    model.compile(
        loss="categorical_crossentropy",
        optimizer=kerajax.optimizers.Adam(rate),
        metrics=["accuracy"],
    )
    return model


def binary_model(rate=0.05):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, activation="sigmoid")])
    model.compile(kerajax.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def regression_model():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile(kerajax.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def test_arguments_go_to_whoever_takes_them():
    """`units` to the builder, `epochs` and `verbose` to `fit`, `batch_size` to all."""
    classifier = KerasClassifier(create_model, units=5, epochs=3, batch_size=20, verbose=0)
    assert classifier.filter_sk_params(create_model) == {"units": 5}
    history = classifier.fit(X, CLASSES)
    assert len(history.epoch) == 3 and classifier.model.layers[0].units == 5
    assert len(classifier.fit(X, CLASSES, epochs=1).epoch) == 1
    assert classifier.get_params()["epochs"] == 3


@pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")
def test_old_spellings_are_arguments_too():
    """Scripts of Keras 1 say `nb_epoch`."""
    classifier = KerasClassifier(build_fn=create_model, nb_epoch=2, verbose=0)
    assert len(classifier.fit(X, CLASSES).epoch) == 2


def test_integer_classes_become_columns_for_the_loss():
    """`score` is the accuracy of the model; classes and columns give the same."""
    classifier = KerasClassifier(create_model, epochs=30, verbose=0)
    classifier.fit(X, CLASSES)
    assert classifier.predict(X).shape == (60,) and classifier.n_classes_ == 3
    accuracy = np.mean(classifier.predict(X) == CLASSES)
    assert classifier.score(X, CLASSES) == pytest.approx(accuracy) and accuracy > 0.8
    columns = kerajax.utils.to_categorical(CLASSES)
    assert classifier.score(X, columns) == pytest.approx(accuracy)
    np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    classifier.fit(X, columns, epochs=1)
    assert classifier.classes_.tolist() == [0, 1, 2]


def test_one_output_is_the_probability_of_the_second_class():
    """Two columns of `predict_proba`; labels of any type come back."""
    classifier = KerasClassifier(binary_model, epochs=40, verbose=0)
    classifier.fit(X, SIGNS)
    proba = classifier.predict_proba(X)
    assert proba.shape == (60, 2)
    assert (classifier.predict(X)[:, 0] == np.where(proba[:, 1] > 0.5, "up", "down")).all()
    assert classifier.score(X, SIGNS) > 0.9


def test_grid_search_over_the_builder_and_fit():
    """The classic script: a search over optimizers, epochs and sizes of batches."""
    grid = {"rate": [0.0, 0.05], "epochs": [30], "batch_size": [10]}
    search = GridSearchCV(KerasClassifier(build_fn=binary_model, verbose=0), grid, cv=2)
    result = search.fit(X, SIGNS)
    assert result.best_params_ == {"rate": 0.05, "epochs": 30, "batch_size": 10}
    assert result.best_score_ > 0.8
    assert result.best_estimator_.model.layers[-1].units == 1


def test_cross_validation_in_a_pipeline():
    """The score of a regressor is minus the loss, and the best is the highest."""
    steps = [
        ("standardize", StandardScaler()),
        ("mlp", KerasRegressor(build_fn=regression_model, epochs=20, batch_size=10, verbose=0)),
    ]
    scores = cross_val_score(Pipeline(steps), X, SUMS, cv=KFold(n_splits=2))
    assert scores.shape == (2,) and (scores < 0).all() and (scores > -0.5).all()


def test_score_of_a_regressor_is_minus_its_loss():
    regressor = KerasRegressor(regression_model, verbose=0)
    regressor.fit(X, SUMS)
    error = np.mean((regressor.predict(X) - SUMS) ** 2)
    assert regressor.score(X, SUMS) == pytest.approx(-error, rel=1e-4)


def test_clone_and_pickle():
    """Lists stay what they were given as; a trained model travels along."""
    callbacks = [kerajax.callbacks.EarlyStopping("loss")]
    regressor = KerasRegressor(regression_model, epochs=2, verbose=0)
    regressor.fit(X, SUMS)
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))
    copy = clone(KerasRegressor(regression_model, callbacks=callbacks))
    assert isinstance(copy.get_params()["callbacks"][0], kerajax.callbacks.EarlyStopping)


def test_builders_of_other_kinds():
    """An object with `__call__`, or the estimator itself."""

    class Builder:
        def __call__(self, units):
            return create_model(units=units)

    class Own(KerasClassifier):
        def __call__(self, units=2):
            return create_model(units=units)

    for classifier in (KerasClassifier(Builder(), units=4, verbose=0), Own(units=4, verbose=0)):
        classifier.fit(X, CLASSES)
        assert classifier.model.layers[0].units == 4


def test_wrong_arguments_raise():
    """Slips are found before training; what is set stays as it was."""
    with pytest.raises(ValueError, match="unit is not a legal parameter.*Did you mean 'units'"):
        KerasClassifier(create_model, unit=4)
    classifier = KerasClassifier(create_model, units=4)
    with pytest.raises(ValueError, match="rat is not a legal parameter"):
        classifier.set_params(units=5, rat=1)
    assert classifier.get_params() == {"units": 4, "build_fn": create_model}
    with pytest.raises(AttributeError, match="call `fit` first"):
        classifier.predict(X)
    with pytest.raises(ValueError, match="Invalid shape for y"):
        classifier.fit(X, np.zeros((60, 2, 2)))
    regressing = KerasClassifier(regression_model, verbose=0)
    regressing.fit(X, CLASSES)
    with pytest.raises(ValueError, match="not configured to compute accuracy"):
        regressing.score(X, CLASSES)


def test_import_paths_of_old():
    """`keras` and `tensorflow.keras` both had them."""
    script = """
import kerajax
kerajax.install()
from keras.wrappers.scikit_learn import KerasClassifier as first
from tensorflow.keras.wrappers.scikit_learn import KerasRegressor as second
from kerajax.wrappers.scikit_learn import BaseWrapper, KerasClassifier, KerasRegressor
assert first is KerasClassifier and second is KerasRegressor
assert issubclass(first, BaseWrapper)
"""
    # The Keras wheel may be imported in this process.
    subprocess.run([sys.executable, "-c", script], check=True)

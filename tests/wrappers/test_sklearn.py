"""Models as estimators of scikit-learn: its own checks, searches, pipelines, clones, pickles."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import kerajax
from kerajax import layers
from kerajax.initializers import GlorotUniform
from kerajax.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NAMES = np.array(["a", "b", "c"])[np.argmax(X, axis=1)]
SUMS = X.sum(axis=1)


def network(X, y, units=8, rate=0.05, head="softmax", loss="categorical_crossentropy"):
    # The same weights at each start, which some of scikit-learn's checks want.
    outputs = layers.Dense(y.shape[1], activation=head, kernel_initializer=GlorotUniform(seed=1))
    hidden = layers.Dense(units, activation="relu", kernel_initializer=GlorotUniform(seed=2))
    model = kerajax.Sequential([kerajax.Input(X.shape[1:]), hidden, outputs])
    model.compile(kerajax.optimizers.Adam(rate), loss)
    return model


def regression():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    model.compile(kerajax.optimizers.SGD(0.1), "mse")
    return model


QUIET = {"epochs": 30, "verbose": 0}
NUMBERS = {"head": None, "loss": "mse"}
# Two fits then take the same steps, from the same weights.
IN_ORDER = {"shuffle": False, "verbose": 0}

# What Keras' wheel lists for its own wrappers, with its reasons.
_EXPECTED = {
    "check_classifiers_one_label_sample_weights": "weights of 0 do not drop samples",
    "check_classifiers_classes": "after few steps some classes are never predicted",
    "check_classifier_data_not_an_array": "two fits start from different weights",
    "check_supervised_y_2d": "two fits start from different weights",
    "check_fit_idempotent": "two fits start from different weights",
    "check_classifiers_train": "outputs may be probabilities or logits",
}


@pytest.mark.slow
@parametrize_with_checks(
    [
        SKLearnClassifier(network, fit_kwargs={"epochs": 5, "verbose": 0}),
        SKLearnRegressor(network, model_kwargs=NUMBERS, fit_kwargs=IN_ORDER),
        SKLearnTransformer(network, model_kwargs=NUMBERS, fit_kwargs=IN_ORDER),
    ],
    expected_failed_checks=lambda e: _EXPECTED if isinstance(e, SKLearnClassifier) else {},
)
def test_checks_of_sklearn(estimator, check):
    """Its own list of what an estimator must do."""
    check(estimator)


def test_classifier_gives_back_the_labels_it_was_given():
    """Labels of any type; `score` is scikit-learn's accuracy."""
    classifier = SKLearnClassifier(network, fit_kwargs=QUIET).fit(X, NAMES)
    assert is_classifier(classifier) and classifier.classes_.tolist() == ["a", "b", "c"]
    predicted = classifier.predict(X)
    assert predicted.dtype == NAMES.dtype and classifier.score(X, NAMES) > 0.8
    columns = classifier.decision_function(X)
    assert (classifier.classes_[columns.argmax(axis=1)] == predicted).all()
    assert classifier.epoch_ == 30 and classifier.n_features_in_ == 3


def test_arguments_of_fit_count_before_those_of_the_estimator():
    """And the estimator keeps its own, for the next fit and for clones."""
    classifier = SKLearnClassifier(network, fit_kwargs=QUIET)
    classifier.fit(X, NAMES, epochs=2)
    assert classifier.epoch_ == 2 and classifier.fit_kwargs == QUIET
    assert clone(classifier).fit_kwargs == QUIET


def test_given_model_is_cloned_unless_the_start_is_warm():
    """Each fit starts from new weights; a warm one goes on with those of the last."""
    model = regression()
    before = model.get_weights()
    cold = SKLearnRegressor(model, fit_kwargs=QUIET).fit(X, SUMS)
    assert is_regressor(cold) and cold.model_ is not model
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert cold.score(X, SUMS) > 0.99 and cold.predict(X).shape == (60,)

    warm = SKLearnRegressor(model, warm_start=True, fit_kwargs={"epochs": 1, "verbose": 0})
    scores = [warm.fit(X, SUMS).score(X, SUMS) for _ in range(8)]
    assert warm.model_ is model and scores[-1] > 0.99 > scores[0]


def test_search_over_arguments_of_the_model():
    """`model_kwargs` and `fit_kwargs` are parameters like any others."""
    grid = {"model_kwargs": [{"rate": 0.0}, {"rate": 0.05}], "fit_kwargs": [QUIET]}
    search = GridSearchCV(SKLearnClassifier(network), grid, cv=2, refit=False).fit(X, NAMES)
    assert search.best_params_["model_kwargs"] == {"rate": 0.05} and search.best_score_ > 0.7


def test_pipelines_and_cross_validation():
    """Between a scaler in front, and as a step before another estimator."""
    pipe = make_pipeline(StandardScaler(), SKLearnRegressor(regression(), fit_kwargs=QUIET))
    assert cross_val_score(pipe, X, SUMS, cv=2).min() > 0.95
    encoder = SKLearnTransformer(network, model_kwargs={"head": None, "loss": "mse"})
    encoder.set_params(fit_kwargs=QUIET)
    pipe = make_pipeline(encoder, SKLearnRegressor(network, model_kwargs=encoder.model_kwargs))
    assert pipe.fit(X, SUMS).predict(X).shape == (60,)
    assert encoder.transform(X).shape == (60, 1)


def test_pickle_keeps_the_trained_model():
    """Predictions are the same afterwards."""
    regressor = SKLearnRegressor(regression(), fit_kwargs=QUIET).fit(X, SUMS)
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))


def test_metadata_routing():
    """Sample weights reach `fit` inside a search once they are asked for."""
    regressor = SKLearnRegressor(regression(), fit_kwargs=QUIET)
    with pytest.raises(RuntimeError, match="enable_metadata_routing"):
        regressor.set_fit_request(sample_weight=True)
    with sklearn.config_context(enable_metadata_routing=True):
        regressor.set_fit_request(sample_weight=True)
        pipe = make_pipeline(regressor)
        # Samples of weight 0 teach nothing.
        weights, wrong = np.ones(60), SUMS.copy()
        weights[::2], wrong[::2] = 0, 100
        pipe.fit(X, wrong, sample_weight=weights)
    assert np.corrcoef(pipe.predict(X), SUMS)[0, 1] > 0.99


def test_wrong_use_raises():
    """The types that scikit-learn and Keras raise."""
    with pytest.raises(NotFittedError):
        SKLearnClassifier(network).predict(X)
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1)])
    with pytest.raises(RuntimeError, match="needs to be compiled"):
        SKLearnRegressor(model).fit(X, SUMS)
    with pytest.raises(ValueError, match="Only binary and multiclass"):
        SKLearnClassifier(network).fit(X, SUMS)
    with pytest.raises(ValueError, match="only one class"):
        SKLearnClassifier(network).fit(X, np.zeros(60))


def test_without_sklearn_the_extra_is_named():
    """The classes can be imported and the old wrappers work; today's say what to install."""
    code = """
import sys
sys.modules["sklearn"] = None
import numpy as np
import kerajax
from kerajax.wrappers import SKLearnClassifier
from kerajax.wrappers.scikit_learn import KerasRegressor
def build():
    model = kerajax.Sequential([kerajax.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model
regressor = KerasRegressor(build, verbose=0)
regressor.fit(np.ones((4, 2)), np.ones(4))
assert regressor.predict(np.ones((3, 2))).shape == (3,)
try:
    SKLearnClassifier(build)
except ImportError as error:
    assert "pip install 'kerajax[sklearn]'" in str(error), error
else:
    raise SystemExit("no ImportError")
"""
    env = {**os.environ, "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, timeout=300)

"""`KerasClassifier` and `KerasRegressor`, as `keras.wrappers.scikit_learn` had them until 2.11.

Their keyword arguments are meant for whoever takes them: the function that builds the model, or
`fit`, `predict` and `evaluate` of the model. scikit-learn need not be installed to train one; where
it is, searches and cross-validation take them. Today's classes are in `keras.wrappers`.
"""

import inspect

import numpy as np

from kerajax import eras, losses
from kerajax._checks import suggestion
from kerajax.models import Sequential
from kerajax.utils import to_categorical
from kerajax.wrappers._bases import BaseEstimator, ClassifierMixin, RegressorMixin

_METHODS = (Sequential.fit, Sequential.predict, Sequential.evaluate)


class BaseWrapper(BaseEstimator):
    """What the two estimators share.

    Args:
        build_fn: Function that returns a compiled model, or an object that can be called for one.
            None: a subclass has a method `__call__` for it.
        **sk_params: Arguments of `build_fn`, and of `fit`, `predict` and `evaluate` of the model,
            such as `epochs` and `batch_size`. All can be searched.

    Raises:
        ValueError: If nobody takes an argument.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.check_params(sk_params)

    def check_params(self, params):
        """Raises ValueError for the first name that neither `build_fn` nor the model takes."""
        known = {name for fn in (self._builder(), *_METHODS) for name in _arguments(fn)}
        for name in params:
            if name not in known:
                raise ValueError(
                    f"{name} is not a legal parameter of {type(self).__name__}: neither `build_fn` "
                    "nor `fit`, `predict` or `evaluate` of the model takes it. "
                    f"{suggestion(name, known)}".rstrip()
                )

    def get_params(self, **params):
        """All arguments by name; `params` of scikit-learn are not looked at."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params):
        """Sets arguments by name, and returns the estimator.

        Raises:
            ValueError: If nobody takes one of them; nothing is set then.
        """
        before = self.build_fn
        self.build_fn = params.pop("build_fn", before)
        try:
            self.check_params(params)
        except ValueError:
            self.build_fn = before
            raise
        self.sk_params = {**self.sk_params, **params}
        return self

    def filter_sk_params(self, fn, override=None):
        """The arguments that `fn` takes, and those of the dict `override`."""
        known = _arguments(fn)
        own = {name: value for name, value in self.sk_params.items() if name in known}
        return {**own, **(override or {})}

    def fit(self, x, y, **kwargs):
        """Builds a model and trains it.

        Args:
            x: Array `(samples, ...)`.
            y: Targets.
            **kwargs: Arguments of `Model.fit`, which count before those of the estimator.

        Returns:
            `History`.
        """
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        y = self._targets(y)
        return self.model.fit(x, y, **self.filter_sk_params(Sequential.fit, kwargs))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model")

    def _builder(self):
        return self.__call__ if self.build_fn is None else self.build_fn

    def _targets(self, y):
        """Targets as the loss of the model wants them."""
        return y

    def _outputs(self, x, kwargs):
        if not hasattr(self, "model"):
            raise AttributeError(f"This {type(self).__name__} has no model yet: call `fit` first.")
        return self.model.predict(x, **self.filter_sk_params(Sequential.predict, kwargs))

    def _logs(self, x, y, kwargs):
        kwargs = self.filter_sk_params(Sequential.evaluate, kwargs)
        return self.model.evaluate(x, y, **{**kwargs, "return_dict": True})


class KerasClassifier(ClassifierMixin, BaseWrapper):
    """A classifier around a function that builds a model.

    For one output it is the probability of the second class; for more, one per class.

    Args:
        build_fn: As in `BaseWrapper`.
        **sk_params: As in `BaseWrapper`.

    Example:

    >>> def build(units=4):
    ...     model = kerajax.Sequential([
    ...         kerajax.layers.Dense(units), kerajax.layers.Dense(1, activation="sigmoid")])
    ...     model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    ...     return model
    >>> from kerajax.wrappers.scikit_learn import KerasClassifier
    >>> classifier = KerasClassifier(build, units=8, epochs=2, verbose=0)
    >>> history = classifier.fit(np.ones((6, 3)), np.array([0, 1, 0, 1, 0, 1]))
    >>> classifier.predict_proba(np.ones((2, 3))).shape
    (2, 2)
    """

    def fit(self, x, y, sample_weight=None, **kwargs):
        """Builds a model and trains it.

        Args:
            x: Array `(samples, ...)`.
            y: Classes `(samples,)` or `(samples, 1)`, of any type; or a column for each class.
            sample_weight: Optional weights `(samples,)`.
            **kwargs: Arguments of `Model.fit`, which count before those of the estimator.

        Returns:
            `History`.

        Raises:
            ValueError: If `y` has another rank.
        """
        y = np.array(y)
        if y.ndim not in (1, 2):
            raise ValueError(
                f"Invalid shape for y: {y.shape}. KerasClassifier takes classes (samples,), or a "
                "column for each class."
            )
        one_hot = y.ndim == 2 and y.shape[1] > 1
        self.classes_ = np.arange(y.shape[1]) if one_hot else np.unique(y)
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The most likely classes: `(samples,)`, or `(samples, 1)` for a model of one output."""
        outputs = self._outputs(x, kwargs)
        indices = outputs.argmax(axis=-1) if outputs.shape[-1] > 1 else (outputs > 0.5).astype(int)
        return self.classes_[indices]

    def predict_proba(self, x, **kwargs):
        """The probability of each class, `(samples, classes)`; two columns for one output."""
        outputs = self._outputs(x, kwargs)
        return np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    def score(self, x, y, **kwargs):
        """The accuracy that the model computes.

        Raises:
            ValueError: If it was not compiled with `metrics=["accuracy"]`.
        """
        logs = self._logs(x, self._targets(np.array(y)), kwargs)
        for name in ("accuracy", "acc"):
            if name in logs:
                return logs[name]
        raise ValueError(
            "The model is not configured to compute accuracy, but only "
            f"{', '.join(logs)}. Pass `metrics=['accuracy']` to `model.compile`."
        )

    def _targets(self, y):
        if y.ndim == 2 and y.shape[1] > 1:
            return y
        y = np.searchsorted(self.classes_, y)
        loss = self.model.loss
        if isinstance(loss, str):
            loss = losses.get(loss)
        if loss is losses.categorical_crossentropy or isinstance(
            loss, losses.CategoricalCrossentropy
        ):
            return to_categorical(y.reshape(-1), self.n_classes_)
        return y


class KerasRegressor(RegressorMixin, BaseWrapper):
    """A regressor around a function that builds a model.

    Args:
        build_fn: As in `BaseWrapper`.
        **sk_params: As in `BaseWrapper`.

    Example:

    >>> def build():
    ...     model = kerajax.Sequential([kerajax.layers.Dense(1)])
    ...     model.compile("sgd", "mse")
    ...     return model
    >>> from kerajax.wrappers.scikit_learn import KerasRegressor
    >>> regressor = KerasRegressor(build_fn=build, epochs=2, verbose=0)
    >>> history = regressor.fit(np.ones((6, 3)), np.ones(6))
    >>> regressor.predict(np.ones((2, 3))).shape
    (2,)
    """

    def predict(self, x, **kwargs):
        """The model's outputs, `(samples,)` where there is one of them."""
        outputs = self._outputs(x, kwargs)
        return outputs[..., 0] if outputs.shape[-1] == 1 else outputs

    def score(self, x, y, **kwargs):
        """Minus the loss of the model, since searches take the highest score for the best."""
        return -self._logs(x, y, kwargs)["loss"]


def _arguments(fn) -> set:
    """The names that `fn` takes, in the spelling of any Keras for methods of models."""
    known = set(inspect.signature(fn).parameters)
    return known | set(eras.arguments(f"Model.{fn.__name__}")) if fn in _METHODS else known

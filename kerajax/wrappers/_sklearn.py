"""A compiled model as a classifier, regressor or transformer of scikit-learn."""

import numpy as np

from kerajax.models import Model, clone_model
from kerajax.wrappers._bases import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    TransformerMixin,
    require_sklearn,
    sklearn,
)

if sklearn is not None:
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted, validate_data

_ARGUMENTS = """

    Args:
        model: Compiled model, or a function that returns one. A model is cloned, with new weights,
            at each `fit`. A function is called as `model(X=X, y=y, **model_kwargs)`, with the data
            in the form that the model will see.
        warm_start: Bool. Whether `fit` goes on with the model and the weights of the last `fit`;
            the first `fit` then trains `model` itself.
        model_kwargs: Dict of further arguments of `model`, where it is a function.
        fit_kwargs: Dict of arguments of `Model.fit`, such as `epochs`; those given to the `fit` of
            this class count before them.

    Raises:
        ImportError: If scikit-learn is not installed: `pip install 'kerajax[sklearn]'`.
        RuntimeError: In `fit`, if the model is not compiled with a loss and an optimizer.
"""


class _Wrapper(BaseEstimator):
    """What the three estimators share.

    Attributes:
        model_: The trained `Model`.
        history_: The `History` of the last `fit`.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "{arguments}" in (cls.__doc__ or ""):
            cls.__doc__ = cls.__doc__.replace("\n\n    {arguments}\n", _ARGUMENTS)

    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        require_sklearn(type(self))
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags

    @property
    def epoch_(self) -> int:
        """Epochs of the last `fit`; 0 before the first."""
        return len(self.history_.epoch) if hasattr(self, "history_") else 0

    def fit(self, X, y, **kwargs):
        """Trains the model.

        Args:
            X: Array `(samples, features)`.
            y: Targets `(samples,)`.
            **kwargs: Arguments of `Model.fit`.

        Returns:
            The estimator itself.
        """
        X, y = validate_data(self, X, y)
        y = self._encoded(y)
        model = self._model_for(X, y)
        if not model.compiled or not model.loss or model.optimizer is None:
            raise RuntimeError(
                f"{type(self).__name__}: the given model needs to be compiled, and have a loss and "
                "an optimizer. Call `model.compile(optimizer, loss)` first."
            )
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **kwargs})
        self.model_ = model
        return self

    def _model_for(self, X, y):
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if not isinstance(self.model, Model):
            return self.model(X=X, y=y, **(self.model_kwargs or {}))
        if self.warm_start or not self.model.compiled:
            return self.model
        model = clone_model(self.model)
        model.compile_from_config(self.model.get_compile_config())
        return model

    def _outputs(self, X):
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, X, reset=False), verbose=0)

    def _encoded(self, y):
        """Targets as the model sees them: a column."""
        type_of_target(y, raise_unknown=True)
        return y.reshape(-1, 1)

    def set_fit_request(self, **kwargs):
        """Says which metadata a meta-estimator passes on to `fit`, such as `sample_weight=True`.

        Args:
            **kwargs: Name of an argument of `Model.fit` to True, False, None or an alias.

        Returns:
            The estimator itself.

        Raises:
            RuntimeError: If scikit-learn's metadata routing is not enabled.
        """
        if not sklearn.get_config()["enable_metadata_routing"]:
            raise RuntimeError(
                "`set_fit_request` is only available when metadata routing is enabled. Call "
                "`sklearn.set_config(enable_metadata_routing=True)`."
            )
        request = self._get_metadata_request()
        for name, alias in kwargs.items():
            request.fit.add_request(param=name, alias=alias)
        self._metadata_request = request
        return self


class SKLearnClassifier(ClassifierMixin, _Wrapper):
    """A model as a classifier: classes go in and come out, the model sees one column per class.

    Attributes: `model_`, `history_` and `classes_`, the labels in the order of the columns.

    {arguments}

    Example:

    >>> def make_model(X, y):
    ...     model = kerajax.Sequential([
    ...         kerajax.Input(X.shape[1:]), kerajax.layers.Dense(y.shape[1], "softmax")])
    ...     model.compile("adam", "categorical_crossentropy")
    ...     return model
    >>> X = np.array([[-1.0], [-2.0], [1.0], [2.0]] * 8)
    >>> y = np.where(X[:, 0] > 0, "up", "down")
    >>> classifier = kerajax.wrappers.SKLearnClassifier(make_model, fit_kwargs={"verbose": 0})
    >>> classifier.fit(X, y).predict(X).shape, classifier.classes_.tolist()
    ((32,), ['down', 'up'])
    """

    def predict(self, X):
        """The most likely class of each sample, `(samples,)`."""
        indices = self._outputs(X).argmax(axis=1)
        return self.classes_[indices]

    def decision_function(self, X):
        """The model's outputs, `(samples, classes)`."""
        return self._outputs(X)

    def _encoded(self, y):
        kind = type_of_target(y, raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                "Only binary and multiclass target types are supported by SKLearnClassifier, but "
                f"the target type is {kind!r}. Unknown label type: continuous targets are for "
                "SKLearnRegressor."
            )
        self.classes_, indices = np.unique(y, return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError(
                "Classifier can't train when only one class is present. SKLearnClassifier received "
                f"the class {self.classes_[0]!r} alone."
            )
        return np.eye(len(self.classes_))[indices]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Wrapper):
    """A model as a regressor; `score` is scikit-learn's R2.

    Attributes: `model_` and `history_`.

    {arguments}

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> regressor = kerajax.wrappers.SKLearnRegressor(model, fit_kwargs={"verbose": 0})
    >>> regressor.fit(np.ones((8, 2)), np.ones(8)).predict(np.ones((3, 2))).shape
    (3,)
    """

    def predict(self, X):
        """The model's outputs, `(samples,)`."""
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1:] == (1,) else outputs

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, _Wrapper):
    """A model as a step that changes the data, such as an encoder before another estimator.

    Attributes: `model_` and `history_`.

    {arguments}

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(3)])
    >>> model.compile("sgd", "mse")
    >>> transformer = kerajax.wrappers.SKLearnTransformer(model, fit_kwargs={"verbose": 0})
    >>> transformer.fit_transform(np.ones((8, 2)), np.ones(8)).shape
    (8, 3)
    """

    def transform(self, X):
        """The model's outputs for the data."""
        return self._outputs(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags

"""The base classes of scikit-learn, or empty ones where it is not installed."""

from kerajax._checks import described

try:
    import sklearn
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
except ImportError:
    sklearn = None
    BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin = (
        type(f"{name}WithoutSklearn", (), {})
        for name in ("BaseEstimator", "ClassifierMixin", "RegressorMixin", "TransformerMixin")
    )


def require_sklearn(owner) -> None:
    """Raises ImportError unless scikit-learn is installed.

    Args:
        owner: What needs it, for the message.
    """
    if sklearn is None:
        raise ImportError(
            f"{described(owner)} needs `scikit-learn`, which is not installed. Run "
            "`pip install 'kerajax[sklearn]'`."
        )

"""Models as estimators of scikit-learn, for its pipelines, searches and cross-validation.

`_sklearn.py` has today's three classes, `scikit_learn.py` those that Keras 1 and 2 had.
"""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.wrappers import scikit_learn as scikit_learn
from kerajax.wrappers._sklearn import SKLearnClassifier as SKLearnClassifier
from kerajax.wrappers._sklearn import SKLearnRegressor as SKLearnRegressor
from kerajax.wrappers._sklearn import SKLearnTransformer as SKLearnTransformer

__getattr__ = _names_elsewhere(__name__)

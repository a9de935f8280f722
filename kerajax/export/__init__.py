"""Exporting: the forward pass of a model as an artifact that runs without the model's code.

`_endpoint.py` makes a function of variables and inputs pure, `_archive.py` collects such functions,
`_artifact.py` writes and reads the JAX format, `_saved_model.py` writes TensorFlow's.
"""

# Registers `Model.export`.
from kerajax.export import _model as _model
from kerajax.export._archive import ExportArchive as ExportArchive
from kerajax.export._artifact import LoadedArchive as LoadedArchive
from kerajax.export._artifact import load as load

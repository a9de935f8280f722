"""Sequences of different lengths as one array."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.utils import pad_sequences as pad_sequences

__getattr__ = _names_elsewhere(__name__)

"""Sequences of different lengths as one array."""

from kerajax.utils import pad_sequences as pad_sequences

"""Preparing data: what `keras.preprocessing` holds today."""

from kerajax.preprocessing import sequence as sequence

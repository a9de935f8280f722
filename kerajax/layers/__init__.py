"""The layers."""

from kerajax.layers._base import InputSpec as InputSpec
from kerajax.layers._base import Layer as Layer
from kerajax.layers._dense import Dense as Dense

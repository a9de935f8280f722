"""Layer, the base of all layers, and what it is made of."""

from kerajax.layers._base._input_spec import InputSpec as InputSpec
from kerajax.layers._base._layer import Layer as Layer

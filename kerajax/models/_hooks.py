"""The functions of packages above, where models look for them."""

from kerajax.objects import hook as hook
from kerajax.objects import register_hook as register_hook

"""Seeded random draws: pure functions of a shape and a seed, and the generator of seeds.

`_seed.py` says where seeds come from, `_draws.py` holds the distributions. The same seed gives the
same numbers as Keras on JAX.
"""

from kerajax.random._draws import beta as beta
from kerajax.random._draws import binomial as binomial
from kerajax.random._draws import categorical as categorical
from kerajax.random._draws import dropout as dropout
from kerajax.random._draws import gamma as gamma
from kerajax.random._draws import normal as normal
from kerajax.random._draws import randint as randint
from kerajax.random._draws import shuffle as shuffle
from kerajax.random._draws import truncated_normal as truncated_normal
from kerajax.random._draws import uniform as uniform
from kerajax.random._seed import SeedGenerator as SeedGenerator
from kerajax.random._seed import draw_seed as draw_seed
from kerajax.random._seed import make_default_seed as make_default_seed
from kerajax.random._seed import random_seed_in_use as random_seed_in_use
from kerajax.random._seed import seed_everything as seed_everything

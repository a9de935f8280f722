"""Small data sets for examples and tests, downloaded once and kept in `~/.keras/datasets`."""

from kerajax._elsewhere import names_elsewhere as _names_elsewhere
from kerajax.datasets import boston_housing as boston_housing
from kerajax.datasets import california_housing as california_housing
from kerajax.datasets import cifar as cifar
from kerajax.datasets import cifar10 as cifar10
from kerajax.datasets import cifar100 as cifar100
from kerajax.datasets import fashion_mnist as fashion_mnist
from kerajax.datasets import imdb as imdb
from kerajax.datasets import mnist as mnist
from kerajax.datasets import reuters as reuters

__getattr__ = _names_elsewhere(__name__)

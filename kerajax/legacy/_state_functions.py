"""`K.*` functions of variables, the learning phase and random numbers."""

import math
import warnings
from typing import Any

import numpy as np

from kerajax import distribution, layers, ops, random
from kerajax.backend import (
    Variable,
    context,
    floatx,
    get_stateless_scope,
    in_symbolic_scope,
    set_image_data_format,
)
from kerajax.backend import image_data_format as current_data_format
from kerajax.graph import set_loose
from kerajax.models._input_layers import is_input as is_placeholder  # noqa: F401 - of `K`
from kerajax.objects import LegacySpellingWarning, old_spellings
from kerajax.optimizers._listed import made_once

_ORDERINGS = {"th": "channels_first", "tf": "channels_last"}

_MSG_PHASE = (
    "K.set_learning_phase({value}) has no effect on layers: they run in inference mode unless "
    "they are called by `fit` or with `training=True`. Pass it where you call the model."
)


def variable(value, dtype=None, name=None, constraint=None):
    """A variable that holds `value`."""

    def make():
        made = Variable(np.asarray(value), dtype=dtype or floatx(), name=name)
        made.constraint = constraint
        return set_loose(made)

    return made_once(make)


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of `value`; with a `shape`, its entries row by row, the last of them repeated.

    Example:

    >>> constant([1, 2, 3], shape=(2, 2)).tolist()
    [[1.0, 2.0], [3.0, 3.0]]
    """
    if shape is not None:
        entries, size = np.ravel(value), math.prod(shape)
        if len(entries) > size:
            raise ValueError(
                f"K.constant needs a `value` of at most {size} entries for shape {tuple(shape)}, "
                f"but received {len(entries)}."
            )
        value = np.pad(entries, (0, size - len(entries)), "edge").reshape(shape)
    return ops.convert_to_tensor(value, dtype=dtype or floatx())


def zeros(shape, dtype=None, name=None):
    """A variable of zeros; a tensor where a layer is being called, which makes no variables."""
    return _filled(ops.zeros, shape, dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones; a tensor where a layer is being called, which makes no variables."""
    return _filled(ops.ones, shape, dtype, name)


def eye(size, dtype=None, name=None):
    """A variable with the identity matrix; a tensor where a layer is being called."""
    shape = (size, size) if isinstance(size, int) else size
    return _filled(lambda shape, dtype: ops.eye(*shape, dtype=dtype), shape, dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of uniform random numbers."""

    def draw(shape, dtype):
        return random_uniform(shape, low, high, dtype, seed)

    return _filled(draw, shape, dtype, name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of normal random numbers."""

    def draw(shape, dtype):
        return random_normal(shape, mean, scale, dtype, seed)

    return _filled(draw, shape, dtype, name)


def _filled(make, shape, dtype, name):
    shape, dtype = tuple(shape), dtype or floatx()
    outside = get_stateless_scope() is None and not in_symbolic_scope() and context.call is None
    if outside or context.building or context.listing is not None:
        # Weights of layers of users too, which are made while the layer is called first, and the
        # state of optimizers of users.
        return made_once(lambda: Variable(make, shape=shape, dtype=dtype, name=name))
    return make(shape, dtype=dtype)


def is_variable(x):
    """Whether `x` is a variable."""
    return isinstance(x, Variable)


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None):
    """A symbolic input, as `keras.Input(batch_shape=shape)` makes it."""
    if shape is None:
        if ndim is None:
            raise ValueError("K.placeholder needs `shape` or `ndim`. Pass shape=(None, 3).")
        shape = (None,) * ndim
    return layers.Input(batch_shape=tuple(shape), dtype=dtype, sparse=sparse, name=name)


def eval(x):
    """The value of a tensor or variable as a numpy array."""
    return get_value(x)


def get_value(x):
    """The value of a variable (or a plain number) as a numpy array.

    In `get_updates` of an optimizer, it is the value when the optimizer was built.
    """
    return made_once(lambda: ops.convert_to_numpy(x))


def set_value(x, value):
    """Gives a variable another value, as in `K.set_value(model.optimizer.lr, 0.01)`."""
    if not isinstance(x, Variable):
        raise ValueError(
            f"K.set_value needs a variable, but received {type(x).__name__}: {x!r:.80}. For the "
            "rate of an optimizer write `optimizer.learning_rate = value`."
        )
    x.assign(value)


def batch_get_value(ops):
    """The values of several variables."""
    return [get_value(x) for x in ops]


def batch_set_value(tuples):
    """Sets several variables from `(variable, value)` pairs."""
    for x, value in tuples:
        set_value(x, value)


def symbolic(func):
    """`func` as it is: it was Keras 2.3's mark of functions that extend a graph."""
    return func


def learning_phase():
    """1 in training, else 0: what the call that is running was told."""
    call = context.call
    if call is not None and call.training is not None:
        return int(call.training)
    kept = context.kept_values
    if kept is not None and kept.training is not None:
        # In a loss function: what the model was told.
        return int(kept.training)
    return int(context.settings.get("learning_phase", 0))


def set_learning_phase(value):
    """Sets what `K.learning_phase` and `K.in_train_phase` say where no call tells.

    Layers are not touched: they are in inference mode outside of `fit` anyway.
    """
    if value not in (0, 1):
        raise ValueError(f"K.set_learning_phase needs 0 or 1, but received: {value!r}.")
    if value == 1:
        warnings.warn(_MSG_PHASE.format(value=1), LegacySpellingWarning, stacklevel=2)
    context.settings["learning_phase"] = value


def in_train_phase(x, alt, training=None):
    """`x` in training and `alt` elsewhere; both may be functions of nothing."""
    chosen = x if (learning_phase() if training is None else training) else alt
    return chosen() if callable(chosen) and not hasattr(chosen, "shape") else chosen


def in_test_phase(x, alt, training=None):
    """`alt` in training and `x` elsewhere."""
    return in_train_phase(alt, x, training=training)


@old_spellings("K.random_normal")
def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal random numbers."""
    return random.normal(tuple(shape), mean, stddev, dtype=dtype, seed=_seed(seed))


@old_spellings("K.random_uniform")
def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform random numbers."""
    return random.uniform(tuple(shape), minval, maxval, dtype=dtype, seed=_seed(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal random numbers, drawn again beyond two standard deviations."""
    return random.truncated_normal(tuple(shape), mean, stddev, dtype=dtype, seed=_seed(seed))


def random_binomial(shape, p=0.0, dtype=None, seed=None):
    """Ones with probability `p`, else zeros."""
    return ops.cast(random_uniform(shape, seed=seed) <= p, dtype or floatx())


random_bernoulli = random_binomial


def dropout(x, level, noise_shape=None, seed=None):
    """`x` with a fraction `level` of its entries zero and the rest scaled up."""
    return random.dropout(x, level, noise_shape=noise_shape, seed=_seed(seed))


def _seed(seed):
    """The seed of a draw without one: from a generator that belongs to the layer being called.

    Old code draws inside `Lambda` without a seed. The state of a generator that hangs on the layer
    is part of the model's state, so each compiled step draws new numbers.
    """
    call: Any = context.call
    if seed is not None or call is None:
        return seed
    outermost = call.layer
    for layer in outermost._flatten_layers():
        if "_legacy_seed_generator" in layer.__dict__:
            return layer._legacy_seed_generator
    outermost._legacy_seed_generator = random.SeedGenerator()
    return outermost._legacy_seed_generator


def _get_available_gpus() -> list:
    """Names of the GPUs, as scripts for several of them asked TensorFlow."""
    places = distribution.list_devices()
    return [f"/device:{x.upper()}" for x in places if x.startswith(("gpu", "cuda", "rocm"))]


def image_dim_ordering():
    """`"th"` or `"tf"`: the axis order of images, in the words of Keras 1."""
    return "th" if current_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering):
    """Sets the axis order of images: `"th"` for channels first, `"tf"` for channels last."""
    if dim_ordering not in _ORDERINGS:
        raise ValueError(f"Unknown dim_ordering: {dim_ordering!r}. Pass 'th' or 'tf'.")
    set_image_data_format(_ORDERINGS[dim_ordering])

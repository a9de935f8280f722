"""`K.*` functions of variables, the learning phase, random numbers, and `K.function`."""

import sys
import warnings
from typing import Any

import numpy as np

from kerajax import layers, models, ops, random
from kerajax.backend import (
    KerasTensor,
    Variable,
    context,
    floatx,
    get_stateless_scope,
    in_symbolic_scope,
    set_image_data_format,
)
from kerajax.backend import image_data_format as current_data_format
from kerajax.objects import LegacySpellingWarning
from kerajax.optimizers import _listed
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
        return made

    return made_once(make)


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of `value`, repeated to `shape` if one is given."""
    tensor = ops.convert_to_tensor(value, dtype=dtype or floatx())
    return tensor if shape is None else ops.broadcast_to(tensor, tuple(shape))


def zeros(shape, dtype=None, name=None):
    """A variable of zeros; a tensor where a model is being traced, which makes no variables."""
    return _filled(lambda: np.zeros(shape), dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones; a tensor where a model is being traced, which makes no variables."""
    return _filled(lambda: np.ones(shape), dtype, name)


def eye(size, dtype=None, name=None):
    """A variable with the identity matrix; a tensor where a model is being traced."""
    rows, columns = (size, size) if isinstance(size, int) else size
    return _filled(lambda: np.eye(rows, columns), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of uniform random numbers."""
    return _filled(lambda: random_uniform(shape, low, high, dtype, seed), dtype, name)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of normal random numbers."""
    return _filled(lambda: random_normal(shape, mean, scale, dtype, seed), dtype, name)


def _filled(make, dtype, name):
    dtype = dtype or floatx()
    traced = get_stateless_scope() is not None or in_symbolic_scope() or context.call is not None
    if traced and context.listing is None:
        return ops.convert_to_tensor(make(), dtype=dtype)
    return made_once(lambda: Variable(make(), dtype=dtype, name=name))


def is_variable(x):
    """Whether `x` is a variable."""
    return isinstance(x, Variable)


def is_placeholder(x):
    """Whether `x` is a symbolic input, and computed from nothing."""
    history = getattr(x, "_keras_history", None)
    return isinstance(x, KerasTensor) and (
        history is None or history.operation._inbound_nodes[history.node_index].is_input
    )


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


def update(x, new_x):
    """Assigns `new_x` to a variable and returns it.

    It happens at once; in `get_updates` of an optimizer, when that has returned.
    """
    return _listed.update(x, new_x)


def update_add(x, increment):
    """Adds to a variable, when `update` would assign to it."""
    return _listed.update_add(x, ops.convert_to_tensor(increment))


def update_sub(x, decrement):
    """Subtracts from a variable, when `update` would assign to it."""
    return _listed.update_add(x, -ops.convert_to_tensor(decrement))


def moving_average_update(x, value, momentum):
    """Assigns `momentum * x + (1 - momentum) * value`, when `update` would.

    In a layer, it is part of training: elsewhere `x` stays as it is.
    """
    if context.call is not None and not context.call.training:
        return x.value
    return _listed.update(x, ops.cast(x, x.dtype) * momentum + value * (1.0 - momentum))


# Libraries replace `K.update` while they ask an optimizer of kerajax for its updates.
_listed.find_update[0] = lambda: getattr(sys.modules.get("keras.backend"), "update", update)


def symbolic(func):
    """`func` as it is: it was Keras 2.3's mark of functions that extend a graph."""
    return func


def learning_phase():
    """1 in training, else 0: what the call that is running was told."""
    call = context.call
    if call is not None and call.training is not None:
        return int(call.training)
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


def function(inputs, outputs, updates=None, name=None, **kwargs):
    """A function from values of `inputs` to values of `outputs`, which are parts of a model.

    `K.learning_phase()` among the inputs stands for the training flag.

    Args:
        inputs: List of symbolic tensors.
        outputs: Symbolic tensor, or a list of them, computed from the inputs.
        updates: Not supported; None or empty.
        name: String.
        **kwargs: Ignored: they were TensorFlow's session options.

    Returns:
        A function of a list of arrays that returns a numpy array, or a list of them.

    Example:

    >>> from kerajax.legacy import _backend as K
    >>> x = kerajax.Input((2,))
    >>> f = K.function([x, K.learning_phase()], [x * 2])
    >>> f([np.ones((1, 2)), 0])[0].tolist()
    [[2.0, 2.0]]
    """
    if updates:
        raise ValueError(
            "K.function cannot run `updates`: assign to variables in the code instead, with "
            "`K.update` or `variable.assign`."
        )
    inputs = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    symbolic = [x for x in inputs if isinstance(x, KerasTensor)]
    model = models.Model(symbolic, outputs, name=name)

    def run(values):
        values = list(values) if isinstance(values, (list, tuple)) else [values]
        if len(values) != len(inputs):
            raise ValueError(f"The K.function takes {len(inputs)} inputs, not {len(values)}.")
        pairs = list(zip(inputs, values, strict=True))
        phases = [v for x, v in pairs if not isinstance(x, KerasTensor)]
        given = [v for x, v in pairs if isinstance(x, KerasTensor)]
        results = model(given, training=bool(phases[0]) if phases else False)
        if isinstance(outputs, (list, tuple)):
            # A model of one output gives it out without the list.
            results = results if len(outputs) > 1 else [results]
            return [ops.convert_to_numpy(y) for y in results]
        return ops.convert_to_numpy(results)

    return run


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal random numbers."""
    return random.normal(tuple(shape), mean, stddev, dtype=dtype, seed=_seed(seed))


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


def image_dim_ordering():
    """`"th"` or `"tf"`: the axis order of images, in the words of Keras 1."""
    return "th" if current_data_format() == "channels_first" else "tf"


def set_image_dim_ordering(dim_ordering):
    """Sets the axis order of images: `"th"` for channels first, `"tf"` for channels last."""
    if dim_ordering not in _ORDERINGS:
        raise ValueError(f"Unknown dim_ordering: {dim_ordering!r}. Pass 'th' or 'tf'.")
    set_image_data_format(_ORDERINGS[dim_ordering])

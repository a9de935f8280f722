"""The layers of the table beside those of the Keras wheel: configs, shapes, numbers, gradients.

A layer here and one of the wheel, made from each other's configs, get the same weights and inputs.
"""

import functools
import re
import warnings

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import kerajax
from tests.layers.checks import listed, reproduced, takes_training
from tests.layers.table import ROWS
from tests.layers.table_alone import CELLS

# A cell of the wheel keeps the mask of its dropout, which no compiled call may do.
COMPARED = [*ROWS, *(row for row in CELLS if not row.random)]
FIRST_OF_EACH = frozenset({row.layer: row.id for row in reversed(COMPARED)}.values())

# In training they drop units and do nothing else: a row that drops none computes what it computes
# in inference, which is compared apart for the first row of each.
_DROP_ALONE = (
    *("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    *("MultiHeadAttention", "GroupQueryAttention"),
)

each_row = pytest.mark.parametrize("row", COMPARED, ids=lambda row: row.id)


def _in_inference_and_training():
    for row in COMPARED:
        again = row.layer in _DROP_ALONE and row.id not in FIRST_OF_EACH and not row.random
        marks = [pytest.mark.slow] * again
        yield pytest.param(row, False, marks=marks, id=f"{row.id}-inference")
        yield pytest.param(row, True, id=f"{row.id}-training")


@each_row
def test_configs_are_interchangeable(row):
    """Both packages write the same config, and each reads the other's."""
    with reproduced(row):
        ours, theirs = row.make(kerajax, name="row"), row.make(keras, name="row")
        assert ours.built == theirs.built
        assert ours.supports_masking == theirs.supports_masking
        config = keras.layers.serialize(theirs)
        assert _config(kerajax, ours) == _rounded(config)
        read_here = kerajax.objects.deserialize_keras_object(config)
        assert _config(kerajax, read_here) == _rounded(config)
        read_there = keras.layers.deserialize(kerajax.objects.serialize_keras_object(ours))
        assert _config(keras, read_there) == _rounded(config)


@each_row
@pytest.mark.parametrize("unknown", [False, True], ids=["batch", "all"])
def test_symbolic_outputs_agree(row, unknown):
    """Symbolic outputs have the shapes and dtypes that Keras gives them."""
    if unknown and not row.unknown:
        return
    with reproduced(row):
        ours = kerajax.tree.flatten(row.run(row.make(kerajax), row.symbolic(kerajax, unknown)))
        theirs = keras.tree.flatten(row.run(row.make(keras), row.symbolic(keras, unknown)))
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype
            # Sizes that Keras leaves open are known here now and then.
            known = zip(a.shape, b.shape, strict=True)
            assert all(y in (None, x) for x, y in known), (a.shape, b.shape)


@pytest.mark.parametrize(("row", "training"), list(_in_inference_and_training()))
def test_outputs_and_gradients_agree(row, training):
    """The same numbers, losses, new states and gradients, for weights and for inputs."""
    with reproduced(row):
        ours, theirs, inputs = layer_pair(row)
        if training and not takes_training(theirs):
            return
        here = run_layer(ours, inputs, row, training)
        there = run_layer(theirs, inputs, row, training)
        for name in here:
            a, b = map(jax.tree_util.tree_leaves, (here[name], there[name]))
            assert [x.dtype for x in a] == [x.dtype for x in b], name
            for x, y in zip(a, b, strict=True):
                # Sums of a few float32 products, in another order.
                np.testing.assert_allclose(x, y, rtol=2e-5, atol=2e-6, err_msg=name)


@pytest.mark.slow
@each_row
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_outputs_agree(row, policy):
    """Under a mixed policy: the same weights, dtypes, and numbers to the digits of 16 bits."""
    if not row.mixed or row.kind == "image" or row.id not in FIRST_OF_EACH:
        return  # images have values from 0 to 255, with steps where a layer counts them
    with reproduced(row):
        ours, theirs, inputs = layer_pair(row, dtype=policy)
        options = {"training": False} if takes_training(theirs) else {}
        here, there = (
            jax.tree_util.tree_leaves(row.run(layer, inputs, **options)) for layer in (ours, theirs)
        )
        # The wheel encodes in float32, where its own graphs promise 16 bits.
        if row.layer != "CategoryEncoding":
            assert [x.dtype for x in here] == [x.dtype for x in there]
        for x, y in zip(here, there, strict=True):
            y = np.asarray(y, "float32")
            # Sums are in 32 bits here in places where the wheel has 16, of which 8 are digits.
            near = 0.03 * max(np.max(np.abs(y)), 1.0)
            np.testing.assert_allclose(np.asarray(x, "float32"), y, rtol=0.03, atol=near)


@each_row
def test_masks_agree(row):
    """The mask of masked inputs comes out, and works on the outputs, as in Keras."""
    if not row.masked or any(len(shape) < 3 for shape in row.shapes):
        return
    with reproduced(row):
        ours, theirs, _ = layer_pair(row)
        if not theirs.supports_masking:
            return
        with warnings.catch_warnings():
            # Keras warns of the projections inside its grouped attention, which it masks itself.
            warnings.filterwarnings("ignore", ".*does not support masking", append=False)
            results = [_masked(layer, row) for layer in (ours, theirs)]
        for a, b in zip(*results, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


@each_row
def test_weight_names_agree(row):
    """Weights stand in the same order, with the same names, shapes and flags."""
    with reproduced(row):
        ours, theirs, _ = layer_pair(row)
        for a, b in zip(ours.weights, theirs.weights, strict=True):
            # Keras counts the weights that were given no name.
            assert a.name == b.name or re.fullmatch(r"variable(_\d+)?", b.name)
            here, there = ((tuple(v.shape), v.dtype, v.trainable) for v in (a, b))
            assert here == there


def _config(package, layer):
    serialize = getattr(package, "objects", keras.saving).serialize_keras_object
    return _rounded(serialize(layer))


def _rounded(config):
    """`config` with floats as float32, which Keras' regularizers make of their factors."""
    if isinstance(config, dict):
        return {key: _numberless(key, _rounded(value)) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return type(config)(map(_rounded, config))
    return np.float32(config) if isinstance(config, float) else config


def _numberless(key, value):
    """Generated names of inner layers without the number, which counts the layers made so far."""
    return re.sub(r"_\d+$", "", value) if key == "name" and isinstance(value, str) else value


def layer_pair(row, **arguments):
    """Our layer and the wheel's, both built, with the same random weights; and inputs."""
    ours, theirs = (row.make(package, name="row", **arguments) for package in (kerajax, keras))
    inputs = row.inputs()
    row.run(ours, inputs)
    row.run(theirs, inputs)
    rng = np.random.default_rng(1)
    weights = [_drawn(v, rng) if "float" in v.dtype else v.numpy() for v in ours.weights]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    for a, b in zip(ours.variables, theirs.variables, strict=True):
        if not row.random:
            b.assign(np.asarray(a.value))
        # Seeded layers have drawn the same numbers so far, and stand at the same place.
        np.testing.assert_array_equal(np.asarray(a.value), np.asarray(b.value))
    return ours, theirs, inputs


def _drawn(variable, rng):
    """Random values; positive ones where a root is taken of them."""
    values = rng.normal(size=variable.shape).astype(variable.dtype)
    is_spread = variable.name.endswith(("variance", "stddev", "_var"))
    return np.abs(values) + 0.1 if is_spread else values


def run_layer(layer, inputs, row, training):
    """Outputs, losses, new non-trainable values and gradients of a layer as a pure function."""
    trainable = [jnp.asarray(v.value) for v in layer.trainable_variables]
    non_trainable = [jnp.asarray(v.value) for v in layer.non_trainable_variables]
    options = {"training": training} if takes_training(layer) else {}

    def run(trainable, inputs):
        call = functools.partial(layer.stateless_call, trainable, non_trainable)
        outputs, state, losses = row.run(call, inputs, return_losses=True, **options)
        if layer.activity_regularizer is not None:
            # Keras leaves out that of the layer which `stateless_call` is called on.
            losses = []
        leaves = jax.tree_util.tree_leaves(outputs)
        # Not symmetric, so that a permuted output gives another loss.
        factors = [jnp.cos(jnp.arange(x.size, dtype="float32")).reshape(x.shape) for x in leaves]
        weighed = sum(jnp.sum(f * x) for f, x in zip(factors, leaves, strict=True))
        return weighed + sum(losses), (outputs, state)

    inputs = jax.tree_util.tree_map(jnp.asarray, inputs)
    found = {}
    if row.differentiable:
        arguments = (0,) if row.kind == "int" else (0, 1)
        run = jax.value_and_grad(run, argnums=arguments, has_aux=True)
        (_, aux), found["gradients"] = jax.jit(run)(trainable, inputs)
    else:
        _, aux = jax.jit(run)(trainable, inputs)
    found["outputs"], found["state"] = aux
    row.run(layer, inputs, **options)
    found["losses"] = [jnp.asarray(sum(layer.losses, 0.0))]
    return found


def _masked(layer, row):
    """Outputs and output mask of a call with masked inputs."""
    inputs = [jnp.asarray(x) for x in listed(row.inputs())]
    for x in inputs:
        x._keras_mask = jnp.asarray(row.mask(x.shape))
    outputs = jax.tree_util.tree_leaves(row.run(layer, row.packed(inputs)))
    return [*outputs, *(getattr(x, "_keras_mask", None) for x in outputs)]

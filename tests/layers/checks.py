"""What every layer must do: functions of a row of the table, in the order of `CHECKS`."""

import functools
import inspect
import warnings
from contextlib import contextmanager

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

import kerajax
from kerajax.backend import get_keras_mask, set_keras_mask


@contextmanager
def reproduced(row):
    """Adds the one line that reproduces a failure to whatever is raised inside."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"reproduce: {row.reproduction}")
        raise


def symbolic_shape_equals_eager_shape(row):
    """What a graph promises is what values give: shape and dtype, with a known batch size."""
    layer = row.make(kerajax)
    promised = row.run(layer, _fixed(row))
    assert _specs(promised) == _specs(row.run(layer, row.inputs()))


def unknown_sizes_stay_unknown(row):
    """With an unknown batch size, and with only the channels known, nothing false is promised."""
    real = _specs(row.run(row.make(kerajax), row.inputs()))
    for unknown in (False, True) if row.unknown else (False,):
        promised = _specs(row.run(row.make(kerajax), row.symbolic(kerajax, unknown)))
        assert len(promised) == len(real)
        for (shape, dtype), (real_shape, real_dtype) in zip(promised, real, strict=True):
            assert dtype == real_dtype
            assert len(shape) == len(real_shape)
            assert all(a in (None, b) for a, b in zip(shape, real_shape, strict=True)), shape
            assert not shape or shape[0] is None


def batch_of_one_works(row):
    """A batch of one sample gives what it gives within a larger batch, where samples are apart."""
    layer = row.make(kerajax)
    whole = row.inputs()
    options = {"training": False} if takes_training(layer) else {}
    alone = row.run(layer, jax.tree_util.tree_map(lambda x: x[:1], whole), **options)
    together = row.run(layer, whole, **options)
    pairs = zip(*map(jax.tree_util.tree_leaves, (together, alone)), strict=True)
    for a, b in pairs:
        np.testing.assert_allclose(np.asarray(a)[:1], b, rtol=1e-5, atol=1e-5)


def empty_batch_works(row):
    """A batch of no samples gives outputs of no samples, of the same shapes and dtypes."""
    layer = row.make(kerajax)
    whole = _specs(row.run(layer, row.inputs()))
    empty = _specs(row.run(layer, row.inputs(batch_size=0)))
    assert empty == [((0, *shape[1:]), dtype) for shape, dtype in whole]


def eager_equals_jit(row):
    """`stateless_call` under `jax.jit` gives the outputs and states of a plain call."""
    layer, inputs, values = _built(row)
    compiled = jax.jit(lambda v, x: row.run(functools.partial(layer.stateless_call, *v), x))
    outputs, state = compiled(values, inputs)
    _assert_close(outputs, row.run(layer, inputs))
    _assert_close(state, [v.value for v in layer.non_trainable_variables])


def gradients_are_finite(row):
    """Gradients of a loss in training mode are finite, and reach the inputs."""
    if not row.differentiable:
        return
    gradients, arguments = _gradients(row)
    found = jax.jit(gradients)(*arguments)
    assert all(np.isfinite(x).all() for x in jax.tree_util.tree_leaves(found))
    # Dropout may take all of an input as small as these.
    if row.kind == "float" and not row.random:
        assert any(np.any(np.asarray(x)) for x in jax.tree_util.tree_leaves(found[1]))


def lowers_for_every_platform(row):
    """The training step of the layer lowers for CPU, CUDA and TPU, here, without the hardware.

    Where there is nothing to differentiate, that is its call in training.
    """
    if row.differentiable:
        step, arguments = _gradients(row)
    else:
        layer, inputs, arguments = _built(row)
        options = {"training": True} if takes_training(layer) else {}
        arguments = (*arguments, inputs)

        def step(trainable, non_trainable, inputs):
            call = functools.partial(layer.stateless_call, trainable, non_trainable, **options)
            return row.run(call, inputs)

    platforms = ("cpu", "cuda", "tpu")
    exported = export.export(jax.jit(step), platforms=platforms)(*arguments)
    assert exported.platforms == platforms


def config_makes_an_equal_layer(row):
    """The config survives JSON types and gives a layer with the same config and outputs."""
    layer, inputs, _ = _built(row)
    config = layer.get_config()
    clone = type(layer).from_config(as_json(config))
    assert as_json(clone.get_config()) == as_json(config)
    row.run(clone, inputs)
    clone.set_weights(layer.get_weights())
    _assert_close(row.run(clone, inputs), row.run(layer, inputs))


def saved_weights_come_back(row):
    """What `save_own_variables` writes, `load_own_variables` of an equal layer reads."""
    layer, inputs, _ = _built(row)
    clone = type(layer).from_config(layer.get_config())
    row.run(clone, inputs)
    for variable in clone.weights:
        variable.assign(jnp.zeros_like(variable.value))
    parts = zip(layer._flatten_layers(), clone._flatten_layers(), strict=True)
    for part, cloned_part in parts:
        store = {}
        part.save_own_variables(store)
        assert all(isinstance(value, np.ndarray) for value in store.values())
        cloned_part.load_own_variables(store)
    _assert_close(clone.get_weights(), layer.get_weights())


def mixed_float16_gives_float16_outputs(row):
    """Under the mixed policy weights are float32, what comes out of floats is float16."""
    _gives_half_outputs(row, "float16")


def mixed_bfloat16_gives_bfloat16_outputs(row):
    """Under the mixed policy weights are float32, what comes out of floats is bfloat16."""
    _gives_half_outputs(row, "bfloat16")


def masks_pass_or_warn(row):
    """A layer takes a mask on, or says that it ends here."""
    if not row.masked or any(len(shape) < 3 for shape in row.shapes):
        return
    layer = row.make(kerajax)
    inputs = [jnp.asarray(x) for x in listed(row.inputs())]
    for x in inputs:
        set_keras_mask(x, row.mask(x.shape))
    if not layer.supports_masking:
        with pytest.warns(UserWarning, match="does not support masking"):
            row.run(layer, row.packed(inputs))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = row.run(layer, row.packed(inputs))
    masks = [get_keras_mask(x) for x in inputs]
    computed = layer.compute_mask(row.first(inputs), row.first(masks))
    for output, mask in zip(
        jax.tree_util.tree_leaves(outputs), kerajax.tree.flatten(computed), strict=False
    ):
        if mask is None:
            assert get_keras_mask(output) is None
        else:
            np.testing.assert_array_equal(get_keras_mask(output), mask)


CHECKS = [
    symbolic_shape_equals_eager_shape,
    unknown_sizes_stay_unknown,
    batch_of_one_works,
    empty_batch_works,
    eager_equals_jit,
    gradients_are_finite,
    lowers_for_every_platform,
    config_makes_an_equal_layer,
    saved_weights_come_back,
    mixed_float16_gives_float16_outputs,
    mixed_bfloat16_gives_bfloat16_outputs,
    masks_pass_or_warn,
]

# What applies to layers that work on the host, before the compiled part of a model.
HOST_CHECKS = [
    symbolic_shape_equals_eager_shape,
    unknown_sizes_stay_unknown,
    batch_of_one_works,
    empty_batch_works,
    config_makes_an_equal_layer,
    saved_weights_come_back,
]


def _gives_half_outputs(row, half):
    if not row.mixed:
        return
    layer = row.make(kerajax, dtype=f"mixed_{half}")
    outputs = row.run(layer, row.inputs())
    assert all(v.dtype == "float32" for v in layer.trainable_variables)
    dtypes = {str(x.dtype) for x in jax.tree_util.tree_leaves(outputs)}
    assert dtypes <= {half, "int32", "bool"}
    if row.kind == "float":
        assert dtypes == {half}
    symbolic = row.run(row.make(kerajax, dtype=f"mixed_{half}"), _fixed(row))
    assert [d for _, d in _specs(symbolic)] == [d for _, d in _specs(outputs)]


def _built(row):
    """The layer after a call, its inputs, and the values of its variables."""
    layer, inputs = row.make(kerajax), row.inputs()
    row.run(layer, inputs)
    values = (
        [v.value for v in layer.trainable_variables],
        [v.value for v in layer.non_trainable_variables],
    )
    return layer, inputs, values


def _gradients(row):
    """Gradients of a loss in training mode as a function of weights and inputs, and these two."""
    layer, inputs, (trainable, non_trainable) = _built(row)
    options = {"training": True} if takes_training(layer) else {}
    call = functools.partial(layer.stateless_call, return_losses=True, **options)

    def loss(trainable, inputs):
        outputs, _, losses = row.run(functools.partial(call, trainable, non_trainable), inputs)
        leaves = jax.tree_util.tree_leaves(outputs)
        return sum(jnp.sum(jnp.square(x)) for x in leaves) + sum(losses)

    arguments = (0,) if row.kind == "int" else (0, 1)
    return jax.grad(loss, argnums=arguments), (trainable, inputs)


def _fixed(row):
    """Symbolic inputs of the row's whole shapes."""
    return row.packed([kerajax.Input(batch_shape=shape, dtype=row.dtype) for shape in row.shapes])


def _specs(outputs):
    leaves = [outputs] if hasattr(outputs, "shape") else kerajax.tree.flatten(outputs)
    # Graphs may promise 64 bits, as Keras does, which JAX cuts.
    return [(tuple(x.shape), str(jax.dtypes.canonicalize_dtype(x.dtype))) for x in leaves]


def takes_training(layer) -> bool:
    """Whether the layer tells training from inference."""
    return "training" in inspect.signature(layer.call).parameters


def listed(inputs) -> list:
    """One input or several, as a list."""
    return inputs if isinstance(inputs, list) else [inputs]


def as_json(value):
    """Tuples become lists, as in a file."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def _assert_close(actual, expected):
    actual, expected = map(jax.tree_util.tree_leaves, (actual, expected))
    for a, b in zip(actual, expected, strict=True):
        # XLA fuses differently under `jit`; float32 sums of a few terms differ in the last digits.
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-5)

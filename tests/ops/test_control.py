"""Control flow, conversions, operators on symbolic tensors, and the op machinery."""

import jax
import keras
import numpy as np
import pytest

import kerajax
from kerajax import ops


def test_while_loop_stops_after_the_most_rounds():
    assert int(ops.while_loop(lambda i: i < 100, lambda i: i + 1, 0, maximum_iterations=7)) == 7
    i, total = ops.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s + i), (0, 0))
    assert (int(i), int(total)) == (4, 6)


def test_scan_carries_and_stacks():
    carry, ys = ops.scan(lambda c, x: (c + x, c * x), 0.0, np.arange(4.0), reverse=True)
    assert float(carry) == 6.0
    assert ys.tolist() == [0.0, 5.0, 6.0, 0.0]


@pytest.mark.parametrize("unroll", [0, -1, "yes"])
def test_scan_refuses_a_bad_unroll(unroll):
    with pytest.raises(ValueError, match="unroll"):
        ops.scan(lambda c, x: (c, x), 0, np.arange(3), unroll=unroll)


def test_switch_and_cond_choose():
    assert int(ops.switch(5, [lambda x: x, lambda x: -x], 3)) == -3
    assert int(ops.cond(np.bool_(False), lambda: 1, lambda: 2)) == 2


def test_custom_gradient_replaces_the_derivative():
    @ops.custom_gradient
    def doubled(x):
        return x, lambda upstream: 2.0 * upstream

    assert float(jax.grad(doubled)(3.0)) == 2.0
    assert float(doubled(kerajax.Variable(3.0))) == 3.0


def test_stop_gradient_stops():
    assert float(jax.grad(lambda x: x * ops.stop_gradient(x))(3.0)) == 3.0


def test_variables_and_lists_are_arguments():
    v = kerajax.Variable([1.0, 2.0])
    assert ops.add(v, [1, 1]).tolist() == [2.0, 3.0]
    assert ops.concatenate([v, [3.0]]).tolist() == [1.0, 2.0, 3.0]
    assert float(ops.get_item(v, 1)) == 2.0
    assert ops.stack([v, v]).shape == (2, 2)
    assert ops.sum((1.0, 2.0)) == 3.0
    assert ops.add(v, (1, 1)).tolist() == [2.0, 3.0]


def test_python_scalars_keep_the_dtype_of_the_tensor():
    x = np.ones(2, "float16")
    assert ops.multiply(x, 2.5).dtype == "float16"
    assert ops.add(np.ones(2, "int8"), 1).dtype == "int8"
    assert ops.where(np.array([True]), x, 0.0).dtype == "float16"


OPERATORS = [
    lambda x: x + 1,
    lambda x: 1.0 + x,
    lambda x: x - 1,
    lambda x: 1.0 - x,
    lambda x: x * x,
    lambda x: 2 * x,
    lambda x: x / 2,
    lambda x: 1.0 / x,
    lambda x: x // 2,
    lambda x: 2 // x,
    lambda x: x % 2,
    lambda x: 2 % x,
    lambda x: x**2,
    lambda x: 2**x,
    lambda x: -x,
    lambda x: abs(x),
    lambda x: round(x, 1),
    lambda x: x @ np.ones((3, 4), "float32"),
    lambda x: np.ones((5, 3), "float32") + x[:, None],
    lambda x: x[:, 0],
    lambda x: x[..., 1:],
    lambda x: x[0],
    lambda x: x < 1,
    lambda x: x <= 1,
    lambda x: x > 1,
    lambda x: x >= 1,
    lambda x: x != 1,
    lambda x: (x > 0) & (x < 1),
    lambda x: (x > 0) | (x < 1),
    lambda x: (x > 0) ^ (x < 1),
    lambda x: ~(x > 0),
]


@pytest.mark.parametrize("index", range(len(OPERATORS)))
def test_operators_make_the_wheels_nodes(index):
    ours = OPERATORS[index](kerajax.KerasTensor((None, 3)))
    # The wheel's tensors let numpy take the left side of an operator apart.
    left = index == 18
    theirs = OPERATORS[index](keras.KerasTensor((None, 3))) if not left else None
    if left:
        assert ours.shape == (None, 5, 3)
        return
    assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
    names = [type(t._keras_history.operation).__name__ for t in (ours, theirs)]
    assert names[0] == names[1]


def test_settings_and_data_of_a_node_are_separate():
    x = kerajax.KerasTensor((None, 3))
    operation = ops.mean(x, axis=1, keepdims=True)._keras_history.operation
    assert operation.get_config() == {"name": operation.name, "axis": 1, "keepdims": True}
    again = type(operation).from_config(operation.get_config())
    assert again(np.ones((2, 3))).shape == (2, 1)


def test_symbolic_shape_has_none():
    x = kerajax.KerasTensor((None, 3))
    assert ops.shape(x) == (None, 3)
    assert ops.size(x).shape == () and ops.size(x).dtype == "int32"
    assert ops.ndim(x) == 2
    assert ops.dtype(x) == "float32"


@pytest.mark.parametrize("platform", ["cpu", "cuda", "tpu"])
def test_network_ops_lower_for_every_platform(platform):
    def loss(x, kernel):
        y = ops.max_pool(ops.relu(ops.conv(x, kernel, padding="same")), 2)
        y = ops.average_pool(ops.layer_normalization(y), 3, 2, "same")
        return ops.sum(ops.categorical_crossentropy(ops.softmax(y), ops.softmax(y)))

    shapes = [jax.ShapeDtypeStruct(s, "float32") for s in ((2, 8, 8, 3), (3, 3, 3, 4))]
    jax.export.export(jax.jit(jax.grad(loss, 1)), platforms=[platform])(*shapes)

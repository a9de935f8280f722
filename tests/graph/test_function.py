"""Graphs of operations: running them, ordering their nodes, cloning them."""

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops
from kerajax.backend import KerasTensor
from kerajax.graph import clone_graph, sort_nodes


def test_a_function_runs_the_graph_between_its_ends():
    x, y = KerasTensor((None, 2)), KerasTensor((None, 2))
    middle = x + y
    whole = kerajax.Function([x, y], {"sum": middle, "product": x * y})
    outputs = whole([np.full((1, 2), 3.0), np.full((1, 2), 4.0)])
    assert {k: v.tolist() for k, v in outputs.items()} == {
        "sum": [[7.0, 7.0]],
        "product": [[12.0, 12.0]],
    }
    part = kerajax.Function(middle, middle * 2)
    assert part(np.ones((1, 2))).tolist() == [[2.0, 2.0]]
    assert [type(op).__name__ for op in part.operations] == ["Multiply"]


def test_a_function_called_on_symbolic_tensors_is_an_operation():
    x = KerasTensor((None, 2))
    double = kerajax.Function(x, x * 2, name="double")
    y = double(KerasTensor((5, 2)))
    assert y.shape == (5, 2) and y._keras_history.operation is double


def test_output_shapes_for_other_input_shapes():
    x = KerasTensor((None, 4))
    function = kerajax.Function(x, [ops.sum(x, axis=1), x[:, :2]])
    assert function.compute_output_shape((7, 4)) == [(7,), (7, 2)]


def test_shared_nodes_run_once():
    calls = []

    class Counted(kerajax.Operation):
        def call(self, x):
            calls.append(1)
            return x + 1

    x = KerasTensor((2,))
    shared = Counted()(x)
    function = kerajax.Function(x, [shared * 2, shared * 3])
    calls.clear()
    function(np.zeros(2))
    assert len(calls) == 1


def test_nodes_come_after_those_they_need():
    x = KerasTensor((2,))
    a = ops.exp(x)
    b = ops.add(a, ops.sin(a))
    names = [type(node.operation).__name__ for node in sort_nodes([x], [b, a])]
    assert names == ["Exp", "Sin", "Add"]


def test_graphs_may_be_deeper_than_python_recurses():
    x = y = KerasTensor((1,))
    for _ in range(3000):
        y = ops.negative(y)
    assert kerajax.Function(x, y)(np.ones(1)).tolist() == [1.0]


def test_broken_graphs_are_refused():
    x, stray = KerasTensor((2,)), KerasTensor((2,))
    with pytest.raises(ValueError, match="Output is not connected to `inputs`"):
        kerajax.Function(x, stray + x)
    with pytest.raises(ValueError, match="Output with path `a.1` is not connected"):
        kerajax.Function(x, {"a": [x, stray + x]})
    with pytest.raises(ValueError, match="All `inputs` values must be KerasTensors"):
        kerajax.Function([x, 3], x)
    with pytest.raises(ValueError, match="at least one KerasTensor in `outputs`"):
        kerajax.Function(x, [])


def test_operations_of_one_name_are_refused():
    x = kerajax.Input((2,))
    y = layers.Dense(2, name="twin")(layers.Dense(2, name="twin")(x))
    with pytest.raises(ValueError, match="'twin' is used by two operations"):
        kerajax.Function(x, y)


def test_clone_graph_calls_other_operations_on_other_inputs():
    x = KerasTensor((2,))
    outputs = {"y": ops.exp(x) * 2}
    called = []

    def call(operation, args, kwargs):
        called.append(type(operation).__name__)
        return operation(*args, **kwargs)

    new = KerasTensor((5,))
    clone = clone_graph([x], outputs, call, [new])
    assert called == ["Exp", "Multiply"] and clone["y"].shape == (5,)


def test_what_is_no_tensor_is_a_setting_and_travels_with_the_config():
    x = kerajax.Input((6,))
    for node, saved in (
        (ops.squareplus(x, b=9.0), {"b": 9.0}),
        (ops.reshape(x, (-1, 2)), {"newshape": (-1, 2)}),
    ):
        config = node._keras_history.operation.get_config()
        assert saved.items() <= config.items()


def test_a_setting_may_be_computed():
    """A size in a shape that is a tensor is data of the call, not a part of its config."""
    x, size = kerajax.Input((6,)), kerajax.Input(batch_shape=(), dtype="int32")
    model = kerajax.Model([x, size], ops.reshape(x, (-1, size)))
    assert model([np.ones((4, 6), "float32"), np.int32(3)]).shape == (8, 3)

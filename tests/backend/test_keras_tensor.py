"""Symbolic tensors: what they know, what they refuse, the nodes between them."""

import numpy as np
import pytest

import kerajax
from kerajax import ops
from kerajax.backend import KerasTensor, Node, any_keras_tensor, keras_tensors_in, standardize_shape


def test_shape_dtype_and_name():
    x = KerasTensor([None, np.int64(3)], dtype="float64", name="x")
    assert (x.shape, x.ndim, x.dtype, x.name) == ((None, 3), 2, "float64", "x")
    assert repr(x) == "<KerasTensor shape=(None, 3), dtype=float64, name=x>"
    assert KerasTensor((2,)).dtype == kerajax.config.floatx()


@pytest.mark.parametrize(
    ("use", "error"),
    [
        (iter, TypeError),
        (bool, TypeError),
        (float, TypeError),
        (int, TypeError),
        (np.asarray, ValueError),
        (np.exp, (TypeError, ValueError)),
    ],
)
def test_a_symbolic_tensor_has_no_value(use, error):
    with pytest.raises(error, match="KerasTensor has no value|does not support ufuncs"):
        use(KerasTensor((2,)))


@pytest.mark.parametrize("shape", [None, 3, "ab", (1, -2), (1.5,), (True,)])
def test_bad_shapes_are_refused(shape):
    with pytest.raises(ValueError, match="hape"):
        standardize_shape(shape)
    with pytest.raises(ValueError, match="hape"):
        KerasTensor(shape)


def test_arithmetic_records_operations():
    x = KerasTensor((None, 2))
    for y, name in [
        (x + 1, "Add"), (1 - x, "Subtract"), (x @ ops.ones((2, 3)), "Matmul"), (-x, "Negative"),
        (x > 0, "Greater"), (x[:, 0], "GetItem"), (abs(x), "Absolute"), (x**2, "Power"),
    ]:  # fmt: skip
        assert type(y._keras_history.operation).__name__ == name
    assert (x @ ops.ones((2, 3))).shape == (None, 3) and (x > 0).dtype == "bool"


def test_nodes_know_their_tensors():
    x, y = KerasTensor((2,)), KerasTensor((2,))
    operation = kerajax.Operation(name="op")
    out = {"a": KerasTensor((2,)), "b": [KerasTensor((2,))]}
    node = Node(operation, ([x, y],), {"scale": 2}, out)
    assert node.input_tensors == [x, y] and node.output_tensors == [out["a"], out["b"][0]]
    assert out["b"][0]._keras_history == (operation, 0, 1)
    assert not node.is_input and node.parent_nodes == []
    after = Node(kerajax.Operation(), (out["a"],), outputs=KerasTensor((2,)))
    assert after.parent_nodes == [node] and operation._outbound_nodes == [after]


def test_finding_symbolic_tensors():
    x = KerasTensor((2,))
    assert keras_tensors_in([{"k": (x, 3)}, None]) == [x]
    assert any_keras_tensor(([1, {"k": x}],)) and not any_keras_tensor(([1],), {"k": None})
    assert kerajax.backend.is_keras_tensor(x) and not kerajax.backend.is_keras_tensor(1)


def test_a_symbolic_tensor_is_no_list():
    """Old libraries tell a list of outputs from a single one by its length."""
    assert not hasattr(kerajax.KerasTensor((2, 3)), "__len__")
    assert kerajax.KerasTensor((None, 3))._keras_shape == (None, 3)

"""Variables: first values, assignment, arithmetic, scopes, what is refused."""

import copy
import os
import pickle
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax import initializers
from kerajax.backend import (
    AutocastScope,
    KerasTensor,
    LaterValuesScope,
    Variable,
    assign_unshared,
    infer_once,
)


@pytest.mark.parametrize(
    ("first", "options", "dtype"),
    [
        ([[1, 2]], {}, "int32"),
        ([[1.0, 2.0]], {}, "float32"),
        (np.array([[1.0, 2.0]]), {}, "float32"),
        (np.array([[1, 2]], "uint8"), {}, "uint8"),
        (jnp.ones((1, 2)), {"dtype": "bfloat16"}, "bfloat16"),
        ("ones", {"shape": (1, 2)}, "float32"),
        (initializers.Ones(), {"shape": (1, 2), "dtype": "int8"}, "int8"),
        (lambda shape, dtype: np.ones(shape, dtype), {"shape": (1, 2)}, "float32"),
    ],
)
def test_first_values(first, options, dtype):
    v = Variable(first, **options)
    assert (v.shape, v.ndim, v.dtype) == ((1, 2), 2, dtype)


def test_a_variable_keeps_its_own_copy():
    array = np.ones(3, "float32")
    v = Variable(array)
    array[:] = 7
    np.testing.assert_array_equal(v, [1, 1, 1])
    taken = v.numpy()
    taken[:] = 7
    np.testing.assert_array_equal(v, [1, 1, 1])


def test_assignments_keep_shape_and_dtype():
    v = Variable([1.0, 2.0])
    v.assign([3, 4])
    v.assign_add([1, 1])
    v.assign_sub([0.5, 0.5])
    assert v.numpy().tolist() == [3.5, 4.5] and v.dtype == "float32"
    with pytest.raises(ValueError, match=r"must match. variable.shape=\(2,\), Received.*\(3,\)"):
        v.assign([1.0, 2.0, 3.0])
    assert v.numpy().tolist() == [3.5, 4.5]


def test_arithmetic_is_that_of_the_value():
    v, w = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    np.testing.assert_array_equal(v + w, [4, 6])
    np.testing.assert_array_equal(10 - v, [9, 8])
    np.testing.assert_array_equal(np.ones(2) * w, [3, 4])
    np.testing.assert_array_equal(v @ w, 11)
    np.testing.assert_array_equal(v < 2, [True, False])
    np.testing.assert_array_equal(-v[1:], [-2])
    assert float(w[0]) == 3.0 and len(v) == 2 and [float(x) for x in v] == [1.0, 2.0]


def test_and_or_xor_are_logical():
    """As in Keras, on every dtype."""
    v, w = Variable([0, 2]), Variable([1.0, 4.0])
    assert [(v & w).tolist(), (v | 0).tolist(), (True ^ w).tolist()] == [
        [False, True], [False, True], [False, False]
    ]  # fmt: skip


def test_a_variable_has_no_truth():
    with pytest.raises(TypeError, match="cannot be used as a boolean"):
        bool(Variable(1.0))
    assert int(Variable(3)) == 3


def test_autocast_reads_floats_in_lower_precision():
    v, n, own = Variable([1.0]), Variable([1]), Variable([1.0], autocast=False)
    with AutocastScope("float16"):
        assert (v.value.dtype, v.dtype) == ("float16", "float16")
        assert n.value.dtype == "int32" and own.value.dtype == "float32"
        assert v.uncast_value.dtype == "float32"
        v.assign_add([1e-4])
    assert v.numpy()[0] > 1.00005


def test_names_and_paths():
    with kerajax.name_scope("outer"), kerajax.name_scope("inner"):
        v = Variable(0.0, name="v")
    assert (v.name, v.path) == ("v", "outer/inner/v")
    assert repr(v) == "<Variable path=outer/inner/v, shape=(), dtype=float32, value=0.>"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"initializer": initializers.Ones()}, ValueError, "the `shape` argument should be"),
        ({"initializer": 0.0, "name": "a/b"}, ValueError, "cannot contain character `/`"),
        ({"initializer": 0.0, "name": 3}, ValueError, "`name` must be a string"),
        ({"initializer": 0.0, "aggregation": "best"}, ValueError, "`aggregation` must be one of"),
        ({"initializer": 0.0, "colour": "red"}, TypeError, "unexpected keyword"),
        ({"initializer": "onse", "shape": (2,)}, ValueError, "onse. Did you mean"),
    ],
)
def test_bad_arguments_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        Variable(**options)


def test_constraint_and_regularizer_are_functions():
    v = Variable(1.0)
    v.constraint = v.regularizer = abs
    assert v.constraint is abs is v.regularizer
    for name in ("constraint", "regularizer"):
        with pytest.raises(ValueError, match=f"`{name}` must be callable"):
            setattr(v, name, "words")
    with pytest.raises(TypeError, match="must be a boolean"):
        v.overwrite_with_gradient = 1


def test_copies_share_nothing():
    v = Variable([1.0], name="original")
    for twin in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        twin.assign([5.0])
        assert twin.name == "original" and v.numpy().tolist() == [1.0]


def test_variables_are_keys_of_dicts():
    v, w = Variable(1.0), Variable(1.0)
    assert {v: "v", w: "w"}[v] == "v"


def _aligned(values, offset=0):
    """An array whose memory begins `offset` bytes after a boundary that JAX takes over."""
    values = np.asarray(values, "float32")
    memory = np.empty(values.nbytes + 128, np.uint8)
    start = -memory.ctypes.data % 64 + offset
    array = memory[start : start + values.nbytes].view("float32")
    array[:] = values
    return array


@pytest.mark.parametrize("offset", [0, 4])
def test_memory_is_shared_with_nobody_who_can_change_it(offset):
    v = Variable([1.0, 2.0])
    array = _aligned([3.0, 4.0], offset)
    v.assign(array)
    array[:] = 7
    np.testing.assert_array_equal(v, [3, 4])


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices have memory of their own")
def test_memory_that_nobody_else_has_is_kept():
    """What a file is read into is not copied again."""
    v = Variable([1.0, 2.0])
    array = _aligned([3.0, 4.0])
    w, other = Variable([0, 0]), np.array([5.0, 6.0])  # of another dtype
    assign_unshared([(v, array), (w, other)])
    assert v.value.unsafe_buffer_pointer() == array.ctypes.data
    assert w.numpy().tolist() == [5, 6] and w.dtype == "int32"
    assign_unshared([(v, other)])
    assert v.numpy().tolist() == [5.0, 6.0] and v.dtype == "float32"


def test_assigned_values_go_where_the_value_is():
    """Over the devices that were chosen for it, or onto the device it was made on."""
    script = """
import jax, kerajax, numpy as np
from jax.sharding import NamedSharding, PartitionSpec
first, second = jax.devices()
spread = NamedSharding(jax.make_mesh((2,), ("x",)), PartitionSpec("x"))
one = np.ones(4, "float32")
for assign in kerajax.Variable.assign, lambda v, x: kerajax.backend.assign_unshared([(v, x)]):
    v = kerajax.Variable(np.zeros(4, "float32"))
    v.assign(jax.device_put(v.value, spread))
    for value in ([1.0, 2, 3, 4], np.arange(4), np.arange(4.0, dtype="float32")):
        assign(v, np.array(value))
        assert v.value.sharding == spread, v.value.sharding
        np.testing.assert_array_equal(v, value)
    v.assign(jax.device_put(v.value, second))
    assign(v, one)
    assert v.value.devices() == {second} and v.value.committed
    with kerajax.device("cpu:1"):
        w = kerajax.Variable(np.zeros(4, "float32"))
    assign(w, one)
    assert w.value.devices() == {second} and not w.value.committed
    with kerajax.device("cpu:0"):
        assign(w, one)
    assert w.value.devices() == {first}
v = kerajax.Variable(np.zeros(4, "float32"))
with kerajax.device("cpu:1"):
    w = kerajax.Variable(np.zeros(4, "float32"))
kerajax.backend.assign_unshared([(v, one), (w, 2 * one)])
assert (v.value.devices(), w.value.devices()) == ({first}, {second})
assert (v.numpy().sum(), w.numpy().sum()) == (4, 8)
"""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, **flags})


def test_a_variable_that_waits_for_a_file_draws_where_it_is_read():
    """Not where shapes are inferred."""
    drawn = []

    def initializer(shape, dtype):
        drawn.append(shape)
        return np.ones(shape, dtype)

    with LaterValuesScope():
        v, w, late = (Variable(initializer, shape=(n, 2)) for n in (1, 2, 3))
        spec = infer_once(lambda x: x @ v, KerasTensor((None, 1)))
        assert (spec.shape, drawn) == ((None, 2), [])
        np.testing.assert_array_equal(w, np.ones((2, 2)))
        assert drawn == [(2, 2)]
        v.assign([[3.0, 4.0]])
    assert drawn == [(2, 2), (3, 2)] and late.numpy().sum() == 6
    assert v.numpy().tolist() == [[3.0, 4.0]]

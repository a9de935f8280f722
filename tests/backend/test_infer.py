"""Shapes from abstract runs: unknown sizes, fills, memory of earlier runs."""

import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax.backend import KerasTensor, infer
from kerajax.backend import _infer as module


def shape(fn, *shapes, **kwargs):
    return infer(fn, *(KerasTensor(s) for s in shapes), **kwargs).shape


def test_unknown_sizes_stay_unknown_where_they_matter():
    assert shape(jnp.transpose, (None, 3)) == (3, None)
    assert shape(lambda x: x.sum(0), (None, 3)) == (3,)
    assert shape(lambda x, y: x @ y, (None, 4), (4, None)) == (None, None)
    assert shape(lambda x: jnp.reshape(x, (x.shape[0], -1)), (None, 2, 3)) == (None, 6)
    assert shape(lambda x: x.reshape(-1), (None, 2)) == (None,)
    assert shape(lambda x: x[:5], (None,)) == (5,)
    assert shape(lambda x: jnp.concatenate([x, x]), (None, 2)) == (None, 2)


def test_spatial_axes_shrink_like_real_ones():
    conv = kerajax.layers.Conv2D(4, 3, strides=2)
    assert conv.compute_output_shape((None, None, None, 3)) == (None, None, None, 4)
    assert conv.compute_output_shape((None, 28, 28, 3)) == (None, 13, 13, 4)


def test_structures_and_dtypes():
    out = infer(
        lambda x, k: {"a": x["v"] > 0, "b": [x["v"].astype("float16")], "c": k},
        {"v": KerasTensor((None, 2))},
        k=3,
    )
    assert (out["a"].dtype, out["b"][0].dtype, out["a"].shape) == ("bool", "float16", (None, 2))


def test_runs_are_remembered_by_function_and_specs():
    runs = []

    def fn(x, n):
        runs.append(x.shape)
        return x * n

    x = KerasTensor((None, 3))
    infer(fn, x, 2)
    infer(fn, KerasTensor((None, 3)), 2)
    assert runs == [(fill, 3) for fill in module._FILLS]
    infer(fn, x, 2.0)
    assert len(runs) == 4
    infer(fn, KerasTensor((5, 3)), 2)
    assert runs[4:] == [(5, 3)]


def test_arguments_that_cannot_be_hashed_are_allowed():
    assert shape(lambda x, y: x + y, (None, 2), y=np.ones(2)) == (None, 2)


def test_equal_arguments_of_other_types_are_other_arguments():
    """`1 == True == 1.0`, but they give other dtypes."""
    dtypes = [infer(jnp.full_like, KerasTensor((2,), "int32"), v).dtype for v in (1, True, 1.0)]
    assert dtypes == ["int32"] * 3
    x = KerasTensor((2,), "int32")
    assert [infer(jnp.add, x, v).dtype for v in (1, 1.0)] == ["int32", "float32"]


def test_the_default_float_is_part_of_the_memory():
    layer = kerajax.layers.Dense(2)
    before = layer(kerajax.Input((3,))).dtype
    assert before == kerajax.config.floatx()


def test_errors_come_through():
    with pytest.raises(TypeError, match="incompatible|shapes"):
        shape(jnp.add, (None, 2), (None, 3))

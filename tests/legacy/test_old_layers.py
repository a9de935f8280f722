"""Layers of Keras 1 and 2 that are said otherwise today, in scripts of their time."""

import numpy as np
import pytest

import kerajax
from kerajax.legacy._merge import Merge, merge
from tests.legacy.scripts import run


def branch(size, units=2):
    return kerajax.Sequential([kerajax.layers.Dense(units, input_shape=(size,))])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("sum", lambda a, b: a + b),
        ("mul", lambda a, b: a * b),
        ("ave", lambda a, b: (a + b) / 2),
        ("max", np.maximum),
        ("concat", lambda a, b: np.concatenate([a, b], axis=-1)),
        ("dot", lambda a, b: np.sum(a * b, axis=-1, keepdims=True)),
        (lambda tensors: tensors[0] - tensors[1], lambda a, b: a - b),
    ],
)
def test_ways_of_merging(mode, expected, rng):
    """The arithmetic of each mode, of tensors and of branches that a stack begins with."""
    a, b = (rng.normal(size=(3, 2)).astype("float32") for _ in range(2))
    np.testing.assert_allclose(Merge(mode=mode)([a, b]), expected(a, b), rtol=1e-5)
    inputs = [kerajax.Input((2,)), kerajax.Input((2,))]
    model = kerajax.Model(inputs, merge(inputs, mode=mode))
    np.testing.assert_allclose(model.predict([a, b], verbose=0), expected(a, b), rtol=1e-5)
    left, right = branch(2), branch(2)
    model = kerajax.Sequential([Merge([left, right], mode=mode)])
    both = left.predict(a, verbose=0), right.predict(b, verbose=0)
    np.testing.assert_allclose(model.predict([a, b], verbose=0), expected(*both), rtol=1e-4)


def test_stacks_on_merges_nest():
    """All inputs in order; the weights of the branches are trained."""
    inner = kerajax.Sequential([Merge([branch(2), branch(3)], mode="concat")])
    inner.add(kerajax.layers.Dense(2))
    model = kerajax.Sequential()
    model.add(Merge([inner, branch(4), kerajax.layers.Dense(2, input_shape=(5,))], mode="sum"))
    model.add(kerajax.layers.Dense(1))
    assert model.input_shape == [(None, 2), (None, 3), (None, 4), (None, 5)]
    assert model.output_shape == (None, 1)
    model.compile("sgd", "mse")
    x = [np.ones((4, size)) for size in (2, 3, 4, 5)]
    before = model.get_weights()
    model.fit(x, np.ones((4, 1)), epochs=1, verbose=0)
    assert len(before) == 12
    assert all(np.any(a != b) for a, b in zip(before, model.get_weights(), strict=True))


def test_merges_need_known_modes_and_inputs():
    with pytest.raises(ValueError, match="must be a function or one of"):
        Merge(mode="join")
    with pytest.raises(ValueError, match="know the shape of their inputs"):
        Merge([kerajax.layers.Dense(2), branch(2)])


def test_states_of_a_model_are_reset():
    """As in the first call, after `reset_states`."""
    model = kerajax.Sequential([kerajax.Input(batch_shape=(2, 3, 1))])
    model.add(kerajax.layers.LSTM(2, stateful=True))
    x = np.ones((2, 3, 1))
    first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
    model.reset_states()
    assert np.any(first != second)
    np.testing.assert_allclose(model.predict(x, verbose=0), first, rtol=1e-5)


def test_scripts_find_them(tmp_path):
    """Under their old paths; `keras.layers.merge` is a function and a module."""
    (tmp_path / "script.py").write_text(
        "from keras.layers.core import Merge, TimeDistributedDense, MaxoutDense\n"
        "from keras.layers import Input, Embedding, merge, CuDNNLSTM\n"
        "from keras.engine.topology import Merge as M\n"
        "from keras.layers.merge import concatenate\n"
        "from keras.models import Sequential\n"
        "from tensorflow.keras.layers import CuDNNGRU\n"
        "a, b = Input((3,)), Input((4,))\n"
        "print(merge([a, b], mode='concat', concat_axis=-1).shape[-1], M is Merge)\n"
        "model = Sequential()\n"
        "model.add(Embedding(9, 4, input_length=5))\n"
        "model.add(CuDNNLSTM(3, return_sequences=True))\n"
        "model.add(TimeDistributedDense(3, 6))\n"
        "print(model.output_shape[1:], CuDNNGRU(2).reset_after)\n"
    )
    output, _ = run(tmp_path, "-m", "kerajax", "run", "script.py")
    assert output.split("\n")[:2] == ["7 True", "(5, 6) True"]


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("from keras.backend import get_session", "no sessions"),
        ("from keras.layers.core import AutoEncoder", "keras.Sequential([encoder, decoder])"),
    ],
)
def test_what_is_gone_names_what_to_use(tmp_path, line, advice):
    (tmp_path / "script.py").write_text(f"{line}\n")
    _, errors = run(tmp_path, "-m", "kerajax", "run", "script.py", status=1)
    assert "ImportError" in errors
    assert advice in errors


def test_merges_of_merges_share_an_input(rng):
    """The memory network of Keras 1: one branch is merged twice, and fed once."""
    story, query, other = (
        kerajax.Sequential([kerajax.layers.Dense(4, input_shape=(3,), name=name)]) for name in "sqo"
    )
    match = kerajax.Sequential([Merge([story, query], mode="mul")])
    match.add(kerajax.layers.Activation("softmax"))
    response = kerajax.Sequential([Merge([match, other], mode="sum")])
    answer = kerajax.Sequential([Merge([response, query], mode="concat")])
    answer.add(kerajax.layers.Dense(1))
    assert len(answer.inputs) == 3
    data = [rng.normal(size=(5, 3)) for _ in range(3)]
    s, q, o = (model(x) for model, x in zip((story, query, other), data, strict=True))
    joined = kerajax.ops.concatenate([kerajax.ops.softmax(s * q) + o, q], axis=-1)
    found = answer.predict(data, verbose=0)
    np.testing.assert_allclose(found, answer.layers[-1](joined), rtol=1e-4, atol=1e-5)


def test_initializers_of_keras_1_take_a_name():
    """A function `(shape, name)`, with both required."""
    layer = kerajax.layers.Dense(2, kernel_initializer=lambda shape, name: np.full(shape, 3.0))
    assert np.unique(layer(np.ones((1, 2)))) == 6

"""Compiled steps that are kept by their account: found without being traced, or made anew."""

import errno
import os
import warnings
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax import config, layers
from kerajax.backend import _stored_programs
from kerajax.backend._checked_files import write_checked
from kerajax.backend._stored_programs import StoredProgram

X = np.random.default_rng(0).random((20, 4), "float32")
Y = X[:, :2].copy()


@pytest.fixture
def traced(tmp_path, monkeypatch, jax_cache):
    """A folder for programs; gives the list of the steps that were traced."""
    config.set_compilation_cache(str(tmp_path / "programs"))
    traced, trace = [], StoredProgram._traced

    def counted(self, *args):
        traced.append(self._jitted.__name__)
        return trace(self, *args)

    monkeypatch.setattr(StoredProgram, "_traced", counted)
    return traced


def trained():
    """What training and evaluation of a new model give, with its state."""
    kerajax.utils.clear_session(free_memory=False)
    kerajax.utils.set_random_seed(3)
    stack = [layers.Dense(3, "relu"), layers.BatchNormalization(), layers.Dropout(0.3)]
    model = kerajax.Sequential([kerajax.Input((4,)), *stack, layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae", "mse"])
    history = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    logs = model.evaluate(X, Y, batch_size=8, verbose=0, return_dict=True)
    one = model.train_on_batch(X, Y, return_dict=True)
    return history, logs, one, model.get_weights(), model.optimizer.get_weights()


def stepped(optimizer="sgd", batch_size=20):
    """The loss and the weights of a model that takes one step, by one program."""
    kerajax.utils.clear_session(free_memory=False)
    kerajax.utils.set_random_seed(3)
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2)])
    model.compile(optimizer, "mse")
    return model.train_on_batch(X[:batch_size], Y[:batch_size]), model.get_weights()


def files(kind="programs"):
    return sorted(Path(config.compilation_cache(), kind).iterdir())


def check_equal(found, expected):
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)


def test_second_model_finds_its_programs(traced):
    """And is what it is without a folder."""
    first = trained()
    # Training and evaluation of full and of shorter batches, and the step of `train_on_batch`.
    assert len(traced) == len(files()) == 5
    again = trained()
    assert len(traced) == 5
    check_equal(again, first)
    assert list(first[0]) == ["loss", "mae", "mse"] and list(again[1]) == list(first[1])
    config.set_compilation_cache(None)
    check_equal(trained(), first)


def test_what_changes_the_step_is_made_anew(traced, monkeypatch):
    stepped()
    count = len(traced)
    for run in (
        lambda: stepped(optimizer="adam"),
        lambda: stepped(batch_size=10),
        lambda: _with(config.set_epsilon, config.epsilon(), 1e-5),
        lambda: _with_precision(),
    ):
        run()
        assert len(traced) > count
        count = len(traced)
    # Another release of kerajax.
    monkeypatch.setattr(os, "walk", lambda root: [])
    _stored_programs._own_code.cache_clear()
    stepped()
    _stored_programs._own_code.cache_clear()
    assert len(traced) > count


def _with(setter, before, value):
    setter(value)
    try:
        stepped()
    finally:
        setter(before)


def _with_precision():
    with jax.default_matmul_precision("highest"):
        stepped()


def test_state_is_taken_over(traced):
    """As by a step that was just compiled: no second copy of the weights."""
    trained()
    program = {}
    call = StoredProgram.__call__

    def watched(self, state, *arguments):
        result = call(self, state, *arguments)
        program[self._jitted.__name__] = all(x.is_deleted() for x in state.trainable)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StoredProgram, "__call__", watched)
        trained()
    assert program["_resident_single"] and program["_alone"]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "foreign"])
def test_damaged_files_are_made_anew(traced, damage):
    first = stepped()
    assert len(traced) == len(files()) == 1
    for file in files():
        held = bytearray(file.read_bytes())
        if damage == "cut":
            held = held[: len(held) // 2]
        elif damage == "changed":
            held[-1] ^= 1
        elif damage == "empty":
            held = b""
        else:
            write_checked(file, b"no program")
            continue
        file.write_bytes(held)
    with pytest.warns(UserWarning, match="cannot be used"):
        check_equal(stepped(), first)
    assert len(traced) == 2
    check_equal(stepped(), first)
    assert len(traced) == 2


def test_full_disk_is_told_and_harms_nothing(traced, monkeypatch):
    def full(self, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.warns(UserWarning, match="could not be kept: .*No space left"):
        stepped()
    assert not Path(config.compilation_cache(), "steps").exists() or files() == []


def test_what_warns_is_not_kept(traced):
    for _ in range(2):

        def step(state, x):
            warnings.warn("a matter of the step", stacklevel=1)
            return [x.sum()], state

        program = StoredProgram(jax.jit(step), lambda: "account", [""])
        with pytest.warns(UserWarning, match="a matter of the step"):
            program([jnp.ones(3)], jnp.ones(2))
    assert len(traced) == 2


def test_what_calls_python_is_not_kept(traced):
    def step(state, x):
        y = jax.pure_callback(lambda a: np.asarray(a) * 2, jax.ShapeDtypeStruct((2,), "float32"), x)
        return [y.sum()], state

    for _ in range(2):
        logs, _ = StoredProgram(jax.jit(step), lambda: "account", [""])([], jnp.ones(2))
        assert float(logs[0]) == 4
    assert len(traced) == 2


def test_arguments_of_another_kind_are_computed_as_well(traced):
    def step(state, x, size):
        return [(x * size).sum()], state

    program = StoredProgram(jax.jit(step, static_argnums=2), lambda: "account", [""], static=(1,))
    for x in (jnp.ones(2), jnp.ones(2, "int32"), np.ones(2, "float16"), jnp.ones((2, 1))):
        (log,), _ = program([], x, 3)
        assert log == 6 and log.dtype == x.dtype
        assert program([], x, 4)[0][0] == 8


def test_folders_of_others_are_left_to_jax(traced, tmp_path):
    """JAX's own setting may name a folder on the network, or one that others write to."""
    config.set_compilation_cache(None)
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "elsewhere"))
    trained()
    assert traced == [] and not (tmp_path / "elsewhere" / "programs").exists()


def test_settings_of_jax_count_between_two_calls(traced):
    """As `jax.jit` has it: another precision is another program, and faults are searched for."""
    x = np.full((4, 4), 1 / 3, "float32")

    def step(state, x):
        return [x @ x, jnp.log(x - 1)], state

    program = StoredProgram(jax.jit(step), lambda: "account", ["product", "log"])
    program([], x)
    with jax.default_matmul_precision("float32"):
        program([], x)
    assert len(traced) == 2
    with jax.debug_nans(True), pytest.raises(FloatingPointError):
        program([], x)
    with jax.disable_jit():
        program([], x)
    assert len(traced) == 2

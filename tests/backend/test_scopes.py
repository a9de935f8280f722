"""Scopes: values for variables, names, precision; they nest and end with errors too."""

import threading

import jax
import numpy as np
import pytest

import kerajax
from kerajax import backend
from kerajax.backend import AutocastScope, StatelessScope, Variable, name_scope


def test_a_stateless_scope_catches_assignments():
    v = Variable([1.0, 2.0])
    with StatelessScope(state_mapping=[(v, np.zeros(2, "float32"))]) as scope:
        assert backend.in_stateless_scope() and backend.get_stateless_scope() is scope
        v.assign_add([5.0, 5.0])
        assert v.value.tolist() == [5.0, 5.0]
    assert scope.get_current_value(v).tolist() == [5.0, 5.0]
    assert v.numpy().tolist() == [1.0, 2.0] and not backend.in_stateless_scope()


def test_scopes_nest_and_end_with_errors():
    v = Variable(1.0)
    with pytest.raises(KeyError), StatelessScope(), name_scope("a"), AutocastScope("float16"):
        with StatelessScope([(v, np.float32(2.0))]):
            assert float(v.value) == 2.0
        raise KeyError
    assert not backend.in_stateless_scope() and backend.current_path() == ""
    assert backend.get_autocast_dtype() is None


def test_values_of_other_shapes_are_refused():
    v = Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"value of shape \(2,\) for variable"):
        StatelessScope(state_mapping=[(v, np.zeros(3))])


def test_names_join_by_slashes():
    with name_scope("a"), name_scope("b"):
        assert backend.current_path() == "a/b"
        with backend.detached_names():
            assert backend.current_path() == ""
    with pytest.raises(ValueError, match="without '/'"):
        name_scope("a/b")


def test_automatic_names_are_new():
    first, second = backend.auto_name("only_here"), backend.auto_name("only_here")
    assert (first, second) == ("only_here", "only_here_1")
    assert backend.get_uid("only_there") == 1 and backend.get_uid("only_there") == 2


def test_scopes_belong_to_their_thread():
    seen = []
    with name_scope("mine"), AutocastScope("float16"):
        thread = threading.Thread(
            target=lambda: seen.extend([backend.current_path(), backend.get_autocast_dtype()])
        )
        thread.start()
        thread.join()
    assert seen == ["", None]


def test_masks_travel_with_tensors():
    x = kerajax.ops.ones((2, 3))
    backend.set_keras_mask(x, "mask")
    assert backend.get_keras_mask(x) == "mask" == x._keras_mask
    assert backend.get_keras_mask(kerajax.ops.ones((2, 3))) is None


def test_remat_scopes_nest():
    with kerajax.RematScope("full"):
        with kerajax.RematScope("list_of_layers", layer_names=["a"]):
            assert backend.get_current_remat_mode().layer_names == ("a",)
        assert backend.get_current_remat_mode().mode == "full"
    assert backend.get_current_remat_mode() is None
    with pytest.raises(ValueError, match="Invalid mode 'all'"):
        kerajax.RematScope("all")


def test_offloading_needs_memory_of_the_host(monkeypatch):
    """A device that reaches none says so, with the mode that works there."""
    with kerajax.RematScope("offload"):
        layer = kerajax.layers.Dense(2)
    layer.build((None, 3))
    memory = type("Memory", (), {"kind": "device"})()
    device = type("Device", (), {"addressable_memories": lambda self: [memory]})()
    monkeypatch.setattr(jax, "local_devices", lambda: [device])
    with pytest.raises(NotImplementedError, match=r"\['device'\].*Use mode='full'"):
        jax.jit(layer)(np.ones((1, 3), "float32"))


def test_remat_takes_arguments_that_are_no_arrays():
    def scaled(x, times=1, flip=False):
        return -x * times if flip else x * times

    x = np.ones(2, "float32")
    assert kerajax.remat(scaled)(x, 3, flip=True).tolist() == [-3.0, -3.0]
    assert kerajax.remat(scaled)(kerajax.KerasTensor((None,)), times=2).shape == (None,)


def test_devices_by_name():
    with kerajax.device("cpu:0"):
        assert next(iter(kerajax.ops.ones(1).devices())).platform == "cpu"
    for name in ("cpu:99", "abacus:0", 123):
        with pytest.raises(ValueError, match=f"Received: device_name='{name}'"):
            kerajax.device(name)

"""`model.optimizer` is there once `compile` was called, as scripts ask with `hasattr`."""

import pytest

import kerajax
from kerajax.saving import load_model


def _model():
    return kerajax.Sequential([kerajax.Input((4,)), kerajax.layers.Dense(3)])


def test_none_before_compile():
    """Nor does reading the state or predicting make one."""
    model = _model()
    model.get_state_tree()
    model.predict([[1.0, 2.0, 3.0, 4.0]], verbose=0)
    with pytest.raises(AttributeError, match="has no attribute 'optimizer'"):
        _ = model.optimizer
    model.compile()
    assert isinstance(model.optimizer, kerajax.optimizers.RMSprop)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
def test_none_in_a_model_that_was_not_compiled(name, tmp_path):
    """A loaded model has one if the file says so."""
    _model().save(tmp_path / name)
    assert not hasattr(load_model(tmp_path / name), "optimizer")

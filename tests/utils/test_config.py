"""`Config` beside Keras'."""

import copy
import pickle

import keras
import pytest

from kerajax.utils import Config


def _filled(kind):
    config = kind(rate=0.1, name="a")
    config.use_ema = True
    config["seed"] = 3
    config.update(seed=4, extra=None)
    del config["extra"]
    return config


def test_values_as_keras_has_them():
    """By attribute, by item, in every listing."""
    ours, theirs = _filled(Config), _filled(keras.utils.Config)
    for read in (list, len, repr, dict, lambda c: c.as_dict(), lambda c: c.to_json()):
        assert read(ours) == read(theirs)
    for method in ("keys", "values", "items"):
        assert sorted(map(str, getattr(ours, method)())) == sorted(
            map(str, getattr(theirs, method)())
        )
    assert ours.rate == ours["rate"] == 0.1 and "name" in ours and "other" not in ours
    assert ours.get("other", 7) == 7 and ours.pop("rate") == 0.1 and "rate" not in ours


def test_frozen_and_unknown():
    """The errors of Keras, before anything has changed."""
    config = _filled(Config)
    config.freeze()
    assert config.frozen
    for change in (
        lambda: setattr(config, "rate", 1),
        lambda: config.__setitem__("rate", 1),
        lambda: config.update(rate=1),
        lambda: config.pop("rate"),
        lambda: config.__delitem__("rate"),
    ):
        with pytest.raises(ValueError, match="config is frozen"):
            change()
    assert config.as_dict() == _filled(Config).as_dict()
    config.unfreeze()
    config.rate = 2
    with pytest.raises(AttributeError, match="Unknown attribute: 'seeed'. Did you mean 'seed'"):
        _ = config.seeed
    with pytest.raises(AttributeError, match="choose another name"):
        config.keys = 1


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
def test_copies(copied):
    """Copies are configs of their own."""
    config = _filled(Config)
    config.freeze()
    other = copied(config)
    assert other == config and other.frozen
    other.unfreeze()
    other.rate = 5
    assert config.rate == 0.1

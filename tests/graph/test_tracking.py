"""Finding variables and layers in attributes: containers, order, copies, what is locked."""

import copy
import pickle
from collections import namedtuple

import pytest

import kerajax
from kerajax import layers
from kerajax.graph import Tracker

Pair = namedtuple("Pair", ["first", "second"])


def is_text(x) -> bool:
    return isinstance(x, str)


def is_number(x) -> bool:
    return isinstance(x, float)


@pytest.fixture
def tracker():
    return Tracker({"texts": (is_text, []), "numbers": (is_number, [])})


def found(tracker, name="texts"):
    return tracker.kinds[name][1]


def test_lists_dicts_sets_and_tuples_report_what_they_hold(tracker):
    items = tracker.track(["a", {"k": "b"}, ("c", 1.5), Pair("d", "e")])
    assert found(tracker) == ["a", "b", "c", "d", "e"] and found(tracker, "numbers") == [1.5]
    assert isinstance(items[3], Pair)
    items.append("f")
    items[1]["l"] = "g"
    items += ["h"]
    items.extend(["i"])
    items.insert(0, "j")
    assert found(tracker)[5:] == ["f", "g", "h", "i", "j"]
    assert list(tracker.track({"m"})) == ["m"] and found(tracker)[-1] == "m"


def test_what_leaves_a_container_is_forgotten(tracker):
    items = tracker.track(["a", "b", "c", "d"])
    items.remove("a")
    items.pop()
    del items[0]
    assert found(tracker) == ["c"]
    items.clear()
    assert found(tracker) == []
    mapping = tracker.track({"x": "p", "y": "q"})
    mapping.pop("x")
    del mapping["y"]
    assert found(tracker) == []


def test_an_object_counts_once(tracker):
    word = "one"
    tracker.track([word, word])
    tracker.track(word)
    assert found(tracker) == [word]


def test_tracked_lists_are_lists_for_tree_and_pickle(tracker):
    items = tracker.track([1, {"b": 2, "a": 3}])
    assert kerajax.tree.flatten(items) == [1, 3, 2]
    assert pickle.loads(pickle.dumps(items)) == [1, {"b": 2, "a": 3}]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_know_what_they_hold(tracker, again):
    tracker.track("a")
    twin = again(tracker)
    twin.untrack(found(twin)[0])
    assert found(twin) == [] and found(tracker) == ["a"]


def test_layers_built_take_no_new_variables():
    layer = layers.Dense(2)
    layer.build((None, 3))
    with pytest.raises(ValueError, match="cannot add new elements of state"):
        layer.extra = kerajax.Variable(0.0)


def test_layers_may_be_replaced_and_deleted():
    class Two(layers.Layer):
        def __init__(self):
            super().__init__()
            self.a, self.b = layers.Dense(1), layers.Dense(2)

    layer = Two()
    del layer.a
    assert [inner.units for inner in layer._layers] == [2]

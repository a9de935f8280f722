"""Every function of `kerajax.tree` gives what the Keras wheel gives, or raises what it raises."""

import collections
import time

import jax
import keras
import pytest

from kerajax import tree

Point = collections.namedtuple("Point", "x y")
OtherPoint = collections.namedtuple("OtherPoint", "x y")


class SubPoint(Point):
    """A named tuple by inheritance."""


class Words(list):
    """A list that nobody registered."""


class Record(dict):
    """A dict that nobody registered."""


OrderedDict = collections.OrderedDict
STRUCTURES = [
    None,
    1,
    "text",
    [],
    (),
    {},
    [[]],
    [None, (1, [2, 3])],
    {"b": [1, {"z": 2, "y": 3}], "a": None},
    OrderedDict(b=1, a=(2, 3)),
    collections.defaultdict(list, b=1, a=[2]),
    collections.deque([1, (2,)], maxlen=3),
    Point(1, [2]),
    SubPoint(1, 2),
    time.gmtime(0),
    {1, 2},
    range(3),
    Words([1]),
    [Words([1])],
    Record(a=1),
    collections.Counter("aab"),
    {3: 1, "a": 2, 1.5: 3},
    {None: 1, "a": 2},
    {(1, "a"): 1, (1, 2): 3},
]

# (name, arguments); the same call goes to both packages.
CALLS = [
    ("map_structure", (str,)),
    ("map_structure", (3, [1])),
    ("map_structure", (3, [])),
    ("map_structure", (max, [1, (2,)], [3, (0,)])),
    ("map_structure", (max, [1, 2], [1])),
    ("map_structure", (max, [1, 2], [1, [2]])),
    ("map_structure", (max, [1, [2]], [1, 2])),
    ("map_structure", (max, 1, [1])),
    ("map_structure", (max, [1], 1)),
    ("map_structure", (max, [1], (1,))),
    ("map_structure", (max, {"b": 1, "a": 2}, OrderedDict(b=3, a=0))),
    ("map_structure", (max, OrderedDict(b=3, a=0), {"a": 1, "b": 2})),
    ("map_structure", (max, collections.defaultdict(int, a=1), {"a": 2})),
    ("map_structure", (max, {"a": 1}, {"b": 1})),
    ("map_structure", (max, {"a": 1}, {"a": 1, "b": 1})),
    ("map_structure", (max, Point(1, 2), Point(2, 1))),
    ("map_structure", (max, Point(1, 2), OtherPoint(2, 1))),
    ("map_structure", (max, Point(1, 2), SubPoint(2, 1))),
    ("map_structure", (max, Point(1, 2), (2, 1))),
    ("map_structure", (max, (1, 2), Point(2, 1))),
    ("map_structure", (max, collections.deque([1], 3), collections.deque([2], 5))),
    ("map_structure", (max, collections.deque([1]), [2])),
    ("map_structure_up_to", ([0, 0], str)),
    ("map_structure_up_to", ([0, [0, 0]], str, [[1, 1], [2, 2]])),
    ("map_structure_up_to", ([0, [0, 0]], str, [[1, 1], 2])),
    ("map_structure_up_to", ([0, (0, 0)], str, [1, [2, 2]])),
    ("map_structure_up_to", ([0, 0], str, [1, 2, 3])),
    ("map_structure_up_to", ([[], 0], str, [[1], 2])),
    ("map_structure_up_to", ([0, 0], lambda *leaves: leaves, [1, [2]], [(2,), {}])),
    ("assert_same_structure", ([1, {"a": 2}], [3, {"a": None}])),
    ("assert_same_structure", ([1, 2], [1, [2]])),
    ("assert_same_structure", ([1], [[]])),
    ("assert_same_structure", ([[]], [1])),
    ("assert_same_structure", (1, [1])),
    ("assert_same_structure", ([1], (1,))),
    ("assert_same_paths", ([0, {"a": 1}], (2, {"a": 3}))),
    ("assert_same_paths", (Point(1, 2), SubPoint(2, 3))),
    ("assert_same_paths", ([0, {"a": 1}], (2, {"b": 3}))),
    ("assert_same_paths", ([[], 1], (0, 1))),
    ("pack_sequence_as", ({"b": 0, "a": (0, 0)}, [1, 2, 3])),
    ("pack_sequence_as", ({"b": 0, "a": (0, 0)}, [1, 2])),
    ("pack_sequence_as", ({"b": 0, "a": (0, 0)}, [1, 2, 3, 4])),
    ("pack_sequence_as", ([None, 0], [[1, 2], None])),
    ("pack_sequence_as", ([0, 0], range(2))),
    ("pack_sequence_as", ([0, 0], 2)),
    ("pack_sequence_as", (0, [4])),
    ("pack_sequence_as", (0, [4, 5])),
    ("lists_to_tuples", ([1, {"a": [2, [3]]}, Point([1], 2), Words([1])],)),
    ("map_shape_structure", (repr, {"b": (None, 3), "a": [(1, 2), [None, 4]], "c": [(1,), "x"]})),
    ("map_shape_structure", (repr, (1, 2))),
    ("map_shape_structure", (repr, [])),
    ("traverse", (3, [1])),
]


def outcome(module, name, arguments, **keywords):
    """The value with its types spelled out, or the type of the exception."""
    try:
        return repr(getattr(module, name)(*arguments, **keywords))
    except (TypeError, ValueError) as error:
        return type(error)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_one_structure_agrees_with_keras(structure):
    """Leaves, their order, their paths and the rebuilt container are those of Keras."""
    for name in ("is_nested", "flatten", "flatten_with_path"):
        assert outcome(tree, name, (structure,)) == outcome(keras.tree, name, (structure,))
    for none_is_leaf in (True, False):
        ours, theirs = (
            outcome(module, "map_structure", (repr, structure), none_is_leaf=none_is_leaf)
            for module in (tree, keras.tree)
        )
        assert ours == theirs


# Counted, since a lambda's text has its address, and workers of one run must agree on names.
@pytest.mark.parametrize(
    "name, arguments", CALLS, ids=[f"{n}{i}" for i, (n, _) in enumerate(CALLS)]
)
def test_calls_agree_with_keras(name, arguments):
    """Same result, or the same exception type."""
    assert outcome(tree, name, arguments) == outcome(keras.tree, name, arguments)


@pytest.mark.parametrize("other", [[None, 2], [3, 2], [[3], 2]])
@pytest.mark.parametrize("first", [[None, 1], [4, 1]])
@pytest.mark.parametrize("none_is_leaf", [True, False])
def test_none_in_one_of_two_structures(first, other, none_is_leaf):
    """With `none_is_leaf=False`, `None` matches `None` alone."""
    calls = [
        outcome(module, "map_structure", (print, first, other), none_is_leaf=none_is_leaf)
        for module in (tree, keras.tree)
    ]
    assert calls[0] == calls[1]


@pytest.mark.parametrize("top_down", [True, False])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_traverse_visits_in_the_order_of_keras(structure, top_down):
    """Same subtrees in the same order, and the same rebuilt structure."""
    seen = {tree: [], keras.tree: []}
    results = [
        repr(module.traverse(lambda x, log=log: log.append(repr(x)), structure, top_down=top_down))
        for module, log in seen.items()
    ]
    assert seen[tree] == seen[keras.tree]
    assert results[0] == results[1]


@pytest.mark.parametrize("top_down", [True, False])
def test_traverse_replaces(top_down):
    """A returned value replaces the subtree, `MAP_TO_NONE` replaces it with `None`."""

    def replacement(module):
        def replace(x):
            if x == 1:
                return module.MAP_TO_NONE
            return 30 if x == (3,) else None

        return replace

    structure = {"b": [1, 2], "a": (3,)}
    result = tree.traverse(replacement(tree), structure, top_down=top_down)
    assert result == {"b": [None, 2], "a": 30}
    assert result == keras.tree.traverse(replacement(keras.tree), structure, top_down=top_down)


def test_none_is_a_leaf_of_the_shallow_structure():
    """Keras documents this call and its optree form rejects it; here it does what is documented."""
    assert tree.map_structure_up_to([None, None], len, [[1, 1], [2]]) == [2, 1]


def test_dict_keeps_the_order_in_which_it_was_written():
    """Visited by sorted key, rebuilt in insertion order, at every level."""
    result = tree.map_structure(str, {"z": {"b": 1, "a": 2}, "y": 0})
    assert repr(result) == "{'z': {'b': '1', 'a': '2'}, 'y': '0'}"


def test_rebuilt_containers_are_new():
    """The input is not aliased, so that changing the result leaves it alone."""
    structure = [[1]]
    result = tree.traverse(lambda x: None, structure)
    assert result == structure and result is not structure and result[0] is not structure[0]


def test_registered_class_is_a_container_here_and_for_jax():
    """Keys serve as paths; `jax.jit` takes and returns the class."""

    @tree.register_tree_node_class
    class Tracked(list):
        def tree_flatten(self):
            return list(self), len(self), [f"item{i}" for i in range(len(self))]

        @classmethod
        def tree_unflatten(cls, aux, children):
            assert aux == len(children)
            return cls(children)

    structure = {"k": Tracked([1, (2, 3)])}
    assert tree.flatten(structure) == [1, 2, 3]
    assert tree.flatten_with_path(structure)[1] == (("k", "item1", 0), 2)
    assert type(tree.map_structure(str, structure)["k"]) is Tracked
    assert type(jax.jit(lambda x: x)(Tracked([1.0]))) is Tracked
    with pytest.raises(ValueError, match="nested in the same way"):
        tree.assert_same_structure(Tracked([1]), [1])


def test_check_types_is_deprecated():
    """The flag of old scripts warns and changes nothing."""
    with pytest.warns(DeprecationWarning, match="assert_same_paths"):
        tree.assert_same_structure([1], [2], check_types=False)


def test_errors_show_what_came_and_what_to_do():
    """A mismatch names both sides; a wrong count names both counts."""
    with pytest.raises(ValueError, match=r"expected list \[2\], but another has 2.*Give all"):
        tree.map_structure(max, [1, [2]], [1, 2])
    with pytest.raises(ValueError, match=r"needs 2 items.*received 3"):
        tree.pack_sequence_as([0, 0], [1, 2, 3])
    with pytest.raises(ValueError, match=r"only in `a`: \[\"\('x',\)\"\]"):
        tree.assert_same_paths({"x": 1}, {"y": 1})

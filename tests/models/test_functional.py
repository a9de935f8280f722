"""Models made from symbolic inputs and outputs: structures, inputs by name, parts of graphs."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.objects import EraScope


def two_inputs(structure):
    """A model of the difference of inputs `a` and `b`."""
    a, b = kerajax.Input((2,), name="a"), kerajax.Input((2,), name="b")
    return kerajax.Model(structure(a, b), layers.Subtract()([a, b]))


A, B = np.full((3, 2), 5.0, "float32"), np.full((3, 2), 2.0, "float32")


@pytest.mark.parametrize(
    ("structure", "inputs"),
    [
        (lambda a, b: [a, b], [A, B]),
        (lambda a, b: [a, b], (A, B)),
        (lambda a, b: (a, b), {"b": B, "a": A}),
        (lambda a, b: {"x": a, "y": b}, {"y": B, "x": A}),
        (lambda a, b: {"x": a, "nested": [b]}, {"nested": [B], "x": A}),
    ],
)
def test_inputs_arrive_where_they_belong(structure, inputs):
    model = two_inputs(structure)
    np.testing.assert_array_equal(model(inputs), A - B)
    np.testing.assert_array_equal(model.predict(inputs, verbose=0), A - B)


def test_wrong_inputs_are_refused():
    model = two_inputs(lambda a, b: [a, b])
    with pytest.raises(ValueError, match=r"expects 2 input\(s\), but it received 1"):
        model(A)
    with pytest.raises(ValueError, match=r"expected shape=\(None, 2\), found shape=\(3, 4\)"):
        model([np.ones((3, 4)), B])
    with pytest.raises(ValueError, match=r"name 'b' and path '1'.*shape \(3, 2, 2\)"):
        model([A, np.ones((3, 2, 2))])
    with pytest.raises(ValueError, match=r"(?s)doesn't match.*Missing data.*\['b'\]"):
        model({"a": A, "c": B})
    named = two_inputs(lambda a, b: {"x": a, "y": b})
    with pytest.raises(ValueError, match=r"named input\(s\) with keys \['x', 'y'\]"):
        named(A)
    with pytest.raises(ValueError, match=r"Missing data for the inputs \['y'\]"):
        named({"x": A})


def test_other_structures_warn_once_a_call():
    named = two_inputs(lambda a, b: {"x": a, "y": b})
    with pytest.warns(UserWarning, match="structure of `inputs` doesn't match"):
        np.testing.assert_array_equal(named([A, B]), A - B)
    with pytest.warns(UserWarning, match="structure of `inputs` doesn't match"):
        named({"x": A, "y": B, "unknown": B})


def test_a_list_for_a_dict_in_another_order_is_refused():
    """Nobody knows whether the list has the order of writing or that of sorted keys."""
    model = two_inputs(lambda a, b: {"y": a, "x": b})
    with pytest.raises(ValueError, match="structure of `inputs` doesn't match"):
        model([A, B])


def test_optional_inputs_may_be_none():
    class Sum(layers.Layer):
        def call(self, x, y=None):
            return x if y is None else x + y

    x, y = kerajax.Input((2,), name="x"), kerajax.Input((2,), name="y", optional=True)
    model = kerajax.Model([x, y], Sum()(x, y))
    np.testing.assert_array_equal(model([A, None]), A)
    np.testing.assert_array_equal(model([A, B]), A + B)
    model = kerajax.Model([x, y], layers.Dense(2)(Sum()(x, y)))
    model.compile("sgd", "mse")
    model.fit([A, None], A, verbose=0)
    with pytest.raises(ValueError, match='Input "x".*not optional'):
        model([None, B])


def test_batches_of_any_size_fit():
    x = kerajax.Input((2,), batch_size=4)
    assert kerajax.Model(x, x * 2)(A).shape == (3, 2)


def test_inputs_take_the_dtype_and_rank_of_the_symbolic_ones():
    x = kerajax.Input((2,), dtype="int32")
    model = kerajax.Model(x, x + 1)
    assert str(model(np.ones((3, 2))).dtype) == "int32"
    assert model(np.ones((3, 2, 1), "int32")).shape == (3, 2)


@pytest.mark.parametrize("kind", [list, tuple])
def test_outputs_keep_their_structure_through_the_config(kind):
    x = kerajax.Input((2,))
    model = kerajax.Model(x, kind([x * 2, {"deep": x * 3}]))
    again = kerajax.Model.from_config(model.get_config())
    for outputs in (model(A), again(A), again.predict(A, verbose=0)):
        assert type(outputs) is kind
        np.testing.assert_array_equal(outputs[1]["deep"], A * 3)


def test_a_model_of_a_part_of_a_graph_shares_its_layers():
    x = kerajax.Input((4,))
    hidden = layers.Dense(3, name="hidden")(x)
    outputs = layers.Dense(2, name="last")(layers.Dense(3, name="middle")(hidden))
    whole = kerajax.Model(x, outputs)
    part = kerajax.Model(hidden, outputs)
    assert [layer.name for layer in part.layers[1:]] == ["middle", "last"]
    assert isinstance(part.layers[0], layers.InputLayer)
    assert part.get_layer("last") is whole.get_layer("last")
    data = np.ones((5, 4), "float32")
    front = kerajax.Model(x, hidden)
    np.testing.assert_allclose(part(front(data)), whole(data), rtol=1e-6)
    again = kerajax.Model.from_config(part.get_config())
    assert [layer.name for layer in again.layers] == [layer.name for layer in part.layers]


def test_ops_are_operations_of_the_graph():
    x = kerajax.Input((4,))
    model = kerajax.Model(x, kerajax.ops.relu(x - 1.0)[:, :2])
    assert [type(op).__name__ for op in model.operations] == [
        "InputLayer", "Subtract", "Relu", "GetItem"
    ]  # fmt: skip
    assert model.output_shape == (None, 2) and len(model.layers) == 1
    np.testing.assert_array_equal(model(np.full((1, 4), 3.0)), [[2.0, 2.0]])


def test_lower_precision_leaves_no_casts_in_the_graph():
    """A layer casts whenever it runs, so the graph has nothing but the layer."""
    x = kerajax.Input((4,))
    model = kerajax.Model(x, layers.Dense(2, dtype="mixed_bfloat16")(x))
    assert len(model.operations) == 2
    assert model.output.dtype == "bfloat16" == str(model(np.ones((1, 4))).dtype)


def test_what_is_no_symbolic_tensor_is_refused():
    x = kerajax.Input((2,))
    with pytest.raises(ValueError, match="All `inputs` values must be KerasTensors"):
        kerajax.Model({"x": "word"}, x)
    with pytest.raises(ValueError, match="All `outputs` values must be KerasTensors"):
        kerajax.Model(x, A)
    with pytest.raises(ValueError, match="Output with path `far.0` is not connected"):
        kerajax.Model(x, {"near": x * 2, "far": [kerajax.Input((2,)) * 2]})


def test_layers_cannot_be_set():
    for make in (kerajax.Model, kerajax.Sequential):
        with pytest.raises(AttributeError, match="`.*layers` attribute is reserved"):
            make().layers = []


def old_config(inbound):
    """A config of Keras 2: an input and two Dense layers with these calls."""

    def entry(kind, name, config, nodes):
        config = {"name": name, **config}
        return {"class_name": kind, "name": name, "config": config, "inbound_nodes": nodes}

    return {
        "name": "old",
        "layers": [
            entry("InputLayer", "x", {"batch_input_shape": [None, 4], "dtype": "float32"}, []),
            *(
                entry("Dense", name, {"units": 3}, [[[source, 0, 0, {}]]])
                for name, source in inbound.items()
            ),
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["b", 0, 0]],
    }


@pytest.mark.filterwarnings("ignore:.*`batch_input_shape` is written")
def test_configs_of_keras_2_are_read():
    model = kerajax.Model.from_config(old_config({"a": "x", "b": "a"}))
    assert model.output_shape == (None, 3) and [m.name for m in model.layers] == ["x", "a", "b"]


@pytest.mark.filterwarnings("ignore:.*`batch_input_shape` is written")
def test_broken_configs_are_refused():
    with pytest.raises(ValueError, match="loop"):
        kerajax.Model.from_config(old_config({"a": "b", "b": "a"}))
    with pytest.raises(ValueError, match="Missing node: ghost"):
        kerajax.Model.from_config(old_config({"a": "ghost", "b": "a"}))


def test_the_mode_of_the_model_counts_before_that_of_a_call():
    """`training=True` in a graph holds where nobody says otherwise; `predict` does."""
    inputs = kerajax.Input((50,))
    model = kerajax.Model(inputs, kerajax.layers.Dropout(0.5)(inputs, training=True))
    x = np.ones((2, 50), "float32")
    assert (np.asarray(model(x)) == 0).any()
    np.testing.assert_array_equal(model(x, training=False), x)
    np.testing.assert_array_equal(model.predict(x, verbose=0), x)


@pytest.mark.parametrize("nested", [lambda y: [y], lambda y: (y,)], ids=["list", "tuple"])
def test_a_list_of_one_output_gives_the_output(nested):
    """As in Keras: a call, `predict` and `output_shape` give what the list holds."""
    x = kerajax.Input((3,))
    model = kerajax.Model([x], nested(kerajax.layers.Dense(1)(x)))
    data = np.ones((2, 3), "float32")
    assert model.output_shape == (None, 1)
    assert model(x).shape == (None, 1)
    assert model([data]).shape == model.predict(data, verbose=0).shape == (2, 1)
    model.compile("sgd", ["mse"], metrics=["mae"])
    logs = model.fit(data, [np.ones((2, 1))], verbose=0).history
    assert list(logs) == ["loss", "mae"]


@pytest.mark.parametrize("era", ["2.3", "3"])
def test_a_model_in_a_graph_on_more_axes(era):
    """Until Keras 3 the layers alone judged what a model was given inside another one."""
    with EraScope(era):
        inner = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(4)])
        x = kerajax.Input((2, 3))
        if era == "3":
            with pytest.raises(ValueError, match="Invalid input shape"):
                inner(x)
            return
        model = kerajax.Model(x, inner(x))
        assert model.predict(np.ones((1, 2, 3)), verbose=0).shape == (1, 2, 4)
        with pytest.raises(ValueError, match="Invalid input shape"):
            inner.predict(np.ones((1, 2, 3)), verbose=0)

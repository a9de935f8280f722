"""The table of `model.summary()`."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.objects import EraScope


def summary(model, **options):
    """The text that a model prints, and its lines."""
    texts = []
    model.summary(print_fn=texts.append, **options)
    assert len(texts) == 1
    return texts[0], texts[0].splitlines()


@pytest.fixture
def stack():
    return kerajax.Sequential(
        [
            kerajax.Input((8,)),
            layers.Dense(10, name="first"),
            layers.Dropout(0.5, name="drop"),
            layers.Dense(1, name="last"),
        ],
        name="stack",
    )


@pytest.fixture
def branched():
    left, right = kerajax.Input((8,), name="left"), kerajax.Input((8,), name="right")
    joined = layers.Concatenate(name="joined")(
        [layers.Dense(3, name="on_left")(left), layers.Dense(4, name="on_right")(right)]
    )
    inner = kerajax.Sequential([layers.Dense(2, name="a"), layers.Dense(2, name="b")], name="inner")
    return kerajax.Model([left, right], inner(joined), name="branched")


def test_rows_of_a_stack(stack):
    """Layer, shape, number of parameters; a chain needs no connections."""
    text, lines = summary(stack)
    assert lines[0] == 'Model: "stack"'
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    assert cells == [
        ["first (Dense)", "(None, 10)", "90"],
        ["drop (Dropout)", "(None, 10)", "0"],
        ["last (Dense)", "(None, 1)", "11"],
    ]
    assert "Connected to" not in text
    assert len({len(line) for line in lines[1:-3]}) == 1, "the lines of the table are equally long"


def test_totals(stack):
    """The lines that scripts look for, with memory; the optimizer's once it is there."""
    stack.layers[0].trainable = False
    _, lines = summary(stack)
    assert lines[-3:] == [
        " Total params: 101 (404.00 B)",
        " Trainable params: 11 (44.00 B)",
        " Non-trainable params: 90 (360.00 B)",
    ]
    stack.layers[0].trainable = True
    stack.compile("adam", "mse")
    stack.fit(np.ones((4, 8)), np.ones((4, 1)), verbose=0)
    _, lines = summary(stack)
    assert lines[-4] == " Total params: 305 (1.19 KB)"
    assert lines[-1] == " Optimizer params: 204 (816.00 B)"


def test_connections_and_models_inside(branched):
    """Graphs show what each layer takes; inner models show their layers if asked."""
    text, _ = summary(branched, line_length=100)
    assert "on_left[0][0], on_right[0][0]" in text and "│ left (InputLayer)" in text
    assert "a (Dense)" not in text
    text, _ = summary(branched, line_length=100, expand_nested=True)
    assert "   └ a (Dense)" in text


def test_fits_80_columns(branched, monkeypatch):
    """Long cells are broken, and rows of several lines are kept apart."""
    monkeypatch.setenv("COLUMNS", "80")
    _, lines = summary(branched, show_trainable=True)
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("├─") for line in lines)
    _, lines = summary(branched, line_length=70)
    assert {len(line) for line in lines[1:-3]} == {70}


def test_positions_set_the_columns(stack):
    """Fractions of the line, or columns, at which the columns end."""
    for positions in ([0.5, 0.75, 1.0], [40, 60, 80]):
        _, lines = summary(stack, line_length=80, positions=positions)
        assert [i for i, c in enumerate(lines[2]) if c == "┃"] == [0, 39, 59, 79]


def test_line_that_is_too_short(stack):
    with pytest.raises(ValueError, match="does not fit into line_length=20"):
        summary(stack, line_length=20)


def test_models_that_are_not_built():
    """Unknown shapes and numbers are said to be unknown."""
    text, _ = summary(kerajax.Sequential([layers.Dense(2)]))
    assert "0 (unbuilt)" in text and "│ ?" in text


def test_subclassed_model():
    """Layers in attributes, with shapes once the model was called."""

    class Net(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return self.dense(x)

    net = Net()
    assert "0 (unbuilt)" in summary(net)[0]
    net(np.ones((1, 2)))
    assert "(1, 3)" in summary(net)[0]


def test_several_outputs_and_shared_layers():
    """A list of shapes where a layer has several; "multiple" where calls differ."""
    x, y = kerajax.Input((4, 2)), kerajax.Input((5, 2))
    shared = layers.Dense(3, name="shared")
    model = kerajax.Model([x, y], [shared(x), shared(y)])
    assert "multiple" in summary(model)[0]
    lstm = layers.LSTM(3, return_state=True)
    assert "[(None, 3), (None, 3), (None, 3)]" in summary(kerajax.Model(x, lstm(x)))[0]


def test_layer_range(stack):
    """A part of the layers, by names or patterns."""
    text, _ = summary(stack, layer_range=["first", "dr.*"])
    assert "drop" in text and "last (Dense)" not in text
    with pytest.raises(ValueError, match="do not match the layer names"):
        summary(stack, layer_range=["first", "nothing"])
    with pytest.raises(ValueError, match="pair of layer names"):
        summary(stack, layer_range=["first"])


def test_show_trainable(stack):
    stack.layers[0].trainable = False
    _, lines = summary(stack, show_trainable=True)
    assert [line.split("│")[-2].strip() for line in lines if "│" in line] == ["N", "-", "Y"]


def test_print_fn_gets_lines_in_old_eras(stack):
    """Keras 2 called it once a line."""
    lines = []
    with EraScope("2.3"):
        stack.summary(print_fn=lines.append)
    assert len(lines) > 5 and lines[0] == 'Model: "stack"'


def test_prints_to_stdout(stack, capsys):
    stack.summary()
    assert capsys.readouterr().out.startswith('Model: "stack"\n┏')

"""Stacks of layers: when they build, what they refuse, what their configs hold."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

X = np.ones((3, 4), "float32")


def test_weights_come_with_the_first_shape():
    model = kerajax.Sequential([layers.Dense(2)])
    assert not model.built and model.weights == []
    assert model(X).shape == (3, 2)
    assert model.built and model.input_shape[1:] == (4,) and len(model.weights) == 2
    assert model(X[:1]).shape == (1, 2)


@pytest.mark.parametrize(
    "first", [{"input_shape": (4,)}, {"input_dim": 4}, {"batch_shape": (None, 4)}]
)
def test_the_first_layer_may_say_the_input_shape(first):
    model = kerajax.Sequential([layers.Dense(2, **first)])
    assert model.built and model.input_shape == (None, 4)


def test_adding_and_popping_layers():
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2)])
    model.add(layers.Dense(5))
    assert model.output_shape == (None, 5)
    last = model.pop()
    assert last.units == 5 and model.output_shape == (None, 2) and len(model.weights) == 2


def test_a_popped_layer_no_longer_trains():
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(2), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, np.ones((3, 1)), verbose=0)
    model.pop()
    model.compile("sgd", "mse")
    model.fit(X, np.ones((3, 2)), verbose=0)
    assert len(model.trainable_variables) == 2


def test_what_does_not_fit_is_refused():
    model = kerajax.Sequential([kerajax.Input((4,), batch_size=3)])
    with pytest.raises(ValueError, match="already been configured"):
        model.add(kerajax.Input((4,)))
    model.add(layers.Dense(2, name="twin"))
    with pytest.raises(ValueError, match="should have unique names"):
        model.add(layers.Dense(2, name="twin"))
    with pytest.raises(ValueError, match="already been configured to use input shape"):
        model.build((3, 5))
    model.build((3, 4))
    with pytest.raises(ValueError, match="Only instances of"):
        model.add(np.tanh)
    with pytest.raises(ValueError, match="no layers"):
        kerajax.Sequential()(X)
    with pytest.raises(TypeError, match="no layers"):
        kerajax.Sequential().pop()


def test_a_layer_without_shape_inference_runs_all_the_same():
    class Dynamic(layers.Layer):
        def call(self, x):
            return x + 1.0

        def compute_output_spec(self, *args, **kwargs):
            raise NotImplementedError

    model = kerajax.Sequential([Dynamic(), layers.Dense(2)])
    assert model(X).shape == (3, 2)
    model.compile("sgd", "mse")
    model.fit(X, np.ones((3, 2)), verbose=0)
    model.summary(print_fn=lambda text: None)


@pytest.mark.parametrize("built", [False, True])
def test_config_round_trip(built):
    model = kerajax.Sequential([layers.Dense(3, activation="relu"), layers.Dense(2)], name="stack")
    if built:
        model.build((None, 4))
    again = kerajax.Sequential.from_config(model.get_config())
    assert again.name == "stack" and again.built is built
    assert again.get_config() == model.get_config()


def test_models_stack():
    inner = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3)])
    model = kerajax.Sequential([inner, layers.Dense(2)])
    assert model.built and model.input_shape == (None, 4)
    assert [w.path.split("/")[-1] for w in model.weights] == ["kernel", "bias"] * 2
    x = kerajax.Input((4,))
    assert kerajax.Model(x, model(x)).count_params() == model.count_params()


def test_a_mask_reaches_the_layer_that_needs_it():
    """Steps of the padding do not change the state of a recurrent layer."""
    model = kerajax.Sequential([layers.Embedding(5, 3, mask_zero=True), layers.GRU(2)])
    model.build((None, None))
    np.testing.assert_allclose(
        model(np.array([[1, 2, 0, 0]])), model(np.array([[1, 2]])), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("kind", [dict, list])
def test_a_layer_may_take_nested_inputs(kind):
    """Such a stack runs without a graph."""

    class Both(layers.Layer):
        def call(self, inputs):
            assert isinstance(inputs, kind)
            first, second = inputs.values() if kind is dict else inputs
            return first + second

    model = kerajax.Sequential([Both(), layers.Dense(2)])
    x = {"a": X, "b": X} if kind is dict else [X, X]
    assert model(x).shape == (3, 2)
    model.compile("sgd", "mse")
    assert np.isfinite(model.fit(x, np.ones((3, 2)), verbose=0).history["loss"][0])
    assert model.predict(x, verbose=0).shape == (3, 2)


def test_symbolic_inputs_come_with_the_shape():
    model = kerajax.Sequential([layers.Dense(2)])
    assert not hasattr(model, "inputs") and not hasattr(model, "outputs")
    model.build((None, 4))
    assert model.inputs[0].shape == (None, 4) and model.outputs[0].shape == (None, 2)


def test_layers_of_two_arguments_are_refused():
    class Two(layers.Layer):
        def call(self, x, context):
            return x + context

    model = kerajax.Sequential([Two()])
    with pytest.raises(ValueError, match="can only have a single positional argument"):
        model.build((None, 4))


def test_configs_name_the_model_and_its_layers():
    """As in Keras 3; the bare list of Keras 2.2.2 and before has no name."""
    config = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(1)]).get_config()
    assert kerajax.Sequential.from_config(config["layers"]).output_shape == (None, 1)
    for missing in ("name", "layers"):
        part = {key: value for key, value in config.items() if key != missing}
        with pytest.raises(ValueError, match="dictionary containing the 'name' and 'layers' keys"):
            kerajax.Sequential.from_config(part)

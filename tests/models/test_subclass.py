"""Models written as classes: building, nesting, overriding, copying."""

import copy
import pickle

import numpy as np
import pytest

import kerajax
from kerajax import layers

X = np.ones((3, 4), "float32")


class Net(kerajax.Model):
    """Two Dense layers; the first ones in a list."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.hidden = [layers.Dense(units, activation="tanh")]
        self.last = layers.Dense(1)

    def call(self, x, training=None):
        for layer in self.hidden:
            x = layer(x)
        return self.last(x)


class Tied(kerajax.Model):
    """A functional model with a method of its own."""

    def __init__(self, units=2, **kwargs):
        x = kerajax.Input((4,))
        super().__init__(inputs=x, outputs=layers.Dense(units)(x), **kwargs)
        self.units = units

    def doubled(self, x):
        return 2 * self(x)


def test_the_first_call_builds():
    model = Net()
    assert not model.built
    assert model(X).shape == (3, 1)
    assert [v.name for v in model.weights] == ["kernel", "bias"] * 2
    assert all(v.path.startswith(f"{model.name}/dense") for v in model.weights)


def test_build_takes_a_shape():
    model = Net()
    model.build((None, 4))
    assert model.count_params() == 4 * 3 + 3 + 3 + 1


def test_a_model_without_call_is_refused():
    class Empty(kerajax.Model):
        pass

    with pytest.raises(NotImplementedError, match=r"does not have a `call\(\)` method"):
        Empty()(X)


def test_forgetting_super_is_told():
    class Forgot(kerajax.Model):
        def __init__(self):
            self.dense = layers.Dense(1)

    with pytest.raises(RuntimeError, match=r"forgot to call `super\(\).__init__\(\)`"):
        Forgot()(X)


def test_a_class_may_be_a_functional_model():
    model = Tied()
    assert model.output_shape == (None, 2)
    np.testing.assert_allclose(model.doubled(X), 2 * model(X))
    again = Tied.from_config(model.get_config())
    assert again.units == 2


def test_compute_loss_and_metrics_may_be_overridden():
    class Own(Net):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return kerajax.ops.mean(kerajax.ops.square(y_pred)) + 7.0

    model = Own()
    model.compile(kerajax.optimizers.SGD(0.0))
    loss = model.fit(X, np.ones((3, 1)), verbose=0).history["loss"][0]
    np.testing.assert_allclose(loss, np.mean(np.square(model.predict(X, verbose=0))) + 7, rtol=1e-5)


def test_train_step_may_be_overridden():
    class Counted(Net):
        def train_step(self, state, data):
            logs, state = super().train_step(state, data)
            return {**logs, "seven": 7.0}, state

    model = Counted()
    model.compile("sgd", "mse")
    history = model.fit(X, np.ones((3, 1)), epochs=2, verbose=0).history
    assert history["seven"] == [7.0, 7.0] and history["loss"][1] < history["loss"][0]


def test_get_layer_by_name_and_index():
    model = Tied()
    assert model.get_layer(index=1) is model.get_layer(model.layers[1].name)
    with pytest.raises(ValueError, match="No such layer: nowhere"):
        model.get_layer("nowhere")
    with pytest.raises(ValueError, match="only has 2 layers"):
        model.get_layer(index=5)
    with pytest.raises(ValueError, match="either a layer `name` or a layer `index`"):
        model.get_layer()


def test_nested_models_train_together():
    inner = Net()
    x = kerajax.Input((4,))
    model = kerajax.Model(x, layers.Dense(1)(inner(x)))
    model.compile("sgd", "mse")
    before = inner.get_weights()
    model.fit(X, np.ones((3, 1)), verbose=0)
    assert not np.array_equal(before[0], inner.get_weights()[0])


@pytest.mark.parametrize("make", [Net, Tied, lambda: kerajax.Sequential([layers.Dense(2)])])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_and_pickles_predict_the_same(make, again):
    model = make()
    model.compile("adam", "mse")
    model.fit(X, np.ones((3, model(X).shape[1])), verbose=0)
    twin = again(model)
    assert type(twin) is type(model)
    np.testing.assert_allclose(twin(X), model(X), rtol=1e-6)
    assert twin.weights[0] is not model.weights[0]
    assert int(twin.optimizer.iterations.value) == 1


def test_deep_models_pickle():
    """The graph is deeper than pickle could recurse."""
    x = outputs = kerajax.Input((2,))
    for _ in range(400):
        outputs = layers.Activation("relu")(outputs)
    model = kerajax.Model(x, outputs)
    assert len(pickle.loads(pickle.dumps(model)).layers) == 401


def test_state_trees_hold_values_by_path():
    model = Tied(name="tied")
    model.compile("adam", "mse")
    tree = model.get_state_tree("numpy_array")
    kernel = model.layers[1].kernel
    found = tree["trainable_variables"]
    for name in kernel.path.split("/"):
        found = found[name]
    np.testing.assert_array_equal(found, kernel.numpy())
    assert type(found) is np.ndarray
    model.set_state_tree({"trainable_variables": tree["trainable_variables"]})
    with pytest.raises(ValueError, match="value_format"):
        model.get_state_tree("words")


def test_layers_may_be_attributes_before_the_constructor_of_the_base(tmp_path):
    """A model whose parts are attributes first, as those of KerasHub, is a graph all the same."""

    class Parts(kerajax.Model):
        def __init__(self, units, **kwargs):
            self.head = layers.Dense(units, name="head")
            self.blocks = [layers.Dense(5, name="block")]
            inputs = kerajax.Input((4,))
            super().__init__(inputs=inputs, outputs=self.head(self.blocks[0](inputs)), **kwargs)
            self.units = units
            self.unused = layers.Dense(1, name="unused")

        def get_config(self):
            return {"units": self.units, "name": self.name}

    model = Parts(2)
    assert [layer.name for layer in model.layers][1:] == ["block", "head"]
    assert [w.path for w in model.weights] == [
        "head/kernel",
        "head/bias",
        "block/kernel",
        "block/bias",
    ]
    path = tmp_path / "parts.keras"
    model.save(path)
    again = kerajax.saving.load_model(path, custom_objects={"Parts": Parts})
    np.testing.assert_array_equal(again(X), model(X))


def test_a_build_may_call_that_of_the_model():
    class Built(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def build(self, input_shape):
            self.dense.build(input_shape)
            super().build(input_shape)

        def call(self, inputs):
            return self.dense(inputs)

    assert Built()(X).shape == (len(X), 3)
    model = Built()
    model.build((None, 4))
    assert model.built and model.count_params() == 4 * 3 + 3


def test_a_graph_in_a_graph_is_not_traced_again():
    """Its shapes are known from its own making, whatever its layers do with open sizes."""

    class First(layers.Layer):
        """Cannot be run for as many steps as shapes are inferred with."""

        def build(self, input_shape):
            self.table = self.add_weight(shape=(8, 3), name="table")

        def call(self, inputs):
            return inputs + kerajax.ops.slice(self.table, (0, 0), (inputs.shape[1], 3))

        def compute_output_shape(self, input_shape):
            return input_shape

    inputs = kerajax.Input((None, 3))
    inner = kerajax.Model(inputs, First()(inputs))
    outer = kerajax.Model(again := kerajax.Input((None, 3)), inner(again))
    assert outer.output_shape == (None, None, 3)
    assert outer(np.ones((2, 5, 3))).shape == (2, 5, 3)

"""The base of all layers: building, tracking, losses, masks, precision, configs, copies."""

import copy
import pickle

import numpy as np
import pytest

import kerajax
from kerajax import layers, ops

X = np.ones((2, 3), "float32")


class Scale(layers.Layer):
    """Multiplies by a weight."""

    def __init__(self, start=2.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        self.built_for = input_shape
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, x):
        return x * self.factor * self.start


class Block(layers.Layer):
    """Layers in lists and dicts, a metric, a variable that does not train."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.parts = [layers.Dense(2), layers.Dropout(0.5)]
        self.named = {"norm": layers.BatchNormalization()}
        self.seen = kerajax.metrics.Mean(name="seen")
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False, name="count")

    def call(self, x):
        for layer in (*self.parts, self.named["norm"]):
            x = layer(x)
        return x


@pytest.fixture
def block():
    block = Block()
    block(X)
    return block


def test_the_first_call_builds_for_its_shape():
    layer = Scale()
    assert not layer.built and layer(X).shape == (2, 3)
    assert layer.built_for == (2, 3) and layer.get_build_config() == {"input_shape": (2, 3)}


def test_build_with_several_shapes_takes_them_by_name():
    class Two(layers.Layer):
        def build(self, query_shape, value_shape):
            self.shapes = (query_shape, value_shape)

        def call(self, query, value):
            return query + value

    layer = Two()
    layer(value=np.ones((2, 1)), query=X)
    assert layer.shapes == ((2, 3), (2, 1))
    again = Two()
    again.build_from_config(layer.get_build_config())
    assert again.shapes == layer.shapes


def test_an_unknown_batch_size_is_none_at_build():
    """Shape inference fills in numbers, which no build is to see."""

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Scale()

        def call(self, x):
            return self.inner(x)

    outer = Outer()
    outer(kerajax.Input((3,)))
    assert outer.inner.built_for == (None, 3)


def test_building_twice_for_one_shape_builds_once():
    layer = Scale()
    assert layer.compute_output_shape((None, 3)) == (None, 3)
    factor = layer.factor
    layer.build((None, 3))
    assert layer.factor is factor and len(layer.weights) == 1


def test_variables_are_found_in_order(block):
    names = [v.path.split("/", 1)[1] for v in block.weights]
    assert names == [
        "count",
        *(f"{block.parts[0].name}/{n}" for n in ("kernel", "bias")),
        *(
            f"{block.named['norm'].name}/{n}"
            for n in ("gamma", "beta", "moving_mean", "moving_variance")
        ),
    ]
    assert len(block.trainable_weights) == 4 and len(block.non_trainable_weights) == 3
    # The seed of the dropout is a variable and no weight.
    assert len(block.variables) == len(block.weights) + 1
    assert block.metrics == [block.seen] and len(block.metrics_variables) == 2


def test_trainable_reaches_everything_inside(block):
    block.trainable = False
    assert block.trainable_variables == [] and not block.parts[0].kernel.trainable
    block.trainable = True
    assert len(block.trainable_variables) == 4 and not block.count.trainable
    block.parts[0].trainable = False
    assert len(block.trainable_variables) == 2


def test_losses_are_those_of_the_last_call():
    class Penalised(layers.Layer):
        def call(self, x):
            self.add_loss(ops.sum(x))
            return x

    outer = kerajax.Sequential([Penalised(), layers.Dense(1, kernel_regularizer="l2")])
    outer(X)
    outer(2 * X)
    assert len(outer.losses) == 2 and float(outer.losses[0]) == 12.0
    with pytest.raises(ValueError, match="add_loss"):
        outer.add_loss("much")


def test_activity_regularizers_count_per_sample():
    layer = layers.Dense(3, activity_regularizer=lambda y: ops.sum(y * y), use_bias=False)
    expected = float((layer(X[:1]) ** 2).sum())
    for batch in (1, 8):
        layer(np.repeat(X[:1], batch, 0))
        np.testing.assert_allclose(float(layer.losses[0]), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("policy", "compute", "variable"),
    [("float32", "float32", "float32"), ("mixed_bfloat16", "bfloat16", "float32"),
     ("float16", "float16", "float16")],
)  # fmt: skip
def test_precision(policy, compute, variable):
    layer = layers.Dense(2, dtype=policy)
    assert str(layer(X).dtype) == compute == layer.compute_dtype
    assert layer.kernel.dtype == variable == layer.variable_dtype
    assert layer(kerajax.Input((3,))).dtype == compute


def test_integers_are_not_cast():
    class Kind(layers.Layer):
        def call(self, x):
            self.kind = str(x.dtype)
            return x

    layer = Kind(dtype="mixed_float16")
    layer(np.ones(2, "int32"))
    assert layer.kind == "int32"
    layer = Kind(dtype="mixed_float16", autocast=False)
    layer(X)
    assert layer.kind == "float32"


def test_training_passes_to_layers_inside():
    seen = []

    class Look(layers.Layer):
        def call(self, x, training=None):
            seen.append(training)
            return x

    class Outer(layers.Layer):
        def __init__(self):
            super().__init__()
            self.look = Look()

        def call(self, x):
            return self.look(x)

    layer = Outer()
    layer(X, training=True)
    layer(X, training=False)
    layer(X)
    assert seen == [True, False, None]


def test_masks_pass_or_warn():
    x = ops.ones((1, 3, 2))
    kerajax.backend.set_keras_mask(x, ops.array([[True, False, True]]))

    class Passes(layers.Layer):
        supports_masking = True

        def call(self, x, mask=None):
            return x * ops.cast(mask, "float32")[..., None]

    outputs = Passes()(x)
    assert outputs[0, :, 0].tolist() == [1.0, 0.0, 1.0]
    assert kerajax.backend.get_keras_mask(outputs) is not None
    with pytest.warns(UserWarning, match="does not support masking"):
        Scale()(x)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (layers.InputSpec(ndim=3), "expected ndim=3, found ndim=2"),
        (layers.InputSpec(min_ndim=3), "expected min_ndim=3, found ndim=2"),
        (layers.InputSpec(max_ndim=1), "expected max_ndim=1, found ndim=2"),
        (layers.InputSpec(axes={-1: 7}), "axis -1 of input shape to have value 7, but got 3"),
        (layers.InputSpec(shape=(None, 4)), r"expected shape=\(None, 4\), found shape=\(2, 3\)"),
        (layers.InputSpec(dtype="int32"), "expected dtype=int32, found dtype=float32"),
        ([layers.InputSpec(), layers.InputSpec()], r"expects 2 input\(s\), but it received 1"),
        ({"a": layers.InputSpec()}, r"1 named input\(s\) with keys \['a'\]"),
    ],
)
def test_input_specs(spec, message):
    layer = Scale()
    layer.input_spec = spec
    with pytest.raises(ValueError, match=message):
        layer(X)


def test_weights_by_list(block):
    values = [w + 1 for w in block.get_weights()]
    block.set_weights(values)
    for now, value in zip(block.get_weights(), values, strict=True):
        np.testing.assert_array_equal(now, value)
    with pytest.raises(ValueError, match="expecting 7 weights"):
        block.set_weights(values[1:])


def test_config_round_trip_follows_the_signature():
    layer = Scale(3.0, name="scale", trainable=False)
    config = layer.get_config()
    assert (config["start"], config["name"], config["trainable"]) == (3.0, "scale", False)
    again = Scale.from_config(config)
    assert again.start == 3.0 and again.get_config() == config


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_and_pickles_are_layers_of_their_own(block, again):
    block(kerajax.Input((3,)))
    twin = again(block)
    assert type(twin) is Block and len(twin.weights) == 7
    np.testing.assert_allclose(twin(X), block(X), rtol=1e-6)
    twin.parts[0].kernel.assign(0 * twin.parts[0].kernel)
    assert np.any(block.parts[0].kernel.numpy())
    twin.parts.append(layers.Dense(1))
    assert len(twin._layers) == 4 and len(block._layers) == 3
    # A copy stands in no graph.
    assert twin._inbound_nodes == [] and len(block._inbound_nodes) == 1


def test_count_params(block):
    assert block.count_params() == 1 + (3 * 2 + 2) + 4 * 2
    with pytest.raises(ValueError, match="isn't built"):
        layers.Dense(2).count_params()


def test_a_layer_without_call_says_so():
    with pytest.raises(NotImplementedError, match=r"does not have a `call\(\)` method"):
        layers.Layer()(X)


def test_wrong_arguments_name_the_right_ones():
    with pytest.raises(TypeError, match=r"Scale.call\(\).*takes the arguments \['x'\]"):
        Scale()(X, colour="red")


def test_two_runs_of_a_shared_layer_leave_two_nodes():
    layer, x = layers.Dense(2), kerajax.Input((3,))
    layer(x), layer(x)
    assert len(layer._inbound_nodes) == 2 and layer.input is x
    model = kerajax.Model(x, layer(x))
    assert [len(model.layers), model.count_params()] == [2, 8]


def test_layers_inside_are_built_where_the_output_shape_is_known():
    """`compute_output_shape` saves tracing `call`, but the layers inside get their shapes there."""

    class Known(layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(4)

        def call(self, inputs):
            return self.dense(inputs)

        def compute_output_shape(self, whatever_shape):
            return (*whatever_shape[:-1], 4)

    inputs = kerajax.Input((3,))
    layer = Known()
    assert layer(inputs=inputs).shape == (None, 4)
    assert layer.dense.built and layer.count_params() == 3 * 4 + 4


def test_what_is_set_before_the_constructor_of_the_base_is_tracked():
    class Early(layers.Layer):
        def __init__(self):
            self.first = [layers.Dense(2, name="first")]
            super().__init__()
            self.second = layers.Dense(1, name="second")

        def call(self, inputs):
            return self.second(self.first[0](inputs))

    layer = Early()
    layer(X)
    assert [w.path.split("/")[-2] for w in layer.weights[::2]] == ["first", "second"]


def test_call_gets_masks_of_symbolic_tensors():
    """As Keras' guide to masking writes it: `call` may insist on a mask, and shapes follow it."""

    class MaskedSoftmax(layers.Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            assert mask is not None
            weights = ops.exp(inputs) * ops.expand_dims(ops.cast(mask, "float32"), -1)
            return weights / ops.sum(weights, axis=1, keepdims=True)

    inputs = kerajax.Input((None,), dtype="int32")
    x = layers.Embedding(10, 4, mask_zero=True)(inputs)
    model = kerajax.Model(inputs, MaskedSoftmax()(layers.Dense(1)(x)))
    assert model.output.shape == (None, None, 1)
    weights = model(np.array([[1, 2, 0]]))
    assert weights[0, 2, 0] == 0 and float(ops.sum(weights)) == pytest.approx(1)
    assert "mask" not in str(model.get_config()["layers"][-1]["inbound_nodes"])

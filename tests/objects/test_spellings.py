"""Old arguments of constructors and methods."""

import warnings

import pytest

import kerajax
from kerajax.objects import (
    Configurable,
    EraScope,
    LegacySpellingWarning,
    modern_arguments,
    old_spellings,
    publish,
)
from tests.objects.samples import (
    GRU,
    LSTM,
    SGD,
    Adagrad,
    BatchNormalization,
    Conv2D,
    Dense,
    Embedding,
    Nadam,
)

pytestmark = pytest.mark.filterwarnings("ignore::kerajax.objects.LegacySpellingWarning")


def test_renamed_arguments():
    """Keras 1 names are those of Keras 3 when they arrive."""
    layer = Dense(output_dim=4, init="uniform", trainable=False)
    assert (layer.units, layer.kernel_initializer, layer.trainable) == (4, "uniform", False)


def test_values_are_translated():
    """`dim_ordering` and its values became `data_format`."""
    layer = Conv2D(nb_filter=8, nb_row=3, nb_col=5, dim_ordering="th", border_mode="same")
    assert (layer.filters, layer.kernel_size) == (8, (3, 5))
    assert (layer.data_format, layer.padding) == ("channels_first", "same")
    assert LSTM(3, forget_bias_init="zero").unit_forget_bias is False


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: Conv2D(8, 3, 5, border_mode="same"), ((3, 5), (1, 1), "same")),
        (lambda: Conv2D(8, 3, 5, "uniform"), ((3, 5), (1, 1), "valid")),
        (lambda: Conv2D(8, 3, nb_col=5), ((3, 5), (1, 1), "valid")),
        (lambda: Conv2D(8, 3, border_mode="same"), (3, (1, 1), "same")),
        (lambda: Conv2D(8, (3, 5), border_mode="same"), ((3, 5), (1, 1), "same")),
        (lambda: Conv2D(8, 3, 5), (3, 5, "valid")),
        (lambda: Conv2D(8, 3, 5, "same"), (3, 5, "same")),
    ],
)
def test_positional_kernels(call, expected):
    """Rows and columns are one kernel where the call is unmistakably old, and only there."""
    layer = call()
    assert (layer.kernel_size, layer.strides, layer.padding) == expected


def test_positional_kernels_in_an_old_era():
    """In a script of Keras 1 or 2.2 the third number is a width."""
    with EraScope("2.2"):
        assert Conv2D(8, 3, 5).kernel_size == (3, 5)
        assert Conv2D(8, (3, 3), (2, 2)).strides == (2, 2)


def test_other_old_orders():
    """Values of a kind that the modern argument cannot have show the old order."""
    assert Dense(4, "uniform", "relu").activation == "relu"
    assert Dense(4, "relu").activation == "relu"
    assert SGD(0.1, 0.9, 1e-6, True).decay == 1e-6
    assert SGD(0.1, 0.9, True).nesterov is True
    assert BatchNormalization(1e-5).epsilon == 1e-5
    assert BatchNormalization(1).axis == 1


def test_learning_rate_and_decay():
    """`lr` is the rate, and `decay` stays at hand for the update."""
    optimizer = SGD(lr=0.5, decay=1e-3, momentum=0.9)
    assert (optimizer.learning_rate, optimizer.decay, optimizer.momentum) == (0.5, 1e-3, 0.9)
    assert SGD(0.1).decay == 0.0
    nadam = Nadam(schedule_decay=0.005)
    assert (nadam.schedule_decay, nadam.learning_rate) == (0.005, 0.002)


def test_input_shapes_of_sequences():
    """`input_dim` of a recurrent layer is its last axis, with the length before it."""
    assert LSTM(3, input_dim=4, input_length=7).shapes == {"input_shape": (7, 4)}
    assert LSTM(3, input_dim=4).shapes == {"input_shape": (None, 4)}
    assert Dense(3, input_dim=4).shapes == {"input_dim": 4}
    embedding = Embedding(100, 8, input_length=7)
    assert (embedding.input_dim, embedding.shapes) == (100, {"input_shape": (7,)})


def test_batch_shapes():
    """Fixed batch sizes arrive as one shape, which says more than the others."""
    assert Dense(3, batch_input_shape=(2, 4), input_dim=4).shapes == {"batch_shape": (2, 4)}
    assert Dense(3, batch_size=2, input_shape=(4,)).shapes == {"batch_shape": (2, 4)}


def test_initial_weights_are_kept_aside():
    """`weights=[...]` is there for the layer to take once it is built."""
    assert Dense(3, weights=[1, 2])._initial_weights == [1, 2]
    assert Dense(3)._initial_weights is None


def test_defaults_of_the_era_of_the_call():
    """An old spelling, or the era around the call, brings the defaults of its time."""
    assert LSTM(3).recurrent_activation == "sigmoid"
    assert LSTM(output_dim=3).recurrent_activation == "hard_sigmoid"
    assert LSTM(output_dim=3, inner_activation="tanh").recurrent_activation == "tanh"
    with EraScope("2.3"):
        assert (GRU(3).reset_after, GRU(3).recurrent_activation) == (False, "sigmoid")
        assert Adagrad().learning_rate == 0.01
        assert Adagrad(0.5).learning_rate == 0.5


def test_arguments_without_effect_are_left_out():
    """`epsilon=None` was the default; `consume_less` chose a formulation."""
    assert LSTM(3, consume_less="gpu").units == 3
    with EraScope("2.2"):
        assert Adagrad(epsilon=None).epsilon == 1e-7
    # Files of Keras 2 hold numbers that went through float32.
    assert LSTM(3, truncate_gradient=-1.0000000001).units == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: BatchNormalization(mode=2), "mode=2"),
        (lambda: LSTM(3, time_major=True), "time_major=True"),
        (lambda: Dense(3, dynamic=True), "dynamic=True"),
    ],
)
def test_meanings_without_counterpart_are_refused(call, text):
    """What would change results is never dropped."""
    with pytest.raises(ValueError, match=text):
        call()


def test_saying_a_thing_twice_is_an_error():
    """Old and new name together leave open what is meant."""
    with pytest.raises(TypeError, match="`units` twice"):
        Dense(units=3, output_dim=4)
    with pytest.raises(TypeError, match="`units` twice"):
        Dense(3, output_dim=4)


def test_unknown_keywords_name_the_nearest():
    """The class decides on the exception; the hint names what was probably meant."""
    with pytest.raises(ValueError, match=r"passed to Dense: \{'unitz': 3\}. Did you mean `units`"):
        Dense(unitz=3)
    with pytest.raises(ValueError, match=r"not recognized.*Did you mean `momentum`"):
        SGD(momentums=3)


def test_each_spelling_is_reported_once_where_it_stands():
    """One line per class and name, pointing at the caller."""
    with pytest.warns(LegacySpellingWarning, match="Dense: `output_dim` is written") as caught:
        for _ in range(3):
            Dense(output_dim=4)
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_files_are_not_reported():
    """Who loads an old file has written nothing old."""
    with EraScope("1"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Dense(output_dim=4).units == 4


def test_modern_calls_stay_as_they_are():
    """No warning, and positional arguments stay positional."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        layer = Dense(3, "relu", name="d", input_shape=(4,))
    assert (layer.activation, layer.shapes) == ("relu", {"input_shape": (4,)})


def test_arguments_can_be_read_before_the_constructor():
    """A `__new__` that looks at them, as that of Model, asks first."""

    @publish("keras.samples.Model")
    class Model(Configurable):
        def __init__(self, inputs=None, outputs=None):
            pass

    assert modern_arguments(Model, (), {"input": 1, "output": 2}) == (
        (),
        {"inputs": 1, "outputs": 2},
    )


def test_methods_understand_their_tables():
    """`nb_epoch` of `fit`, and arguments about workers, which are kept beside it."""

    class Model:
        @old_spellings("Model.fit")
        def fit(self, x=None, y=None, epochs=1):
            return epochs

    assert Model().fit(1, 2, nb_epoch=5) == 5
    model = Model()
    assert model.fit(workers=4, use_multiprocessing=True) == 1
    assert vars(model) == {"_old_workers": 4, "_old_use_multiprocessing": True}
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'. Did you mean"):
        Model().fit(epoch=3)
    with EraScope("1"):
        assert Model().fit() == 10


@pytest.mark.parametrize("era", ["2.3", "3"])
def test_the_third_argument_of_compile_was_the_metrics(era):
    """Keras 3 has the weights of losses there, which are numbers."""
    model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    with warnings.catch_warnings(action="ignore"), kerajax.objects.EraScope(era):
        model.compile("sgd", "mse", ["mae"])
        config = model.get_compile_config()
        assert (config["metrics"], config["loss_weights"]) == (["mae"], None)
        model.compile("sgd", "mse", *([None] if era == "2.3" else []), [2.0])
    assert model.get_compile_config()["loss_weights"] == [2.0]

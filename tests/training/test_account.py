"""The account of a step says all that the step follows from, or there is none."""

import functools

import numpy as np
import pytest

import kerajax
from kerajax import layers, losses, metrics, optimizers
from kerajax.training._account import account_of

SCHEDULES = optimizers.schedules


def model_of(
    *stack,
    inputs=(4,),
    optimizer="sgd",
    loss="mse",
    metrics=("mae",),
    weighted=None,
    loss_weights=None,
    prepare=None,
):
    """A small model, compiled and built."""
    kerajax.utils.clear_session(free_memory=False)
    stack = stack or (layers.Dense(3, "relu"), layers.Dropout(0.5), layers.Dense(2))
    model = kerajax.Sequential([kerajax.Input(inputs), *stack])
    if prepare is not None:
        prepare(model)
    model.compile(
        optimizer, loss, metrics=metrics, weighted_metrics=weighted, loss_weights=loss_weights
    )
    x = np.ones((2, *inputs), "float32")
    model._prepare((x, np.ones((2, *model.output_shape[1:]), "float32"), None))
    return model


def account(model, kind="train"):
    return account_of(model, model._compiled, kind)


def freeze(model):
    model.layers[0].trainable = False


def functional(add):
    kerajax.utils.clear_session(free_memory=False)
    a, b = kerajax.Input((3,)), kerajax.Input((3,))
    hidden = layers.Dense(3, name="one")(a), layers.Dense(3, name="two")(b)
    model = kerajax.Model([a, b], add(*hidden))
    model.compile("sgd", "mse")
    x = np.ones((2, 3), "float32")
    model._prepare(((x, x), x, None))
    return model


dense = functools.partial(layers.Dense, 2)
# Each of them computes something else.
VARIANTS = {
    "plain": model_of,
    "activation": lambda: model_of(layers.Dense(3, "tanh"), layers.Dropout(0.5), layers.Dense(2)),
    "rate": lambda: model_of(layers.Dense(3, "relu"), layers.Dropout(0.4), layers.Dense(2)),
    "width": lambda: model_of(layers.Dense(5, "relu"), layers.Dropout(0.5), layers.Dense(2)),
    "noise": lambda: model_of(
        layers.Dense(3, "relu"), layers.GaussianDropout(0.5), layers.Dense(2)
    ),
    "one layer": lambda: model_of(dense()),
    "regularizer": lambda: model_of(dense(kernel_regularizer="l2")),
    "its factor": lambda: model_of(dense(kernel_regularizer=kerajax.regularizers.L2(0.1))),
    "bias regularizer": lambda: model_of(dense(bias_regularizer="l2")),
    "activity regularizer": lambda: model_of(dense(activity_regularizer="l2")),
    "constraint": lambda: model_of(dense(kernel_constraint="max_norm")),
    "its limit": lambda: model_of(dense(kernel_constraint=kerajax.constraints.MaxNorm(1))),
    "policy": lambda: model_of(dense(dtype="mixed_bfloat16")),
    "no autocast": lambda: model_of(dense(dtype="mixed_bfloat16", autocast=False)),
    "frozen": lambda: model_of(prepare=freeze),
    "loss": lambda: model_of(loss="mae"),
    "loss object": lambda: model_of(loss=losses.Huber()),
    "its delta": lambda: model_of(loss=losses.Huber(delta=0.5)),
    "reduction": lambda: model_of(loss=losses.MeanSquaredError(reduction="sum")),
    "loss weight": lambda: model_of(loss_weights=[0.5]),
    "metric": lambda: model_of(metrics=["mse"]),
    "metric object": lambda: model_of(metrics=[metrics.TopKCategoricalAccuracy(k=1)]),
    "its k": lambda: model_of(metrics=[metrics.TopKCategoricalAccuracy(k=2)]),
    "weighted metric": lambda: model_of(weighted=["mae"]),
    "no metric": lambda: model_of(metrics=None),
    "momentum": lambda: model_of(optimizer=optimizers.SGD(momentum=0.9)),
    "nesterov": lambda: model_of(optimizer=optimizers.SGD(momentum=0.9, nesterov=True)),
    "weight decay": lambda: model_of(optimizer=optimizers.SGD(weight_decay=0.1)),
    "clip": lambda: model_of(optimizer=optimizers.SGD(clipnorm=1.0)),
    "average": lambda: model_of(optimizer=optimizers.SGD(use_ema=True)),
    "accumulation": lambda: model_of(optimizer=optimizers.SGD(gradient_accumulation_steps=2)),
    "decay": lambda: model_of(optimizer=optimizers.SGD(decay=0.1)),
    "schedule": lambda: model_of(
        optimizer=optimizers.SGD(SCHEDULES.ExponentialDecay(0.1, 10, 0.9))
    ),
    "its rate": lambda: model_of(
        optimizer=optimizers.SGD(SCHEDULES.ExponentialDecay(0.1, 10, 0.8))
    ),
    "adam": lambda: model_of(optimizer="adam"),
    "epsilon": lambda: model_of(optimizer=optimizers.Adam(epsilon=1e-3)),
    "scale": lambda: model_of(optimizer=optimizers.LossScaleOptimizer(optimizers.Adam())),
    "lstm": lambda: model_of(layers.LSTM(2), inputs=(3, 4)),
    "sequences": lambda: model_of(layers.LSTM(2, return_sequences=True), inputs=(3, 4)),
    "backwards": lambda: model_of(layers.LSTM(2, go_backwards=True), inputs=(3, 4)),
    "bidirectional": lambda: model_of(layers.Bidirectional(layers.LSTM(2)), inputs=(3, 4)),
    "add": lambda: functional(lambda x, y: layers.Add()([x, y])),
    "subtract": lambda: functional(lambda x, y: layers.Subtract()([x, y])),
    "the other way": lambda: functional(lambda x, y: layers.Subtract()([y, x])),
    "op": lambda: functional(lambda x, y: x - y),
    "op with a number": lambda: functional(lambda x, y: x - y * 2),
    "op with an array": lambda: functional(lambda x, y: x - y * np.arange(3, dtype="float32")),
    "op with another": lambda: functional(lambda x, y: x - y * np.ones(3, "float32")),
}


@pytest.mark.filterwarnings("ignore::kerajax.objects._spellings.LegacySpellingWarning")
def test_equal_models_have_one_account_and_others_have_another():
    accounts = {name: account(make()) for name, make in VARIANTS.items()}
    assert None not in accounts.values()
    assert len(set(accounts.values())) == len(VARIANTS)
    assert {name: account(make()) for name, make in VARIANTS.items()} == accounts


def test_values_do_not_count():
    """Weights, the rate and seeds are arguments of the step."""
    model = model_of()
    first = account(model)
    model.optimizer.learning_rate = 0.5
    model.set_weights([w + 1 for w in model.get_weights()])
    assert account(model) == first == account(model_of(optimizer=optimizers.SGD(0.3, name="sgd")))
    assert account(model, "test") != first


def test_what_is_changed_after_compile_counts():
    model = model_of()
    first = account(model)
    model.layers[1].rate = 0.25
    assert account(model) != first


class Doubled(layers.Layer):
    def call(self, x):
        return x * 2


def own_loss(y_true, y_pred):
    return kerajax.ops.mean((y_true - y_pred) ** 2, axis=-1)


class OwnMetric(metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(y_true)


class OwnModel(kerajax.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def own_model():
    model = OwnModel()
    model.compile("sgd", "mse")
    model._prepare((np.ones((2, 4), "float32"), np.ones((2, 2), "float32"), None))
    return model


def with_own_call(model):
    model.layers[0].call = lambda x: x


@pytest.mark.parametrize(
    "make",
    [
        lambda: model_of(Doubled()),
        lambda: model_of(layers.Lambda(lambda x: x * 2)),
        lambda: model_of(layers.Dense(2, activation=lambda x: x * 2)),
        lambda: model_of(layers.Dense(2, kernel_regularizer=lambda w: 0.0)),
        lambda: model_of(prepare=with_own_call),
        lambda: model_of(loss=own_loss),
        lambda: model_of(metrics=[own_loss]),
        lambda: model_of(metrics=[OwnMetric()]),
        lambda: model_of(optimizer=optimizers.SGD(lambda: 0.1)),
        own_model,
    ],
)
def test_code_of_others_has_no_account(make):
    assert account(make()) is None


def test_replaced_code_has_no_account(monkeypatch):
    """A script may put its own functions into the classes and modules of the package."""
    model = model_of()
    assert account(model) is not None

    @functools.wraps(layers.Dense.call)
    def call(self, inputs, training=None):
        return inputs

    with monkeypatch.context() as patch:
        patch.setattr(layers.Dense, "call", call)
        assert account(model) is None
    assert account(model) is not None
    with monkeypatch.context() as patch:
        patch.setattr("kerajax.losses._formulas.mean_squared_error", own_loss)
        assert account(model) is None
    with monkeypatch.context() as patch:
        patch.setattr("kerajax.ops.matmul", lambda a, b: a)
        assert account(model) is None
    scope = {"__name__": "__main__"}
    exec(compile("def call(self, inputs, training=None): return inputs", "<cell>", "exec"), scope)
    with monkeypatch.context() as patch:
        patch.setattr(layers.Dense, "call", scope["call"])
        assert account(model) is None


def test_settings_of_classes_count(monkeypatch):
    model = model_of()
    first = account(model)
    monkeypatch.setattr(optimizers.SGD, "decay", 0.5)
    assert account(model) not in (None, first)


def test_distribution_has_no_account():
    model = model_of()
    with kerajax.distribution.DataParallel().scope():
        assert account(model) is None

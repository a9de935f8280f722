"""Models of equal blocks train with their weights stacked, and nobody can tell by the numbers."""

import numpy as np
import pytest

import kerajax
from kerajax import layers, optimizers
from kerajax.training import _layer_scan

BLOCKS = 4
X = np.random.default_rng(0).normal(size=(20, 5, 8)).astype("float32")
Y = np.random.default_rng(1).normal(size=(20, 1)).astype("float32")


def dense(x):
    hidden = layers.Dense(16, activation="relu")(layers.LayerNormalization()(x))
    return x + layers.Dense(8)(hidden)


def small(x):
    return x + layers.Dense(8, activation="tanh")(x)


def dropped(x):
    return layers.Add()([x, layers.Dropout(0.3)(layers.Dense(8, activation="tanh")(x))])


def normalized(x):
    return layers.ReLU()(layers.BatchNormalization()(layers.Dense(8, use_bias=False)(x)))


def attending(x):
    attended = layers.MultiHeadAttention(2, 4, dropout=0.1)(x, x)
    return dense(layers.LayerNormalization()(x + attended))


def model_of(block, optimizer="adam", blocks=BLOCKS, head=None, **options):
    kerajax.utils.set_random_seed(3)
    x = inputs = kerajax.Input((5, 8))
    for _ in range(blocks):
        x = block(x)
    outputs = layers.Dense(1)(head(x) if head else layers.GlobalAveragePooling1D()(x))
    model = kerajax.Model(inputs, outputs)
    model.compile(optimizer, "mse", metrics=["mae"], **options)
    return model


def scanned(model) -> bool:
    return bool(model._compiled._scan)


@pytest.fixture
def both(monkeypatch):
    """Runs a function with layers one by one, then stacked, and gives both results."""

    monkeypatch.setattr(_layer_scan, "loops_cost_threads", lambda: False)
    monkeypatch.setattr(_layer_scan, "LEAST_WEIGHTS", 1)

    def run(fn):
        results = []
        for least in (10**6, 3):
            monkeypatch.setattr(_layer_scan, "LEAST_BLOCKS", least)
            results.append(fn())
        return results

    return run


def trained(model, **options):
    kerajax.utils.set_random_seed(4)
    options = {"batch_size": 8, "epochs": 2, "verbose": 0, **options}
    history = model.fit(X, Y, **options).history
    return history, model.get_weights(), [v.numpy() for v in model.optimizer.variables], model


def check_equal(plain, stacked, tolerance=2e-5):
    assert not scanned(plain[-1]) and scanned(stacked[-1])
    for a, b in zip(plain[1] + plain[2], stacked[1] + stacked[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    assert list(plain[0]) == list(stacked[0])
    for name in plain[0]:
        np.testing.assert_allclose(plain[0][name], stacked[0][name], rtol=tolerance)


@pytest.mark.parametrize("block", [dense, dropped, normalized, attending])
def test_blocks(both, block):
    # Gradients that are 0 but for rounding, as of a key's bias, stay small here.
    check_equal(*both(lambda: trained(model_of(block, "sgd"))))


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.005, momentum=0.9, nesterov=True),
    "rmsprop": lambda: optimizers.RMSprop(centered=True, momentum=0.5),
    "amsgrad": lambda: optimizers.Adam(amsgrad=True, clipnorm=0.1),
    "adamw": lambda: optimizers.AdamW(optimizers.schedules.ExponentialDecay(1e-2, 2, 0.5)),
    "adadelta": lambda: optimizers.Adadelta(1.0, clipvalue=0.01),
    "adagrad": lambda: optimizers.Adagrad(weight_decay=0.01),
    "adamax": optimizers.Adamax,
    "nadam": optimizers.Nadam,
    "ftrl": lambda: optimizers.Ftrl(0.1, l1_regularization_strength=0.01),
    "lion": optimizers.Lion,
    "lamb": optimizers.Lamb,
    "adafactor": optimizers.Adafactor,
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_optimizers(both, make):
    def run():
        # Batches of one size, which take one program.
        return trained(model_of(small, make()), batch_size=10)

    check_equal(*both(run), tolerance=1e-4)


JOINT = {
    "all weights are clipped together": lambda: optimizers.Adam(global_clipnorm=0.1),
    "averages": lambda: optimizers.Adam(use_ema=True),
    "accumulated gradients": lambda: optimizers.Adam(gradient_accumulation_steps=2),
    "a wrapper": lambda: optimizers.LossScaleOptimizer(optimizers.Adam()),
    "by the name of the weight": optimizers.Muon,
}


@pytest.mark.parametrize("make", JOINT.values(), ids=JOINT)
def test_optimizers_whose_steps_are_joint(both, make):
    def run():
        model = model_of(small, make())
        model._prepare((X, Y, None))
        return model._compiled.layout((X[:8], Y[:8], None))

    assert both(run) == [None, None]


def test_blocks_that_do_not_train(both):
    def run():
        model = model_of(small, blocks=8)
        for layer in [x for x in model.layers if x.weights][:4]:
            layer.trainable = False
        model.compile("adam", "mse", metrics=["mae"])
        return trained(model)

    plain, stacked = both(run)
    check_equal(plain, stacked)
    assert len(stacked[-1]._compiled._scan._repeats) == 2


def test_mixed_precision(both):
    def run():
        with_policy = kerajax.dtype_policies.dtype_policy()
        kerajax.config.set_dtype_policy("mixed_bfloat16")
        try:
            return trained(model_of(dense))
        finally:
            kerajax.config.set_dtype_policy(with_policy)

    check_equal(*both(run), tolerance=2e-2)


def test_a_stack_of_layers(both):
    def run():
        kerajax.utils.set_random_seed(3)
        hidden = [layers.Dense(8, activation="tanh") for _ in range(5)]
        ends = [layers.Flatten(), layers.Dense(1)]
        model = kerajax.Sequential([kerajax.Input((5, 8)), *hidden, *ends])
        model.compile("adam", "mse", metrics=["mae"])
        return trained(model)

    check_equal(*both(run))


def test_validation_and_what_callbacks_read(both):
    def run():
        read = []
        model = model_of(small)

        def remember(epoch, logs):
            read.append((model.get_weights()[3].copy(), logs["val_mae"]))
            model.layers[1].kernel.assign(model.layers[1].kernel * 0.5)

        callback = kerajax.callbacks.LambdaCallback(on_epoch_end=remember)
        return (*trained(model, validation_split=0.3, callbacks=[callback])[:3], read, model)

    plain, stacked = both(run)
    check_equal(plain, stacked)
    for (a, b), (c, d) in zip(plain[3], stacked[3], strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(b, d, rtol=1e-5)


def test_single_weights_are_read_and_assigned_inside_the_step(both):
    class Own(kerajax.Model):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            return loss + kerajax.ops.sum(self.layers[2].kernel ** 2)

    def run():
        kerajax.utils.set_random_seed(3)
        x = inputs = kerajax.Input((5, 8))
        for _ in range(BLOCKS):
            x = dense(x)
        model = Own(inputs, layers.Dense(1)(layers.Flatten()(x)))
        model.compile("adam", "mse", metrics=["mae"])
        return trained(model)

    check_equal(*both(run))


def test_what_hooks_see_batch_by_batch_is_not_stacked(both):
    class Watches(kerajax.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.get_weights()

    _, stacked = both(lambda: trained(model_of(small), callbacks=[Watches()]))
    assert not scanned(stacked[-1])


def of_other_sizes():
    units = iter((16, 12, 8, 4))
    return lambda x: layers.Dense(8)(layers.Dense(next(units))(x))


def regularized():
    return lambda x: layers.Dense(8, kernel_regularizer="l2")(x)


def of_own_kind():
    class Twice(layers.Dense):
        def call(self, inputs):
            return 2 * super().call(inputs)

    return lambda x: Twice(8)(x)


def shared():
    return layers.Dense(8)


def skipping():
    seen = []

    def block(x):
        seen.append(x)
        return layers.Dense(8)(x) + seen[0]

    return block


def convolutional():
    return lambda x: x + layers.Conv1D(8, 3, padding="same", activation="relu")(x)


@pytest.mark.parametrize("make", [of_other_sizes, regularized, of_own_kind, shared, convolutional])
def test_blocks_that_are_not_equal(both, make):
    def run():
        model = model_of(make())
        model._prepare((X, Y, None))
        return model._compiled.layout((X[:8], Y[:8], None))

    assert both(run) == [None, None]


def test_a_tensor_that_all_blocks_read(both):
    plain, stacked = both(lambda: trained(model_of(skipping(), blocks=6)))
    check_equal(plain, stacked)


def test_an_output_in_the_middle(both):
    def run():
        kerajax.utils.set_random_seed(3)
        x = inputs = kerajax.Input((5, 8))
        between = []
        for _ in range(6):
            x = dense(x)
            between.append(x)
        ends = [layers.Dense(1, name=f"end{i}")(layers.Flatten()(between[i])) for i in (1, 5)]
        model = kerajax.Model(inputs, ends)
        model.compile("adam", ["mse", "mse"])
        kerajax.utils.set_random_seed(4)
        history = model.fit(X, [Y, Y], batch_size=8, epochs=2, verbose=0).history
        return history, model.get_weights(), [], model

    check_equal(*both(run))


def test_train_on_batch_save_and_fit_in_turns(both, tmp_path):
    def run():
        model = model_of(dropped)
        trained(model)
        model.train_on_batch(X[:8], Y[:8])
        model.save(tmp_path / "model.keras")
        model = kerajax.saving.load_model(tmp_path / "model.keras")
        history = trained(model)
        return history[0], model.get_weights(), history[2], model

    check_equal(*both(run))


def test_fits_and_evaluations_in_a_row_stack_once(both, monkeypatch):
    from kerajax.backend import Stack

    made, stacked = [], Stack.stacked
    monkeypatch.setattr(
        Stack,
        "stacked",
        lambda self, values: made.append(len(values)) or stacked(self, values),
    )

    def run():
        model = model_of(small)
        found = []
        for _ in range(3):
            model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
            found.append(model.evaluate(X, Y, batch_size=8, verbose=0))
        counted = len(made)
        read = model.get_weights()
        # Nothing is stacked for an evaluation alone.
        found.append(model.evaluate(X, Y, batch_size=8, verbose=0))
        assert len(made) == counted and found[2] == pytest.approx(found[3], rel=1e-5)
        model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
        return counted, len(made), found, read, model.get_weights()

    (none, nor_then, *plain), (once, again, *looped) = both(run)
    assert none == nor_then == 0 < once and again == 2 * once
    for a, b in zip(sum(plain, []), sum(looped, []), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)


def test_an_exception_leaves_the_weights_of_the_last_step(both):
    def run():
        model = model_of(small)

        def stop(epoch, logs):
            raise RuntimeError("stop")

        with pytest.raises(RuntimeError, match="stop"):
            trained(model, callbacks=[kerajax.callbacks.LambdaCallback(on_epoch_end=stop)])
        return {}, model.get_weights(), [v.numpy() for v in model.optimizer.variables], model

    check_equal(*both(run))


def test_large_batches_run_layer_by_layer_where_loops_cost_threads(monkeypatch):
    monkeypatch.setattr(_layer_scan, "LEAST_WEIGHTS", 1)
    monkeypatch.setattr(_layer_scan, "LEAST_BLOCKS", 3)
    model = model_of(small)
    model._prepare((X, Y, None))
    fits = _layer_scan._SPREAD // (5 * 8)
    for loops_cost, batch_size, stacked in [(1, fits, 1), (1, fits + 1, 0), (0, fits + 1, 1)]:
        monkeypatch.setattr(_layer_scan, "loops_cost_threads", lambda cost=loops_cost: cost)
        batch = np.zeros((batch_size, 5, 8)), None, None
        assert (model._compiled.layout(batch) is not None) == stacked


def test_compile_time_hardly_grows_with_depth():
    def lines(blocks):
        model = model_of(dense, blocks=blocks)
        model.fit(X[:8], Y[:8], verbose=0)
        layout = model._compiled.layout((X[:8], Y[:8], None))
        programs = model._programs("train", layout)
        state = model._loan(layout).borrow()
        batch = (X[:8], Y[:8], None)
        return programs.single.lower(state, batch).as_text().count("\n")

    assert lines(40) < 1.1 * lines(20)

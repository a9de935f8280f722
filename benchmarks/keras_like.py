"""The candidates with a Keras interface: one text, whichever module is passed in as `keras`."""

import functools

from .data import (
    BIG,
    BLOCKS,
    DEPTH_WIDTH,
    HEADS,
    HIDDEN,
    TIME_STEPS,
    TOKEN_VOCABULARY,
    TOKENS,
    VOCABULARY,
    WIDTH,
    make_data,
    resnet_plan,
    run_resnet20,
)
from .streaming import make_stream


def script_mlp(keras, kind=None):
    """The classic script's model: 8-10-1, SGD whose rate falls as lr / (1 + decay * iterations)."""
    layers = keras.layers
    model = (kind or keras.Sequential)()
    model.add(keras.Input((8,)))
    model.add(layers.Dense(10, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    if keras.__name__ == "kerajax":
        sgd = keras.optimizers.SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=False)
    else:  # Keras 3 ignores `decay`; this schedule is the same formula.
        rate = keras.optimizers.schedules.InverseTimeDecay(0.01, decay_steps=1, decay_rate=1e-6)
        sgd = keras.optimizers.SGD(rate, momentum=0.9, nesterov=False)
    model.compile(loss="binary_crossentropy", optimizer=sgd, metrics=["accuracy"])
    return model


def custom_step(keras):
    """The same model with a training step of its own, in the stateless form Keras has on JAX."""
    import jax

    class OwnStep(keras.Sequential):
        def train_step(self, state, data):
            trainable, others, slots, totals = state
            x, y = data[:2]

            def objective(trainable, others):
                y_pred, others = self.stateless_call(trainable, others, x, training=True)
                return self.compute_loss(x, y, y_pred), (y_pred, others)

            gradient = jax.value_and_grad(objective, has_aux=True)
            (loss, (y_pred, others)), gradients = gradient(trainable, others)
            trainable, slots = self.optimizer.stateless_apply(slots, gradients, trainable)
            logs, kept, rest = {}, [], list(totals)
            for metric in self.metrics:
                own, rest = rest[: len(metric.variables)], rest[len(metric.variables) :]
                seen = (loss,) if metric.name == "loss" else (y, y_pred)
                own = metric.stateless_update_state(own, *seen)
                logs.update(_as_logs(metric, metric.stateless_result(own)))
                kept += own
            return logs, (trainable, others, slots, kept)

    return script_mlp(keras, OwnStep)


def _as_logs(metric, result):
    """Logs of one metric: that of `compile` has several in a dict."""
    return result if isinstance(result, dict) else {metric.name: result}


def deep(keras, depth):
    """Residual blocks of a normalization and two dense layers, all of one width."""
    layers = keras.layers
    inputs = x = keras.Input((DEPTH_WIDTH,))
    for _ in range(depth):
        hidden = layers.Dense(DEPTH_WIDTH, activation="relu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(DEPTH_WIDTH)(hidden)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    return _classifier(model)


def mlp(keras, widths=(784, 1024, 1024, 10)):
    """Dense layers with relu between them, for classes."""
    layers = keras.layers
    hidden = [layers.Dense(width, activation="relu") for width in widths[1:-1]]
    head = layers.Dense(widths[-1], activation="softmax")
    return _classifier(keras.Sequential([keras.Input(widths[:1]), *hidden, head]))


def _classifier(model):
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def convnet(keras):
    """Two convolutions, one pooling, two dense layers."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return _classifier(model)


def lstm(keras):
    """Token classifier."""
    return _recurrent(keras, keras.layers.LSTM(64))


def gru(keras):
    """Token classifier."""
    return _recurrent(keras, keras.layers.GRU(64))


def _recurrent(keras, cell):
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((TIME_STEPS,), dtype="int32"),
            layers.Embedding(VOCABULARY, 64),
            cell,
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


def resnet20(keras):
    """ResNet-20 with batch normalization."""
    layers = keras.layers
    plan = {name: (width, size, stride) for name, size, _, width, stride in resnet_plan()}

    def convolve(name, x):
        width, size, stride = plan[name]
        x = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.GlobalAveragePooling2D()(run_resnet20(convolve, keras.ops.relu, inputs))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    return _classifier(model)


def transformer(keras):
    """Classifier of token sequences: two pre-norm blocks."""
    layers, ops = keras.layers, keras.ops

    class TokenAndPosition(layers.Layer):
        def __init__(self):
            super().__init__()
            self.tokens = layers.Embedding(TOKEN_VOCABULARY, WIDTH)
            self.positions = layers.Embedding(TOKENS, WIDTH)

        def call(self, tokens):
            return self.tokens(tokens) + self.positions(ops.arange(TOKENS))

    inputs = keras.Input((TOKENS,), dtype="int32")
    x = TokenAndPosition()(inputs)
    for _ in range(BLOCKS):
        normal = layers.LayerNormalization()(x)
        x = x + layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(normal, normal)
        hidden = layers.Dense(HIDDEN, activation="gelu")(layers.LayerNormalization()(x))
        x = x + layers.Dense(WIDTH)(hidden)
    x = layers.GlobalAveragePooling1D()(x)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    return _classifier(model)


MODELS = {
    "script_mlp": script_mlp,
    "custom_step": custom_step,
    "mlp": mlp,
    "big_mlp": functools.partial(mlp, widths=BIG),
    "depth_8": functools.partial(deep, depth=8),
    "depth_50": functools.partial(deep, depth=50),
    "convnet": convnet,
    "resnet20": resnet20,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
}


class KerasTrial:
    """A compiled model and its data, with the work of each kind as a method.

    Args:
        keras: Module with Keras' interface.
        workload: Workload.
        streamed: Whether `fit` reads the augmented `PyDataset`.
    """

    def __init__(self, keras, workload, streamed=False):
        self.workload = workload
        self.x, self.y = make_data(workload.model, workload.samples)
        keras.utils.set_random_seed(1)
        self.model = MODELS[workload.model](keras)
        self.data = {"x": self.x, "y": self.y, "batch_size": workload.batch_size}
        if streamed:
            self.data = {"x": make_stream(keras, self.x, self.y, workload.batch_size)}

    def fit(self, epochs):
        """Trains `epochs` epochs; returns their losses as floats."""
        history = self.model.fit(
            **self.data, epochs=epochs, verbose=1 if self.workload.progress_bar else 0
        )
        return [float(loss) for loss in history.history["loss"]]

    def evaluate(self, passes):
        """Loss and accuracy over the data set, `passes` times."""
        size = self.workload.batch_size
        for _ in range(passes):
            self.model.evaluate(self.x, self.y, batch_size=size, verbose=0)
        return []

    def predict_many(self, passes):
        """Predictions for the data set as one numpy array, `passes` times."""
        for _ in range(passes):
            self.model.predict(self.x, batch_size=self.workload.batch_size, verbose=0)
        return []

    def train_on_batch(self, calls):
        """The same batch, `calls` times; each call returns loss and accuracy as numbers."""
        x, y = self.x[: self.workload.batch_size], self.y[: self.workload.batch_size]
        return [float(self.model.train_on_batch(x, y)[0]) for _ in range(calls)]

    def predict_one(self, calls):
        """Prediction of one sample, `calls` times, each returning a numpy array."""
        x = self.x[:1]
        for _ in range(calls):
            self.model.predict(x, verbose=0)
        return []

    def memory(self, epochs):
        """The script from end to end: `fit`, then `evaluate`."""
        losses = self.fit(epochs)
        self.model.evaluate(self.x, self.y, batch_size=self.workload.batch_size, verbose=0)
        return losses

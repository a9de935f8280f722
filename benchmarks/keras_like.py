"""The candidates with a Keras interface: one text, whichever module is passed in as `keras`."""

from .data import (
    BLOCKS,
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


def script_mlp(keras):
    """The classic script's model: 8-10-1, SGD whose rate falls as lr / (1 + decay * iterations)."""
    layers = keras.layers
    model = keras.Sequential()
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


def mlp(keras):
    """784-1024-1024-10 classifier."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(1024, activation="relu"),
            layers.Dense(1024, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
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
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


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
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


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
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


MODELS = {
    "script_mlp": script_mlp,
    "mlp": mlp,
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
    """

    def __init__(self, keras, workload):
        self.workload = workload
        self.x, self.y = make_data(workload.model, workload.samples)
        keras.utils.set_random_seed(1)
        self.model = MODELS[workload.model](keras)

    def fit(self, epochs):
        """Trains `epochs` epochs; returns their losses as floats."""
        history = self.model.fit(
            self.x,
            self.y,
            epochs=epochs,
            batch_size=self.workload.batch_size,
            verbose=1 if self.workload.progress_bar else 0,
        )
        return [float(loss) for loss in history.history["loss"]]

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

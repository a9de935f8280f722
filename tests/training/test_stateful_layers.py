"""Metrics that are layers, as libraries for Keras 2 wrote them, show what they count."""

import numpy as np

import kerajax
from kerajax import layers
from kerajax.legacy import _backend as K

X = np.random.default_rng(0).normal(size=(50, 2)).astype("float32")
Y = (X.sum(1, keepdims=True) > 0.3).astype("float32")


class Hits(layers.Layer):
    """How many positives were found, over all batches of an epoch."""

    def __init__(self):
        super().__init__(name="hits")
        self.stateful = True
        self.count = K.variable(0, dtype="int32")

    def reset_states(self):
        K.set_value(self.count, 0)

    def __call__(self, y_true, y_pred):
        new = K.sum(K.cast(y_true * K.round(y_pred), "int32"))
        before = self.count * 1
        self.add_update(K.update_add(self.count, new), inputs=[y_true, y_pred])
        return new + before


def test_a_stateful_layer_is_shown_as_it_counts():
    model = kerajax.Sequential(
        [kerajax.Input((2,)), layers.Dense(1, "sigmoid", kernel_initializer="ones")]
    )
    model.compile(kerajax.optimizers.SGD(0.0), "mse", metrics=[Hits()])
    expected = int((Y * np.round(model.predict(X, verbose=0))).sum())
    assert expected > 10
    history = model.fit(X, Y, batch_size=16, epochs=2, verbose=0).history
    assert history["hits"] == [expected, expected]
    assert model.evaluate(X, Y, batch_size=16, verbose=0)[1] == expected

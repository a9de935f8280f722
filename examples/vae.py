"""A variational autoencoder of handwritten digits, with a loss and metrics of its own.

`compute_loss` is overridden, so the built-in step, validation and `evaluate` all use it. The layer
that draws the code keeps its seed in a variable, as dropout does.

    pip install 'kerajax[demo]'
    python examples/vae.py

Reference:
    Kingma and Welling, 2013, "Auto-Encoding Variational Bayes", https://arxiv.org/abs/1312.6114
"""

import numpy as np
from sklearn.datasets import load_digits

import kerajax as keras
from kerajax import layers, ops

PIXELS = 64


class Draw(layers.Layer):
    """A sample of the normal distribution of each code: `mean + exp(log_variance / 2) * noise`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, mean, log_variance, training=False):
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seeds)
        return mean + ops.exp(log_variance / 2) * noise


class VAE(keras.Model):
    """An encoder into a distribution over codes, and a decoder of codes."""

    def __init__(self, code_size=8, width=128):
        super().__init__()
        self.hidden = layers.Dense(width, activation="relu")
        self.mean = layers.Dense(code_size)
        self.log_variance = layers.Dense(code_size)
        self.draw = Draw()
        self.decoder = keras.Sequential(
            [
                keras.Input((code_size,)),
                layers.Dense(width, activation="relu"),
                layers.Dense(PIXELS, activation="sigmoid"),
            ]
        )
        self.reconstruction = keras.metrics.Mean(name="reconstruction")
        self.divergence = keras.metrics.Mean(name="divergence")

    def call(self, x, training=False):
        hidden = self.hidden(x)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = self.draw(mean, log_variance, training=training)
        return {"image": self.decoder(code), "mean": mean, "log_variance": log_variance}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The negative evidence lower bound, in nats per image."""
        mean, log_variance = y_pred["mean"], y_pred["log_variance"]
        reconstruction = PIXELS * ops.mean(keras.losses.binary_crossentropy(x, y_pred["image"]))
        divergence = 0.5 * ops.mean(
            ops.sum(ops.exp(log_variance) + ops.square(mean) - 1 - log_variance, axis=-1)
        )
        self.reconstruction.update_state(reconstruction)
        self.divergence.update_state(divergence)
        return reconstruction + divergence


def load_data():
    """Images of 8 x 8 pixels in [0, 1], as rows, for training and testing."""
    images = load_digits().data.astype("float32") / 16
    return images[:1500], images[1500:]


def main(epochs=60, width=128):
    keras.utils.set_random_seed(0)
    train, test = load_data()
    vae = VAE(width=width)
    vae.compile("adam")
    history = vae.fit(
        train, batch_size=100, epochs=epochs, validation_data=(test,), verbose=0
    ).history
    made = np.asarray(vae.decoder(keras.random.normal((4, 8), seed=1))).reshape(4, 8, 8)
    print(
        f"after {epochs} epochs: {history['val_loss'][-1]:.2f} nats per test image, of which "
        f"{history['val_divergence'][-1]:.2f} for the code (first epoch: "
        f"{history['val_loss'][0]:.2f}); a digit drawn from the prior:"
    )
    for row in made[0]:
        print("".join(" .:-=+*#%@"[int(9.99 * value)] * 2 for value in row))
    return history


if __name__ == "__main__":
    main()

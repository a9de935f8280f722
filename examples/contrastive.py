"""Contrastive learning without labels (SimCLR): two views of an image attract each other.

The step is custom: it makes two random views of a batch of digits, encodes both, and asks which of
all views belongs to each. A linear classifier on the frozen encoder then shows what was learned.

    pip install 'kerajax[demo]'
    python examples/contrastive.py

Reference:
    Chen et al., 2020, "A Simple Framework for Contrastive Learning of Visual Representations",
    https://arxiv.org/abs/2002.05709
"""

import jax
from sklearn.datasets import load_digits

import kerajax as keras
from kerajax import layers, ops


def build_encoder(width):
    """A small convnet: image to a vector of features."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(2 * width, 3, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(64),
        ],
        name="encoder",
    )


class SimCLR(keras.Model):
    """An encoder that trains by telling views apart.

    Args:
        width: Int, channels of the first convolution.
        temperature: Float > 0. The smaller, the more the hardest views count.
    """

    def __init__(self, width=16, temperature=0.2):
        super().__init__()
        self.temperature = temperature
        self.encoder = build_encoder(width)
        self.projection = keras.Sequential(
            [keras.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(32)]
        )
        self.augment = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                layers.RandomTranslation(0.1, 0.1, fill_mode="constant", seed=0),
                layers.GaussianNoise(0.1, seed=1),
            ]
        )
        self.matches = keras.metrics.SparseCategoricalAccuracy(name="matches")

    def call(self, x, training=False):
        """Unit vectors, one for each image."""
        return ops.normalize(self.projection(self.encoder(x)), axis=-1)

    def views_loss(self, trainable, non_trainable, images):
        """Cross-entropy of finding each view's partner among all other views."""

        def encoded(state):
            views, state = self.stateless_views(state, images)
            return self.stateless_call(trainable, state, views, training=True)

        first, non_trainable = encoded(non_trainable)
        second, non_trainable = encoded(non_trainable)
        vectors = ops.concatenate([first, second])
        count = len(images)
        itself = 1e9 * ops.eye(2 * count)
        logits = ops.matmul(vectors, ops.transpose(vectors)) / self.temperature - itself
        partners = ops.concatenate([ops.arange(count) + count, ops.arange(count)])
        loss = ops.mean(
            keras.losses.sparse_categorical_crossentropy(partners, logits, from_logits=True)
        )
        return loss, (partners, logits, non_trainable)

    def stateless_views(self, non_trainable, images):
        """Random views, and the state with the seeds that were used up."""
        position = {id(v): i for i, v in enumerate(self.non_trainable_variables)}
        own = [position[id(v)] for v in self.augment.non_trainable_variables]
        values = [non_trainable[i] for i in own]
        views, values = self.augment.stateless_call([], values, images, training=True)
        after = list(non_trainable)
        for i, value in zip(own, values, strict=True):
            after[i] = value
        return views, after

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        (loss, (partners, logits, non_trainable)), gradients = jax.value_and_grad(
            self.views_loss, has_aux=True
        )(trainable, non_trainable, data)
        trainable, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trainable)
        # A metric is a variable of the state: what a step assigns is kept.
        self.matches.update_state(partners, logits)
        logs = {"loss": loss, "matches": self.matches.result()}
        return logs, (trainable, non_trainable, optimizer, metrics)


def probe(encoder, train, test, epochs):
    """Test accuracy of a linear classifier on the encoder's features."""
    (x, y), (x_test, y_test) = train, test
    encoder.trainable = False
    classifier = keras.Sequential(
        [keras.Input((8, 8, 1)), encoder, layers.BatchNormalization(), layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    classifier.fit(x, y, batch_size=100, epochs=epochs, verbose=0)
    return classifier.evaluate(x_test, y_test, verbose=0)[1]


def main(epochs=60, width=16, probe_epochs=60, labels=200):
    keras.utils.set_random_seed(0)
    digits = load_digits()
    images = digits.images[..., None].astype("float32") / 16
    train, test = (images[:labels], digits.target[:labels]), (images[1500:], digits.target[1500:])
    untrained = probe(build_encoder(width), train, test, probe_epochs)
    model = SimCLR(width)
    model.compile(keras.optimizers.Adam(2e-3))
    history = model.fit(images[:1500], batch_size=125, epochs=epochs, verbose=0).history
    trained = probe(model.encoder, train, test, probe_epochs)
    print(
        f"a linear classifier on {labels} labels: {untrained:.1%} on features of an untrained "
        f"encoder, {trained:.1%} after {epochs} epochs without labels "
        f"({history['matches'][-1]:.0%} of the views find their partner)"
    )
    return {"untrained": untrained, "trained": trained, **history}


if __name__ == "__main__":
    main()

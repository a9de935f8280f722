"""A generative adversarial network with a custom step: two losses, one optimizer, one program.

The data are points around eight centres on a circle, which a generator easily collapses to a few
of. Each step takes the gradient of the discriminator's loss by the discriminator's weights and that
of the generator's loss by the generator's, and applies both. `fit` compiles the step, joins many of
them into one call, and shows the metrics, as it does for any model.

    python examples/gan.py

Reference:
    Goodfellow et al., 2014, "Generative Adversarial Networks", https://arxiv.org/abs/1406.2661
"""

import jax
import numpy as np

import kerajax as keras
from kerajax import layers, ops

CENTRES, SPREAD = 8, 0.05


def load_data(samples, seed=0):
    """Points around centres on the unit circle, `(samples, 2)`."""
    rng = np.random.default_rng(seed)
    angles = rng.integers(CENTRES, size=samples) * 2 * np.pi / CENTRES
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return (points + SPREAD * rng.normal(size=points.shape)).astype("float32")


def mlp(inputs, outputs, width, name):
    """Two hidden layers; for the discriminator, the output is a logit."""
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(width, activation="leaky_relu"),
            layers.Dense(width, activation="leaky_relu"),
            layers.Dense(outputs),
        ],
        name=name,
    )


class GAN(keras.Model):
    """A generator and a discriminator that train against each other."""

    def __init__(self, latent_size=4, width=64):
        super().__init__()
        self.latent_size = latent_size
        self.generator = mlp(latent_size, 2, width, "generator")
        self.discriminator = mlp(2, 1, width, "discriminator")
        self.seeds = keras.random.SeedGenerator(0)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.generator_loss = keras.metrics.Mean(name="generator_loss")
        self.discriminator_loss = keras.metrics.Mean(name="discriminator_loss")

    def call(self, x):
        """How real the points look."""
        return self.discriminator(x)

    def sample(self, count):
        """New points."""
        return np.asarray(self.generator(self.noise(count)))

    def noise(self, count):
        return keras.random.normal((count, self.latent_size), seed=self.seeds)

    def train_step(self, state, data):
        trainable, non_trainable, optimizer, metrics = state
        split = len(self.generator.trainable_variables)
        generator, discriminator = trainable[:split], trainable[split:]
        real = data
        # The seeds and the metrics are variables of the state: what a step assigns is kept.
        noise = self.noise(len(real))

        def judged(discriminator, points):
            return self.discriminator.stateless_call(discriminator, [], points)[0]

        def made(generator):
            return self.generator.stateless_call(generator, [], noise)[0]

        def discriminator_loss(discriminator, fake):
            on_real, on_fake = judged(discriminator, real), judged(discriminator, fake)
            return self.loss_fn(ops.ones_like(on_real), on_real) + self.loss_fn(
                ops.zeros_like(on_fake), on_fake
            )

        def generator_loss(generator):
            on_fake = judged(discriminator, made(generator))
            return self.loss_fn(ops.ones_like(on_fake), on_fake)

        d_loss, d_gradients = jax.value_and_grad(discriminator_loss)(discriminator, made(generator))
        g_loss, g_gradients = jax.value_and_grad(generator_loss)(generator)
        trainable, optimizer = self.optimizer.stateless_apply(
            optimizer, [*g_gradients, *d_gradients], trainable
        )
        self.discriminator_loss.update_state(d_loss)
        self.generator_loss.update_state(g_loss)
        logs = {m.name: m.result() for m in (self.generator_loss, self.discriminator_loss)}
        return logs, (trainable, non_trainable, optimizer, metrics)


def quality(points):
    """The share of points near a centre, and how many centres have points."""
    angles = np.arange(CENTRES) * 2 * np.pi / CENTRES
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    distances = np.linalg.norm(points[:, None] - centres, axis=-1)
    near = distances.min(1) < 4 * SPREAD
    return float(near.mean()), len(set(distances.argmin(1)[near]))


def main(samples=8192, epochs=200, width=64):
    keras.utils.set_random_seed(0)
    gan = GAN(width=width)
    gan.compile(keras.optimizers.Adam(1e-3, beta_1=0.5))
    history = gan.fit(load_data(samples), batch_size=256, epochs=epochs, verbose=0).history
    near, hit = quality(gan.sample(2000))
    print(
        f"after {epochs} epochs: {near:.0%} of the made points lie near a centre, {hit} of "
        f"{CENTRES} centres are hit; discriminator loss {history['discriminator_loss'][-1]:.3f}"
    )
    return {"near": near, "hit": hit, **history}


if __name__ == "__main__":
    main()

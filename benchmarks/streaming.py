"""A data set that makes its batches on the host, and what making them costs alone."""

import numpy as np

from .data import make_data

SIDE, SHIFT, NOISE = 28, 2, 0.05


def make_stream(keras, x, y, batch_size):
    """A `PyDataset` over images of `SIDE` x `SIDE` pixels given as rows.

    Each batch is shifted by up to `SHIFT` pixels, half of its images are mirrored, and noise is
    added. The order is new each epoch.
    """

    class Augmented(keras.utils.PyDataset):
        def __init__(self):
            super().__init__()
            self.rng = np.random.default_rng(1)
            self.order = self.rng.permutation(len(x))

        def __len__(self):
            return -(-len(x) // batch_size)

        def __getitem__(self, index):
            rows = self.order[index * batch_size : (index + 1) * batch_size]
            images = x[rows].reshape(-1, SIDE, SIDE)
            images = np.roll(images, self.rng.integers(-SHIFT, SHIFT + 1, 2), axis=(1, 2))
            mirrored = self.rng.random((len(rows), 1, 1)) < 0.5
            images = np.where(mirrored, images[:, :, ::-1], images)
            images = images + NOISE * self.rng.standard_normal(images.shape, dtype=np.float32)
            return images.reshape(len(rows), -1), y[rows]

        def on_epoch_end(self):
            self.order = self.rng.permutation(len(x))

    return Augmented()


class LoaderTrial:
    """Reads the data set as `fit` would, without a model.

    Args:
        keras: Module with Keras' interface.
        workload: Workload.
    """

    def __init__(self, keras, workload):
        x, y = make_data(workload.model, workload.samples)
        self.stream = make_stream(keras, x, y, workload.batch_size)

    def fit(self, epochs):
        """Makes the batches of `epochs` epochs; there are no losses."""
        for _ in range(epochs):
            for index in range(len(self.stream)):
                self.stream[index]
            self.stream.on_epoch_end()
        return []

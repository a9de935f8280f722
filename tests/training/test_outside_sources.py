"""Data of other libraries: grain itself, and stand-ins that speak like torch and TensorFlow."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training.data import StreamData


def fit(source, **options):
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse")
    history = model.fit(source, verbose=0, **options)
    return model, history


class Pairs:
    """Eight samples for grain."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return np.full((3,), index, "float32"), np.full((1,), index, "float32")


@pytest.mark.parametrize("kind", ["map", "iter", "loader", "repeated"])
def test_grain(kind):
    grain = pytest.importorskip("grain")
    data, options = grain.MapDataset.source(Pairs()).batch(2), {}
    if kind == "iter":
        data = data.to_iter_dataset()
    elif kind == "loader":
        sampler = grain.samplers.IndexSampler(8, num_epochs=1, shuffle=False)
        data = grain.DataLoader(
            data_source=Pairs(), sampler=sampler, operations=[grain.transforms.Batch(2)]
        )
    elif kind == "repeated":
        data, options = data.repeat(), {"steps_per_epoch": 4}
    adapter = StreamData(data, shuffle=True)
    batches = adapter.batches(np.random.default_rng(0))
    xs = [next(batches)[0][:, 0].tolist() for _ in range(4)]
    # Grain's order is kept.
    assert xs == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert adapter.num_batches == (4 if kind == "map" else None)
    model, _ = fit(data, epochs=2, **options)
    assert int(model.optimizer.iterations) == 8


class TorchTensor:
    """Needs `detach` and `cpu` before numpy can read it, as tensors that need gradients do."""

    def __init__(self, value):
        self.value = value

    def detach(self):
        return Detached(self.value)


class Detached(TorchTensor):
    def cpu(self):
        return self.value


class TorchLoader:
    """A loader over a data set without a length."""

    def __len__(self):
        raise TypeError("object of type 'IterableDataset' has no len()")

    def __iter__(self):
        for i in range(3):
            yield [
                TorchTensor(np.full((2, 3), i, "float64")),
                TorchTensor(np.full((2, 1), i, "float64")),
            ]


def test_loaders_of_torch():
    model, history = fit(TorchLoader(), epochs=2)
    assert int(model.optimizer.iterations) == 6
    (x, y, weights) = next(StreamData(TorchLoader()).batches())
    assert (x.dtype, y.shape, weights) == (np.float32, (2, 1), None)
    assert model.predict(TorchLoader(), verbose=0).shape == (6, 1)


class EagerTensor:
    """Tensors of TensorFlow become arrays by `__array__`."""

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype)


class TensorFlowDataset:
    def __init__(self, count):
        self.count = count

    def __len__(self):
        if self.count is None:
            raise TypeError("The dataset is infinite.")
        return self.count

    def __iter__(self):
        i = 0
        while i != self.count:
            yield EagerTensor(np.full((2, 3), i, "int64")), EagerTensor(np.full((2, 1), i))
            i += 1


def test_data_sets_of_tensorflow():
    model, _ = fit(TensorFlowDataset(3), epochs=2)
    assert int(model.optimizer.iterations) == 6
    model, _ = fit(TensorFlowDataset(None), epochs=2, steps_per_epoch=5)
    assert int(model.optimizer.iterations) == 10


def test_epochs_are_told_to_data_sets_by_index():
    told = []

    class Told(Pairs):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            told.append(index)
            return np.ones((2, 3)), np.ones((2, 1))

        def on_epoch_begin(self):
            told.append("begin")

        def on_epoch_end(self):
            told.append("end")

    fit(Told(), epochs=2, shuffle=False)
    # The first batch is looked at before, to build the model.
    assert told == [0, *["begin", 0, 1, "end"] * 2]
    model, _ = fit(np.ones((2, 3)), y=np.ones((2, 1)))
    told.clear()
    model.predict(Told(), verbose=0)
    assert told == ["begin", 0, 1, "end"]
    told.clear()
    model.evaluate(Told(), verbose=0)
    assert told[-4:] == ["begin", 0, 1, "end"]

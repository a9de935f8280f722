"""Helpers of Keras 2 for scripts: enqueuers, functions on models, local kernels."""

import threading

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.legacy import _backend as K
from kerajax.legacy import enqueuers, layer_utils
from kerajax.legacy import layers as legacy_layers
from kerajax.objects import LegacySpellingWarning


class Numbers(kerajax.utils.PyDataset):
    """Batches that are their index; one of them may fail."""

    failing = None

    def __len__(self):
        return 6

    def __getitem__(self, i):
        if i == self.failing:
            raise KeyError("number")
        return i


def test_sequences_are_drawn_in_order():
    """With several threads at work, one pass after the other; a shuffled pass has all batches."""
    enqueuer = enqueuers.OrderedEnqueuer(Numbers())
    assert not enqueuer.is_running()
    with pytest.raises(RuntimeError, match="start"):
        next(enqueuer.get())
    enqueuer.start(workers=3, max_queue_size=2)
    batches = enqueuer.get()
    assert [next(batches) for _ in range(14)] == [i % 6 for i in range(14)]
    enqueuer.stop()
    enqueuer = enqueuers.OrderedEnqueuer(Numbers(), shuffle=True)
    enqueuer.start()
    batches = enqueuer.get()
    assert sorted(next(batches) for _ in range(6)) == list(range(6))
    enqueuer.stop()
    assert list(batches) == []


def test_errors_of_workers_are_raised_where_batches_are_taken():
    """And nothing runs on behind them."""
    data = Numbers()
    data.failing = 2
    enqueuer = enqueuers.OrderedEnqueuer(data)
    enqueuer.start()
    with pytest.raises(KeyError, match="number"):
        list(enqueuer.get())
    assert not enqueuer.is_running()


def test_generators_are_drawn_ahead():
    """In a thread, as far as the queue reaches."""
    drawn, third = [], threading.Event()

    def generator():
        for i in range(4):
            drawn.append(i)
            if i == 2:
                third.set()
            yield i

    enqueuer = enqueuers.GeneratorEnqueuer(generator(), pickle_safe=False)
    enqueuer.start(max_queue_size=1)
    batches = enqueuer.get()
    assert next(batches) == 0
    assert third.wait(10)
    assert list(batches) == [1, 2, 3]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_local_convolutions_are_those_of_the_layers(data_format, rng):
    """`K.local_conv1d` and `K.local_conv2d` with the kernels of locally connected layers."""
    shape = (2, 6, 5, 3) if data_format == "channels_last" else (2, 3, 6, 5)
    x = rng.normal(size=shape).astype("float32")
    options = {"data_format": data_format, "use_bias": False}
    layer = legacy_layers.LocallyConnected2D(4, (3, 2), (2, 1), **options)
    wanted = layer(x)
    found = K.local_conv2d(x, layer.kernel, (3, 2), (2, 1), (2, 4), data_format)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    layer = legacy_layers.LocallyConnected1D(4, 3, **options)
    wanted = layer(x[:, :, 0])
    found = K.local_conv1d(x[:, :, 0], layer.kernel, (3,), (1,), data_format)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_functions_on_models(capsys):
    """Shared weights count once; summaries go where they are told."""
    model = kerajax.Sequential([kerajax.Input((2,)), layers.Dense(3)])
    assert layer_utils.count_params(model.weights * 2) == 9
    lines = []
    layer_utils.print_summary(model, print_fn=lines.append)
    assert "Dense" in "".join(lines)
    with pytest.warns(LegacySpellingWarning, match="DataParallel"):
        assert layer_utils.multi_gpu_model(model, gpus=2) is model

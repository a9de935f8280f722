"""Data as other libraries hold it gives the numbers that the same numpy arrays give."""

import numpy as np
import pytest

import kerajax
from kerajax import layers

X = np.random.default_rng(0).normal(size=(24, 3)).astype("float32")
X[X < 0] = 0
Y = X.sum(1, keepdims=True)
BATCH = 8


def with_torch():
    """A `DataLoader` of a `TensorDataset`."""
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return {"x": torch.utils.data.DataLoader(data, batch_size=BATCH)}


def with_torch_tensors():
    torch = pytest.importorskip("torch")
    return {"x": torch.from_numpy(X), "y": torch.from_numpy(Y), "batch_size": BATCH}


def with_tensorflow():
    """A `tf.data.Dataset`."""
    tf = pytest.importorskip("tensorflow")
    return {"x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(BATCH).prefetch(2)}


def with_tensorflow_tensors():
    tf = pytest.importorskip("tensorflow")
    return {"x": tf.constant(X), "y": tf.constant(Y), "batch_size": BATCH}


def with_grain():
    """A `grain.MapDataset`, batched."""
    grain = pytest.importorskip("grain")
    source = list(zip(X, Y, strict=True))
    return {"x": grain.MapDataset.source(source).batch(BATCH)}


def with_grain_loader():
    """A `grain.DataLoader`."""
    grain = pytest.importorskip("grain")
    return {
        "x": grain.DataLoader(
            data_source=list(zip(X, Y, strict=True)),
            sampler=grain.samplers.IndexSampler(len(X), shuffle=False, num_epochs=1, seed=0),
            operations=[grain.transforms.Batch(BATCH)],
            worker_count=0,
        )
    }


def with_scipy():
    """A matrix by its non-zero entries, in compressed rows."""
    sparse = pytest.importorskip("scipy.sparse")
    return {"x": sparse.csr_matrix(X), "y": Y, "batch_size": BATCH}


def with_pandas():
    """A frame of columns, and a series of targets."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    return {"x": frame, "y": pandas.Series(Y[:, 0]), "batch_size": BATCH}


LOADERS = [
    with_torch,
    with_torch_tensors,
    with_tensorflow,
    with_tensorflow_tensors,
    with_grain,
    with_grain_loader,
    with_scipy,
    with_pandas,
]


def results(given):
    """What training, evaluation and prediction give from one data set."""
    inputs = kerajax.Input((3,), sparse="scipy" in str(type(given["x"])))
    model = kerajax.Model(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    model.compile(kerajax.optimizers.Adam(0.1), "mse", metrics=["mae"])
    history = model.fit(**given, epochs=2, shuffle=False, verbose=0, validation_data=(X, Y))
    evaluated = model.evaluate(**given, verbose=0)
    for_prediction = {name: value for name, value in given.items() if name != "y"}
    predicted = model.predict(**for_prediction, verbose=0)
    return [*history.history.values(), evaluated, predicted, model.get_weights()[0]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("make", LOADERS, ids=lambda make: make.__name__)
def test_equals_arrays(make):
    """`fit`, `evaluate` and `predict` on the library's own objects."""
    given = make()
    expected = results({"x": X, "y": Y, "batch_size": BATCH})
    for found, value in zip(results(given), expected, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-5, atol=1e-6)

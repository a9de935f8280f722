"""What counts as data: pandas, sparse matrices of scipy, nested structures, parts of them."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.training import _feed
from kerajax.training.data import _sparse_rows

X = np.where(np.arange(60) % 3 == 0, np.arange(60) / 60, 0).astype("float32").reshape(20, 3)
Y = X.sum(1, keepdims=True)
QUIET = {"verbose": 0, "shuffle": False, "batch_size": 6}


def model():
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(kerajax.optimizers.SGD(0.1), "mse")
    return model


@pytest.fixture(params=["kept on the device", "streamed"])
def scipy_sparse(request, monkeypatch):
    """scipy.sparse, with matrices counted as small or as too large to be made dense."""
    if request.param == "streamed":
        monkeypatch.setattr(_sparse_rows, "DENSE_BYTES", 10)
        monkeypatch.setattr(_feed, "RESIDENT_BYTES", 10)
    return pytest.importorskip("scipy.sparse")


@pytest.mark.parametrize("form", ["csr_matrix", "coo_matrix", "csc_array"])
def test_sparse_matrices_train_like_dense_arrays(scipy_sparse, form):
    dense, sparse = model(), model()
    matrix = getattr(scipy_sparse, form)(X)
    expected = dense.fit(X, Y, validation_split=0.3, **QUIET).history
    logs = sparse.fit(matrix, Y, validation_split=0.3, **QUIET).history
    for name in expected:
        np.testing.assert_allclose(logs[name], expected[name], rtol=1e-5)
    np.testing.assert_allclose(
        sparse.predict(matrix, verbose=0), dense.predict(X, verbose=0), rtol=1e-5
    )
    assert sparse.evaluate(matrix, Y, verbose=0) == pytest.approx(dense.evaluate(X, Y, verbose=0))
    assert len(sparse.fit(matrix, Y, epochs=2, verbose=0).history["loss"]) == 2


def test_generators_may_yield_sparse_matrices():
    sparse = pytest.importorskip("scipy.sparse")
    trained, twin = model(), model()
    trained.fit(((sparse.csr_matrix(X), Y) for _ in range(3)), verbose=0)
    for _ in range(3):
        twin.train_on_batch(X, Y)
    np.testing.assert_allclose(trained.get_weights()[0], twin.get_weights()[0], rtol=1e-5)


def test_pandas_objects_are_arrays():
    pandas = pytest.importorskip("pandas")
    frame, series = pandas.DataFrame(X, columns=list("abc")), pandas.Series(Y[:, 0])
    weights = np.linspace(0, 1, 20)
    expected = model().fit(X, Y, sample_weight=weights, validation_split=0.3, **QUIET).history
    logs = model().fit(
        frame, series, sample_weight=pandas.Series(weights), validation_split=0.3, **QUIET
    )
    for name in expected:
        np.testing.assert_allclose(logs.history[name], expected[name], rtol=1e-5)


def test_validation_steps_begin_at_the_start_each_time():
    """Two validations of the first two batches, not one of each pair of batches."""
    still = model()
    still.optimizer.learning_rate = 0.0
    options = {"validation_steps": 2, "validation_batch_size": 5, "validation_data": (X, Y)}
    logs = still.fit(X, Y, epochs=3, **options, **QUIET).history
    np.testing.assert_allclose(logs["val_loss"], still.evaluate(X[:10], Y[:10], verbose=0), 1e-5)


def test_limits_of_the_config_hold():
    seen = []

    class Watch(kerajax.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    kerajax.config.set_max_epochs(2)
    kerajax.config.set_max_steps_per_epoch(3)
    try:
        with pytest.warns(UserWarning, match="Limiting"):
            model().fit(X, Y, batch_size=3, epochs=5, verbose=0, callbacks=[Watch()])
    finally:
        kerajax.config.set_max_epochs(None)
        kerajax.config.set_max_steps_per_epoch(None)
    assert seen == [0, 1, 2] * 2

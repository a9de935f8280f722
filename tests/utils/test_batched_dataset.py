"""BatchedDataset, and what it becomes in programs that work with TensorFlow."""

import sys
import types

import numpy as np
import pytest

from kerajax import utils


@pytest.fixture
def tensorflow(monkeypatch):
    """A stand-in that keeps what data sets are made of."""

    class Dataset(types.SimpleNamespace):
        @classmethod
        def from_generator(cls, make, output_signature):
            return cls(make=make, signature=output_signature)

        def apply(self, function):
            return function(self)

    def assert_cardinality(count):
        return lambda dataset: Dataset(**vars(dataset), cardinality=count)

    fake = types.SimpleNamespace(
        string="string",
        TensorSpec=lambda shape, dtype: (shape, str(dtype)),
        data=types.SimpleNamespace(
            Dataset=Dataset,
            experimental=types.SimpleNamespace(assert_cardinality=assert_cardinality),
        ),
    )
    monkeypatch.setitem(sys.modules, "tensorflow", fake)
    return fake


SERIES = np.arange(12.0, dtype="float32").reshape(6, 2)


def test_batches_of_a_series():
    """Without TensorFlow: its length, its batches, and why other methods are absent."""
    dataset = utils.timeseries_dataset_from_array(SERIES, np.arange(6), 2, batch_size=2)
    assert dataset.cardinality() == len(dataset) == 3
    windows, goals = next(dataset.as_numpy_iterator())
    assert windows.shape == (2, 2, 2) and goals.tolist() == [0, 1]
    with pytest.raises(AttributeError, match="no attribute 'unbatch'.*import TensorFlow"):
        dataset.unbatch()


def test_programs_with_tensorflow_get_its_data_sets(tensorflow, tmp_path):
    """The same batches, with shapes, dtypes and the number of batches promised."""
    dataset = utils.timeseries_dataset_from_array(SERIES, np.arange(6), 2, batch_size=2)
    assert dataset.signature == (((None, 2, 2), "float32"), ((None,), "int64"))
    assert dataset.cardinality == 3
    for _ in range(2):  # each pass reads again
        assert [y.tolist() for _, y in dataset.make()] == [[0, 1], [2, 3], [4]]


def test_folders_of_texts_become_data_sets_of_tensorflow(tensorflow, tmp_path):
    """Strings are TensorFlow's; names of classes and files stay at hand."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.txt").write_text(f"text {name}")
    dataset = utils.text_dataset_from_directory(tmp_path, shuffle=False)
    assert dataset.signature == (((None,), "string"), ((None,), "int32"))
    assert dataset.class_names == ["a", "b"] and len(dataset.file_paths) == 2
    texts, labels = next(dataset.make())
    assert texts.tolist() == ["text a", "text b"] and labels.tolist() == [0, 1]


def test_tensorflow_without_data_is_none(monkeypatch):
    """The stand-in of the import hook has no `data` where TensorFlow is not installed."""
    monkeypatch.setitem(sys.modules, "tensorflow", types.SimpleNamespace())
    dataset = utils.timeseries_dataset_from_array(SERIES, None, 2)
    assert [x.shape for x in dataset] == [(5, 2, 2)]

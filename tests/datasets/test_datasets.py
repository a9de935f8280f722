"""Data sets from files of their layout, beside Keras on the same files; nothing is downloaded."""

import gzip
import hashlib
import importlib
import json
import pickle

import keras
import numpy as np
import pytest

import kerajax
from kerajax import datasets
from kerajax.datasets import _files
from kerajax.utils import get_file

STORE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """Lets both packages take the files in a folder; lists what kerajax asked for."""
    asked = []

    def local(fname=None, origin=None, **kwargs):
        asked.append((fname, origin, kwargs))
        return str(tmp_path / fname)

    for name in ("_files", "cifar"):
        monkeypatch.setattr(importlib.import_module(f"kerajax.datasets.{name}"), "get_file", local)
    return asked


def _theirs(name, folder, monkeypatch):
    module = importlib.import_module(f"keras.src.datasets.{name}")
    asked = []

    def local(fname=None, origin=None, **kwargs):
        asked.append((fname, origin, kwargs))
        return str(folder / fname)

    monkeypatch.setattr(module, "get_file", local)
    return module, asked


def _assert_equal(ours, theirs):
    for our_part, their_part in zip(ours, theirs, strict=True):
        for a, b in zip(our_part, their_part, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            assert a.tolist() == b.tolist()


def _request(asked):
    """What was asked for, with the defaults of `get_file` left out."""
    return [
        (name, origin, {k: v for k, v in kwargs.items() if v is not None})
        for name, origin, kwargs in asked
    ]


def _sentences(rng, count):
    array = np.empty(count, object)
    array[:] = [rng.integers(1, 90, rng.integers(1, 12)).tolist() for _ in range(count)]
    return array


def _numbers(rng):
    x = rng.integers(0, 256, (5, 28, 28)).astype("uint8")
    return {"x_train": x, "y_train": x[:, 0, 0], "x_test": x[:2], "y_test": x[:2, 1, 1]}


def _files_of(name, rng, folder):
    if name == "mnist":
        np.savez_compressed(folder / "mnist.npz", **_numbers(rng))
    elif name == "imdb":
        parts = {f"x_{p}": _sentences(rng, 40) for p in ("train", "test")}
        labels = {f"y_{p}": rng.integers(0, 2, 40) for p in ("train", "test")}
        np.savez(folder / "imdb.npz", **parts, **labels)
    elif name == "reuters":
        np.savez(folder / "reuters.npz", x=_sentences(rng, 40), y=rng.integers(0, 46, 40))
    elif name == "fashion_mnist":
        for part, count in (("train", 5), ("t10k", 3)):
            for kind, size, header in (("labels-idx1", 1, 8), ("images-idx3", 784, 16)):
                content = bytes(header) + rng.bytes(count * size)
                with gzip.open(folder / f"{part}-{kind}-ubyte.gz", "wb") as file:
                    file.write(content)
    elif name == "cifar100":
        (folder / "cifar-100-python-target" / "cifar-100-python").mkdir(parents=True)
        for part, count in (("train", 4), ("test", 3)):
            batch = {
                b"data": rng.integers(0, 256, (count, 3072)).astype("uint8"),
                b"fine_labels": rng.integers(0, 100, count).tolist(),
                b"coarse_labels": rng.integers(0, 20, count).tolist(),
            }
            path = folder / "cifar-100-python-target" / "cifar-100-python" / part
            path.write_bytes(pickle.dumps(batch, protocol=3))
    else:
        x = rng.normal(size=(700, 8))
        np.savez(folder / f"{name}.npz", x=x, y=x[:, 0])


CALLS = [
    ("mnist", {}),
    ("fashion_mnist", {}),
    ("cifar100", {}),
    ("cifar100", {"label_mode": "coarse"}),
    ("boston_housing", {}),
    ("boston_housing", {"test_split": 0.35, "seed": 3}),
    ("california_housing", {}),
    ("california_housing", {"version": "small", "test_split": 0}),
    ("imdb", {}),
    ("imdb", {"num_words": 50, "skip_top": 5, "maxlen": 8}),
    ("imdb", {"start_char": None, "oov_char": None, "num_words": 40, "seed": 7}),
    ("imdb", {"start_char": None, "index_from": None}),
    ("reuters", {}),
    ("reuters", {"num_words": 50, "skip_top": 5, "maxlen": 8, "test_split": 0.4}),
    ("reuters", {"start_char": None, "oov_char": None, "index_from": 0}),
]


@pytest.mark.parametrize("name, kwargs", CALLS, ids=lambda v: str(v))
def test_data_as_keras_has_them(name, kwargs, fetched, tmp_path, monkeypatch, rng):
    """The same arrays, and the same names, places and hashes of files."""
    _files_of(name, rng, tmp_path)
    theirs, asked = _theirs(name, tmp_path, monkeypatch)
    expected = theirs.load_data(**kwargs)
    _assert_equal(getattr(datasets, name).load_data(**kwargs), expected)
    assert sorted(_request(fetched), key=str) == sorted(_request(asked), key=str)


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_word_indices(name, fetched, tmp_path, monkeypatch):
    """Words by rank, from the file that Keras asks for."""
    (tmp_path / f"{name}_word_index.json").write_text(json.dumps({"the": 1, "naïve": 2}))
    theirs, asked = _theirs(name, tmp_path, monkeypatch)
    assert getattr(datasets, name).get_word_index() == theirs.get_word_index()
    assert _request(fetched) == _request(asked)


def test_topics_of_newswires():
    """All 46 names, in order."""
    assert datasets.reuters.get_label_names() == keras.datasets.reuters.get_label_names()


@pytest.mark.parametrize("place", ["channels_last", "channels_first"])
def test_cifar10(place, fetched, tmp_path, monkeypatch, rng):
    """Five files to train on and one to test, joined; channels where the config has them."""
    folder = tmp_path / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    data = rng.integers(0, 256, (6, 2, 3072)).astype("uint8")
    for i, name in enumerate([*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]):
        batch = {b"data": data[i], b"labels": [i, 9 - i]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=3))
    old = kerajax.config.image_data_format()
    kerajax.config.set_image_data_format(place)
    try:
        (x_train, y_train), (x_test, y_test) = datasets.cifar10.load_data()
    finally:
        kerajax.config.set_image_data_format(old)
    images = data.reshape(12, 3, 32, 32)
    images = images if place == "channels_first" else images.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), images)
    assert y_train.shape == (10, 1) and y_test.dtype == y_train.dtype == np.uint8
    assert np.concatenate([y_train, y_test]).ravel().tolist() == [
        0,
        9,
        1,
        8,
        2,
        7,
        3,
        6,
        4,
        5,
        5,
        4,
    ]
    _, asked = _theirs("cifar10", tmp_path, monkeypatch)
    name, origin, settings = fetched[0]
    assert origin == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert name == "cifar-10-batches-py-target" and settings["extract"]
    assert datasets.cifar.load_batch(folder / "test_batch")[1] == [5, 4]


def test_old_arguments(fetched, tmp_path, rng, monkeypatch):
    """`nb_words`, and the names of pickles that became `.npz` files."""
    monkeypatch.setattr(kerajax.objects._spellings, "_reported", set())
    _files_of("imdb", rng, tmp_path)
    new = datasets.imdb.load_data(num_words=30)
    with pytest.warns(UserWarning, match="num_words"):
        old = datasets.imdb.load_data("imdb_full.pkl", nb_words=30)
    _assert_equal(old, new)
    with pytest.raises(TypeError, match="unexpected keyword"):
        datasets.imdb.load_data(words=30)


def test_wrong_arguments(fetched, tmp_path, rng):
    """What cannot be is said before a file is asked for."""
    for call, match in (
        (lambda: datasets.cifar100.load_data("both"), "label_mode='both'"),
        (lambda: datasets.california_housing.load_data("huge"), "version='huge'"),
    ):
        with pytest.raises(ValueError, match=match):
            call()
    assert not fetched
    for name in ("boston_housing", "california_housing"):
        _files_of(name, rng, tmp_path)
        with pytest.raises(ValueError, match="test_split=1"):
            getattr(datasets, name).load_data(test_split=1)
    _files_of("imdb", rng, tmp_path)
    with pytest.raises(ValueError, match="Raise `maxlen`"):
        datasets.imdb.load_data(maxlen=1)


def test_a_file_is_downloaded_once_and_checked(tmp_path, monkeypatch, rng):
    """From a URL to the cache; a file with another hash is not kept."""
    store, cache = tmp_path / "store", tmp_path / "cache"
    store.mkdir()
    cache.mkdir()
    _files_of("mnist", rng, store)
    digest = hashlib.sha256((store / "mnist.npz").read_bytes()).hexdigest()
    monkeypatch.setattr(_files, "_STORE", f"file://{store}/")
    monkeypatch.setenv("KERAS_HOME", str(cache))
    monkeypatch.setattr(
        _files, "get_file", lambda *args, **kwargs: get_file(*args, cache_dir=cache, **kwargs)
    )
    with pytest.raises(ValueError, match="hash"):
        datasets.mnist.load_data()
    assert not list(cache.rglob("*.npz"))
    monkeypatch.setattr(datasets.mnist, "_HASH", digest)
    (x, _), _ = datasets.mnist.load_data()
    (store / "mnist.npz").unlink()
    np.testing.assert_array_equal(datasets.mnist.load_data()[0][0], x)

"""Words, windows and images of `keras.preprocessing`, by their formulas and through the alias."""

import numpy as np
import pytest

import kerajax
from kerajax.legacy.images import (
    DirectoryIterator,
    ImageDataGenerator,
    apply_affine_transform,
    apply_channel_shift,
    flip_axis,
)
from kerajax.legacy.sequences import (
    TimeseriesGenerator,
    skipgrams,
    timeseries_generator_from_json,
)
from kerajax.legacy.text import Tokenizer, hashing_trick, tokenizer_from_json
from tests.legacy.scripts import run

TEXTS = ["the cat and the hat", "The dog!", "a hat"]


def test_words_are_numbered_by_frequency():
    """Ties keep the order of first appearance; `num_words` leaves out what has a higher number."""
    tokenizer = Tokenizer(num_words=4)
    tokenizer.fit_on_texts(TEXTS)
    assert list(tokenizer.word_index) == ["the", "hat", "cat", "and", "dog", "a"]
    assert tokenizer.texts_to_sequences(["the dog and a cat hat"]) == [[1, 3, 2]]
    assert tokenizer.sequences_to_texts([[1, 2, 5]]) == ["the hat"]


def test_unknown_words_have_the_number_of_the_token():
    """`oov_token` is number 1 and stands for words left out as well."""
    tokenizer = Tokenizer(num_words=3, oov_token="?")
    tokenizer.fit_on_texts(TEXTS)
    assert tokenizer.texts_to_sequences(["the hat sings"]) == [[2, 1, 1]]
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.texts_to_sequences(["the hat sings"]) == [[2, 1, 1]]
    np.testing.assert_array_equal(
        again.texts_to_matrix(TEXTS, "tfidf"), tokenizer.texts_to_matrix(TEXTS, "tfidf")
    )


def test_matrices_of_words():
    """Counts, their share, and (1 + log count) * log(1 + documents / (1 + documents with it))."""
    tokenizer = Tokenizer()
    tokenizer.fit_on_texts(TEXTS)
    for mode, the in [
        ("binary", 1),
        ("count", 2),
        ("freq", 2 / 5),
        ("tfidf", (1 + np.log(2)) * np.log(1 + 3 / 3)),
    ]:
        matrix = tokenizer.texts_to_matrix(TEXTS[:1], mode)
        assert matrix.shape == (1, 7)
        assert matrix[0, 1] == pytest.approx(the)
    with pytest.raises(ValueError, match="counted no documents"):
        Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")


def test_hashes_stay_in_range():
    """Words have numbers from 1 to n - 1, equal ones the same."""
    numbers = hashing_trick("one two three one", 5, "md5")
    assert numbers[0] == numbers[3]
    assert set(numbers) <= {1, 2, 3, 4}


def test_windows_of_a_series():
    """The target of a window is that of the step after it, with strides and rates."""
    series = TimeseriesGenerator(
        np.arange(50), np.arange(50) * 10, length=10, sampling_rate=2, stride=3, batch_size=4
    )
    x, y = series[1]
    assert x[0].tolist() == [12, 14, 16, 18, 20]
    assert y.tolist() == [220, 250, 280, 310]
    again = timeseries_generator_from_json(series.to_json())
    np.testing.assert_array_equal(again[2][0], series[2][0])
    assert len(again) == len(series) == 4


def test_pairs_at_random_have_label_0():
    """As many as `negative_samples` says; neighbours lie within the window."""
    couples, labels = skipgrams([1, 2, 0, 3], 9, window_size=1, negative_samples=2.0, seed=0)
    assert sorted(c for c, near in zip(couples, labels, strict=True) if near) == [[1, 2], [2, 1]]
    assert sum(labels) == 2
    assert len(labels) == 6


def test_images_are_moved(rng):
    """A whole turn, a shift by whole pixels and a mirror are exact."""
    x = rng.normal(size=(4, 4, 3)).astype("float32")
    axes = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
    np.testing.assert_allclose(apply_affine_transform(x, theta=180, **axes), x[::-1, ::-1], 1e-5)
    moved = apply_affine_transform(x, ty=1, fill_mode="constant", **axes)
    np.testing.assert_allclose(moved[:, :-1], x[:, 1:], 1e-5)
    assert not moved[:, -1].any()
    np.testing.assert_array_equal(flip_axis(x, 1), x[:, ::-1])
    assert np.max(apply_channel_shift(x, 9.0)) == np.max(x)


def test_images_are_standardized(rng):
    """By the mean and the deviation of each channel; whitened pixels are uncorrelated."""
    x = rng.normal(5, 3, size=(200, 2, 2, 3))
    generator = ImageDataGenerator(featurewise_std_normalization=True)
    generator.fit(x)
    y = next(generator.flow(x, batch_size=200, shuffle=False))
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(y.std((0, 1, 2)), 1, atol=1e-4)
    generator = ImageDataGenerator(zca_whitening=True)
    generator.fit(x)
    flat = next(generator.flow(x, batch_size=200, shuffle=False)).reshape(200, -1)
    np.testing.assert_allclose(flat.T @ flat / 200, np.eye(12), atol=1e-3)


def test_subsets_share_the_images(rng):
    """The first part is for validation; labels and weights go with their images."""
    x = np.arange(10.0).reshape(10, 1, 1, 1)
    generator = ImageDataGenerator(validation_split=0.3)
    parts = [
        generator.flow(
            x, np.arange(10), 20, sample_weight=np.arange(10) / 2, subset=subset,
            ignore_class_split=True,
        )[0]
        for subset in ("validation", "training")
    ]  # fmt: skip
    assert [sorted(part[1].tolist()) for part in parts] == [[0, 1, 2], [3, 4, 5, 6, 7, 8, 9]]
    for images, labels, weights in parts:
        np.testing.assert_array_equal(images.ravel(), labels)
        np.testing.assert_array_equal(weights, labels / 2)


@pytest.mark.parametrize("class_mode", ["categorical", "binary", "sparse", "input", None])
def test_folders_of_images(tmp_path, class_mode):
    """Classes are the sub-folders in alphabetical order."""
    for name, gray in [("dogs", 200), ("cats", 40)]:
        (tmp_path / name).mkdir()
        for i in range(3):
            image = np.full((6, 5, 3), gray + i)
            kerajax.utils.save_img(tmp_path / name / f"{i}.png", image, scale=False)
    generator = ImageDataGenerator(rescale=1 / 255, validation_split=0.34)
    found = generator.flow_from_directory(
        tmp_path, (4, 4), class_mode=class_mode, shuffle=False, subset="training"
    )
    assert isinstance(found, DirectoryIterator)
    assert found.class_indices == {"cats": 0, "dogs": 1}
    assert (found.samples, found.image_shape) == (4, (4, 4, 3))
    batch = found[0]
    x = batch if class_mode is None else batch[0]
    np.testing.assert_allclose(x[:, 0, 0, 0] * 255, [41, 42, 201, 202], rtol=1e-5)
    if class_mode in ("binary", "sparse"):
        assert batch[1].tolist() == [0, 0, 1, 1]
    elif class_mode == "categorical":
        assert batch[1].tolist() == [[1, 0], [1, 0], [0, 1], [0, 1]]
    elif class_mode == "input":
        np.testing.assert_array_equal(batch[1], x)


def test_tables_of_images(tmp_path):
    """Labels by name, numbers from columns; rows without a file are left out."""
    pandas = pytest.importorskip("pandas")
    for i in range(3):
        kerajax.utils.save_img(tmp_path / f"{i}.png", np.full((4, 4, 3), i), scale=False)
    table = pandas.DataFrame(
        {"filename": ["0.png", "1.png", "2.png", "none.png"], "class": list("baba"), "v": range(4)}
    )
    generator = ImageDataGenerator()
    with pytest.warns(UserWarning, match="1 invalid image filename"):
        found = generator.flow_from_dataframe(table, tmp_path, target_size=(4, 4), shuffle=False)
    assert found[0][1].tolist() == [[0, 1], [1, 0], [0, 1]]
    raw = generator.flow_from_dataframe(
        table[:3], tmp_path, y_col="v", class_mode="raw", target_size=(4, 4), shuffle=False
    )
    assert raw[0][1].tolist() == [0, 1, 2]


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_epochs_of_any_length(steps):
    """Every epoch has `steps_per_epoch` steps, whatever a pass over the images has."""
    model = kerajax.Sequential([kerajax.layers.Flatten(), kerajax.layers.Dense(1)])
    model.compile("sgd", "mse")
    images = ImageDataGenerator().flow(np.zeros((8, 2, 2, 1)), np.zeros((8, 1)), batch_size=4)
    seen = []
    count = kerajax.callbacks.LambdaCallback(on_train_batch_end=lambda i, logs: seen.append(i))
    model.fit(images, steps_per_epoch=steps, epochs=2, callbacks=[count], verbose=0)
    assert seen == [*range(steps), *range(steps)]


def test_scripts_find_them(tmp_path):
    """Under their old paths, with their old arguments."""
    (tmp_path / "script.py").write_text(
        "from keras.preprocessing.text import Tokenizer, one_hot, text_to_word_sequence\n"
        "from keras.preprocessing.sequence import pad_sequences, skipgrams, TimeseriesGenerator\n"
        "from keras.preprocessing.image import ImageDataGenerator, load_img, img_to_array\n"
        "import tensorflow as tf\n"
        "assert tf.keras.preprocessing.image.ImageDataGenerator is ImageDataGenerator\n"
        "print(Tokenizer(nb_words=3).num_words)\n"
        "print(ImageDataGenerator(dim_ordering='th').data_format)\n"
    )
    output, _ = run(tmp_path, "-m", "kerajax", "run", "script.py")
    assert output.split() == ["3", "channels_first"]

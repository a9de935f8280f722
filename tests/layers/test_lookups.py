"""Layers that look strings and integers up: TensorFlow's numbers, any data, models, files."""

import jax
import numpy as np
import pandas as pd
import pytest

import kerajax
from kerajax import layers
from kerajax.layers._fingerprints import fingerprint64, siphash24

TEXTS = np.array(["foo bar", "bar baz", "baz bada boom"])


@pytest.mark.parametrize(
    ("salt", "expected"),
    [(None, [1, 0, 1, 1, 2]), ([133, 137], [1, 2, 1, 0, 2]), (133, [0, 0, 2, 1, 0])],
)
def test_hashing_has_the_bins_of_tensorflow(salt, expected):
    """FarmHash without a salt, SipHash with one."""
    assert layers.Hashing(3, salt=salt)(list("ABCDE")).tolist() == expected


def test_fingerprints_are_those_of_farmhash():
    """One length for each formula; values of the `pyfarmhash` package."""
    expected = {
        3: 10709908609026466970,
        6: 10591829538458182451,
        12: 11517357035142004093,
        24: 4556289589497654983,
        50: 12334112670463347188,
        100: 4395248839964844437,
    }
    strings = [bytes(range(n)) for n in expected]
    assert fingerprint64(strings).tolist() == list(expected.values())


def test_hashes_of_equal_strings_do_not_depend_on_their_company():
    """Strings of all lengths are hashed in groups, and each has its own hash."""
    strings = [bytes(range(n)) for n in (0, 3, 7, 12, 20, 40, 64, 65, 128, 200)]
    together = fingerprint64(strings)
    assert [int(fingerprint64([s])[0]) for s in strings] == together.tolist()
    assert len(set(siphash24(strings, (1, 2)).tolist())) == len(strings)


def test_crossing_has_the_bins_of_tensorflow():
    """The example of Keras' documentation."""
    features = np.array(list("ABABA")), np.array([101, 101, 101, 102, 102])
    assert layers.HashedCrossing(5)(features).tolist() == [1, 4, 1, 1, 3]


@pytest.mark.parametrize(
    "data",
    [["b", "z"], np.array(["b", "z"]), np.array([b"b", b"z"]), np.array(["b", "z"], object),
     pd.Series(["b", "z"])],
    ids=["list", "str", "bytes", "object", "pandas"],
)  # fmt: skip
def test_strings_of_any_kind(data):
    """A layer and its `adapt` take lists, arrays and columns of tables."""
    assert layers.StringLookup(vocabulary=["a", "b"])(data).tolist() == [2, 0]
    layer = layers.StringLookup()
    layer.adapt(data)
    assert layer.get_vocabulary() == ["[UNK]", "z", "b"]


def test_missing_strings_are_refused():
    """None is no string."""
    with pytest.raises(ValueError, match="needs strings"):
        layers.StringLookup(vocabulary=["a"])(["a", None])


def test_tf_idf_weights():
    """`log(1 + documents / (1 + documents with the token))`, the mean for unknown ones."""
    layer = layers.TextVectorization(output_mode="tf_idf")
    layer.adapt(["a b", "a"])
    expected = np.log(1 + 2 / (1 + np.array([2, 1])))
    np.testing.assert_allclose(layer(["a b a"])[0], [0, 2 * expected[0], expected[1]], rtol=1e-6)


def test_only_ascii_is_standardized():
    """As TensorFlow does it, bytes of other letters stay."""
    layer = layers.TextVectorization(vocabulary=["its", "Äb"])
    assert layer(["It's ÄB!"]).tolist() == [[2, 3]]


def test_traced_arrays_are_refused():
    """The message says what to do."""
    layer = layers.IntegerLookup(vocabulary=[1, 2])
    with pytest.raises(ValueError, match="Call it on the data before"):
        jax.jit(layer)(np.array([1]))


def test_a_model_looks_up_before_its_compiled_part(tmp_path):
    """Calls, predictions and training agree, before and after saving."""
    texts = layers.TextVectorization(output_sequence_length=3)
    texts.adapt(TEXTS)
    model = kerajax.Sequential([texts, layers.Embedding(7, 2), layers.Flatten(), layers.Dense(1)])
    expected = model.predict(TEXTS, verbose=0)
    np.testing.assert_allclose(model(TEXTS), expected, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    loaded = kerajax.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(TEXTS, verbose=0), expected, rtol=1e-5)
    model.compile("sgd", "mse")
    assert len(model.fit(TEXTS, np.ones(3), verbose=0).history["loss"]) == 1


def test_integers_above_32_bits_are_found_in_a_model():
    """They reach the lookup before JAX cuts them."""
    inputs = kerajax.Input((1,), dtype="int64")
    model = kerajax.Model(inputs, layers.IntegerLookup(vocabulary=[5, 2**40 + 5])(inputs))
    assert model.predict(np.array([[2**40 + 5], [5]]), verbose=0).tolist() == [[2], [1]]


@pytest.mark.parametrize("shape", [(2,), (2, 4), (None, 4)], ids=str)
def test_a_mean_that_does_not_fit_is_refused_when_normalization_is_built(shape):
    """For symbolic inputs too, and with both shapes in the message; the layer stays as it was."""
    layer = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(3,\) do not broadcast to the sizes"):
        layer(kerajax.KerasTensor(shape))
    assert not layer.built and layer.mean is None
    x = np.array([[1.0, 3.0, 3.0]], "float32")
    np.testing.assert_allclose(layer(x), [[0.0, 1.0, 0.0]])


def test_normalization_learns_moments_of_batches():
    """Batches of different lengths weigh by their samples."""
    x = np.random.default_rng(0).normal(3, 2, (10, 2)).astype("float32")
    layer = layers.Normalization()
    layer.adapt([x[:3], x[3:]])
    np.testing.assert_allclose(layer(x), (x - x.mean(0)) / x.std(0), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_encoded_vectors_may_be_sparse(mode):
    """The same numbers as dense vectors; a graph knows it before."""
    x = np.array([[1, 3, 3], [0, 1, 2]])
    for make in (
        lambda sparse: layers.CategoryEncoding(4, mode, sparse=sparse),
        lambda sparse: layers.Discretization([0.5, 1.5, 2.5], output_mode=mode, sparse=sparse),
    ):
        outputs = make(True)(x)
        assert kerajax.backend.is_sparse(outputs)
        np.testing.assert_array_equal(outputs.todense(), make(False)(x))
        assert make(True)(kerajax.Input((3,))).sparse


def test_counts_may_be_sparse_and_weighed():
    """Each entry adds its weight."""
    layer = layers.CategoryEncoding(3, "count", sparse=True)
    outputs = layer(np.array([[0, 2, 2]]), count_weights=np.array([[1.0, 2.0, 3.0]]))
    assert outputs.todense().tolist() == [[1.0, 0.0, 5.0]]
    with pytest.raises(ValueError, match="sparse"):
        layers.Discretization([1.0], output_mode="int", sparse=True)


def test_a_number_of_bins_is_no_list_of_boundaries():
    with pytest.raises(ValueError, match="received: bin_boundaries=3.*pass `num_bins`"):
        layers.Discretization(bin_boundaries=3)


@pytest.mark.parametrize(
    ("lookup", "what", "content"),
    [
        (layers.StringLookup, "strings", b"a\n\x80"),
        (layers.IntegerLookup, "integers", b"1\ntwo"),
    ],
)
def test_a_damaged_file_of_a_vocabulary_is_named(lookup, what, content, tmp_path):
    """Whether the user gives it or it comes with a model."""
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(content)
    for read in (lambda: lookup(vocabulary=str(path)), lambda: lookup().load_assets(tmp_path)):
        with pytest.raises(ValueError, match=f"'vocabulary.txt' should hold {what}"):
            read()

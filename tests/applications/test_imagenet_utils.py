"""Pixels before a model, class names after it, and sizes of images, beside the wheel's."""

import importlib
import json
import warnings

import keras
import numpy as np
import pytest

import kerajax
from kerajax.applications import imagenet_utils

FAMILIES = [
    *("convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2"),
    *("inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet", "resnet50"),
    *("resnet_v2", "vgg16", "vgg19", "xception"),
]


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("shape", [(4, 5, 3), (2, 4, 5, 3), (2, 3, 4, 5), (3, 4, 5), (2, 4, 5, 4)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "uint8", "int32"])
def test_arrays_become_what_keras_makes_of_them(mode, shape, dtype, rng):
    """The same numbers and dtype, and the same values left in the array that was passed."""
    data_format = "channels_first" if shape[-1] == 5 else "channels_last"
    x = rng.uniform(0, 255, size=shape).astype(dtype)
    here, there = x.copy(), x.copy()
    ours = imagenet_utils.preprocess_input(here, data_format, mode)
    theirs = keras.applications.imagenet_utils.preprocess_input(there, data_format, mode)
    assert ours.dtype == theirs.dtype and isinstance(ours, np.ndarray)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3 if dtype == "float16" else 1e-6)
    np.testing.assert_allclose(here, there, rtol=1e-3 if dtype == "float16" else 1e-6)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
@pytest.mark.parametrize("shape", [(4, 5, 3), (2, 4, 5, 3), (2, 3, 4, 5), (3, 4, 5)])
def test_tensors_become_what_arrays_become(mode, shape, rng):
    """Tensors, symbolic ones in a model too."""
    data_format = "channels_first" if shape[-1] == 5 else "channels_last"
    x = rng.uniform(0, 255, size=shape).astype("float32")
    expected = imagenet_utils.preprocess_input(x.copy(), data_format, mode)
    ours = imagenet_utils.preprocess_input(kerajax.ops.convert_to_tensor(x), data_format, mode)
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-4)
    if len(shape) == 4:
        image = kerajax.Input(shape[1:])
        model = kerajax.Model(image, imagenet_utils.preprocess_input(image, data_format, mode))
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5, atol=1e-4)


def test_integer_tensors_become_floats():
    """Means are not cut to integers."""
    x = kerajax.ops.full((1, 1, 1, 3), 100, dtype="uint8")
    ours = imagenet_utils.preprocess_input(x)
    np.testing.assert_allclose(ours[0, 0, 0], [-3.939, -16.779, -23.68], rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_its_mode(family, rng):
    """`preprocess_input` and `decode_predictions` of a family are those of the wheel's family."""
    ours = importlib.import_module(f"kerajax.applications.{family}")
    theirs = importlib.import_module(f"keras.applications.{family}")
    x = rng.uniform(0, 255, size=(1, 2, 2, 3)).astype("float32")
    np.testing.assert_allclose(ours.preprocess_input(x.copy()), theirs.preprocess_input(x.copy()))
    assert ours.decode_predictions is imagenet_utils.decode_predictions
    assert "Args:" in ours.preprocess_input.__doc__


@pytest.mark.parametrize("arguments", [{"mode": "theano"}, {"data_format": "last"}])
def test_unknown_modes_and_formats(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        imagenet_utils.preprocess_input(np.zeros((1, 2, 2, 3)), **arguments)


def test_predictions_are_named(tmp_path, monkeypatch, rng):
    """The best classes, the best first, from the official list."""
    path = tmp_path / "index.json"
    path.write_text(json.dumps({str(i): [f"n{i:08}", f"class {i}"] for i in range(1000)}))
    calls = []

    def fetch(*args, **options):
        calls.append((args, options))
        return str(path)

    monkeypatch.setattr("kerajax.utils.get_file", fetch)
    imagenet_utils._classes.cache_clear()
    try:
        scores = rng.permutation(1000)[None].astype("float32")
        (best,) = imagenet_utils.decode_predictions(scores, top=2)
        first, second = np.argsort(scores[0])[::-1][:2]
        assert best[0] == (f"n{first:08}", f"class {first}", scores[0, first])
        assert best[1][2] == scores[0, second] and len(best) == 2
        imagenet_utils.decode_predictions(kerajax.ops.convert_to_tensor(scores))
    finally:
        imagenet_utils._classes.cache_clear()
    # Once for all calls, with the name, URL and hash that the wheel asks for.
    ((name, url), options) = calls[0]
    theirs = importlib.import_module("keras.src.applications.imagenet_utils")
    assert len(calls) == 1 and name == "imagenet_class_index.json"
    assert url == theirs.CLASS_INDEX_PATH
    assert options == {"cache_subdir": "models", "file_hash": "c2c37ea517e94d9795004a39431a14cb"}


@pytest.mark.parametrize("shape", [(1000,), (1, 999), (1, 1000, 1)])
def test_other_predictions_have_no_names(shape):
    with pytest.raises(ValueError, match="a batch of predictions"):
        imagenet_utils.decode_predictions(np.zeros(shape))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("weights", [None, "imagenet", "path"])
@pytest.mark.parametrize("flat", [True, False])
def test_input_shapes_are_those_of_keras(data_format, weights, flat):
    """The same shape for each shape that may be given, or the same kind of error."""
    theirs = importlib.import_module("keras.src.applications.imagenet_utils").obtain_input_shape
    shapes = [None, (224, 224, 3), (3, 224, 224), (40, 32, 1), (1, 40, 32), (None, None, 3)]
    shapes += [(3, None, None), (31, 99, 3), (99, 99), (224, 224, 4), (4, 99, 99), ()]
    for shape in shapes:
        results = []
        for function in (imagenet_utils.obtain_input_shape, theirs):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    results.append(function(shape, 224, 32, data_format, flat, weights))
                except ValueError as error:
                    results.append(type(error))
        assert results[0] == results[1], shape

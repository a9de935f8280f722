"""Arguments of the architectures, and the files that they ask for."""

import importlib
import inspect
import warnings
from unittest import mock

import keras
import numpy as np
import pytest

import kerajax
from kerajax import applications
from kerajax.objects import LegacySpellingWarning
from tests.applications import tf_keras
from tests.applications.structure import without_values

ALL_NAMES = sorted(
    name
    for name in dir(applications)
    if inspect.isfunction(getattr(applications, name)) and not name.startswith("_")
)
NAMES = [name for name in ALL_NAMES if name not in tf_keras.NAMES]
V3 = ("MobileNetV3Small", "MobileNetV3Large")


class Asked(Exception):
    """Ends a call where it asks for a file."""


def asked(package, name, **arguments):
    """What an architecture of a package asks `get_file` for."""
    function = getattr(package.applications, name)
    if package is kerajax:
        with mock.patch("kerajax.utils.get_file", side_effect=Asked) as fetch:
            return _file_of(function, fetch, arguments)
    module = importlib.import_module(function.__module__)
    resnet = importlib.import_module("keras.src.applications.resnet")
    with (
        mock.patch("keras.src.utils.file_utils.get_file", side_effect=Asked) as fetch,
        mock.patch.object(module, "layers", _Layers(), create=True),
        mock.patch.object(module, "Functional", create=True),
        mock.patch.object(module, "Sequential", _Layers().Sequential, create=True),
        mock.patch.object(module, "CustomScaleLayer", _Layers().Custom, create=True),
        mock.patch.object(module, "LayerScale", _Layers().Custom, create=True),
        mock.patch.object(resnet, "layers", _Layers()),
        mock.patch.object(resnet, "Functional"),
    ):
        return _file_of(function, fetch, arguments)


def _file_of(function, fetch, arguments):
    with warnings.catch_warnings(), pytest.raises(Asked):
        warnings.simplefilter("ignore")
        function(**arguments)
    (call,) = fetch.mock_calls
    return call.args, call.kwargs


class _Tensor:
    """Stands for any tensor of the wheel, whose layers are not needed to see what it fetches."""

    shape = (None, 96, 96, 96)

    def __add__(self, other):
        return self

    __mul__ = __add__


class _Layers:
    """Stands for the module of the wheel's layers."""

    def __getattr__(self, name):
        if name in ("Input", "add", "multiply", "concatenate"):
            return lambda *args, **kwargs: _Tensor()
        return lambda *args, **kwargs: lambda *args, **kwargs: _Tensor()


@pytest.mark.parametrize("include_top", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_files_are_the_official_ones(name, include_top):
    """URL, name in the cache and hash are those of the wheel."""
    (cached, url), options = asked(kerajax, name, include_top=include_top)
    assert ((cached, url), options) == _explicit(asked(keras, name, include_top=include_top))
    assert url.startswith("https://storage.googleapis.com/")


def _explicit(call):
    (positional, options) = call
    return positional, {"file_hash": None, **options}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *(
            ("MobileNet", {"alpha": a, "input_shape": (s, s, 3)})
            for a in (0.25, 0.75)
            for s in (128, 192)
        ),
        ("MobileNet", {"alpha": 0.5, "include_top": False}),
        ("MobileNetV2", {"alpha": 1.4}),
        ("MobileNetV2", {"alpha": 0.35, "input_shape": (96, 96, 3), "include_top": False}),
        ("MobileNetV2", {"alpha": 1, "input_shape": (96, 128, 3), "include_top": False}),
        *((name, {"alpha": 0.75, "include_top": False}) for name in V3),
        *((name, {"minimalistic": True}) for name in V3),
    ],
)
def test_files_of_narrow_networks(name, arguments):
    """The files of a width, and of the size of images that the weights were trained on."""
    assert asked(kerajax, name, **arguments) == _explicit(asked(keras, name, **arguments))


def test_weights_are_fetched_and_loaded(tmp_path, monkeypatch):
    """A file in the cache with the right hash becomes the weights of the model."""
    first = applications.MobileNet(**SMALL, weights=None)
    path = tmp_path / "first.weights.h5"
    first.save_weights(path)
    fetch = mock.Mock(return_value=str(path))
    monkeypatch.setattr("kerajax.utils.get_file", fetch)
    with pytest.warns(UserWarning, match="Weights for input shape"):
        model = applications.MobileNet(**SMALL)
    for a, b in zip(model.weights, first.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert fetch.call_args.args[0] == "mobilenet_2_5_224_tf_no_top.h5"


SMALL = {"alpha": 0.25, "include_top": False, "input_shape": (32, 32, 3)}


@pytest.mark.parametrize("name", ["VGG16", "ResNet50", "MobileNetV3Small", "ConvNeXtTiny"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"weights": "no such file"},
        {"classes": 10},
        {"weights": None, "include_top": False, "input_shape": (31, 64, 3)},
        {"weights": __file__, "classifier_activation": "relu"},
        {"weights": None, "input_tensor": np.zeros((1, 32, 32, 3))},
    ],
    ids=["weights", "classes", "small", "activation", "tensor"],
)
def test_bad_arguments(name, arguments):
    """Arguments that do not go together raise what Keras raises, before anything is made."""
    kerajax.utils.clear_session()
    both_raise(name, arguments)
    assert kerajax.layers.InputLayer((2,)).name == "input_layer"


def both_raise(name, arguments):
    """Neither package builds the model."""
    with pytest.raises(ValueError):
        getattr(applications, name)(**arguments)
    # The wheel sees some arguments late, with all layers made, whose values are left out; its
    # MobileNet v3 falls over an array.
    with pytest.raises((ValueError, TypeError)), without_values(keras):
        getattr(keras.applications, name)(**arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("VGG16", {"input_shape": (100, 100, 3)}),
        ("VGG16", {"weights": None, "input_shape": (None, None, 3)}),
        ("ResNet50", {"include_top": False, "input_shape": (64, 64, 1)}),
        ("ResNet50", {"weights": None, "input_shape": (64, 64)}),
        ("MobileNet", {"alpha": 0.3}),
        ("MobileNet", {"depth_multiplier": 2}),
        ("MobileNetV2", {"alpha": 0.3}),
        ("MobileNetV3Large", {"alpha": 0.75, "minimalistic": True}),
    ],
)
def test_more_bad_arguments(name, arguments):
    """Shapes and widths without weights of ImageNet."""
    both_raise(name, arguments)


@pytest.mark.parametrize("name", ["MobileNetV2", "MobileNetV3Small"])
def test_tensor_and_shape_must_agree(name):
    """Both may be given if they say the same."""
    for package in (kerajax, keras):
        with pytest.raises(ValueError):
            getattr(package.applications, name)(
                weights=None, input_tensor=package.Input((64, 64, 3)), input_shape=(64, 96, 3)
            )


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "DenseNet121", "NASNetMobile", "RegNetX002"])
def test_channels_last_only(name):
    """Four families do not take the channels first."""
    kerajax.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match="channels_first"):
            getattr(applications, name)(weights=None)
    finally:
        kerajax.config.set_image_data_format("channels_last")


def test_images_of_four_channels():
    """Other channels than 1 and 3 are taken, with a warning."""
    with pytest.warns(UserWarning, match="4 input channels"):
        model = applications.MobileNet(
            weights=None, alpha=0.25, include_top=False, input_shape=(None, None, 4)
        )
    assert model.input_shape == (None, None, None, 4)
    assert model.output_shape == (None, None, None, 256)


def test_any_size_works_for_the_largest_nasnet_cells():
    """Images of a size that is not known are halved where those of a known size are."""
    model = applications.NASNetMobile(weights=None, include_top=False, input_shape=(None, None, 3))
    known = applications.NASNetMobile(weights=None, include_top=False)
    assert [w.shape for w in model.weights] == [w.shape for w in known.weights]


@pytest.mark.parametrize("name", ALL_NAMES)
def test_described_for_readers(name):
    """Each function has its own name, signature defaults and docstring."""
    function = getattr(applications, name)
    assert function.__name__ == name and f"The model {name}," in function.__doc__
    assert "\n{" not in function.__doc__


@pytest.mark.parametrize("name", ["ResNet50", "MobileNet", "ConvNeXtTiny", "NASNetMobile"])
def test_an_unknown_argument_is_said_with_the_name(name):
    """As by any function, before anything is made of the other arguments."""
    with pytest.raises(TypeError, match=rf"^{name}\(\) got an unexpected keyword argument 'depth'"):
        getattr(applications, name)(weights="none such", depth=3)


def test_layers_of_resnet_by_their_old_names():
    """Class activation maps ask for `activation_49` and `fc1000`; each name means another layer."""
    model = applications.ResNet50(weights=None, input_shape=(32, 32, 3))
    asked = ["conv1", "bn_conv1", "max_pooling2d_1", "fc1000"]
    asked += [f"activation_{i}" for i in range(1, 50)] + [f"add_{i}" for i in range(1, 17)]
    for stage, letters in (("2", "abc"), ("3", "abcd"), ("4", "abcdef"), ("5", "abc")):
        for letter in letters:
            branches = ("2a", "2b", "2c", *("1" * (letter == "a")))
            asked += [f"{k}{stage}{letter}_branch{x}" for k in ("res", "bn") for x in branches]
    with warnings.catch_warnings(action="ignore"):
        found = {name: model.get_layer(name).name for name in asked}
    with pytest.warns(LegacySpellingWarning, match="'activation_49' of ResNet50 is called"):
        assert model.get_layer("activation_49") is model.layers[-3]
    rest = {layer.name for layer in model.layers} - set(found.values())
    assert len(set(found.values())) == len(asked)
    assert rest == {model.layers[0].name, "conv1_pad", "pool1_pad", "avg_pool"}
    names = ("activation_49", "res3a_branch1", "bn4f_branch2c", "add_1")
    wanted = ("conv5_block3_out", "conv3_block1_0_conv", "conv4_block6_3_bn", "conv2_block1_add")
    assert tuple(map(found.get, names)) == wanted
    for name in ("activation_50", "add_0", "res2d_branch2a", "fc1001"):
        with pytest.raises(ValueError, match="No such layer"):
            model.get_layer(name)

"""Operation classes are those of the wheel: names, modules, settings, and graphs in files."""

import importlib
import inspect
import pkgutil

import keras
import numpy as np
import pytest
from keras.src import ops as keras_ops

import kerajax
from kerajax import ops
from kerajax.objects import find

# Bases that hold no computation, and the graph itself, which `kerajax.Function` is.
_NOT_OPS = {"SegmentReduction", "Function"}


def _operations_of_keras():
    for module in pkgutil.iter_modules(keras_ops.__path__):
        if not module.name.endswith("_test"):
            importlib.import_module(f"{keras_ops.__name__}.{module.name}")
    found, waiting = {}, [keras.Operation]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if cls.__module__.startswith(keras_ops.__name__):
                found[cls.__name__] = cls
    return {name: cls for name, cls in found.items() if name not in _NOT_OPS}


THEIRS = _operations_of_keras()


def _parameters(fn):
    """Names and defaults, apart from `self` and `name`."""
    parameters = inspect.signature(fn).parameters.values()
    return {p.name: p.default for p in parameters if p.name not in ("self", "name")}


def test_there_are_as_many_as_keras_has():
    """The walk finds all: the wheel of 3.15.1 has 333 of them."""
    assert len(THEIRS) == 333


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_class_of_keras(name):
    """A saved graph names module and class, settings in the config and the rest in the call."""
    ours, theirs = ops.OPERATIONS[name], THEIRS[name]
    assert find(f"{theirs.__module__}.{name}") is ours
    settings, data = _parameters(theirs.__init__), _parameters(theirs.call)
    settings.pop("kwargs", None)
    own = {p.name: p.default for p in ours._settings if p.kind is not p.VAR_KEYWORD}
    if name == "LayerNorm":
        settings.pop("rms_scaling")  # an old keyword, which our op takes as one
    if name == "Einsum":
        data.pop("kwargs")
    assert list(data) == [p.name for p in ours._data]
    assert set(own) == set(settings)
    for setting, default in own.items():
        # Where a file of theirs or ours leaves a setting out, both read the same.
        if inspect.Parameter.empty not in (default, settings[setting]):
            assert default == settings[setting], setting


def _graph(package):
    """A model with many ops whose settings and further tensors stand in the file."""
    o = package.ops
    x = package.Input((4, 6), name="x")
    y = package.Input((4, 6), name="y")
    image = package.Input((8, 8, 3), name="image")
    parts = [
        o.absolute(x),
        o.abs(y) + 1.0,
        2.0 - x * y / 3.0,
        o.average(x, axis=1, weights=o.absolute(y) + 1.0),
        o.clip(x, -0.5, 0.5),
        o.concatenate([x, y], axis=-1),
        o.cast(x > 0, "float32"),
        o.conj(x),
        o.convert_to_tensor(x, dtype="float16"),
        o.digitize(x, np.array([-0.5, 0.0, 0.5], "float32")),
        o.dot_product_attention(image, image, image, scale=0.5),
        o.einsum("bij,bkj->bik", x, y),
        o.expand_dims(x, 1),
        o.flip(x, axis=1),
        o.full_like(x, 3.0),
        o.gelu(x, approximate=False),
        x[:, 1:3, ::2],
        o.isclose(x, y, rtol=0.5),
        o.leaky_relu(x, 0.1),
        o.logsumexp(x, axis=-1, keepdims=True),
        o.matmul(x, o.transpose(y, (0, 2, 1))),
        o.max(x, axis=(1, 2)),
        *o.meshgrid(x[0, 0], y[0, 0]),
        *o.moments(x, axes=[1]),
        o.normalize(x, axis=-1, order=2),
        o.one_hot(o.argmax(x, axis=-1), 6),
        o.pad(x, ((0, 0), (1, 1), (0, 2)), constant_values=2.0),
        o.percentile(x, 30.0),
        o.power(o.absolute(x), 1.5),
        o.quantile(x, 0.3),
        o.rearrange(o.reshape(x, (2, 4, 6)), "b (h w) c -> b h (w c)", h=2),
        o.repeat(x, 2, axis=1),
        o.reshape(x, (-1, 3, 8)),
        o.round(x, 1),
        o.select([x > 0.5, x > 0], [x, y], 7.0),
        o.slice(x, (0, 1, 2), (1, 2, 3)),
        o.softmax(x, axis=1),
        *o.split(x, [1, 3], axis=1),
        o.squeeze(o.expand_dims(x, 1), 1),
        o.stack([x, y], axis=1),
        o.take(x, np.array([0, 2]), axis=1),
        o.tile(x, (1, 2, 1)),
        *o.top_k(x, 2),
        o.trapezoid(x, dx=0.5),
        *o.unstack(x, axis=1),
        o.where(x > 0, x, y),
        o.average_pool(image, 2, 2),
        o.batch_normalization(image, np.zeros(3, "float32"), np.ones(3, "float32"), -1),
        o.conv(image, np.ones((2, 2, 3, 4), "float32"), 2, "same"),
        o.image.resize(image, (4, 4), interpolation="bilinear"),
        o.image.rgb_to_grayscale(image),
        o.max_pool(image, 2, 2),
        *o.fft((x, y)),
        o.segment_sum(x[0], np.array([0, 1, 1, 2]), num_segments=3),
    ]
    return package.Model([x, y, image], parts)


def _inputs():
    rng = np.random.default_rng(0)
    shapes = [(2, 4, 6), (2, 4, 6), (2, 8, 8, 3)]
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


@pytest.mark.parametrize("writer, reader", [(kerajax, keras), (keras, kerajax)])
def test_graphs_of_ops_in_files(writer, reader, tmp_path):
    """What one side saves, the other loads and computes alike."""
    model = _graph(writer)
    model.save(tmp_path / "graph.keras")
    loaded = reader.saving.load_model(tmp_path / "graph.keras")
    inputs = _inputs()
    expected, results = model(inputs), loaded(inputs)
    assert len(expected) == len(results)
    for number, (a, b) in enumerate(zip(expected, results, strict=True)):
        a, b = np.asarray(a, "float32"), np.asarray(b, "float32")
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4, err_msg=f"output {number}")


def test_too_many_tensors_are_refused():
    """A setting given to the call would be lost."""
    with pytest.raises(TypeError, match=r"Softmax takes the tensors \['x'\].*axis"):
        ops.OPERATIONS["Softmax"]().call(np.ones(3), 0)

"""The steps that all architectures share: arguments, input, head, weights of ImageNet.

An architecture is a `Plan`: what lies between the images and the head, and where its weights are.
`architecture` makes its public function; `standard` does where it has no arguments of its own.
"""

import contextlib
import functools
import inspect
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple, ParamSpec

from kerajax import backend, layers, models, utils
from kerajax.applications import imagenet_utils

_P = ParamSpec("_P")
MEANS, DEVIATIONS = imagenet_utils._STATISTICS["torch"]
BUCKET = "https://storage.googleapis.com/tensorflow/keras-applications/"


class Files(NamedTuple):
    """Weights of ImageNet: a file with the classifier and one without it, with their hashes."""

    folder: str
    names: tuple[str, str]
    hashes: tuple[str | None, str | None] = (None, None)
    cached: tuple[str, str] | None = None  # other names in the cache


def files(folder, stem, *hashes):
    """Files of TensorFlow's bucket, the one without the classifier named so."""
    return Files(f"{BUCKET}{folder}/", (f"{stem}.h5", f"{stem}_notop.h5"), hashes)


def kernels(folder, name, *hashes):
    """Files under the names that most architectures have had since Keras 1."""
    return files(folder, f"{name}_weights_tf_dim_ordering_tf_kernels", *hashes)


class Plan(NamedTuple):
    """What the shared steps have to know of an architecture.

    `body` maps images to features. `top` maps `(features, classes, activation)` to the outputs of
    the classifier, `end` what is left without one.
    """

    body: Callable
    files: Files
    size: int = 224
    min_size: int = 32
    top: Callable | None = None
    end: Callable | None = None
    pools: tuple[str | None, str | None] = ("avg_pool", "max_pool")
    pretrained_body: Callable | None = None  # where the weights of ImageNet need another one
    channels_first: bool = True
    any_size: bool = False  # whether the classifier takes images of any size
    name: str | None = None  # of a model that is given none
    shape: tuple | None = None  # of images that are given none
    # Weights trained on images of several sizes, by what `weights` calls them besides "imagenet".
    variants: Mapping[str, Files] = MappingProxyType({})


class _Shared(NamedTuple):
    """The arguments that all architectures have."""

    include_top: bool
    weights: str | os.PathLike | None
    input_tensor: backend.KerasTensor | None
    input_shape: tuple | None
    pooling: str | None
    classes: int
    classifier_activation: str | Callable | None
    name: str | None = None  # which some leave to their plan


def architecture(title, plan, paper, **more):
    """Makes the public function of an architecture out of one that returns its plan.

    The function has the arguments of the architecture's own and, in any order among them, those
    that all share (`_Shared`). These are checked before it is called, and it need not look at them.

    Args:
        title: Public name.
        plan: `Plan`. What holds whatever the arguments are.
        paper: Reference.
        **more: Descriptions of the arguments of its own, and of what a shared one means here.
    """

    def public(plan_for: Callable[_P, Plan]) -> Callable[_P, models.Model]:
        signature = inspect.signature(plan_for)

        @functools.wraps(plan_for)
        def function(*args: _P.args, **kwargs: _P.kwargs) -> models.Model:
            try:
                given = signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{title}() {error}") from None
            given.apply_defaults()
            fields = (name for name in _Shared._fields if name in given.arguments)
            shared = _Shared(**{name: given.arguments[name] for name in fields})
            _check(title, plan, shared)
            return _build(plan_for(*args, **kwargs), shared)

        function.__name__ = function.__qualname__ = title
        described = {**_ARGUMENTS, **more}
        own = (name for name in described if name in signature.parameters)
        arguments = "\n".join(f"    {name}: {described[name]}" for name in own).format(plan=plan)
        function.__doc__ = _DOC.format(title=title, plan=plan, paper=paper, arguments=arguments)
        return function

    return public


def standard(title, name, plan, paper):
    """The public function of an architecture without arguments of its own."""
    default_name = name

    @architecture(title, plan, paper)
    def plan_for(
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        name=default_name,
    ):
        return plan

    return plan_for


def _check(title, plan, given):
    """Raises for arguments that do not go together, before a layer is made."""
    weights, named = given.weights, ("imagenet", *plan.variants)
    if not plan.channels_first and backend.image_data_format() == "channels_first":
        raise ValueError(
            f"{title} does not support the `channels_first` image data format. Call "
            '`kerajax.config.set_image_data_format("channels_last")` first.'
        )
    if weights not in (*named, None) and not os.path.exists(weights):
        known = ", ".join(f"`{name}`" for name in named)
        raise ValueError(
            f"The `weights` argument should be either `None` (random initialization), {known} "
            "(pre-training on ImageNet), or the path to the weights file to be loaded. "
            f"Received: weights={weights}"
        )
    if weights in named and given.include_top and given.classes != 1000:
        raise ValueError(
            f'If using `weights="{weights}"` with `include_top=True`, `classes` should be 1000. '
            f"Received: classes={given.classes}"
        )
    if given.include_top:
        imagenet_utils.validate_activation(given.classifier_activation, weights)


def _build(plan, given):
    """The model of a plan, with its weights loaded."""
    include_top, weights = given.include_top, given.weights
    name = given.name or plan.name
    shape = imagenet_utils.obtain_input_shape(
        plan.shape if given.input_shape is None else given.input_shape,
        default_size=plan.size,
        min_size=plan.min_size,
        data_format=backend.image_data_format(),
        require_flatten=include_top and not plan.any_size,
        # Weights that come from images of several sizes fit those of any.
        weights=None if plan.variants else weights,
    )
    known = {"imagenet": plan.files, **plan.variants}
    path = _fetched(known[weights], include_top) if weights in known else weights
    # Values that a file has are not drawn first.
    with contextlib.nullcontext() if path is None else backend.LaterValuesScope():
        inputs, images = _inputs(name, given.input_tensor, shape)
        body = plan.pretrained_body if weights == "imagenet" else None
        x = (body or plan.body)(images)
        if include_top:
            x = (plan.top or classifier())(x, given.classes, given.classifier_activation)
        else:
            x = _pooled(x, given.pooling, plan.pools)
            x = plan.end(x) if plan.end else x
        model = models.Model(inputs, x, name=name)
        if path is not None:
            model.load_weights(path)
    return model


def _inputs(name, tensor, shape):
    """The inputs of the model, and the images that the first layer takes."""
    if tensor is None:
        image = layers.Input(shape=shape)
        return image, image
    if isinstance(tensor, backend.Variable) or backend.is_tensor(tensor):
        tensor = layers.Input(tensor=tensor)
        return tensor, tensor
    if not backend.is_keras_tensor(tensor):
        raise ValueError(
            f"{name}: `input_tensor` must be a symbolic tensor, such as `kerajax.Input` gives, "
            f"but received {tensor!r}. Call the model on the array instead."
        )
    return utils.get_source_inputs(tensor), tensor


def classifier(pool="avg_pool", dropout=0.0, **dense):
    """The usual head: the mean over each feature, dropout, a dense layer named `predictions`."""

    def top(x, classes, activation):
        x = layers.GlobalAveragePooling2D(name=pool)(x)
        if dropout > 0:
            x = layers.Dropout(dropout, name="top_dropout")(x)
        return layers.Dense(classes, activation=activation, name="predictions", **dense)(x)

    return top


def _pooled(x, pooling, names):
    if pooling == "avg":
        return layers.GlobalAveragePooling2D(name=names[0])(x)
    return layers.GlobalMaxPooling2D(name=names[1])(x) if pooling == "max" else x


def _fetched(files, include_top):
    i = 0 if include_top else 1
    return utils.get_file(
        (files.cached or files.names)[i],
        files.folder + files.names[i],
        cache_subdir="models",
        file_hash=files.hashes[i],
    )


def channel_axis(last=3):
    """The axis of the channels; `last` is what the architecture calls the last of four."""
    return 1 if backend.image_data_format() == "channels_first" else last


def standardized(x):
    """Pixels from 0 to 1; if there are three channels, minus their mean, over their deviation."""
    axis = channel_axis()
    x = layers.Rescaling(1.0 / 255)(x)
    if x.shape[axis] != 3:
        return x
    variance = [deviation**2 for deviation in DEVIATIONS]
    return layers.Normalization(axis=axis, mean=list(MEANS), variance=variance)(x)


def divisible(value, divisor=8):
    """The number of filters: a multiple of `divisor` near `value`, not below nine tenths of it."""
    nearest = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * value else nearest


_ARGUMENTS = {
    "include_top": "Bool. Whether the classifier is there; images are then `{plan.size}` pixels\n"
    "        high and wide unless `input_shape` says otherwise.",
    "weights": '`"imagenet"` to download weights, the path of a file of weights, or None for new '
    "ones.",
    "input_tensor": "Optional symbolic tensor of images `(batch, height, width, channels)`.",
    "input_shape": "Optional tuple of three sizes, without the batch axis.",
    "pooling": "Without a classifier: None for features `(batch, rows, columns, channels)`,\n"
    '        `"avg"` or `"max"` for their mean or largest value, `(batch, channels)`.',
    "include_preprocessing": "Bool. Whether the model scales pixels from 0 to 255.",
    "classes": "Int. Number of classes; 1000 for weights of ImageNet.",
    "classifier_activation": "Name or function; None for logits.",
    "name": "String. Name of the model.",
}
_DOC = """The model {title}, with weights trained on ImageNet if asked for.

The names and the order of layers and weights are those of Keras, so that its files fit. Without a
classifier, any height and width from {plan.min_size} pixels on will do. The family's
`preprocess_input` says what pixels become before they enter.

Args:
{arguments}

Returns:
    A functional model.

Raises:
    ValueError: If an argument does not suit, or the file does not fit the model.

Example:

```python
model = kerajax.applications.{title}(weights=None, include_top=False, pooling="avg")
features = model.predict(images)
```

Reference:
    {paper}
"""


def preprocessor(mode):
    """`preprocess_input` of a family; `mode` is None where the models scale pixels themselves."""

    def preprocess_input(x, data_format=None):
        if mode is None:
            return x
        return imagenet_utils.preprocess_input(x, data_format=data_format, mode=mode)

    does = "Returns `x`: the model scales pixels from 0 to 255 itself."
    if mode is not None:
        does = f'`imagenet_utils.preprocess_input(x, data_format, mode="{mode}")`.'
    preprocess_input.__doc__ = f"{does}\n\n{_PREPROCESS_DOC}"
    return preprocess_input


_PREPROCESS_DOC = """Args:
    x: Array or tensor of pixels from 0 to 255, `(batch, height, width, channels)`.
    data_format: `"channels_last"`, `"channels_first"`, or None for the global setting.

Returns:
    Array or tensor of the shape of `x`.
"""

"""The rows that every layer's checks and its comparison with Keras run over: add one per layer.

A row is one way to make a layer, and the shape of what it is given. Shapes are tiny, since each
row is compiled several times.
"""

from typing import NamedTuple

import numpy as np


class Part(NamedTuple):
    """A layer or cell that is an argument of a row's layer, with its own arguments."""

    layer: str
    arguments: dict

    def __repr__(self):
        words = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"kerajax.layers.{self.layer}({words})"


def _made(value, package):
    """`value` with the parts in it made."""
    if isinstance(value, Part):
        return getattr(package.layers, value.layer)(**value.arguments)
    return [_made(item, package) for item in value] if isinstance(value, list) else value


class Row(NamedTuple):
    """One layer with arguments and inputs.

    Attributes:
        layer: Name of the class in `kerajax.layers`.
        arguments: Arguments of the constructor, without `name`.
        shape: Shape of the input with the batch axis, or a list of shapes for several inputs.
        kind: What the inputs hold: `"float"`, or `"int"` (from 0 to 4).
        unknown: Whether sizes other than the batch and the channels may be unknown.
        random: Whether outputs of training depend on a seed.
        differentiable: Whether gradients reach inputs and weights.
        masked: Whether a mask `(batch, time)` may come with inputs of three axes and more.
    """

    layer: str
    arguments: dict
    shape: tuple | list
    kind: str = "float"
    unknown: bool = True
    random: bool = False
    differentiable: bool = True
    masked: bool = True

    @property
    def shapes(self) -> list:
        """The shapes of the inputs, one or several."""
        return self.shape if isinstance(self.shape, list) else [self.shape]

    def packed(self, items):
        """A list with one item for each input, as the layer takes it."""
        return items if isinstance(self.shape, list) else items[0]

    def inputs(self, batch_size=None, seed=0):
        """Arrays of the row's shapes."""
        rng = np.random.default_rng(seed)
        shapes = [(batch_size or shape[0], *shape[1:]) for shape in self.shapes]
        if self.kind == "int":
            return self.packed([rng.integers(0, 5, size=shape, dtype="int32") for shape in shapes])
        return self.packed([rng.normal(size=shape).astype("float32") for shape in shapes])

    def mask(self, shape):
        """A mask of the first two steps for inputs of this shape."""
        time = 2 if self.arguments.get("data_format") == "channels_first" else 1
        return np.broadcast_to(np.arange(shape[time]) < 2, (shape[0], shape[time]))

    def symbolic(self, package, unknown=False):
        """Inputs of a model: with unknown batch, or with all unknown but the channels."""
        dtype = "int32" if self.kind == "int" else "float32"
        return self.packed(
            [
                package.Input(
                    batch_shape=self._hidden(shape) if unknown else (None, *shape[1:]), dtype=dtype
                )
                for shape in self.shapes
            ]
        )

    def _hidden(self, shape):
        if self.arguments.get("data_format") == "channels_first":
            return (None, shape[1], *(None for _ in shape[2:]))
        return (*(None for _ in shape[:-1]), shape[-1])

    def make(self, package, **arguments):
        """The layer, by the package's own class."""
        made = {name: _made(value, package) for name, value in self.arguments.items()}
        return getattr(package.layers, self.layer)(**made, **arguments)

    @property
    def id(self) -> str:
        """Name of the row in test reports."""
        words = (f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.layer}({','.join(words)})".replace(" ", "").replace("kerajax.layers.", "")

    @property
    def reproduction(self) -> str:
        """One line of Python that makes and calls the layer."""
        words = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        draw = "np.random.default_rng(0).normal(size={}).astype('float32')"
        if self.kind == "int":
            draw = "np.random.default_rng(0).integers(0, 5, {}, 'int32')"
        inputs = self.packed([draw.format(shape) for shape in self.shapes])
        inputs = f"[{', '.join(inputs)}]" if isinstance(inputs, list) else inputs
        return f"kerajax.layers.{self.layer}({words})({inputs})"


FIRST = "channels_first"
_ALL_OPTIONS = {
    "use_bias": True,
    "bias_initializer": "ones",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "bias_constraint": "non_neg",
}
_KERNEL_OPTIONS = {
    **_ALL_OPTIONS,
    "kernel_initializer": "he_normal",
    "kernel_regularizer": "l2",
    "kernel_constraint": "max_norm",
}

_DENSE = [
    Row("Dense", {"units": 3}, (2, 4)),
    Row("Dense", {"units": 3, "activation": "tanh", **_KERNEL_OPTIONS}, (2, 3, 4)),
]

_EINSUM = [
    Row("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"}, (2, 4)),
    Row(
        "EinsumDense",
        {"equation": "abc,cde->abde", "output_shape": (None, 2, 3), "bias_axes": "de"},
        (2, 3, 4),
    ),
    Row(
        "EinsumDense",
        {"equation": "...x,xy->...y", "output_shape": 3, "bias_axes": "y", "activation": "tanh"},
        (2, 3, 4),
    ),
    Row(
        "EinsumDense",
        {"equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c"},
        (2, 3, 4),
        unknown=False,
    ),
]

_SIMPLE = [
    Row("Activation", {"activation": "relu"}, (2, 3)),
    Row("Activation", {"activation": "softmax"}, (2, 3, 4)),
    Row("Identity", {}, (2, 3)),
    Row("Masking", {"mask_value": 0.5}, (2, 3, 4)),
    Row("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, (2, 3)),
    Row("ReLU", {}, (2, 3)),
    Row("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, (2, 3)),
    Row("LeakyReLU", {}, (2, 3)),
    Row("LeakyReLU", {"negative_slope": 0.05}, (2, 3)),
    Row("PReLU", {"alpha_initializer": "ones"}, (2, 3)),
    Row("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l2"}, (2, 3, 4, 2)),
    Row("ELU", {"alpha": 0.5}, (2, 3)),
    Row("Softmax", {}, (2, 3)),
    # Its mask must broadcast to the inputs, from the last axis.
    Row("Softmax", {"axis": [1, 2]}, (2, 3, 4), masked=False),
]

_NOISE = [
    Row("Dropout", {"rate": 0.4, "seed": 7}, (2, 8), random=True),
    Row("Dropout", {"rate": 0.4, "seed": 7, "noise_shape": (None, 1, 4)}, (2, 3, 4), random=True),
    Row("Dropout", {"rate": 0}, (2, 3)),
    Row("SpatialDropout1D", {"rate": 0.5, "seed": 7}, (2, 3, 4), random=True),
    Row("SpatialDropout2D", {"rate": 0.5, "seed": 7}, (2, 3, 2, 4), random=True),
    Row(
        "SpatialDropout2D",
        {"rate": 0.5, "seed": 7, "data_format": FIRST},
        (2, 4, 3, 2),
        random=True,
    ),
    Row("SpatialDropout3D", {"rate": 0.5, "seed": 7}, (2, 3, 2, 2, 4), random=True),
    Row("GaussianNoise", {"stddev": 0.3, "seed": 7}, (2, 3), random=True),
    Row("GaussianDropout", {"rate": 0.3, "seed": 7}, (2, 3), random=True),
    Row("AlphaDropout", {"rate": 0.3, "seed": 7}, (2, 3), random=True),
    Row(
        "AlphaDropout",
        {"rate": 0.3, "seed": 7, "noise_shape": (None, 1, 4)},
        (2, 3, 4),
        random=True,
    ),
]

_RESHAPING = [
    Row("Flatten", {}, (2, 3, 4)),
    Row("Flatten", {"data_format": FIRST}, (2, 3, 4, 2)),
    Row("Flatten", {}, (2,), unknown=False),
    Row("Reshape", {"target_shape": (3, 2)}, (2, 6)),
    Row("Reshape", {"target_shape": (-1, 2)}, (2, 3, 4)),
    Row("Permute", {"dims": (2, 1)}, (2, 3, 4)),
    Row("RepeatVector", {"n": 3}, (2, 4)),
    Row("ZeroPadding1D", {"padding": 2}, (2, 3, 4)),
    Row("ZeroPadding1D", {"padding": (1, 2), "data_format": FIRST}, (2, 3, 4)),
    Row("ZeroPadding2D", {}, (2, 3, 4, 2)),
    Row("ZeroPadding2D", {"padding": (1, 2)}, (2, 3, 4, 2)),
    Row("ZeroPadding2D", {"padding": ((1, 0), (2, 3)), "data_format": FIRST}, (2, 3, 4, 2)),
    Row("ZeroPadding3D", {"padding": 1}, (1, 2, 3, 2, 2)),
    Row("ZeroPadding3D", {"padding": (1, 0, 2), "data_format": FIRST}, (1, 2, 3, 2, 2)),
    Row("Cropping1D", {"cropping": (1, 0)}, (2, 4, 3)),
    Row("Cropping2D", {"cropping": 1}, (2, 4, 5, 2)),
    Row("Cropping2D", {"cropping": ((1, 0), (0, 2)), "data_format": FIRST}, (2, 2, 4, 5)),
    Row("Cropping3D", {}, (1, 4, 3, 5, 2)),
    Row("UpSampling1D", {}, (2, 3, 4)),
    Row("UpSampling2D", {"size": (2, 3)}, (2, 3, 2, 4)),
    Row("UpSampling2D", {"size": 2, "data_format": FIRST}, (2, 4, 3, 2)),
    Row("UpSampling3D", {"size": (1, 2, 3)}, (1, 2, 3, 2, 2)),
]

_CONVOLUTIONS = [
    Row("Conv1D", {"filters": 4, "kernel_size": 3}, (2, 6, 3)),
    Row("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal", "strides": 2}, (2, 6, 3)),
    Row(
        "Conv1D",
        {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "data_format": FIRST},
        (2, 3, 6),
    ),
    Row("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2, "activation": "relu"}, (2, 5, 6)),
    Row("Conv2D", {"filters": 3, "kernel_size": 3}, (2, 5, 4, 2)),
    Row(
        "Conv2D",
        {"filters": 2, "kernel_size": (2, 3), "strides": (2, 1), "padding": "same"},
        (2, 5, 4, 3),
    ),
    Row("Conv2D", {"filters": 2, "kernel_size": 2, "data_format": FIRST}, (2, 3, 4, 5)),
    Row(
        "Conv2D",
        {"filters": 2, "kernel_size": 2, "activation": "tanh", **_KERNEL_OPTIONS},
        (2, 4, 4, 2),
    ),
    Row("Conv2D", {"filters": 2, "kernel_size": 2, "use_bias": False}, (2, 4, 4, 2)),
    Row("Conv3D", {"filters": 2, "kernel_size": 2, "padding": "same"}, (1, 3, 2, 3, 2)),
    Row("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2}, (2, 4, 3)),
    Row(
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"},
        (2, 3, 2, 3),
    ),
    Row(
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": (2, 3), "strides": 2, "output_padding": 1},
        (2, 3, 2, 3),
    ),
    Row(
        "Conv2DTranspose",
        {"filters": 2, "kernel_size": 3, "data_format": FIRST, **_KERNEL_OPTIONS},
        (2, 3, 4, 4),
    ),
    Row("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": 2}, (1, 2, 2, 3, 2)),
    Row("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2}, (2, 5, 3)),
    Row("DepthwiseConv2D", {"kernel_size": 2, "padding": "same", **_ALL_OPTIONS}, (2, 4, 3, 2)),
    Row(
        "DepthwiseConv2D",
        {"kernel_size": 2, "strides": 2, "data_format": FIRST, "depthwise_regularizer": "l2"},
        (2, 3, 4, 5),
    ),
    Row("SeparableConv1D", {"filters": 4, "kernel_size": 2, "depth_multiplier": 2}, (2, 5, 3)),
    Row(
        "SeparableConv2D",
        {"filters": 4, "kernel_size": 3, "padding": "same", "pointwise_regularizer": "l2"},
        (2, 4, 4, 2),
    ),
]

_POOLING = [
    Row("MaxPooling1D", {}, (2, 5, 3)),
    Row("MaxPooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, (2, 5, 3)),
    Row("MaxPooling2D", {}, (2, 4, 5, 2)),
    Row("MaxPooling2D", {"pool_size": (3, 2), "data_format": FIRST}, (2, 2, 6, 4)),
    Row("MaxPooling3D", {"padding": "same"}, (1, 3, 4, 2, 2)),
    Row("AveragePooling1D", {"pool_size": 2, "padding": "same"}, (2, 5, 3)),
    Row("AveragePooling2D", {"pool_size": 2, "strides": (1, 2)}, (2, 4, 5, 2)),
    Row(
        "AveragePooling2D", {"pool_size": 3, "padding": "same", "data_format": FIRST}, (2, 2, 5, 4)
    ),
    Row("AveragePooling3D", {"pool_size": 2}, (1, 3, 4, 2, 2)),
    Row("GlobalMaxPooling1D", {}, (2, 5, 3)),
    Row("GlobalMaxPooling2D", {"keepdims": True}, (2, 3, 4, 2)),
    Row("GlobalMaxPooling3D", {"data_format": FIRST}, (1, 2, 3, 2, 2)),
    Row("GlobalAveragePooling1D", {}, (2, 5, 3)),
    Row("GlobalAveragePooling1D", {"data_format": FIRST, "keepdims": True}, (2, 3, 5)),
    Row("GlobalAveragePooling2D", {}, (2, 3, 4, 2)),
    Row("GlobalAveragePooling3D", {}, (1, 2, 3, 2, 2)),
]

_MERGING = [
    *(
        Row(name, {}, [(2, 3, 4), (2, 3, 4)])
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    ),
    Row("Add", {}, [(2, 3), (2, 3), (2, 1)], unknown=False),
    Row("Multiply", {}, [(2, 3, 4), (2, 4)]),
    Row("Maximum", {}, [(2, 3), (2, 3), (2, 3)]),
    Row("Concatenate", {"axis": 1}, [(2, 3, 4), (2, 1, 4)]),
    Row("Dot", {"axes": 1}, [(2, 3), (2, 3)]),
    Row("Dot", {"axes": (2, 1)}, [(2, 3, 4), (2, 4, 5)], unknown=False),
    Row("Dot", {"axes": -1, "normalize": True}, [(2, 3, 4), (2, 5, 4)]),
]

_NORMALIZATION_OPTIONS = {
    "beta_initializer": "ones",
    "gamma_initializer": "random_normal",
    "beta_regularizer": "l2",
    "gamma_regularizer": "l2",
    "beta_constraint": "non_neg",
    "gamma_constraint": "max_norm",
}

_NORMALIZATION = [
    Row("BatchNormalization", {}, (4, 3)),
    Row("BatchNormalization", {"axis": 1, "momentum": 0.8}, (2, 3, 4), unknown=False),
    Row("BatchNormalization", {"epsilon": 0.1, **_NORMALIZATION_OPTIONS}, (2, 3, 4)),
    Row("BatchNormalization", {"center": False, "scale": False}, (4, 3)),
    Row("BatchNormalization", {"renorm": True, "renorm_momentum": 0.5}, (4, 3)),
    Row(
        "BatchNormalization",
        {"renorm": True, "renorm_clipping": {"rmin": 0.5, "rmax": 1.5, "dmax": 0.2}},
        (2, 4, 3),
    ),
    Row("LayerNormalization", {}, (2, 4)),
    Row("LayerNormalization", {"axis": [2, 1], "epsilon": 0.1}, (2, 3, 4), unknown=False),
    Row("LayerNormalization", {"center": False, **_NORMALIZATION_OPTIONS}, (2, 3, 4)),
    Row("GroupNormalization", {"groups": 2}, (2, 3, 4, 6)),
    Row("GroupNormalization", {"groups": -1, "axis": 1}, (2, 3, 4), unknown=False),
    Row("GroupNormalization", {"groups": 1, "scale": False, "center": False}, (2, 6)),
    Row("RMSNormalization", {}, (2, 4)),
    Row("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, (2, 3, 4), unknown=False),
    Row("UnitNormalization", {}, (2, 3, 4)),
    Row("UnitNormalization", {"axis": (1, 2)}, (2, 3, 4)),
]

_EMBEDDING = [
    Row("Embedding", {"input_dim": 5, "output_dim": 3}, (2, 4), kind="int"),
    Row(
        "Embedding",
        {
            "input_dim": 5,
            "output_dim": 3,
            "mask_zero": True,
            "embeddings_initializer": "ones",
            "embeddings_regularizer": "l2",
            "embeddings_constraint": "unit_norm",
        },
        (2, 3, 2),
        kind="int",
    ),
]

_RECURRENT_OPTIONS = {
    "kernel_initializer": "he_normal",
    "recurrent_initializer": "glorot_normal",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l2",
    "bias_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "recurrent_constraint": "unit_norm",
    "bias_constraint": "non_neg",
}
_EVERY_STEP = {"return_sequences": True}
# Seeds are variables, which two layers without one would not start alike; this one drops no part
# of all inputs at once, which would leave no gradient.
_SEED = {"seed": 9}

_RECURRENT = [
    *(
        Row(name, {"units": 4, **_SEED, **options}, (2, 5, 3), random="dropout" in options)
        for name in ("SimpleRNN", "LSTM", "GRU")
        for options in (
            _RECURRENT_OPTIONS,
            {"return_state": True, "go_backwards": True, **_EVERY_STEP},
            {"unroll": True, "use_bias": False, **_EVERY_STEP},
            {"zero_output_for_mask": True, **_EVERY_STEP},
            {"activation": "relu", "dropout": 0.4},
            {"dropout": 0.4, "recurrent_dropout": 0.3},
        )
    ),
    Row("LSTM", {"units": 3, "activity_regularizer": "l2", **_SEED}, (2, 4, 2)),
    Row(
        "LSTM",
        {"units": 3, "unit_forget_bias": False, "recurrent_activation": "relu", **_SEED},
        (2, 4, 2),
    ),
    Row(
        "GRU",
        {"units": 3, "reset_after": False, "recurrent_activation": "relu", **_SEED},
        (2, 4, 2),
    ),
    Row(
        "GRU",
        {"units": 3, "reset_after": False, "recurrent_dropout": 0.3, **_SEED},
        (2, 4, 2),
        random=True,
    ),
    Row("RNN", {"cell": Part("LSTMCell", {"units": 4, **_SEED}), "return_state": True}, (2, 5, 3)),
    Row(
        "RNN",
        {
            "cell": [
                Part("LSTMCell", {"units": 4, "dropout": 0.4, **_SEED}),
                Part("GRUCell", {"units": 3, "recurrent_dropout": 0.4, **_SEED}),
                Part("SimpleRNNCell", {"units": 2, "dropout": 0.4, **_SEED}),
            ],
            **_EVERY_STEP,
        },
        (2, 5, 3),
        random=True,
    ),
]

_WRAPPERS = [
    *(
        Row(
            "Bidirectional",
            {"layer": Part("GRU", {"units": 3, **_SEED, **_EVERY_STEP}), "merge_mode": mode},
            (2, 4, 3),
        )
        for mode in ("concat", "sum", "mul", "ave", None)
    ),
    Row("Bidirectional", {"layer": Part("LSTM", {"units": 3, **_SEED})}, (2, 4, 3)),
    Row(
        "Bidirectional",
        {
            "layer": Part("LSTM", {"units": 3, "dropout": 0.4, **_SEED}),
            "backward_layer": Part("SimpleRNN", {"units": 3, "go_backwards": True, **_SEED}),
        },
        (2, 4, 3),
        random=True,
    ),
    Row("TimeDistributed", {"layer": Part("Dense", {"units": 4})}, (2, 3, 5)),
    Row("TimeDistributed", {"layer": Part("BatchNormalization", {})}, (2, 3, 5)),
    Row(
        "TimeDistributed",
        {"layer": Part("Conv2D", {"filters": 2, "kernel_size": 2})},
        (2, 3, 4, 3, 2),
        unknown=False,
    ),
]

ROWS = [
    *_DENSE,
    *_EINSUM,
    *_SIMPLE,
    *_NOISE,
    *_RESHAPING,
    *_CONVOLUTIONS,
    *_POOLING,
    *_MERGING,
    *_NORMALIZATION,
    *_EMBEDDING,
    *_RECURRENT,
    *_WRAPPERS,
]

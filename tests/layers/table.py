"""The rows that every layer's checks and its comparison with Keras run over: add one per layer.

A row is one way to make a layer, and the shape of what it is given. Shapes are tiny, since each
row is compiled several times.
"""

from tests.layers.row import Row
from tests.layers.table_given import GIVEN
from tests.layers.table_images import IMAGES
from tests.layers.table_numbers import NUMBERS
from tests.layers.table_sequences import SEQUENCES

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
    Row("AdaptiveAveragePooling1D", {"output_size": 2}, (2, 5, 3), unknown=False),
    Row("AdaptiveAveragePooling2D", {"output_size": 3}, (2, 4, 7, 2), unknown=False),
    Row(
        "AdaptiveAveragePooling3D",
        {"output_size": (1, 2, 3), "data_format": FIRST},
        (1, 2, 3, 4, 5),
        unknown=False,
    ),
    Row("AdaptiveMaxPooling1D", {"output_size": 3, "data_format": FIRST}, (2, 3, 5), unknown=False),
    Row("AdaptiveMaxPooling2D", {"output_size": (2, 3)}, (2, 4, 7, 2), unknown=False),
    Row("AdaptiveMaxPooling3D", {"output_size": 2}, (1, 3, 4, 5, 2), unknown=False),
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
    Row(
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 3, "mask_zero": True, "embeddings_regularizer": "l2"},
        (2, 3),
        kind="int",
    ),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 3, "logit_soft_cap": 0.5},
        (2, 3),
        options={"reverse": True},
    ),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 3, "tie_weights": False},
        (2, 4, 3),
        options={"reverse": True},
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
    *SEQUENCES,
    *IMAGES,
    *NUMBERS,
    *GIVEN,
]

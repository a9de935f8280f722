"""Old constructor arguments of layers, by the modern class name."""

from kerajax.eras._rows import Join, Old, gone

_FORMAT = {"dim_ordering": Old("data_format", values="data_format")}
_BORDER = {"border_mode": Old("padding")}
_RATE = {"p": Old("rate")}
_SPATIAL = {
    **_RATE,
    "noise_shape": gone("the layer drops whole channels", None, era="tf2"),
    "trainable": gone("there is nothing to train", era="tf2"),
    "input_shape": Old("_input_shape_arg", "tf2", values="sample_shape", aside=True),
    "batch_input_shape": Old("_input_shape_arg", "tf2", aside=True, covers=("input_shape",)),
}

_BIAS = {
    "b_regularizer": Old("bias_regularizer"),
    "b_constraint": Old("bias_constraint"),
    "bias": Old("use_bias"),
}
_KERNEL = {
    "init": Old("kernel_initializer"),
    "W_regularizer": Old("kernel_regularizer"),
    "W_constraint": Old("kernel_constraint"),
    **_BIAS,
}
_DENSE = {"output_dim": Old("units"), **_KERNEL}
_WINDOW = {
    "nb_filter": Old("filters"),
    "subsample": Old("strides"),
    "atrous_rate": Old("dilation_rate"),
    **_BORDER,
    **_FORMAT,
}
_WINDOW_1D = {
    **_WINDOW,
    "filter_length": Old("kernel_size"),
    "subsample_length": Old("strides"),
}
_CONV = {**_WINDOW, **_KERNEL}
_CONV_1D = {**_WINDOW_1D, **_KERNEL}
_SAVED_BY_TF = {
    "groups": gone("depthwise and transposed convolutions have no groups", 1, era="tf2"),
}
_INHERITED = "TensorFlow wrote it into files without using it"
_DEPTHWISE = {
    **_SAVED_BY_TF,
    "filters": gone(_INHERITED, era="tf2"),
    "kernel_initializer": gone(_INHERITED, era="tf2"),
    "kernel_regularizer": gone(_INHERITED, era="tf2"),
    "kernel_constraint": gone(_INHERITED, era="tf2"),
}
_SEPARABLE = {
    **_BIAS,
    **_SAVED_BY_TF,
    "kernel_initializer": gone(_INHERITED, era="tf2"),
    "kernel_regularizer": gone(_INHERITED, era="tf2"),
    "kernel_constraint": gone(_INHERITED, era="tf2"),
    "init": Old(("depthwise_initializer", "pointwise_initializer")),
}
_TRANSPOSED = {
    **_CONV,
    **_SAVED_BY_TF,
    "output_shape": gone("the output shape follows from strides and padding"),
}
_STATE = {
    "init": Old("kernel_initializer"),
    "inner_init": Old("recurrent_initializer"),
    "W_regularizer": Old("kernel_regularizer"),
    "U_regularizer": Old("recurrent_regularizer"),
    "b_regularizer": Old("bias_regularizer"),
    "dropout_W": Old("dropout"),
    "dropout_U": Old("recurrent_dropout"),
    "consume_less": gone("it chose a formulation with equal results"),
    "implementation": gone("it chose a formulation with equal results", era="tf2"),
    "truncate_gradient": gone("backpropagation runs through the whole sequence", -1),
}
_RECURRENT = {
    **_STATE,
    "output_dim": Old("units"),
    "time_major": gone("put the batch axis first with `Permute`", False, era="tf2"),
}
_GATE = {"inner_activation": Old("recurrent_activation")}
_LSTM_GATES = {
    **_GATE,
    "forget_bias_init": Old("unit_forget_bias", values="unit_forget_bias"),
}
_CONV_LSTM = {
    **_WINDOW,
    **_STATE,
    **_LSTM_GATES,
    "time_major": _RECURRENT["time_major"],
}
_CELL = {"implementation": _STATE["implementation"]}

_BATCH_NORM = {
    "axis": Old("axis", era="tf2", values="single"),
    "beta_init": Old("beta_initializer"),
    "gamma_init": Old("gamma_initializer"),
    "mode": gone(
        "modes 1 (statistics of each sample) and 2 (batch statistics at test time too) have no "
        "successor; `LayerNormalization` comes close to mode 1",
        0,
    ),
    "fused": gone("it chose a formulation with equal results", era="tf2"),
    "virtual_batch_size": gone("it split the batch for the statistics", None, era="tf2"),
    "adjustment": gone("it perturbed the statistics in training", None, era="tf2"),
}

_CAUSAL = {
    "causal": gone("call the layer with `use_causal_mask=True`", False, era="tf2"),
}
_BUILT = "the layer learns it when it is built"
_NO_WEIGHTS = "the layer has no weights to train"
_OF_FUNCTION = "it told how the function was written into a file"

LAYERS: dict[str, dict[str, Old]] = {
    "Layer": {
        "weights": Old("_initial_weights", "tf2", aside=True),
        "batch_input_shape": Old(
            "batch_shape", "tf2", covers=("input_shape", "input_dim", "batch_size")
        ),
        "input_dtype": gone("layers convert their inputs themselves"),
        "cache_enabled": gone("nothing is cached between calls"),
        "dynamic": gone(
            "every layer is traced; put Python code into `run_eagerly`", False, era="tf2"
        ),
        "quantization_config": gone("the dtype policy says it", None, era="3"),
    },
    "InputLayer": {
        "input_shape": Old("shape", "tf2"),
        "batch_input_shape": Old("batch_shape", "tf2"),
        "input_dtype": Old("dtype"),
        "type_spec": gone("give `shape` and `dtype`", None, era="tf2"),
    },
    "Input": {
        "input_dtype": Old("dtype"),
        "batch_input_shape": Old("batch_shape", "tf2"),
        "type_spec": gone("give `shape` and `dtype`", None, era="tf2"),
    },
    "Dense": _DENSE,
    "Dropout": _RATE,
    "GaussianDropout": _RATE,
    "AlphaDropout": _RATE,
    "SpatialDropout1D": _SPATIAL,
    "SpatialDropout2D": {**_SPATIAL, **_FORMAT},
    "SpatialDropout3D": {**_SPATIAL, **_FORMAT},
    "GaussianNoise": {"sigma": Old("stddev")},
    "Embedding": {
        "init": Old("embeddings_initializer"),
        "W_regularizer": Old("embeddings_regularizer"),
        "W_constraint": Old("embeddings_constraint"),
        "dropout": gone("it dropped whole words; put `SpatialDropout1D` after the layer"),
        "sparse": gone("it chose a formulation of the gradient", era="tf2"),
    },
    "PReLU": {"init": Old("alpha_initializer")},
    "LeakyReLU": {"alpha": Old("negative_slope", "tf2")},
    "Reshape": {"dims": Old("target_shape")},
    "Conv1D": _CONV_1D,
    "Conv2D": _CONV,
    "Conv3D": _CONV,
    "LocallyConnected1D": _CONV_1D,
    "LocallyConnected2D": _CONV,
    "SeparableConv1D": {**_WINDOW_1D, **_SEPARABLE},
    "SeparableConv2D": {**_WINDOW, **_SEPARABLE},
    "DepthwiseConv1D": _DEPTHWISE,
    "DepthwiseConv2D": _DEPTHWISE,
    "Conv1DTranspose": {**_CONV_1D, **_SAVED_BY_TF},
    "Conv2DTranspose": _TRANSPOSED,
    "Conv3DTranspose": _TRANSPOSED,
    "ConvLSTM1D": _CONV_LSTM,
    "ConvLSTM2D": _CONV_LSTM,
    "ConvLSTM3D": _CONV_LSTM,
    "LSTM": {**_RECURRENT, **_LSTM_GATES},
    "GRU": {**_RECURRENT, **_GATE},
    "SimpleRNN": _RECURRENT,
    "RNN": {"time_major": _RECURRENT["time_major"]},
    "LSTMCell": _CELL,
    "GRUCell": _CELL,
    "SimpleRNNCell": _CELL,
    "StackedRNNCells": {
        "reverse_state_order": gone("states come in the order of the cells", False, era="2.3"),
    },
    "BatchNormalization": _BATCH_NORM,
    "Attention": _CAUSAL,
    "AdditiveAttention": _CAUSAL,
    "MultiHeadAttention": {
        "query_shape": gone(_BUILT, era="tf2"),
        "key_shape": gone(_BUILT, era="tf2"),
        "value_shape": gone(_BUILT, era="tf2"),
    },
    "Discretization": {
        "bins": Old("bin_boundaries", "tf2"),
        "trainable": gone(_NO_WEIGHTS, era="tf2"),
    },
    "IntegerLookup": {
        "max_values": Old("max_tokens", "tf2"),
        "mask_value": Old("mask_token", "tf2"),
        "oov_value": Old("oov_token", "tf2"),
    },
    "CategoryEncoding": {"max_tokens": Old("num_tokens", "tf2")},
    "Lambda": {
        "function_type": gone(_OF_FUNCTION, era="tf2"),
        "module": gone(_OF_FUNCTION, era="tf2"),
        "output_shape_type": gone(_OF_FUNCTION, era="tf2"),
        "output_shape_module": gone(_OF_FUNCTION, era="tf2"),
    },
    "GlobalMaxPooling1D": _FORMAT,
    "GlobalMaxPooling2D": _FORMAT,
    "GlobalMaxPooling3D": _FORMAT,
    "GlobalAveragePooling1D": _FORMAT,
    "GlobalAveragePooling2D": _FORMAT,
    "GlobalAveragePooling3D": _FORMAT,
    "MaxPooling1D": {"pool_length": Old("pool_size"), "stride": Old("strides"), **_BORDER},
    "AveragePooling1D": {"pool_length": Old("pool_size"), "stride": Old("strides"), **_BORDER},
    "MaxPooling2D": {**_BORDER, **_FORMAT},
    "MaxPooling3D": {**_BORDER, **_FORMAT},
    "AveragePooling2D": {**_BORDER, **_FORMAT},
    "AveragePooling3D": {**_BORDER, **_FORMAT},
    "UpSampling1D": {"length": Old("size")},
    "UpSampling2D": _FORMAT,
    "UpSampling3D": _FORMAT,
    "Cropping2D": _FORMAT,
    "Cropping3D": _FORMAT,
    "ZeroPadding1D": {"padding": Old("padding", values="padding_1d")},
    "ZeroPadding2D": {"padding": Old("padding", values="padding_2d"), **_FORMAT},
    "ZeroPadding3D": _FORMAT,
    "Model": {"input": Old("inputs"), "output": Old("outputs")},
}

_KERNEL_2D = Join("kernel_size", ("nb_row", "nb_col"))
_SEQUENCE = Join(
    "input_shape",
    ("input_length", "input_dim"),
    "none",
    unless=("input_shape", "batch_input_shape"),
    era="tf2",
)

JOINS: dict[str, tuple[Join, ...]] = {
    "Layer": (Join("batch_shape", ("batch_size", "input_shape"), "batch", era="tf2"),),
    "Conv1D": (_SEQUENCE,),
    "LocallyConnected1D": (_SEQUENCE,),
    "Conv2D": (_KERNEL_2D,),
    "LocallyConnected2D": (_KERNEL_2D,),
    "SeparableConv2D": (_KERNEL_2D,),
    "Conv2DTranspose": (_KERNEL_2D,),
    "ConvLSTM2D": (_KERNEL_2D,),
    "Conv3D": (Join("kernel_size", ("kernel_dim1", "kernel_dim2", "kernel_dim3")),),
    "LSTM": (_SEQUENCE,),
    "GRU": (_SEQUENCE,),
    "SimpleRNN": (_SEQUENCE,),
    "RNN": (_SEQUENCE,),
    "Embedding": (_SEQUENCE._replace(parts=("input_length",)),),
    "TimeDistributedDense": (_SEQUENCE,),
}

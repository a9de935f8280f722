"""Old names of classes and old strings."""

CLASSES: dict[str, str] = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "AtrousConv1D": "Conv1D",
    "AtrousConv2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "Deconv2D": "Conv2DTranspose",
    "Deconv3D": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "PreprocessingLayer": "Layer",
    "Sequence": "PyDataset",
    "Policy": "DTypePolicy",
    "PolicyV1": "DTypePolicy",
    "WeightRegularizer": "L1L2",
    "ActivityRegularizer": "L1L2",
    "L1L2Regularizer": "L1L2",
    "Container": "Model",
    "Network": "Model",
    "Model": "Functional",
    "LossFunctionWrapper": "Loss",
}

# What an `import` of an old name gives, where that is not what a file means by it.
IMPORTED: dict[str, str] = {
    "Model": "Model",
    "Functional": "Model",
    "Container": "Model",
    "Network": "Model",
    "LossFunctionWrapper": "Loss",
}

# Classes of old eras without a modern form; `kerajax.legacy` has them.
REVIVED = frozenset(
    "AutoEncoder AbstractRNNCell AddLoss AddMetric BaseWrapper ClassMethod ConvLSTM2DCell "
    "ConvRNN2D ConvRecurrent2D CuDNNGRU CuDNNLSTM DenseFeatures Graph Highway ImageDataGenerator "
    "InstanceMethod InstanceProperty KerasClassifier KerasRegressor LocallyConnected1D "
    "LocallyConnected2D MaxoutDense Merge ParametricSoftplus PeepholeLSTMCell "
    "RandomFourierFeatures RandomHeight RandomWidth Recurrent SReLU SlicingOpLambda TFOpLambda "
    "TensorFlowOpLayer ThresholdedLinear ThresholdedReLU TimeDistributedDense TimeDistributedMerge "
    "TimeseriesGenerator Tokenizer".split()
)

_LOSSES: dict[str, str] = {
    "kullback_leibler_divergence": "kl_divergence",
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
    "logcosh": "log_cosh",
    "huber_loss": "huber",
}

# kind -> old string -> the modern one. Strings that are still right are not listed.
STRINGS: dict[str, dict[str, str]] = {
    "activations": {"time_distributed_softmax": "softmax", "softmax_v2": "softmax"},
    "initializers": {
        "normal": "random_normal",
        "uniform": "random_uniform",
        "one": "ones",
        "zero": "zeros",
    },
    "regularizers": {
        "l1_l2": "l1l2",
        "activity_l1": "l1",
        "activity_l2": "l2",
        "activity_l1l2": "l1l2",
    },
    "constraints": {
        "maxnorm": "max_norm",
        "nonneg": "non_neg",
        "unitnorm": "unit_norm",
        "minmaxnorm": "min_max_norm",
    },
    "losses": _LOSSES,
    "metrics": {
        "kullback_leibler_divergence": "kl_divergence",
        "kld": "kl_divergence",
        "KLD": "kl_divergence",
        "cosine": "cosine_similarity",
        "logcosh": "log_cosh_error",
        # As a metric it was negative until 2.2: the value of the loss.
        "cosine_proximity": "cosine_similarity",
    },
    "optimizers": {
        "adadelta": "Adadelta",
        "adagrad": "Adagrad",
        "adam": "Adam",
        "adamax": "Adamax",
        "nadam": "Nadam",
        "rmsprop": "RMSprop",
        "sgd": "SGD",
    },
}

# Strings that named something which has no modern form, and what to use.
GONE_STRINGS: dict[str, dict[str, str]] = {
    "metrics": {
        "precision": "`metrics.Precision()`, which counts over the epoch, not batch by batch",
        "recall": "`metrics.Recall()`, which counts over the epoch, not batch by batch",
        "fmeasure": "`metrics.F1Score()`",
        "fscore": "`metrics.F1Score()`",
        "f1score": "`metrics.F1Score()`",
        "fbeta_score": "`metrics.FBetaScore()`",
        "matthews_correlation": "a metric function of your own",
    },
    "regularizers": {"eigenvalue": "a regularizer function of your own"},
}

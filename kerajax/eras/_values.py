"""Old values, changed defaults and changed meanings."""

from kerajax.eras._rows import ERAS

USE_DEFAULT = object()  # stands for "leave the argument out"

VALUES: dict[str, dict] = {
    "data_format": {"tf": "channels_last", "th": "channels_first", "default": None},
    "unit_forget_bias": {"one": True, "ones": True, "zero": False, "zeros": False},
    "epsilon": {None: USE_DEFAULT},
    "reduction": {"auto": "sum_over_batch_size", "AUTO": "sum_over_batch_size"},
    "distribution": {"normal": "truncated_normal"},
    "color_mode": {True: "grayscale", False: "rgb"},
}

# Keys of dicts that became (nested) pairs, by table name.
PADDING_SIDES: dict[str, tuple[tuple[str, str], ...]] = {
    "padding_1d": (("left_pad", "right_pad"),),
    "padding_2d": (("top_pad", "bottom_pad"), ("left_pad", "right_pad")),
}

# The settings of the recurrent layers of NVIDIA's library, which had no others.
CUDNN: dict[str, dict] = {
    "CuDNNLSTM": {"activation": "tanh", "recurrent_activation": "sigmoid"},
    "CuDNNGRU": {"activation": "tanh", "recurrent_activation": "sigmoid", "reset_after": True},
}

# Names in the logs until Keras 2.2 (of the rate until Keras 3), and those of today.
LOG_KEYS: dict[str, str] = {
    "acc": "accuracy",
    "lr": "learning_rate",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
    "mean_squared_logarithmic_error": "msle",
    "cosine_proximity": "cosine",
}


def _until(last, value):
    """`value` in every era up to `last`."""
    return {era: value for era in ERAS[: ERAS.index(last) + 1]}


_GATE = {"recurrent_activation": _until("2.2", "hard_sigmoid")}
_CONV_GATE = {"recurrent_activation": _until("tf2", "hard_sigmoid")}
_RESET = {"reset_after": _until("2.3", False)}
_EPSILON = {"epsilon": {"1": 1e-8}}

# class -> argument -> era -> the default it had then, where that is not today's.
DEFAULTS: dict[str, dict[str, dict]] = {
    "LSTM": _GATE,
    "LSTMCell": _GATE,
    "GRU": {**_GATE, **_RESET},
    "GRUCell": {**_GATE, **_RESET},
    "ConvLSTM1D": _CONV_GATE,
    "ConvLSTM2D": _CONV_GATE,
    "ConvLSTM3D": _CONV_GATE,
    # A table of rows knew the shape of its input: integers, as many as there are.
    "Embedding": {"batch_shape": _until("tf2", (None, None))},
    "Adam": _EPSILON,
    "RMSprop": {**_EPSILON, "ema_overwrite_frequency": {"tf2": 100}},
    "Adagrad": {
        **_EPSILON,
        "learning_rate": _until("2.3", 0.01),
        # Stand-alone Keras started the sum of squares at zero.
        "initial_accumulator_value": _until("2.3", 0.0),
    },
    "Adadelta": {**_EPSILON, "learning_rate": _until("2.3", 1.0)},
    "Adamax": {**_EPSILON, "learning_rate": _until("2.3", 0.002)},
    "Nadam": {**_EPSILON, "learning_rate": _until("2.3", 0.002)},
    # Older Keras had a default where Keras 3 asks for the size: nothing else can be meant.
    "AveragePooling1D": {"pool_size": _until("3", 2)},
    "AveragePooling2D": {"pool_size": _until("3", (2, 2))},
    "AveragePooling3D": {"pool_size": _until("3", (2, 2, 2))},
    "Lion": {"learning_rate": {"tf2": 0.0001}},
    "Model.fit": {"epochs": {"1": 10}},
}

# kind -> string -> (the newest era with the old meaning, what that is called here).
CHANGED_MEANINGS: dict[str, dict[str, tuple[str, str]]] = {
    # clip(0.2 * x + 0.5, 0, 1) became clip(x / 6 + 0.5, 0, 1).
    "activations": {"hard_sigmoid": ("tf2", "hard_sigmoid_keras2")},
    # Batch by batch, where the classes of these names count over the epoch.
    "metrics": {
        name: ("1", f"batch_{name}")
        for name in ("precision", "recall", "fbeta_score", "fmeasure", "matthews_correlation")
    },
}

"""The rows of layers for sequences: recurrent layers, attention, and the wrappers."""

from tests.layers.row import Part, Row

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

# Spatial sizes must be known; with masks Keras raises here, whose shapes it does not broadcast.
_CONV_LSTM = [
    Row(
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 2, **_SEED},
        (2, 3, 4, 2),
        unknown=False,
        masked=False,
    ),
    Row(
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 2, "padding": "same", "dropout": 0.4, **_SEED},
        (2, 3, 4, 2),
        unknown=False,
        masked=False,
        random=True,
    ),
    Row(
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 3, "recurrent_dropout": 0.4, **_SEED, **_EVERY_STEP},
        (2, 3, 4, 2),
        unknown=False,
        masked=False,
        random=True,
    ),
    Row(
        "ConvLSTM2D",
        {
            "filters": 2,
            "kernel_size": (2, 3),
            "strides": (2, 1),
            "return_state": True,
            "go_backwards": True,
            "data_format": "channels_first",
            **_SEED,
            **_EVERY_STEP,
        },
        (2, 3, 2, 4, 3),
        unknown=False,
        masked=False,
    ),
    Row(
        "ConvLSTM2D",
        {
            "filters": 2,
            "kernel_size": 2,
            "dilation_rate": 2,
            "unit_forget_bias": False,
            "recurrent_activation": "hard_sigmoid",
            "activity_regularizer": "l2",
            **_RECURRENT_OPTIONS,
            **_SEED,
        },
        (2, 3, 3, 4, 2),
        unknown=False,
        masked=False,
    ),
    Row(
        "ConvLSTM3D",
        {"filters": 2, "kernel_size": 2, "use_bias": False, **_SEED},
        (1, 3, 2, 3, 2, 2),
        unknown=False,
        masked=False,
    ),
]

# Query, value and perhaps key, with another time for the latter two.
_PAIR = [(2, 3, 4), (2, 5, 4)]
_SCORES = {"return_attention_scores": True}
_CAUSAL = {"use_causal_mask": True}
_PROJECTION_OPTIONS = {
    "kernel_initializer": "he_normal",
    "bias_initializer": "ones",
    "kernel_regularizer": "l2",
    "bias_regularizer": "l1",
    "activity_regularizer": "l2",
    "kernel_constraint": "max_norm",
    "bias_constraint": "non_neg",
}

_ATTENTION = [
    Row("Attention", {}, _PAIR),
    Row("Attention", {"use_scale": True}, [*_PAIR, (2, 5, 4)], options={**_SCORES, **_CAUSAL}),
    Row("Attention", {"score_mode": "concat", "use_scale": True}, _PAIR),
    Row("Attention", {"dropout": 0.4, **_SEED}, _PAIR, random=True),
    Row("AdditiveAttention", {}, _PAIR, options=_CAUSAL),
    Row("AdditiveAttention", {"use_scale": False}, [*_PAIR, (2, 5, 4)], options=_SCORES),
    *(
        Row("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, **arguments}, shapes, **options)
        for arguments, shapes, options in (
            ({}, _PAIR, {}),
            ({"value_dim": 5, "use_bias": False}, [(2, 5, 4)] * 3, {"options": _SCORES}),
            ({"output_shape": (2, 3), "use_gate": True}, _PAIR, {"options": _CAUSAL}),
            ({"sliding_window": 2}, [(2, 5, 4)] * 2, {"options": {**_SCORES, **_CAUSAL}}),
            ({"dropout": 0.4, **_SEED}, _PAIR, {"random": True}),
            (_PROJECTION_OPTIONS, _PAIR, {}),
            # A mask belongs to one axis of time.
            ({}, [(2, 3, 2, 4), (2, 2, 3, 4)], {"masked": False}),
            ({"attention_axes": -2}, [(2, 3, 2, 4), (2, 3, 5, 4)], {"masked": False}),
        )
        for options in ({"spread": True, "unknown": len(shapes[0]) == 3, **options},)
    ),
    *(
        Row(
            "GroupQueryAttention",
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, **arguments},
            [(2, 3, 4), (2, 5, 4)],
            spread=True,
            **options,
        )
        for arguments, options in (
            ({}, {}),
            ({"use_gate": True, "use_bias": False}, {"options": _SCORES}),
            ({"dropout": 0.4, **_SEED}, {"random": True, "options": _CAUSAL}),
            (_PROJECTION_OPTIONS, {}),
        )
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
    Row("SpectralNormalization", {"layer": Part("Dense", {"units": 4})}, (2, 5)),
    Row(
        "SpectralNormalization",
        {"layer": Part("Conv1D", {"filters": 2, "kernel_size": 2}), "power_iterations": 3},
        (2, 4, 3),
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

SEQUENCES = [*_RECURRENT, *_CONV_LSTM, *_ATTENTION, *_WRAPPERS]

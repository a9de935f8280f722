"""The order of positional arguments where it changed, by the modern class name.

Only as many arguments are listed as scripts pass without a name.
"""

from kerajax.eras._rows import Positions, Tell

_PADDINGS = ("valid", "same", "causal")
_MORE = ("init", "activation", "weights", "border_mode", "subsample")
_AREA = ("nb_filter", "nb_row", "nb_col")
_CONV_2D = Positions(
    (*_AREA, *_MORE, "dim_ordering"), "2.3", Tell(3, "str", _PADDINGS), scalars=(1, 2)
)
_GATES = ("output_dim", "init", "inner_init")

POSITIONS: dict[str, Positions] = {
    "Dense": Positions(
        ("output_dim", "init", "activation", "weights"), "1", Tell(1, "initializer")
    ),
    "Embedding": Positions(
        ("input_dim", "output_dim", "init", "input_length"), "1", Tell(3, "int")
    ),
    "Conv1D": Positions(
        ("nb_filter", "filter_length", "init", "activation", "weights", "border_mode"),
        "1",
        Tell(2, "str"),
    ),
    "Conv2D": _CONV_2D,
    "LocallyConnected2D": _CONV_2D,
    "SeparableConv2D": _CONV_2D,
    "Conv2DTranspose": Positions(
        (*_AREA, "output_shape", *_MORE, "dim_ordering"),
        "2.3",
        Tell(3, "sequence"),
        scalars=(1, 2),
    ),
    "ConvLSTM2D": Positions(
        (*_AREA, "init", "inner_init", "forget_bias_init", "activation", "inner_activation"),
        "2.3",
        Tell(3, "str", _PADDINGS),
        scalars=(1, 2),
    ),
    "Conv3D": Positions(
        ("nb_filter", "kernel_dim1", "kernel_dim2", "kernel_dim3", *_MORE, "dim_ordering"),
        "2.3",
        Tell(3, "int"),
        scalars=(1, 2, 3),
    ),
    "BatchNormalization": Positions(("epsilon", "mode", "axis", "momentum"), "1", Tell(0, "float")),
    "SimpleRNN": Positions((*_GATES, "activation"), "1", Tell(1, "initializer")),
    "LSTM": Positions(
        (*_GATES, "forget_bias_init", "activation", "inner_activation"),
        "1",
        Tell(1, "initializer"),
    ),
    "GRU": Positions((*_GATES, "activation", "inner_activation"), "1", Tell(1, "initializer")),
    "Model.compile": Positions(
        ("self", "optimizer", "loss", "metrics", "loss_weights", "sample_weight_mode"),
        "tf2",
        Tell(3, "metrics"),
    ),
    "SGD": Positions(("lr", "momentum", "decay", "nesterov"), "2.2", Tell(2, "float")),
    "RMSprop": Positions(("lr", "rho", "epsilon", "decay"), "2.2"),
    "Adagrad": Positions(("lr", "epsilon", "decay"), "2.2"),
    "Adadelta": Positions(("lr", "rho", "epsilon", "decay"), "2.2"),
    "Adam": Positions(("lr", "beta_1", "beta_2", "epsilon", "decay"), "2.2", Tell(4, "float")),
    "Adamax": Positions(("lr", "beta_1", "beta_2", "epsilon", "decay"), "2.2", Tell(4, "float")),
    "Nadam": Positions(
        ("lr", "beta_1", "beta_2", "epsilon", "schedule_decay"), "2.2", Tell(4, "float")
    ),
}

_GATES_0 = ("input_dim", *_GATES)
_CONV_0 = (
    "the order (nb_filter, stack_size, nb_row, nb_col) is that of Keras 0.1, whose images had "
    "their channels first. Write `Conv2D(nb_filter, (nb_row, nb_col))` with "
    "`data_format='channels_first'`, here and in pooling layers, and give the first layer its "
    "`input_shape`"
)

# Orders of Keras 0, where a second integer can only be the size of the output: they are known by
# their tell alone.
ORDERS_OF_KERAS_0: dict[str, Positions] = {
    "Dense": Positions(
        ("input_dim", "output_dim", "init", "activation", "weights"), "1", Tell(1, "int")
    ),
    "SimpleRNN": Positions((*_GATES_0, "activation"), "1", Tell(1, "int")),
    "LSTM": Positions(
        (*_GATES_0, "forget_bias_init", "activation", "inner_activation"), "1", Tell(1, "int")
    ),
    "GRU": Positions((*_GATES_0, "activation", "inner_activation"), "1", Tell(1, "int")),
    "Conv2D": Positions(
        ("nb_filter", "stack_size", "nb_row", "nb_col"),
        "1",
        Tell(3, "int"),
        scalars=(1, 2, 3),
        refused=_CONV_0,
    ),
}

# Strings that can only name an initializer.
INITIALIZER_NAMES = frozenset(
    "uniform normal zero one zeros ones identity orthogonal lecun_uniform glorot_uniform "
    "glorot_normal he_uniform he_normal".split()
)

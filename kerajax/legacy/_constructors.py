"""Layers of old that are layers of today with other arguments: functions in place of classes."""

from kerajax import eras, layers


def TimeDistributedDense(output_dim, *args, **kwargs):
    """`Dense`, which works on the last axis of any input.

    Args:
        output_dim: Int. Size of the last axis of the output. Keras before 0.3 had the size of the
            input before it.
        *args: Further arguments of `Dense`.
        **kwargs: Arguments of `Dense`; `input_length` and `input_dim` say the shape of the input.

    Example:

    >>> TimeDistributedDense(4, input_length=3, input_dim=2)(kerajax.ops.ones((1, 3, 2))).shape
    (1, 3, 4)
    """
    if args and isinstance(args[0], int):
        kwargs["input_dim"], output_dim, args = output_dim, args[0], args[1:]
    length, size = kwargs.pop("input_length", None), kwargs.pop("input_dim", None)
    if (length, size) != (None, None) and not {"input_shape", "batch_input_shape"} & kwargs.keys():
        kwargs["input_shape"] = (length, size)
    return layers.Dense(output_dim, *args, **kwargs)


def CuDNNLSTM(units, **kwargs):
    """`LSTM` with the settings that NVIDIA's library had: sigmoid gates.

    Args:
        units: Int. Size of the output.
        **kwargs: Arguments of `LSTM` but its activations.

    Example:

    >>> CuDNNLSTM(4)(kerajax.ops.ones((1, 3, 2))).shape
    (1, 4)
    """
    return layers.LSTM(units, **eras.CUDNN["CuDNNLSTM"], **kwargs)


def CuDNNGRU(units, **kwargs):
    """`GRU` with the settings that NVIDIA's library had: sigmoid gates, reset after the product.

    Args:
        units: Int. Size of the output.
        **kwargs: Arguments of `GRU` but its activations and `reset_after`.

    Example:

    >>> CuDNNGRU(4)(kerajax.ops.ones((1, 3, 2))).shape
    (1, 4)
    """
    return layers.GRU(units, **eras.CUDNN["CuDNNGRU"], **kwargs)

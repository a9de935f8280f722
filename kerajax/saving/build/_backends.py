"""Refuses weights of layers that another backend computed with other results.

Theano and CNTK placed the windows of `"same"` differently where they cannot lie evenly. CNTK
computed an LSTM with other results.
"""

_RECURRENT = frozenset("RNN SimpleRNN LSTM ConvLSTM2D".split())


def check_backend(model, writer) -> None:
    """Raises if Theano or CNTK wrote weights for layers that they compute differently.

    Args:
        model: The model that the weights are for.
        writer: `Writer` of the file.
    """
    if writer.backend not in ("theano", "cntk"):
        return
    different = sorted(
        {type(layer).__name__ for layer in model._flatten_layers() if _differs(layer, writer)}
    )
    if different:
        raise ValueError(
            f"The file was written by Keras on {writer.backend}, which computes {different} "
            "differently, so the model would give other numbers here; this version of kerajax "
            "does not convert it. Load the file with Keras 2.2 on TensorFlow and save it from "
            "there."
        )


def _differs(layer, writer):
    if writer.backend == "cntk" and type(layer).__name__ in _RECURRENT:
        return True
    return getattr(layer, "padding", None) == "same" and _has_uneven_windows(layer)


def _has_uneven_windows(layer):
    """Whether padding cannot be the same on both sides."""
    window = _sizes(layer, "kernel_size") + _sizes(layer, "pool_size")
    strides = _sizes(layer, "strides")
    return any(size % 2 == 0 for size in window) or any(stride > 1 for stride in strides)


def _sizes(layer, name):
    value = getattr(layer, name, None)
    if value is None:
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)

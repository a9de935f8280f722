"""Refuses weights that mean something else where they were written.

Theano convolved where all others correlate, so it stored kernels flipped; and it, like CNTK, placed
the windows of `"same"` differently. CNTK computed an LSTM with other results.
Keras 1 kept weights in other layouts.
"""

_CONVOLUTIONS = frozenset(
    "Conv1D Conv2D Conv3D Conv2DTranspose Conv3DTranspose ConvLSTM2D SeparableConv1D "
    "SeparableConv2D DepthwiseConv2D LocallyConnected1D LocallyConnected2D".split()
)


_RECURRENT = frozenset("RNN SimpleRNN LSTM ConvLSTM2D".split())


def check_era(writer) -> None:
    """Raises if Keras 1 wrote the file.

    Args:
        writer: `Writer` of the file.
    """
    if writer.era == "1":
        raise ValueError(
            f"The file was written by Keras {writer.version or '1'}, whose weights have other "
            "layouts, which this version of kerajax does not read. Load it with Keras 2.2 and "
            "save it from there."
        )


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
    refused = _CONVOLUTIONS if writer.backend == "theano" else _RECURRENT
    if type(layer).__name__ in refused:
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

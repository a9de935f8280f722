"""What convolutions and pooling share: the places of batch, spatial and channel axes."""

from kerajax.backend import standardize_data_format as standardize_data_format


def standardize_rank(inputs, owner):
    """Number of spatial axes of `(batch, ..., channels)`.

    Raises:
        ValueError: If there is none.
    """
    rank = inputs.ndim - 2
    if rank < 1:
        raise ValueError(
            f"{owner} needs inputs with a batch axis, at least one spatial axis and a channel "
            f"axis. Received: inputs.shape={tuple(inputs.shape)}"
        )
    return rank


def channel_axis(data_format):
    """The axis of the channels: -1 or 1."""
    return -1 if data_format == "channels_last" else 1


def framed(sizes, data_format, fill=1):
    """`sizes` of the spatial axes with `fill` for the batch and channel axes."""
    if data_format == "channels_last":
        return (fill, *sizes, fill)
    return (fill, fill, *sizes)

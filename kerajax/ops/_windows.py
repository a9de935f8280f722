"""Arguments that convolutions and pooling share: sizes for each spatial axis, padding, format."""

import difflib

from kerajax.backend import standardize_data_format as standardize_data_format


def spatial(value, rank, name, owner):
    """`value` as a tuple with one int for each of the `rank` spatial axes.

    Raises:
        ValueError: If it is a sequence of another length.
    """
    if isinstance(value, int):
        return (value,) * rank
    value = tuple(int(v) for v in value)
    if len(value) != rank:
        raise ValueError(
            f"{owner}: `{name}` needs one int, or {rank} of them for inputs of {rank + 2} axes. "
            f"Received: {name}={value}"
        )
    return value


def standardize_padding(padding, owner):
    """`"same"` or `"valid"` in small letters.

    Raises:
        ValueError: If it is something else.
    """
    name = padding.lower() if isinstance(padding, str) else padding
    if name in ("same", "valid"):
        return name
    near = difflib.get_close_matches(str(name), ("same", "valid"), 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"{owner}: `padding` must be 'same' or 'valid'. Received: {padding!r}.{hint}")


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

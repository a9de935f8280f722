"""What the image ops share: one image or a batch, channels last or first."""

import jax.numpy as jnp

from kerajax.backend import standardize_data_format
from kerajax.ops._core import saturate_cast


def spatial_axes(data_format):
    """The axes of height and width, counted from the end."""
    return (-3, -2) if standardize_data_format(data_format) == "channels_last" else (-2, -1)


def channel_axis(data_format):
    """The axis of the channels, counted from the end."""
    return -1 if standardize_data_format(data_format) == "channels_last" else -3


def check_rank(images, owner):
    """Raises for what is neither an image nor a batch of images.

    Raises:
        ValueError: If the rank is not 3 or 4.
    """
    if len(images.shape) not in (3, 4):
        raise ValueError(
            f"{owner}: Invalid images rank: expected rank 3 (single image) or rank 4 (batch of "
            f"images). Received: images.shape={tuple(images.shape)}"
        )


def as_batch(images, data_format):
    """The images as `(batch, height, width, channels)`, and the function that undoes it."""
    axis, is_single = channel_axis(data_format), images.ndim == 3

    def restore(batch):
        batch = jnp.moveaxis(batch, -1, axis)
        return batch[0] if is_single else batch

    batch = images[None] if is_single else images
    return jnp.moveaxis(batch, axis, -1), restore


def as_pixels(values, dtype):
    """Computed values in the dtype of the images: rounded and kept in range for integers."""
    if jnp.issubdtype(dtype, jnp.integer):
        values = jnp.round(values)
    return saturate_cast(values, dtype)

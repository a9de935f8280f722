"""Functions on whole models that Keras 2 had in `keras.utils`."""

import warnings

import numpy as np

from kerajax.legacy.windows import convert_kernel
from kerajax.objects import LegacySpellingWarning


def count_params(weights) -> int:
    """Numbers in all of the weights, each weight counted once.

    Example:

    >>> layer = kerajax.layers.Dense(3)
    >>> layer.build((None, 2))
    >>> count_params(layer.trainable_weights)
    9
    """
    return int(sum(np.prod(w.shape) for w in {id(w): w for w in weights}.values()))


def print_summary(model, line_length=None, positions=None, print_fn=None):
    """`model.summary`, with the same arguments."""
    model.summary(line_length=line_length, positions=positions, print_fn=print_fn)


def convert_all_kernels_in_model(model) -> None:
    """Flips the kernels of all convolutions, as weights that Theano trained need it.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((4, 1)), kerajax.layers.Conv1D(1, 3)])
    >>> _ = model.layers[0].kernel.assign([[[1.0]], [[2.0]], [[3.0]]])
    >>> convert_all_kernels_in_model(model)
    >>> model.layers[0].kernel.numpy().ravel().tolist()
    [3.0, 2.0, 1.0]
    """
    kinds = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose")
    for layer in model.layers:
        if type(layer).__name__ in kinds:
            layer.kernel.assign(convert_kernel(layer.kernel))


def multi_gpu_model(model, gpus=None, cpu_merge=True, cpu_relocation=False):
    """The model itself: its batches are shared by the devices that `keras.distribution` names.

    Args:
        model: Model.
        gpus: Int or list; not looked at.
        cpu_merge: Not looked at.
        cpu_relocation: Not looked at.

    Example:

    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(1)])
    >>> with warnings.catch_warnings(action="ignore"):
    ...     multi_gpu_model(model, gpus=2) is model
    True
    """
    warnings.warn(
        "`multi_gpu_model` gives the model back as it is. To train it on several devices, call "
        "`keras.distribution.set_distribution(keras.distribution.DataParallel())` before the "
        "model is made.",
        LegacySpellingWarning,
        stacklevel=2,
    )
    return model

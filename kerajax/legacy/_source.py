"""Names of `keras.src` that libraries use and that no public module has.

Each is the function or class that does the same here; where Keras' arguments stand in another
order, a few lines put them in ours. A name that is not listed is not there: the error says so.
"""

import functools
import importlib
import importlib.util
import inspect
import os
import sys

from kerajax import ops
from kerajax._checks import int_tuple, padding
from kerajax.backend import KerasTensor, infer_once
from kerajax.distribution._layouts import distribute_tensor as distribute_tensor
from kerajax.graph import DotNotTrackScope as DotNotTrackScope
from kerajax.layers._conv import BaseConv as BaseConv
from kerajax.layers._conv_transpose import BaseConvTranspose as BaseConvTranspose
from kerajax.layers._depthwise_conv import BaseDepthwiseConv as BaseDepthwiseConv
from kerajax.layers._global_pooling import GlobalPooling
from kerajax.layers._pooling import Pooling
from kerajax.layers._separable_conv import BaseSeparableConv as BaseSeparableConv
from kerajax.objects import in_safe_mode as in_safe_mode
from kerajax.random import draw_seed
from kerajax.random._seed import global_generator
from kerajax.saving._entries import H5IOStore as H5IOStore
from kerajax.training.data._arrays import weights_of_classes
from kerajax.utils._images import smart_resize as smart_resize

BaseGlobalPooling = GlobalPooling
BasePooling = Pooling
global_seed_generator = global_generator
jax_draw_seed = draw_seed


def compute_output_spec(fn, *args, **kwargs):
    """What `fn` returns for symbolic tensors, with symbolic tensors in place of arrays."""
    return infer_once(fn, *args, **kwargs)


def standardize_tuple(value, n, name, allow_zero=False):
    """`n` ints; one int stands for all of them."""
    return int_tuple(value, name, "This argument", n, allow_zero=allow_zero)


def standardize_padding(value, allow_causal=False):
    """`"valid"` or `"same"` in lower case, and `"causal"` where that is allowed."""
    choices = ("valid", "same", "causal") if allow_causal else ("valid", "same")
    return padding(value, "padding", "This argument", choices)


def compute_conv_output_shape(
    input_shape,
    filters,
    kernel_size,
    strides=1,
    padding="valid",
    data_format="channels_last",
    dilation_rate=1,
):
    """The shape that a convolution makes of inputs of `input_shape`."""
    channels = input_shape[-1] if data_format == "channels_last" else input_shape[1]
    kernel = KerasTensor((*kernel_size, channels, filters))
    inputs = KerasTensor(input_shape)
    return ops.conv(inputs, kernel, strides, padding, data_format, dilation_rate).shape


def class_weight_to_sample_weights(y, class_weight):
    """The weight of each sample, from the weights of the classes in `y`."""
    return weights_of_classes(y, class_weight, None)


def no_automatic_dependency_tracking(fn):
    """Decorator: attributes that the method sets are no state of its layer."""

    @functools.wraps(fn)
    def untracked(*args, **kwargs):
        with DotNotTrackScope():
            return fn(*args, **kwargs)

    return untracked


def in_tf_graph() -> bool:
    """False: nothing here runs in a graph of TensorFlow."""
    return False


def in_grain_data_pipeline() -> bool:
    """Whether grain, which loads data in workers of its own, called the code that asks."""
    if "grain" not in sys.modules:
        return False
    folders = [os.path.join("grain", "_src", "python", d) for d in ("dataset", "data_loader")]
    frame = inspect.currentframe()
    while frame is not None:
        if any(folder in frame.f_code.co_filename for folder in folders):
            return True
        frame = frame.f_back
    return False


class LazyModule:
    """A module that is imported when the first of its names is asked for.

    Args:
        name: String, the module's name.
        pip_name: Optional string, the package to install where it is missing.
        import_error_msg: Optional string, what to say then.
    """

    def __init__(self, name, pip_name=None, import_error_msg=None):
        self.name = name
        self.import_error_msg = import_error_msg or (
            f"This requires the {name} module. Install it by `pip install {pip_name or name}`."
        )

    @property
    def available(self) -> bool:
        """Whether the module itself is there."""
        found = importlib.util.find_spec(self.name)
        return found is not None and type(found.loader).__module__ != "kerajax.legacy._install"

    def __getattr__(self, name):
        if name.startswith("__"):
            # Inspection asks; the module is not wanted.
            raise AttributeError(name)
        if not self.available:
            raise ImportError(self.import_error_msg)
        return getattr(importlib.import_module(self.name), name)


tensorflow = LazyModule("tensorflow")

"""Layers that Keras has for its other backends, which run TensorFlow or PyTorch code.

kerajax computes with JAX alone, so making one raises and names the way to the same end.
"""

import importlib.util

from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.TFSMLayer")
class TFSMLayer(Layer):
    """A layer around a TensorFlow SavedModel; Keras runs it on its TensorFlow backend alone.

    kerajax cannot run TensorFlow graphs inside compiled JAX code on every platform, so making one
    raises.

    Args:
        filepath: Path of the SavedModel.
        call_endpoint: Name of the endpoint that is called.
        call_training_endpoint: Name of the endpoint for training, or None.
        trainable: Bool. Whether its variables are trained.
        name: String.
        dtype: Dtype name or policy.

    Raises:
        ImportError: If TensorFlow is not installed.
        NotImplementedError: If it is, since there is no TensorFlow backend here.

    Example:

    >>> try:
    ...     kerajax.layers.TFSMLayer("saved_model")
    ... except (ImportError, NotImplementedError) as error:
    ...     print("model.save" in str(error))
    True
    """

    def __init__(
        self,
        filepath,
        call_endpoint="serve",
        call_training_endpoint=None,
        trainable=True,
        name=None,
        dtype=None,
    ):
        _refuse(
            f"TFSMLayer of {str(filepath)!r}",
            "tensorflow",
            "Save the model itself where it was trained, by `model.save('model.keras')` or "
            "`model.save('model.h5')`, and read that by `kerajax.saving.load_model`.",
        )


@publish("keras.layers.TorchModuleWrapper")
class TorchModuleWrapper(Layer):
    """A layer around a `torch.nn.Module`; Keras runs it on its PyTorch backend alone.

    Gradients of PyTorch code do not pass through compiled JAX code, so making one raises.

    Args:
        module: The `torch.nn.Module`.
        name: String.
        output_shape: Shape of the outputs, or None.
        **kwargs: Arguments of every layer.

    Raises:
        ImportError: If PyTorch is not installed.
        NotImplementedError: If it is, since there is no PyTorch backend here.

    Example:

    >>> try:
    ...     kerajax.layers.TorchModuleWrapper(None)
    ... except (ImportError, NotImplementedError) as error:
    ...     print("JaxLayer" in str(error))
    True
    """

    def __init__(self, module, name=None, output_shape=None, **kwargs):
        _refuse(
            f"TorchModuleWrapper of a {type(module).__name__}",
            "torch",
            "Write the module with kerajax layers and copy its parameters by `set_weights`, or "
            "give its computation as a JAX function to `kerajax.layers.JaxLayer`.",
        )


def _refuse(what, framework, instead):
    if importlib.util.find_spec(framework) is None:
        raise ImportError(
            f"{what} needs the package `{framework}`, which is not installed, and Keras' backend "
            f"for it. kerajax computes with JAX alone. {instead}"
        )
    raise NotImplementedError(
        f"{what} runs code of `{framework}`, and only on Keras' backend for it; kerajax computes "
        f"with JAX alone. {instead}"
    )

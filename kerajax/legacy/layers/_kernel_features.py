"""RandomFourierFeatures: a random map whose products approximate a kernel."""

import math

import numpy as np

from kerajax import initializers, ops
from kerajax._checks import positive_int
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.RandomFourierFeatures", "keras.layers.experimental.RandomFourierFeatures")
class RandomFourierFeatures(Layer):
    """`cos(x @ kernel / scale + bias)` with a random kernel and bias that are not trained.

    The products of two outputs, times `2 / output_dim`, approximate a kernel of their inputs, so
    that a linear model on the outputs is a kernel machine.

    Args:
        output_dim: Int. Size of the output.
        kernel_initializer: `"gaussian"` for the Gaussian kernel, `"laplacian"` for the Laplacian
            kernel, or an initializer.
        scale: Float > 0, the width of the kernel. By default `sqrt(input_dim / 2)` for the
            Gaussian kernel and 1 for others.
        trainable: Bool. Whether `scale` is trained.
        name: String.
        **kwargs: Arguments of every layer, such as `dtype`.

    Input shape: `(batch, input_dim)`.
    Output shape: `(batch, output_dim)`.

    Raises:
        ValueError: If an argument is out of range, or the input has not two axes.

    Example:

    >>> kerajax.legacy.layers.RandomFourierFeatures(64)(np.zeros((2, 3))).shape
    (2, 64)

    Reference:
        Rahimi and Recht, 2007, "Random Features for Large-Scale Kernel Machines"
    """

    def __init__(
        self,
        output_dim,
        kernel_initializer="gaussian",
        scale=None,
        trainable=False,
        name=None,
        **kwargs,
    ):
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.output_dim = positive_int(output_dim, "output_dim", self)
        if scale is not None and not scale > 0:
            raise ValueError(f"`scale` must be a number above 0. Received: scale={scale}")
        if isinstance(kernel_initializer, str):
            kernel_initializer = kernel_initializer.lower()
            if kernel_initializer not in ("gaussian", "laplacian"):
                raise ValueError(
                    "`kernel_initializer` must be 'gaussian', 'laplacian' or an initializer. "
                    f"Received: kernel_initializer={kernel_initializer!r}"
                )
        self.kernel_initializer = kernel_initializer
        self.scale = scale

    def build(self, input_shape):
        if len(input_shape) != 2 or input_shape[-1] is None:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' takes inputs of two axes, the last of a "
                f"known size, but received: input_shape={tuple(input_shape)}."
            )
        size = input_shape[-1]
        scale = self.scale
        if scale is None:
            scale = math.sqrt(size / 2) if self.kernel_initializer == "gaussian" else 1.0
        self.unscaled_kernel = self.add_weight(
            name="unscaled_kernel",
            shape=(size, self.output_dim),
            initializer=self._kernel_initializer(),
            trainable=False,
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.output_dim,),
            initializer=initializers.RandomUniform(0.0, 2 * math.pi),
            trainable=False,
        )
        self.kernel_scale = self.add_weight(
            name="kernel_scale",
            shape=(1,),
            initializer=initializers.Constant(scale),
            constraint="non_neg",
        )

    def _kernel_initializer(self):
        if self.kernel_initializer == "gaussian":
            return initializers.RandomNormal(stddev=1.0)
        if self.kernel_initializer != "laplacian":
            return initializers.get(self.kernel_initializer)
        uniform = initializers.RandomUniform(0.0, 1.0)

        def cauchy(shape, dtype=None):
            # The quantile function of the distribution.
            return ops.tan(np.pi * (uniform(shape, dtype) - 0.5))

        return cauchy

    def call(self, inputs):
        kernel = self.unscaled_kernel / self.kernel_scale
        return ops.cos(ops.matmul(inputs, kernel) + self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.output_dim)

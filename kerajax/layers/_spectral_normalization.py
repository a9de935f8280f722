"""SpectralNormalization: keeps the largest singular value of a layer's kernel near one."""

from kerajax import initializers, ops
from kerajax.layers._base import InputSpec
from kerajax.layers._wrapper import Wrapper
from kerajax.objects import publish


@publish("keras.layers.SpectralNormalization")
class SpectralNormalization(Wrapper):
    """Divides the kernel of a layer by its largest singular value in every training step.

    That bounds by how much the layer can stretch distances, which steadies the training of
    adversarial networks. The singular value is estimated by power iteration that goes on from step
    to step: `v = normalize(u W^T)`, `u = normalize(v W)`, `sigma = v W u^T`, with the kernel as a
    matrix `W` of its last axis. In inference the kernel is used as it is.

    Args:
        layer: Layer with a `kernel` or with `embeddings`.
        power_iterations: Int > 0. Iterations in each training step.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Call arguments:
        inputs: What the layer takes.
        training: Bool. Whether to normalize the kernel.

    Input shape: that of the layer.
    Output shape: that of the layer.

    Raises:
        ValueError: If the layer has neither weight, or `power_iterations` is not above 0.

    Example:

    >>> layer = kerajax.layers.SpectralNormalization(kerajax.layers.Dense(3, use_bias=False))
    >>> for _ in range(50):
    ...     _ = layer(np.ones((2, 4)), training=True)
    >>> round(float(np.linalg.svd(layer.kernel.numpy())[1][0]), 3)
    1.0

    Reference:
        Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks",
        https://arxiv.org/abs/1802.05957
    """

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        if power_iterations <= 0:
            raise ValueError(
                f"SpectralNormalization layer '{self.name}': `power_iterations` should be greater "
                f"than zero. Received: power_iterations={power_iterations}"
            )
        self.power_iterations = power_iterations

    def build(self, input_shape):
        super().build(input_shape)
        self.input_spec = InputSpec(min_ndim=1, axes={-1: input_shape[-1]})
        for name in ("kernel", "embeddings"):
            if hasattr(self.layer, name):
                self.kernel = getattr(self.layer, name)
                break
        else:
            raise ValueError(
                f"{type(self.layer).__name__} object has no attribute 'kernel' nor 'embeddings', "
                "so there is nothing that SpectralNormalization could normalize."
            )
        self.vector_u = self.add_weight(
            shape=(1, self.kernel.shape[-1]),
            initializer=initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
            dtype=self.kernel.dtype,
        )

    def call(self, inputs, training=False):
        if training:
            vector_u, kernel = self.normalized_weights()
            # A kernel of zeros has no direction to stretch.
            is_zero = ops.all(ops.equal(self.kernel.value, 0))
            self.vector_u.assign(ops.where(is_zero, self.vector_u.value, vector_u))
            self.kernel.assign(ops.where(is_zero, self.kernel.value, kernel))
        return ops.cast(self.layer(inputs), inputs.dtype)

    def normalized_weights(self):
        """`vector_u` after the power iterations, and the kernel divided by its singular value."""
        weights = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        vector_u = self.vector_u.value
        for _ in range(self.power_iterations):
            vector_v = _unit(ops.matmul(vector_u, ops.transpose(weights)))
            vector_u = _unit(ops.matmul(vector_v, weights))
        vector_u, vector_v = ops.stop_gradient(vector_u), ops.stop_gradient(vector_v)
        sigma = ops.matmul(ops.matmul(vector_v, weights), ops.transpose(vector_u))
        kernel = ops.reshape(ops.divide(self.kernel, sigma), self.kernel.shape)
        return ops.cast(vector_u, self.vector_u.dtype), ops.cast(kernel, self.kernel.dtype)


def _unit(vector):
    return ops.normalize(vector, axis=None)

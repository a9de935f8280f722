"""Dense layers of Keras 1: Highway and MaxoutDense."""

from kerajax import activations, constraints, initializers, ops, regularizers
from kerajax._checks import positive_int
from kerajax.layers import Layer
from kerajax.objects import publish


@publish("keras.layers.Highway")
class Highway(Layer):
    """Passes its input on, or what it makes of it: `t * h + (1 - t) * x`.

    `h = activation(x @ W + b)` and the gate is `t = sigmoid(x @ W_carry + b_carry)`.

    Args:
        init: Initializer of both kernels.
        activation: Activation of `h`.
        W_regularizer: Regularizer of `W`, or None.
        b_regularizer: Regularizer of `b`, or None.
        W_constraint: Constraint of `W`, or None.
        b_constraint: Constraint of `b`, or None.
        bias: Bool. Whether there are biases.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, features)`, float.
    Output shape: that of the input.

    Example:

    >>> kerajax.legacy.layers.Highway()(kerajax.ops.ones((2, 3))).shape
    (2, 3)

    Reference:
        Srivastava, Greff and Schmidhuber, 2015, "Highway Networks",
        https://arxiv.org/abs/1505.00387
    """

    _any_arguments = True

    def __init__(
        self,
        init="glorot_uniform",
        activation=None,
        W_regularizer=None,
        b_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        transform_bias=-1,
        **kwargs,
    ):
        kwargs.pop("weights", None)
        super().__init__(**_with_input_shape(kwargs))
        self.init = initializers.get(init)
        self.activation = activations.get(activation)
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias
        self.transform_bias = transform_bias

    def build(self, input_shape):
        units = input_shape[-1]
        options = {"regularizer": self.W_regularizer, "constraint": self.W_constraint}
        self.W = self.add_weight(name="W", shape=(units, units), initializer=self.init, **options)
        self.W_carry = self.add_weight(name="W_carry", shape=(units, units), initializer=self.init)
        if self.bias:
            options = {"regularizer": self.b_regularizer, "constraint": self.b_constraint}
            self.b = self.add_weight(name="b", shape=(units,), initializer="zeros", **options)
            self.b_carry = self.add_weight(
                name="b_carry",
                shape=(units,),
                initializer=initializers.Constant(float(self.transform_bias)),
            )

    def call(self, inputs):
        carry, hidden = ops.matmul(inputs, self.W_carry), ops.matmul(inputs, self.W)
        if self.bias:
            carry, hidden = carry + self.b_carry, hidden + self.b
        gate = ops.sigmoid(carry)
        return gate * self.activation(hidden) + (1 - gate) * inputs


@publish("keras.layers.MaxoutDense")
class MaxoutDense(Layer):
    """The largest of several affine functions: `max over k of (x @ W[k] + b[k])`.

    Args:
        output_dim: Int > 0. Size of the last axis of the output.
        nb_feature: Int > 0. Number of affine functions.
        init: Initializer of the kernels.
        W_regularizer: Regularizer of `W`, or None.
        b_regularizer: Regularizer of `b`, or None.
        W_constraint: Constraint of `W`, or None.
        b_constraint: Constraint of `b`, or None.
        bias: Bool. Whether there are biases.
        **kwargs: Arguments of every layer, such as `name` and `dtype`.

    Input shape: `(batch, features)`, float.
    Output shape: `(batch, output_dim)`.

    Example:

    >>> kerajax.legacy.layers.MaxoutDense(5)(kerajax.ops.ones((2, 3))).shape
    (2, 5)

    Reference:
        Goodfellow et al., 2013, "Maxout Networks", https://arxiv.org/abs/1302.4389
    """

    _any_arguments = True

    def __init__(
        self,
        output_dim,
        nb_feature=4,
        init="glorot_uniform",
        W_regularizer=None,
        b_regularizer=None,
        W_constraint=None,
        b_constraint=None,
        bias=True,
        **kwargs,
    ):
        kwargs.pop("weights", None)
        super().__init__(**_with_input_shape(kwargs))
        self.output_dim = positive_int(output_dim, "output_dim", self)
        self.nb_feature = positive_int(nb_feature, "nb_feature", self)
        self.init = initializers.get(init)
        self.W_regularizer = regularizers.get(W_regularizer)
        self.b_regularizer = regularizers.get(b_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.b_constraint = constraints.get(b_constraint)
        self.bias = bias

    def build(self, input_shape):
        self.W = self.add_weight(
            name="W",
            shape=(self.nb_feature, input_shape[-1], self.output_dim),
            initializer=self.init,
            regularizer=self.W_regularizer,
            constraint=self.W_constraint,
        )
        if self.bias:
            self.b = self.add_weight(
                name="b",
                shape=(self.nb_feature, self.output_dim),
                initializer="zeros",
                regularizer=self.b_regularizer,
                constraint=self.b_constraint,
            )

    def call(self, inputs):
        outputs = ops.einsum("bi,kio->bko", inputs, self.W)
        return ops.max(outputs + self.b if self.bias else outputs, axis=1)


def _with_input_shape(kwargs):
    """`input_dim` of layers that take vectors, said as every layer takes it."""
    size = kwargs.pop("input_dim", None)
    if size is not None and not {"input_shape", "batch_input_shape"} & kwargs.keys():
        kwargs["input_shape"] = (size,)
    return kwargs

"""Small classes that stand for kerajax' own.

They bear the names of classes in the tables of `kerajax.eras` and are published where no real
class is.
"""

from kerajax.objects import Configurable, publish


@publish("keras.samples.Layer")
class Layer(Configurable):
    """The contract of a base class: entries of its own, extra arguments, its own exception."""

    _extra_arguments = frozenset({"input_shape", "input_dim", "batch_shape"})
    _initial_weights = None

    def __init__(self, *, trainable=True, name=None, activity_regularizer=None, **kwargs):
        self.trainable = trainable
        self.name = name
        self.activity_regularizer = activity_regularizer
        self.shapes = kwargs
        self.times_finished = 0

    def _base_config(self):
        config = {"name": self.name, "trainable": self.trainable}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = self.activity_regularizer
        return config

    _config_skip = frozenset({"activity_regularizer"})

    def _after_init(self):
        self.times_finished += 1

    @classmethod
    def _unknown_arguments(cls, unknown, hint):
        return ValueError(
            f"Unrecognized keyword arguments passed to {cls.__name__}: {unknown}. {hint}"
        )


@publish("keras.samples.Dense")
class Dense(Layer):
    def __init__(self, units, activation=None, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = activation
        self.kernel_initializer = kernel_initializer


@publish("keras.samples.Conv2D")
class Conv2D(Layer):
    def __init__(
        self,
        filters,
        kernel_size,
        strides=(1, 1),
        padding="valid",
        data_format=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.data_format = data_format
        self.kernel_initializer = kernel_initializer


@publish("keras.samples.LSTM")
class LSTM(Layer):
    def __init__(
        self, units, recurrent_activation="sigmoid", unit_forget_bias=True, dropout=0.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.units = units
        self.recurrent_activation = recurrent_activation
        self.unit_forget_bias = unit_forget_bias
        self.dropout = dropout


@publish("keras.samples.GRU")
class GRU(Layer):
    def __init__(self, units, recurrent_activation="sigmoid", reset_after=True, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.recurrent_activation = recurrent_activation
        self.reset_after = reset_after


@publish("keras.samples.Embedding")
class Embedding(Layer):
    def __init__(self, input_dim, output_dim, embeddings_initializer="uniform", **kwargs):
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = embeddings_initializer


@publish("keras.samples.BatchNormalization")
class BatchNormalization(Layer):
    def __init__(self, axis=-1, momentum=0.99, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon


@publish("keras.samples.TimeDistributed")
class TimeDistributed(Layer):
    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer


@publish("keras.samples.Optimizer")
class Optimizer(Configurable):
    """The contract of an optimizer base."""

    decay = 0.0

    def __init__(self, learning_rate, name=None, **kwargs):
        self.learning_rate = learning_rate
        self.name = name

    @classmethod
    def _unknown_arguments(cls, unknown, hint):
        return ValueError(f"Argument(s) not recognized: {unknown}. {hint}")


@publish("keras.samples.SGD")
class SGD(Optimizer):
    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum = momentum
        self.nesterov = nesterov


@publish("keras.samples.Adagrad")
class Adagrad(Optimizer):
    def __init__(self, learning_rate=0.001, epsilon=1e-7, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.epsilon = epsilon


@publish("keras.samples.Nadam")
class Nadam(Optimizer):
    def __init__(self, learning_rate=0.001, **kwargs):
        super().__init__(learning_rate, **kwargs)

"""Models that files are made of, written once for kerajax and for the Keras wheel.

Each function takes the package, `kerajax` or `keras`, and returns a model.
"""

import numpy as np


def sequential(k):
    return k.Sequential(
        [
            k.Input((6,)),
            k.layers.Dense(5, activation="relu"),
            k.layers.BatchNormalization(),
            k.layers.Dropout(0.3),
            k.layers.Dense(2, kernel_regularizer="l2", bias_constraint="non_neg"),
        ]
    )


def branches(k):
    """Two inputs, two outputs; the order of layers is not that of their creation."""
    dense = k.layers.Dense
    a, b = k.Input((3,), name="a"), k.Input((3,), name="b")
    x, y = dense(4, name="z1")(a), dense(4, name="a1")(b)
    total = k.layers.Add()([x, dense(4, name="a2")(y)])
    return k.Model([a, b], [dense(2, name="o2")(y), dense(1, name="o1")(total)])


def nested(k):
    """A functional model used twice, a Sequential, and a functional model at the end."""
    dense = k.layers.Dense
    i = k.Input((5,), name="i")
    encoder = k.Model(i, dense(3, name="e2")(dense(4, activation="tanh", name="e1")(i)), name="enc")
    stack = k.Sequential([dense(3, name="s1"), k.layers.LayerNormalization()], name="stack")
    j = k.Input((3,), name="j")
    head = k.Model(j, dense(2, name="h")(j), name="head")
    a, b = k.Input((5,), name="a"), k.Input((5,), name="b")
    x = stack(k.layers.Concatenate()([encoder(a), encoder(b)]))
    return k.Model([a, b], [head(x), encoder(a)])


def convolutional(k):
    return k.Sequential(
        [
            k.Input((8, 8, 2)),
            k.layers.Conv2D(4, 3, padding="same", activation="relu"),
            k.layers.MaxPooling2D(2),
            k.layers.Conv2D(3, 2, strides=2),
            k.layers.Flatten(),
            k.layers.Dense(3, activation="softmax"),
        ]
    )


def recurrent(k):
    i = k.Input((5, 3), name="i")
    x = k.layers.Masking()(i)
    x = k.layers.Bidirectional(k.layers.LSTM(4, return_sequences=True))(x)
    x = k.layers.TimeDistributed(k.layers.Dense(5))(x)
    x, state = k.layers.GRU(3, return_state=True, return_sequences=True)(x)
    return k.Model(i, k.layers.Concatenate()([k.layers.SimpleRNN(2)(x), state]))


def operations(k):
    i = k.Input((4,), name="i")
    x = k.ops.relu(k.layers.Dense(4)(i)) * 2 + i
    x = k.ops.concatenate([x, 1 - i], axis=-1)
    return k.Model(i, k.ops.mean(k.ops.reshape(x, (-1, 2, 4)), axis=1)[:, 1:])


def dicts(k):
    i = {"p": k.Input((2,), name="p"), "q": k.Input((3,), name="q")}
    x = k.layers.Concatenate()([i["p"], i["q"]])
    return k.Model(i, {"out": k.layers.Dense(2)(x)})


def embedding(k):
    return k.Sequential(
        [
            k.Input((5,), dtype="int32"),
            k.layers.Embedding(10, 4, mask_zero=True),
            k.layers.LSTM(3),
            k.layers.Dense(1, kernel_constraint=k.constraints.MaxNorm(2)),
        ]
    )


def frozen(k):
    i = k.Input((4,), name="i")
    inner = k.Sequential(
        [
            k.Input((4,)),
            k.layers.Dense(3, trainable=False, name="f"),
            k.layers.BatchNormalization(),
            k.layers.Dense(3, name="t"),
        ],
        name="inner",
    )
    return k.Model(i, inner(i))


MODELS = {
    f.__name__: f
    for f in (
        sequential,
        branches,
        nested,
        convolutional,
        recurrent,
        operations,
        dicts,
        embedding,
        frozen,
    )
}


def inputs_for(model, rng, batch=3):
    """Random inputs in the structure of the model's."""

    def draw(x):
        shape = (batch, *x.shape[1:])
        if "int" in str(x.dtype):
            return rng.integers(0, 9, shape).astype("int32")
        return rng.normal(size=shape).astype("float32")

    if type(model).__name__ == "Sequential":
        return draw(model.inputs[0])
    structure = model._inputs_struct if hasattr(model, "_inputs_struct") else model.input
    if isinstance(structure, dict):
        return {name: draw(x) for name, x in structure.items()}
    return [draw(x) for x in structure] if isinstance(structure, list) else draw(structure)


def outputs_of(model, inputs):
    """The outputs as a list of arrays, computed without compilation."""
    outputs = model(inputs)
    if isinstance(outputs, dict):
        outputs = list(outputs.values())
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [np.asarray(x) for x in outputs]


def stir(model, rng):
    """Gives weights and optimizer state values that no initializer gives."""
    for variable in model.weights:
        variable.assign(rng.uniform(0.1, 0.9, variable.shape))
    if hasattr(model, "optimizer"):
        model.optimizer.build(model.trainable_variables)
        for i, variable in enumerate(model.optimizer.variables):
            value = rng.uniform(0.1, 0.9, variable.shape)
            variable.assign(7 if i == 0 else value)
    return model

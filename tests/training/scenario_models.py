"""What random trainings are made of: models of any kind, losses, metrics, optimizers.

Each function takes a package, `kerajax` or `keras`, and the decisions of a scenario.
"""

import functools

STEPS, CLASSES, FEATURES = 4, 3, 3
_SIZES = {
    "numbers": 2,
    "yes": 1,
    "classes": CLASSES,
    "labels": CLASSES,
    "steps": 2,
    "tags": CLASSES,
}
_LAST = {"yes": "sigmoid", "classes": "softmax", "labels": "softmax", "tags": "softmax"}


# ---- models


def outputs_of(draw):
    """Names of the outputs and the kind of target that each has."""
    layout = draw("outputs", "one", "one", "one", "list", "dict", "listed one")
    in_time = draw("inputs", "one", "one", "list", "dict", "times", "tokens") in ("times", "tokens")
    kinds = ("numbers", "yes", "classes", "labels", *(("steps", "tags") if in_time else ()))
    names = ("a",) if layout in ("one", "listed one") else ("b", "a")
    return layout, {name: draw(f"kind of {name}", *kinds) for name in names}


def model_of(package, draw):
    """A model of any kind, not compiled."""
    layout, kinds = outputs_of(draw)
    inputs = draw("inputs")
    plain = inputs in ("one", "times", "tokens") and layout == "one"
    styles = ("functional", "subclass", "nested", *(("sequential", "deferred") if plain else ()))
    style = draw("style", *styles)
    made = _layers(package, draw, kinds)
    if style in ("sequential", "deferred"):
        stack = [*made["body"], made["heads"]["a"]]
        start = [_symbolic(package, inputs)] if style == "sequential" else []
        return package.Sequential([*start, *stack])
    if style == "subclass":
        return _subclass(package)(made, layout)
    x = _symbolic(package, inputs)
    if style == "nested":
        # All after the first layer is a model of its own.
        first, *rest = made["body"]
        inner = package.Input(first(_joined(made, x)).shape[1:])
        h = inner
        for layer in rest:
            h = layer(h)
        made["body"] = [first, package.Model(inner, h, name="inner")]
    return package.Model(x, _laid_out(layout, _applied(made, x)), name="model")


def _layers(package, draw, kinds):
    """The layers of a model: `join`, then `body`, then one of `heads` for each output."""
    k = package.layers
    inputs = draw("inputs")
    in_time = inputs in ("times", "tokens")
    # In models that are no graph, Keras loses the masks between layers, on JAX.
    masks = draw("mask", False, True) and draw("style") not in ("subclass", "deferred")
    sequences = any(kind in ("steps", "tags") for kind in kinds.values())
    penalty = draw("penalty", None, None, "l2", "l1")
    dense = k.Dense(
        5,
        activation=draw("activation", "tanh", "relu", "gelu"),
        kernel_regularizer=penalty,
        activity_regularizer=draw("activity", None, None, None, "l2"),
        kernel_constraint=draw("constraint", None, None, None, "max_norm", "non_neg"),
        use_bias=draw("bias", True, False),
    )
    body = []
    if inputs == "tokens":
        body.append(k.Embedding(7, 4, mask_zero=masks))
    elif inputs == "times" and masks:
        body.append(k.Masking(0.0))
    if in_time:
        cell = draw("recurrent", "GRU", "LSTM", "SimpleRNN", "Bidirectional", "TimeDistributed")
        if cell == "Bidirectional":
            body.append(k.Bidirectional(k.LSTM(2, return_sequences=sequences)))
        elif cell == "TimeDistributed":
            body.append(k.TimeDistributed(k.Dense(4)))
            if not sequences:
                body.append(k.GlobalAveragePooling1D())
        else:
            body.append(getattr(k, cell)(4, return_sequences=sequences))
    body.append(dense)
    extra = draw("extra", None, None, "norm", "dropout", "loss", "activity", "layer norm", "frozen")
    if extra:
        body.append(_extra(package, extra, draw))
    heads = {
        name: k.Dense(_SIZES[kind], activation=_LAST.get(kind), name=name)
        for name, kind in kinds.items()
    }
    if sequences:
        # Outputs without an axis of time, beside those that have one.
        for name, kind in kinds.items():
            if kind not in ("steps", "tags"):
                last = k.Dense(_SIZES[kind], activation=_LAST.get(kind))
                heads[name] = package.Sequential([k.GlobalMaxPooling1D(), last], name=name)
    join = k.Concatenate() if inputs in ("list", "dict") else None
    return {"join": join, "body": body, "heads": heads}


def _extra(package, name, draw):
    k = package.layers
    if name == "norm":
        return k.BatchNormalization(momentum=draw("momentum", 0.9, 0.5))
    if name == "dropout":
        return k.Dropout(0.0)
    if name == "activity":
        return k.ActivityRegularization(l2=0.01)
    if name == "layer norm":
        return k.LayerNormalization()
    if name == "frozen":
        return k.Dense(5, trainable=False)
    return own_layers(package)[name]()


@functools.cache
def own_layers(package):
    """A layer that adds a loss."""

    class Loss(package.layers.Layer):
        def call(self, x):
            self.add_loss(0.01 * package.ops.mean(package.ops.square(x)))
            return x

    return {"loss": Loss}


@functools.cache
def _subclass(package):
    class Own(package.Model):
        def __init__(self, made, layout):
            super().__init__(name="model")
            self.join = made["join"]
            self.body = made["body"]
            self.heads = made["heads"]
            self.layout = layout

        # With `training`, without which Keras runs the layers of such a model as in inference.
        def call(self, inputs, training=None):
            made = {"join": self.join, "body": self.body, "heads": self.heads}
            return _laid_out(self.layout, _applied(made, inputs))

    return Own


def _applied(made, x):
    x = _joined(made, x)
    for layer in made["body"]:
        x = layer(x)
    return {name: head(x) for name, head in made["heads"].items()}


def _joined(made, x):
    if made["join"] is None:
        return x
    return made["join"]([x[name] for name in sorted(x)] if isinstance(x, dict) else x)


def _laid_out(layout, outputs):
    if layout == "dict":
        return outputs
    return outputs["a"] if layout == "one" else list(outputs.values())


def _symbolic(package, inputs):
    if inputs == "list":
        return [package.Input((FEATURES,), name="p"), package.Input((2,), name="q")]
    if inputs == "dict":
        return {"q": package.Input((2,), name="q"), "p": package.Input((FEATURES,), name="p")}
    if inputs == "tokens":
        return package.Input((STEPS,), dtype="int32", name="p")
    return package.Input((STEPS, FEATURES) if inputs == "times" else (FEATURES,), name="p")


# ---- what `compile` takes


_SCHEDULE = {
    "exponential": lambda s: s.ExponentialDecay(0.05, 3, 0.5),
    "steps": lambda s: s.PiecewiseConstantDecay([2, 5], [0.1, 0.05, 0.01]),
    "cosine": lambda s: s.CosineDecay(0.05, 6, warmup_target=0.1, warmup_steps=2),
}
_OPTIMIZERS = [
    lambda o: "sgd",
    lambda o: o.SGD(0.05, momentum=0.9, nesterov=True),
    lambda o: o.Adam(0.01),
    lambda o: "adam",
    lambda o: o.SGD(_SCHEDULE["exponential"](o.schedules)),
    lambda o: o.Adam(_SCHEDULE["steps"](o.schedules)),
    lambda o: o.RMSprop(_SCHEDULE["cosine"](o.schedules)),
    lambda o: o.SGD(0.1, clipnorm=0.1),
    lambda o: o.SGD(0.1, global_clipnorm=0.2, weight_decay=0.01),
    lambda o: o.Adam(0.05, clipvalue=0.01),
    lambda o: o.SGD(0.1, use_ema=True, ema_momentum=0.8),
    lambda o: o.Adam(0.02, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    lambda o: o.SGD(0.1, gradient_accumulation_steps=2),
    lambda o: o.Adam(0.02, gradient_accumulation_steps=3, clipnorm=1.0),
    lambda o: _excluding(o.AdamW(0.01, weight_decay=0.1)),
    lambda o: o.LossScaleOptimizer(o.SGD(0.05), initial_scale=4.0, dynamic_growth_steps=2),
    lambda o: o.SGD(0.05, loss_scale_factor=8.0),
    lambda o: {"class_name": "Adagrad", "config": {"learning_rate": 0.05}},
    lambda o: o.Adamax(0.01),
    lambda o: o.Nadam(0.01),
    lambda o: o.Lion(0.005),
    lambda o: o.Adafactor(0.02),
    lambda o: o.Ftrl(0.05),
]
_LOSSES = {
    "numbers": [
        lambda k: "mse",
        lambda k: "mean_absolute_error",
        lambda k: k.losses.Huber(0.5),
        lambda k: k.losses.MeanSquaredError(reduction="sum"),
        lambda k: k.losses.log_cosh,
        lambda k: lambda y, p: half_square(y, p),
        lambda k: k.losses.CosineSimilarity(name="cosine"),
    ],
    "yes": [
        lambda k: "binary_crossentropy",
        lambda k: k.losses.BinaryCrossentropy(label_smoothing=0.1),
        lambda k: "hinge",
        lambda k: k.losses.BinaryFocalCrossentropy(),
        lambda k: "crossentropy",
    ],
    "classes": [
        lambda k: "categorical_crossentropy",
        lambda k: k.losses.CategoricalCrossentropy(label_smoothing=0.1),
        lambda k: "kl_divergence",
        lambda k: "ce",
    ],
    "labels": [
        lambda k: "sparse_categorical_crossentropy",
        lambda k: k.losses.SparseCategoricalCrossentropy(ignore_class=0),
        lambda k: "crossentropy",
    ],
    "steps": [lambda k: "mse", lambda k: k.losses.MeanAbsoluteError()],
    "tags": [
        lambda k: "sparse_categorical_crossentropy",
        lambda k: k.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight"),
    ],
}
_METRICS = {
    "numbers": [
        lambda k: "mae",
        lambda k: k.metrics.RootMeanSquaredError(name="root"),
        lambda k: "mean_squared_error",
        lambda k: half_square,
        lambda k: k.metrics.MeanMetricWrapper(half_square, name="wrapped"),
        lambda k: k.losses.log_cosh,
        lambda k: k.metrics.CosineSimilarity(),
    ],
    "yes": [
        lambda k: "accuracy",
        lambda k: k.metrics.AUC(num_thresholds=20, name="auc"),
        lambda k: "acc",
        lambda k: k.metrics.Precision(thresholds=[0.3, 0.6]),
        lambda k: k.metrics.Recall(name="recall"),
        lambda k: "binary_crossentropy",
        lambda k: "bce",
    ],
    "classes": [
        lambda k: "accuracy",
        lambda k: k.metrics.TopKCategoricalAccuracy(2, name="top"),
        lambda k: k.metrics.F1Score(),
        lambda k: "categorical_accuracy",
    ],
    "labels": [
        lambda k: "accuracy",
        lambda k: "acc",
        lambda k: k.metrics.SparseTopKCategoricalAccuracy(2),
        lambda k: "sparse_categorical_crossentropy",
    ],
    "steps": [lambda k: "mae", lambda k: k.metrics.MeanSquaredError(), lambda k: "mse"],
    "tags": [lambda k: "accuracy", lambda k: "sparse_categorical_accuracy"],
}


def half_square(y, p):
    """Half the squared error, by what the arrays of both packages can do."""
    return ((y - p) ** 2).mean(-1) / 2 if hasattr(y, "mean") else (y - p) ** 2


def _excluding(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def compiled_with(package, draw, which):
    """Arguments of `compile`."""
    layout, kinds = outputs_of(draw)
    arguments = {"optimizer": draw(f"{which}: optimizer", *_OPTIMIZERS)(package.optimizers)}
    chosen = {
        name: draw(f"{which}: loss of {name}", *_LOSSES[kind])(package)
        for name, kind in kinds.items()
    }
    several = len(kinds) > 1
    form = draw(f"{which}: form of loss", "plain", "plain", "dict", "list", "some")
    if not several:
        arguments["loss"] = chosen["a"]
        if form == "list" or layout == "listed one":
            arguments["loss"] = [chosen["a"]]
        elif form == "dict" and layout == "one" and draw("style") == "functional":
            arguments["loss"] = {"a": chosen["a"]}
        if draw(f"{which}: weight", False, False, True) and form == "plain" and layout == "one":
            arguments["loss_weights"] = 0.5
    else:
        weights = {"b": 0.5, "a": 2.0}
        if form == "some":
            chosen["a"] = None
        if layout == "dict":
            arguments["loss"] = chosen
        elif form == "dict" and draw("style") == "functional":
            arguments["loss"] = chosen
        else:
            arguments["loss"] = list(chosen.values())
        if draw(f"{which}: weight", False, False, True) and form != "some":
            as_dict = isinstance(arguments["loss"], dict)
            arguments["loss_weights"] = weights if as_dict else list(weights.values())
    for argument in ("metrics", "weighted_metrics"):
        given = _metrics(package, draw, f"{which}: {argument}", layout, kinds, argument[0] == "w")
        if given is not None:
            arguments[argument] = given
    how = draw("how", *[None] * 8, "eager", "joined", "joined", "uncompiled")
    if how == "eager":
        arguments["run_eagerly"] = True
    elif how == "joined":
        arguments["steps_per_execution"] = draw("joined", 2, 3, 5)
    elif how == "uncompiled":
        arguments["jit_compile"] = False
    return arguments


def _metrics(package, draw, which, layout, kinds, weighted):
    count = draw(f"{which}: count", 0, 1, 1, 2)
    if not count:
        return None
    chosen = {}
    for name, kind in kinds.items():
        # Others with weights than without: Keras lists results of equal names twice.
        rows = [draw(f"{which}: {name} {i}", *_METRICS[kind][weighted::2]) for i in range(count)]
        rows = list(dict.fromkeys(rows))
        chosen[name] = [row(package) for row in rows]
    if len(kinds) == 1:
        forms = ("list", "list", *(("dict",) if layout == "one" else ()), "nested")
        form = draw(f"{which}: form", *forms)
        if form == "dict" and draw("style") == "functional":
            return chosen
        return [chosen["a"]] if form == "nested" else chosen["a"]
    form = draw(f"{which}: form", "full", "full", "some", "single")
    if form == "some":
        chosen["b"] = None
    elif form == "single":
        chosen["a"] = chosen["a"][0]
    if layout == "dict":
        return {name: m for name, m in chosen.items() if m is not None}
    if draw(f"{which}: by name", False, True) and draw("style") == "functional":
        return {name: m for name, m in chosen.items() if m is not None}
    return list(chosen.values())

"""What random trainings are given: arrays, generators, weights of samples, and callbacks.

Each function takes a package, `kerajax` or `keras`, and the decisions of a scenario.
"""

import functools

import jax.numpy as jnp
import numpy as np
import pandas as pd

from tests.training.scenario_models import CLASSES, FEATURES, STEPS, outputs_of


def data_of(draw, which):
    """`(x, targets)` with the targets by name."""
    _, kinds = outputs_of(draw)
    size = draw(f"{which}: size", 12, 7, 17, 1, 24)
    rng = draw.rng(which)
    inputs = draw("inputs")

    def floats(*shape):
        return rng.normal(size=(size, *shape)).astype("float32")

    x = floats(FEATURES)
    if inputs == "list":
        x = [x, floats(2)]
    elif inputs == "dict":
        x = {"q": floats(2), "p": x}
    elif inputs == "times":
        x = floats(STEPS, FEATURES)
        x[:, -1] *= rng.integers(0, 2, size=(size, 1))
    elif inputs == "tokens":
        x = rng.integers(0, 7, size=(size, STEPS)).astype("int32")
        x[:, 0] = 1
    labels = rng.integers(0, CLASSES, size)
    column = draw("labels in columns", False, True)
    make = {
        "numbers": lambda: floats(2),
        "yes": lambda: rng.integers(0, 2, (size, 1)).astype(draw("yes as", "float32", "int32")),
        "classes": lambda: np.eye(CLASSES, dtype="float32")[labels],
        "labels": lambda: labels[:, None] if column else labels.astype("int32"),
        "steps": lambda: floats(STEPS, 2),
        "tags": lambda: rng.integers(0, CLASSES, (size, STEPS)),
    }
    return x, {name: make[kind]() for name, kind in kinds.items()}


def source(package, draw, which, training=False, targets=True, epochs=1, forms=None):
    """Arguments of `fit`, `evaluate` or `predict` that hold the data, in one of many forms."""
    layout, kinds = outputs_of(draw)
    x, y = data_of(draw, which)
    by_name = draw(f"{which}: by name", False, True) and draw("style") == "functional"
    y = _as_layout(layout, y, by_name)
    forms = forms or ("arrays", "arrays", "arrays", "jax", "pandas", "generator", "PyDataset")
    form = draw(f"{which}: form", *forms)
    size = draw(f"{which}: batch size", 4, 5, 32)
    arguments = {"x": x}
    if targets:
        arguments["y"] = y
        weights = draw(f"{which}: weights", None, None, None, "samples", "samples", "classes")
        if (
            weights == "classes"
            and training
            and layout == "one"
            and kinds["a"] in ("yes", "classes", "labels")
        ):
            arguments["class_weight"] = {0: 0.5, 1: 2.0, **draw("third class", {}, {2: 0.25})}
        elif weights == "samples":
            arguments["sample_weight"] = _weights(draw, which, kinds, y)
    if form == "jax":
        given = arguments.pop("class_weight", None)
        arguments = {name: _mapped(jnp.asarray, part) for name, part in arguments.items()}
        arguments |= {} if given is None else {"class_weight": given}
    elif form == "pandas" and draw("inputs") == "one" and isinstance(x, np.ndarray):
        arguments["x"] = pd.DataFrame(x, columns=list("uvw"))
    elif form in ("generator", "PyDataset"):
        return _streamed(package, draw, which, form, arguments, size, epochs)
    return {**arguments, "batch_size": size}


def _as_layout(layout, y, by_name):
    if layout == "dict" or (by_name and layout == "list"):
        return y
    return y["a"] if layout == "one" else list(y.values())


def _weights(draw, which, kinds, y):
    size = len(_leaves(y)[0])
    rng = draw.rng(f"{which} weights")

    def one(kind):
        along = (STEPS,) if kind in ("steps", "tags") else ()
        return rng.uniform(0.2, 2.0, (size, *along)).astype("float32")

    made = {name: one(kind) for name, kind in kinds.items()}
    if isinstance(y, dict):
        return made
    if isinstance(y, list):
        return list(made.values())
    return made["a"]


def _streamed(package, draw, which, form, arguments, size, epochs):
    class_weight = arguments.pop("class_weight", None)
    more = {} if class_weight is None else {"class_weight": class_weight}
    parts = tuple(arguments.values())
    count = len(_leaves(parts[0])[0])
    starts = range(0, count, size)

    def batch(start):
        taken = tuple(_mapped(lambda a: a[start : start + size], part) for part in parts)
        return taken

    if form == "PyDataset":
        return {"x": _data_set(package)(batch, starts), **more}
    steps = draw(f"{which}: steps", None, 1, 2)
    if epochs > 1 and steps is None:
        steps = 1
    if steps and draw("how") == "joined":
        # Of joined steps, Keras runs all, whatever the number asked for.
        steps = draw("joined")

    def generate():
        times = draw(f"{which}: times", 1, 3, 50)
        for _ in range(1 if steps is None else times):
            for start in starts:
                yield batch(start)

    return {"x": generate(), **more, **({} if steps is None else {"steps_per_epoch": steps})}


@functools.cache
def _data_set(package):
    class Batches(package.utils.PyDataset):
        def __init__(self, batch, starts):
            super().__init__()
            self.batch, self.starts = batch, starts

        def __len__(self):
            return len(self.starts)

        def __getitem__(self, index):
            return self.batch(self.starts[index])

    return Batches


def _leaves(x):
    if isinstance(x, (dict, list, tuple)):
        return [
            leaf for part in (x.values() if isinstance(x, dict) else x) for leaf in _leaves(part)
        ]
    return [x]


def _mapped(fn, value):
    if isinstance(value, dict):
        return {key: _mapped(fn, part) for key, part in value.items()}
    return [_mapped(fn, part) for part in value] if isinstance(value, list) else fn(value)


# ---- callbacks

_HOOKS = [
    f"on_{kind}{part}_{end}"
    for kind, parts in (
        ("train", ("", "_batch")),
        ("test", ("", "_batch")),
        ("predict", ("", "_batch")),
        ("epoch", ("",)),
    )
    for part in parts
    for end in ("begin", "end")
]


def callbacks(package, draw, i, record, hooks_only=False):
    """A list of callbacks; some write into `record`."""
    c = package.callbacks
    found = []
    if not hooks_only:
        monitor = draw(f"monitor {i}", "loss", "val_loss")
        for j in range(draw(f"callbacks {i}", 0, 1, 1, 2)):
            found += draw(
                f"callback {i} {j}",
                lambda: [c.LearningRateScheduler(lambda epoch: 0.02 / (epoch + 1))],
                lambda: [c.LearningRateScheduler(lambda epoch, rate: rate * 0.5)],
                lambda: [c.ReduceLROnPlateau(monitor, 0.5, patience=1, min_delta=0.05)],
                lambda: [c.ReduceLROnPlateau(monitor, 0.1, patience=1, min_delta=10, min_lr=0.004)],
                lambda: [c.EarlyStopping(monitor, patience=1, min_delta=0.2)],
                lambda: [
                    c.EarlyStopping(
                        monitor,
                        mode="max",
                        patience=0,
                        restore_best_weights=True,
                    )
                ],
                lambda: [c.EarlyStopping(monitor, baseline=0.01, start_from_epoch=1)],
                lambda: [c.TerminateOnNaN()],
                lambda: [c.SwapEMAWeights(swap_on_epoch=draw("swap", False, True))],
                lambda: [c.LambdaCallback(on_epoch_end=lambda e, logs: logs.update(extra=e))],
                lambda: [own_callbacks(package)["stop"]()],
                lambda: [own_callbacks(package)["halve"]()],
                lambda: [own_callbacks(package)["look"](record)],
            )()
    seen = draw(f"seen {i}", None, "epochs", "all")
    if seen:
        hooks = _HOOKS if seen == "all" else [h for h in _HOOKS if "batch" not in h]
        found.append(c.LambdaCallback(**{h: functools.partial(_wrote, record, h) for h in hooks}))
    return found


def _wrote(record, hook, *arguments, logs=None):
    *where, given = (*arguments, logs) if logs is not None else arguments
    given = {} if given is None else dict(given)
    if "predict" in hook and given:
        # Keras hands the entries of a dict of outputs over one by one.
        given = {"outputs": sum(a.size for a in _leaves(given))}
    record.append((" ".join(map(str, [hook, *where])), given))


@functools.cache
def own_callbacks(package):
    """Callbacks that change what they are told about."""

    class Stop(package.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch >= 1:
                self.model.stop_training = True

    class Halve(package.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.set_weights([0.5 * np.asarray(w) for w in self.model.get_weights()])

    class Look(package.callbacks.Callback):
        def __init__(self, record):
            super().__init__()
            self.record = record

        def on_train_batch_end(self, batch, logs=None):
            w = np.asarray(self.model.trainable_variables[0])
            self.record.append((f"look {batch}", [w, int(self.model.optimizer.iterations)]))

    return {"stop": Stop, "halve": Halve, "look": Look}

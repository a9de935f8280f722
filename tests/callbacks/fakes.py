"""A model that does nothing but note what callbacks ask of it, and runs of scripted logs."""

import numpy as np


class Metric:
    def __init__(self, name, direction):
        self.name = name
        self._direction = direction


class Compiled:
    """Stands for compiled metrics."""

    def __init__(self, *metrics):
        self.name = "compile_metrics"
        self.metrics = list(metrics)


class Optimizer:
    name = "sgd"

    def __init__(self, learning_rate=0.1):
        self.learning_rate = np.float32(learning_rate)


class Model:
    """Its only weight is the number of the epoch."""

    def __init__(self, metrics=(), learning_rate=0.1):
        self.metrics = list(metrics)
        self.optimizer = Optimizer(learning_rate)
        self.stop_training = False
        self.weights = [np.zeros(())]
        self.calls = []

    def get_weights(self):
        return [w.copy() for w in self.weights]

    def set_weights(self, weights):
        self.weights = [w.copy() for w in weights]

    def save(self, path, overwrite=True):
        self.calls.append(("save", path, overwrite))

    def save_weights(self, path, overwrite=True):
        self.calls.append(("save_weights", path, overwrite))


def run(callback, model, epochs, batches=0):
    """Tells a callback of epochs with these logs until it stops; returns how many there were."""
    callback.set_model(model)
    callback.set_params({"epochs": len(epochs), "steps": batches, "verbose": 0})
    model.stop_training = False
    callback.on_train_begin()
    count = 0
    for epoch, logs in enumerate(epochs):
        count += 1
        callback.on_epoch_begin(epoch)
        model.weights = [np.array(float(epoch))]
        for batch in range(batches):
            callback.on_train_batch_begin(batch)
            callback.on_train_batch_end(batch, dict(logs, loss=logs.get("loss", 0.0) + batch))
        callback.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callback.on_train_end(logs)
    return count

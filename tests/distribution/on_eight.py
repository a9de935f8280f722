"""Trains on one device and on eight, and prints how far the two are apart, as JSON.

Run in a process of its own, since the number of devices is fixed when JAX starts.
"""

import json
import sys

import jax
import numpy as np

import kerajax
from kerajax import distribution, layers


class Rows(kerajax.utils.PyDataset):
    """The batches of arrays, one by one."""

    def __init__(self, x, y, size):
        super().__init__()
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return self.x[rows], self.y[rows]


def make_model():
    """Normalization over the batch, random draws, optimizer slots: whatever devices must share."""
    kerajax.utils.clear_session()
    kerajax.utils.set_random_seed(7)
    model = kerajax.Sequential(
        [
            kerajax.Input((6,)),
            layers.Dense(16, "relu", name="wide"),
            layers.BatchNormalization(name="norm"),
            layers.Dropout(0.3, seed=3, name="drop"),
            layers.Dense(4, name="head"),
        ]
    )
    loss = kerajax.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def run(streamed):
    """Trains; returns all that came of it as arrays."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(70, 6)).astype("float32"), rng.integers(0, 4, 70)
    model = make_model()
    if streamed:
        history = model.fit(Rows(x, y, 16), epochs=3, shuffle=False, verbose=0)
    else:
        history = model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    model.train_on_batch(x[:16], y[:16])
    results = {
        "loss": np.array(history.history["loss"]),
        "accuracy": np.array(history.history["accuracy"]),
        "evaluate": np.array(model.evaluate(x, y, verbose=0)),
        "predict": model.predict(x, verbose=0, batch_size=24),
        "weights": np.concatenate([w.ravel() for w in model.get_weights()]),
    }
    return model, results


def layouts_of(model):
    """Axes of the sharding of each variable, and of the slots of the first kernel."""
    variables = [*model.variables, *model.optimizer.variables]
    return {v.path: [str(a) for a in v.value.sharding.spec] for v in variables}


def model_parallel():
    """Kernels cut along two axes of a mesh, and an output, too."""
    mesh = distribution.DeviceMesh((2, 4), ["batch", "model"])
    layouts = distribution.LayoutMap(mesh)
    layouts[".*wide/kernel"] = (None, "model")
    layouts[".*wide/bias"] = ("model",)
    layouts[".*head/kernel"] = ("model", None)
    layouts[".*wide/output"] = ("batch", "model")
    return distribution.ModelParallel(layout_map=layouts, batch_dim_name="batch")


def main(kind, streamed, folder):
    _, alone = run(streamed)
    chosen = distribution.DataParallel() if kind == "data" else model_parallel()
    distribution.set_distribution(chosen)
    model, together = run(streamed)
    report = {
        "devices": len(jax.devices()),
        "apart": {k: float(np.abs(alone[k] - together[k]).max()) for k in alone},
        "layouts": layouts_of(model),
        "on": min(len(v.value.sharding.device_set) for v in model.variables),
    }
    model.save(f"{folder}/model.keras")
    loaded = kerajax.saving.load_model(f"{folder}/model.keras")
    report["loaded"] = layouts_of(loaded)
    x = np.ones((8, 6), "float32")
    difference = loaded.predict(x, verbose=0) - model.predict(x, verbose=0)
    report["apart"]["loaded"] = float(np.abs(difference).max())
    if kind == "model":
        with kerajax.optimizers.OffloadScope():
            offloaded, waited = run(streamed)
        report["apart"]["offloaded"] = max(float(np.abs(alone[k] - waited[k]).max()) for k in alone)
        report["offloaded"] = layouts_of(offloaded)
        offloaded.optimizer.variables[2].assign(np.ones((6, 16)))
        stored = [v._stored().sharding for v in offloaded.optimizer.variables if v.on_host]
        report["stored"] = [[s.memory_kind, len(s.device_set)] for s in stored]
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "streamed", sys.argv[3])

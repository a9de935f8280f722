"""Whole files of every kind that kerajax reads, for `fuzz` to damage.

python -m tests.security.seeds FOLDER [models] [orbax] [data]
"""

import gzip
import json
import pickle
import sys
from pathlib import Path

import numpy as np
import yaml

import kerajax
from kerajax import callbacks, layers
from tests.saving import samples


def preprocessing():
    """A model whose layers keep files beside the weights."""
    words = kerajax.Input((1,), dtype="string", name="words")
    numbers = kerajax.Input((2,), name="numbers")
    text = layers.TextVectorization(max_tokens=9, output_sequence_length=3, name="text")
    text.adapt(["a b c", "b c"])
    look = layers.StringLookup(vocabulary=["a", "b"], output_mode="multi_hot", name="look")
    normal = layers.Normalization(name="normal")
    normal.adapt(np.arange(6.0).reshape(3, 2))
    parts = [layers.Embedding(9, 2)(text(words)), look(words), normal(numbers)]
    parts[0] = layers.Flatten()(parts[0])
    return kerajax.Model([words, numbers], layers.Dense(2)(layers.Concatenate()(parts)))


def quantized():
    """A model with weights of whole numbers, and one of low rank."""
    model = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(6), layers.Dense(2)])
    model.layers[0].quantize("int8")
    model.layers[1].enable_lora(1)
    return model


def write_models(folder):
    """Writes each model in each format, with the state of an optimizer.

    Args:
        folder: `Path`.

    Returns:
        List of the paths of all files and folders.
    """
    rng = np.random.default_rng(0)
    made = {name: lambda make=make: make(kerajax) for name, make in samples.MODELS.items()}
    made |= {"preprocessing": preprocessing, "quantized": quantized}
    for name, make in made.items():
        kerajax.utils.clear_session()
        model = make()
        text = model.to_json()
        (folder / f"{name}_parts.json").write_text(text)
        model.save_weights(folder / f"{name}_parts.weights.json", max_shard_size=1e-6)
        if name not in ("preprocessing", "quantized"):
            model.compile("adamw", loss="mse", metrics=["mae"])
            samples.stir(model, rng)
        (folder / f"{name}.json").write_text(text)
        (folder / f"{name}.yaml").write_text(_yaml(json.loads(text)))
        model.save(folder / f"{name}.keras")
        kerajax.saving.save_model(model, folder / f"{name}_folder", zipped=False)
        model.save_weights(folder / f"{name}.weights.h5")
        if name != "preprocessing":
            model.save(folder / f"{name}.h5")
    return [path for path in sorted(folder.iterdir()) if not path.name.endswith("_parts.json")]


def _yaml(config):
    """The text in the form that Keras 2 gave it."""
    entries = {name: config[name] for name in ("class_name", "config")}
    return yaml.safe_dump(entries, sort_keys=False)


def write_checkpoint(folder):
    """Writes a folder of Orbax, and returns its path."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2), layers.BatchNormalization()])
    model.compile("adam", "mse")
    saver = callbacks.OrbaxCheckpoint(folder / "orbax", save_on_background=False)
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0, callbacks=[saver])
    return folder / "orbax"


def write_data(folder):
    """Writes data sets of a few samples, and returns the paths."""
    rng = np.random.default_rng(0)
    lists = np.empty(4, object)
    lists[:] = [list(range(1, n)) for n in (3, 5, 4, 9)]
    labels, table = np.arange(4), rng.normal(size=(4, 13))
    images = rng.integers(0, 255, (4, 28, 28), dtype="uint8")
    parts = {"x_train": lists, "y_train": labels, "x_test": lists, "y_test": labels}
    np.savez(folder / "imdb.npz", **parts)
    np.savez(folder / "reuters.npz", x=lists, y=labels)
    np.savez_compressed(folder / "mnist.npz", **parts | {"x_train": images, "x_test": images})
    np.savez(folder / "boston_housing.npz", x=table, y=labels)
    np.savez(folder / "california_housing.npz", x=table.astype("f4"), y=labels)
    pixels = rng.integers(0, 255, (4, 3072), dtype="uint8")
    for protocol in (3, 4):
        batch = {b"data": pixels, b"labels": [1, 2, 3, 4]}
        (folder / f"cifar{protocol}.batch").write_bytes(pickle.dumps(batch, protocol))
    (folder / "fashion.gz").write_bytes(gzip.compress(bytes(16) + images.tobytes(), mtime=0))
    (folder / "words.json").write_text(json.dumps({"a": 1, "b": 2}))
    return sorted(folder.iterdir())


def main():
    root, *kinds = sys.argv[1:]
    writers = {"models": write_models, "orbax": write_checkpoint, "data": write_data}
    for kind in kinds or writers:
        folder = Path(root, kind)
        folder.mkdir(parents=True)
        writers[kind](folder)


if __name__ == "__main__":
    main()

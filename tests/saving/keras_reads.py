"""Reads whole models in a folder with the Keras at hand, in a process of its own.

`python keras_reads.py FOLDER` loads every `NAME.h5`, and compares what it gives for the inputs in
`NAME.npz` with the outputs there, and the weights after one more training step with those there.
One line of JSON for each file says what differs. It imports nothing of kerajax, so that any Python
with a Keras runs it, that of TensorFlow up to 2.15 or Keras 3.
"""

import json
import pathlib
import sys
import traceback

import keras
import numpy as np

_CLOSE = {"rtol": 2e-5, "atol": 2e-5}


def _group(arrays, prefix):
    names = sorted(
        (name for name in arrays if name.startswith(prefix)), key=lambda n: int(n[len(prefix) :])
    )
    found = [arrays[name] for name in names]
    return found[0] if len(found) == 1 else found


def _differs(found, expected):
    found = found if isinstance(found, (list, tuple)) else [found]
    expected = expected if isinstance(expected, list) else [expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(a, "float64"), np.asarray(b, "float64"), **_CLOSE)


def _check(path):
    arrays = np.load(path.with_suffix(".npz"))
    model = keras.models.load_model(path)
    inputs = _group(arrays, "x")
    outputs = model(inputs, training=False)
    outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs
    _differs(outputs, _group(arrays, "y"))
    if "t0" in arrays:
        count = np.asarray(model.optimizer.iterations)
        np.testing.assert_array_equal(count, arrays["count"])
        if keras.__version__ > "3":
            return  # It does not train a model that it loaded from `.h5` with state.
        model.train_on_batch(inputs, _group(arrays, "t"))
        _differs(model.get_weights(), _group(arrays, "w"))


def main(folder):
    for path in sorted(pathlib.Path(folder).glob("*.h5")):
        try:
            _check(path)
            result = ""
        except Exception as error:
            if "-v" in sys.argv:
                traceback.print_exc()
            result = f"{type(error).__name__}: {' '.join(str(error).split())[-600:]}"
        print(json.dumps({"name": path.stem, "error": result}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

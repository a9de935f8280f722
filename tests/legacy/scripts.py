"""Running programs in fresh interpreters where neither Keras nor TensorFlow can be imported."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Stands in front of the path finder, as if the packages were not installed.
NOT_INSTALLED = """
import sys
class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("keras", "tensorflow", "tf_keras", "keras_core"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, NotInstalled())
"""

# Small data, and the classic script with it.
DATA = """
import numpy as np
rng = np.random.default_rng(0)
X_train = rng.normal(size=(320, 8)).astype("float32")
y_train = (X_train.sum(axis=1) > 0).astype("float32")
X_test, y_test = X_train[:64], y_train[:64]
"""
CLASSIC = (
    DATA
    + """
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import SGD
model = Sequential()
model.add(Dense(10, input_dim=8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=False)
model.compile(loss='binary_crossentropy', optimizer=sgd, metrics=['accuracy'])
model.fit(X_train, y_train, epochs=10, batch_size=32, verbose=0)
loss, accuracy = model.evaluate(X_test, y_test)
"""
)


def run(tmp_path, *arguments, code=None, status=0):
    """Runs Python with arguments (or with code); returns what came out on both outputs."""
    (tmp_path / "site").mkdir(exist_ok=True)
    (tmp_path / "site" / "sitecustomize.py").write_text(NOT_INSTALLED)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT)]),
        "JAX_PLATFORMS": "cpu",
        "KERAS_HOME": str(tmp_path),
    }
    command = [sys.executable, *(["-c", code] if code else arguments)]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300
    )
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout, result.stderr

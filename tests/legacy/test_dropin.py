"""An unmodified Keras script runs by each of the three ways, with its old arguments at work."""

import pytest

from tests.legacy.scripts import CLASSIC, run

# One weight, one sample that asks for 1: the weight after 6 steps tells the rates of all of them.
DECAY = """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import SGD
model = Sequential([Dense(1, input_dim=1, use_bias=False, kernel_initializer="zeros")])
model.compile(loss="mse", optimizer=SGD(lr=0.1, decay=0.5))
model.fit(np.ones((1, 1)), np.ones((1, 1)), epochs=6, verbose=0)
print("weight", model.get_weights()[0].item())
"""


def weight_after(steps, rate, decay):
    """What plain gradient descent on `(1 - w)**2` gives with rate = lr / (1 + decay * step)."""
    weight = 0.0
    for step in range(steps):
        weight += rate / (1 + decay * step) * 2 * (1 - weight)
    return weight


def printed(output, name):
    return float(next(line.split()[1] for line in output.splitlines() if line.startswith(name)))


@pytest.fixture(params=["run", "run-m", "python-m", "install", "import-as"])
def run_script(request, tmp_path):
    """A function that runs the text of a script in one of the ways."""

    def run_it(text):
        path = tmp_path / "script.py"
        path.write_text(text)
        if request.param == "run":
            # What the installed command `kerajax` does.
            code = "import sys; from kerajax.cli import main; sys.exit(main(['run', 'script.py']))"
            return run(tmp_path, code=code)[0]
        if request.param == "python-m":
            return run(tmp_path, "-m", "kerajax", "run", "script.py")[0]
        if request.param == "run-m":
            return run(tmp_path, "-m", "kerajax", "run", "-m", "script")[0]
        if request.param == "install":
            path.write_text(f"import kerajax; kerajax.install()\n{text}")
            return run(tmp_path, "script.py")[0]
        head = "import kerajax as keras\n"
        for name in ("models", "layers", "optimizers"):
            text = text.replace(f"from keras.{name} import", f"from kerajax.{name} import")
        path.write_text(head + text)
        return run(tmp_path, "script.py")[0]

    return run_it


def test_classic_script(run_script):
    """It trains to more than chance; rate = lr / (1 + decay * iterations), as in its time."""
    results = "print('loss', loss)\nprint('accuracy', accuracy)\n"
    output = run_script(CLASSIC + results + DECAY)
    assert 0 < printed(output, "loss") < 0.6
    assert 0.75 < printed(output, "accuracy") <= 1
    weight = printed(output, "weight")
    assert weight == pytest.approx(weight_after(6, rate=0.1, decay=0.5), rel=1e-5)
    assert weight != pytest.approx(weight_after(6, rate=0.1, decay=0.0), rel=1e-2)


def test_same_script_through_tensorflow(tmp_path):
    """`from tensorflow.keras...` and `tf.keras` are the same thing."""
    text = CLASSIC.replace("from keras.", "from tensorflow.keras.")
    text += "\nimport tensorflow as tf\nfrom tensorflow import keras\n"
    text += "assert tf.keras.layers.Dense is Dense is keras.layers.Dense\nprint('loss', loss)\n"
    (tmp_path / "script.py").write_text(text)
    output, _ = run(tmp_path, "-m", "kerajax", "run", "script.py")
    assert printed(output, "loss") < 0.6


def test_translations_are_reported_once_with_the_line(tmp_path):
    """One line for each old spelling, at the place in the script."""
    (tmp_path / "script.py").write_text(CLASSIC + "SGD(lr=0.5, decay=0.1)\n")
    _, errors = run(tmp_path, "-m", "kerajax", "run", "script.py")
    line = CLASSIC[: CLASSIC.index("sgd = SGD")].count("\n") + 1
    assert errors.count("`lr` is written") == 1
    assert (
        f"script.py:{line}: LegacySpellingWarning: SGD: `lr` is written `learning_rate=0.01`"
        in (errors)
    )

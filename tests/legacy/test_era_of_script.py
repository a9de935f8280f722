"""Scripts of Keras 1 give themselves away, and are then read as a whole."""

import subprocess
import sys

import pytest

from kerajax.legacy import era_of_script


@pytest.mark.parametrize(
    "source",
    [
        "Convolution2D(32, 3, 3, border_mode='valid')",
        "keras.layers.Dense(10, init='uniform')",
        "model.fit(x, y, nb_epoch=2)",
        "model.fit_generator(g, samples_per_epoch=100)",
        "LSTM(output_dim=3)",
    ],
)
def test_arguments_that_only_keras_1_had(source):
    assert era_of_script(f"def main():\n    {source}\n") == "1"


@pytest.mark.parametrize(
    "source",
    [
        "Conv2D(32, 3, 3)",
        "SGD(lr=0.1, decay=1e-6)",
        "Embedding(input_dim=3, output_dim=4)",
        "Dense(10, input_dim=8)",
        "open_file(nb_epoch=3)",
        "not python at all (",
    ],
)
def test_arguments_that_tell_nothing(source):
    assert era_of_script(source) is None


@pytest.mark.parametrize(
    ("source", "era"),
    [
        ("from keras.initializations import normal", "1"),
        ("from keras.utils.visualize_util import plot", "1"),
        ("from keras.layers.core import Dense, MaxoutDense", "1"),
        ("from keras.layers.core import Dense, Dropout", "tf2"),
        ("from keras.engine.topology import Layer", "2.3"),
        ("from keras import backend as K\nK.set_image_dim_ordering('th')", "2.3"),
        ("import keras.backend.tensorflow_backend as ktf", "2.3"),
        ("from tensorflow.keras.engine import topology", None),
        ("from keras.layers import Dense", None),
        ("from keras.engine.topology import Layer\nDense(3, init='uniform')", "1"),
    ],
)
def test_names_that_are_gone(source, era):
    """The newest era that had all names of a script is its era."""
    assert era_of_script(source) == era


_LOGS = """
from keras.models import Sequential
model.compile('sgd', 'mse', metrics=['accuracy'])
history = model.fit(x, y)
"""


@pytest.mark.parametrize(
    ("source", "era"),
    [
        (_LOGS + "plt.plot(history.history['acc'])", "2.2"),
        (_LOGS + "def plot(h):\n    return h.history['val_acc']", "2.2"),
        (_LOGS + "print(history.history['accuracy'])", None),
        (_LOGS + "if 'acc' in history.history:\n    print(history.history['acc'])", None),
        (_LOGS + "try:\n    history.history['acc']\nexcept KeyError:\n    pass", None),
        (_LOGS.replace("accuracy", "acc") + "print(history.history['acc'])", None),
        (_LOGS.replace("keras.", "tensorflow.keras.") + "print(history.history['acc'])", None),
    ],
)
def test_names_of_logs(source, era):
    """Stand-alone Keras logged `metrics=['accuracy']` as `acc` until 2.2."""
    assert era_of_script(source) == era


def test_defaults_are_those_of_the_era_of_the_script(tmp_path):
    """A bare `Adadelta()` has the rate of its time where the script is known to be old."""
    script = tmp_path / "script.py"
    script.write_text(
        "from keras.engine.topology import Layer\n"
        "from keras.optimizers import Adadelta\n"
        "print(float(Adadelta().learning_rate))\n"
    )
    command = [sys.executable, "-W", "ignore", "-m", "kerajax", "run", str(script)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout.strip() == "1.0", ran.stderr


def test_the_whole_script_is_of_its_era(tmp_path):
    """A call that could mean two things means what it meant in the script's era."""
    script = tmp_path / "script.py"
    script.write_text(
        "from keras.layers import Convolution2D\n"
        "print(Convolution2D(8, 3, 3).strides)\n"
        "def later(model): model.fit(0, 0, nb_epoch=1)\n"
    )
    command = [sys.executable, "-W", "ignore", "-m", "kerajax", "run"]
    for era, strides in (([], "(1, 1)"), (["--era", "3"], "(3, 3)")):
        ran = subprocess.run([*command, *era, str(script)], capture_output=True, text=True)
        assert ran.stdout.strip() == strides, ran.stderr


def test_images_of_keras_0_have_their_channels_first(tmp_path):
    """`show_accuracy` and the like tell; other scripts of Keras 1 keep the order that is set."""
    script = tmp_path / "script.py"
    for words, order in (("show_accuracy=True", "channels_first"), ("", "channels_last")):
        script.write_text(
            "from keras import backend as K\n"
            "print(K.image_data_format())\n"
            f"def later(model): model.fit(0, 0, nb_epoch=1, {words})\n"
        )
        command = [sys.executable, "-W", "ignore", "-m", "kerajax", "run", str(script)]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.stdout.strip() == order, ran.stderr

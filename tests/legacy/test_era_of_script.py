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

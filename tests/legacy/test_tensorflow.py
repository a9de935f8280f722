"""TensorFlow behind the stand-in, with a package of that name in its place."""

import textwrap

import pytest

from tests.legacy.scripts import run

PACKAGE = {
    "tensorflow/__init__.py": """
        import tensorflow as itself
        from tensorflow.python.keras import origin
        from tensorflow.python import ops
        __version__ = "9.9"
        loads = globals().get("loads", 0) + 1
        keras = "another Keras"
        """,
    "tensorflow/python/__init__.py": "",
    "tensorflow/python/ops.py": "relu = 'relu of TensorFlow'",
    "tensorflow/python/late.py": "value = 3",
    "tensorflow/python/keras.py": "origin = 'TensorFlow'",
    "tensorflow/data.py": "from tensorflow.python import ops; Dataset = ops.relu",
}


@pytest.fixture
def with_tensorflow(tmp_path):
    """A function that runs code after `kerajax.install()`, the package being installed."""
    for path, content in PACKAGE.items():
        file = tmp_path / "packages" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(content))
    start = f"""
        import sys
        del sys.meta_path[0]  # the one that says that nothing is installed
        sys.path.insert(0, {str(tmp_path / "packages")!r})
        import kerajax
        kerajax.install()
        """
    return lambda code: run(tmp_path, code=textwrap.dedent(start) + textwrap.dedent(code))


def test_tensorflow_is_loaded_for_what_is_its_own(with_tensorflow):
    """One name loads it, once; `keras` is kerajax before and after, by any path."""
    with_tensorflow(
        """
        import tensorflow as tf
        from tensorflow.keras.layers import Dense
        from tensorflow import keras
        assert "tensorflow.python.ops" not in sys.modules
        from tensorflow.python import ops
        assert tf.loads == 1 and tf.__version__ == "9.9" and ops.relu == "relu of TensorFlow"
        import tensorflow.data, tensorflow.python.late
        assert tf.data.Dataset == tensorflow.data.Dataset == ops.relu
        assert tensorflow.python.late.value == 3 and tensorflow.loads == 1
        assert tensorflow.keras is tf.keras is keras and keras.layers.Dense is Dense
        assert Dense is kerajax.layers.Dense
        import tensorflow.keras.models
        assert tensorflow.keras.models.Model is kerajax.Model
        kerajax.install()
        """
    )


def test_modules_are_loaded_once(with_tensorflow):
    """A module that TensorFlow's own import has loaded is the one that a statement gets."""
    with_tensorflow(
        """
        import tensorflow.python.ops as first
        spec = first.__spec__
        import tensorflow
        assert sys.modules["tensorflow.python.ops"] is first is tensorflow.python.ops
        assert spec.origin.endswith("ops.py") and spec.loader.path == spec.origin
        """
    )


def test_names_that_tensorflow_lacks(with_tensorflow):
    """The message names the version that was asked; a failed import leaves the stand-in."""
    with_tensorflow(
        """
        import tensorflow as tf
        try:
            tf.nonsense
            raise SystemExit("no error")
        except AttributeError as error:
            assert "TensorFlow 9.9, which is installed, does not have it" in str(error)
        """
    )
    with_tensorflow(
        """
        import pathlib
        import tensorflow as tf
        pathlib.Path(sys.path[0], "tensorflow/python/ops.py").unlink()
        for _ in range(2):
            try:
                tf.data
                raise SystemExit("no error")
            except ImportError as error:
                assert "ops" in str(error)
        assert sys.modules["tensorflow"] is tf and tf.keras.Model is kerajax.Model
        """
    )

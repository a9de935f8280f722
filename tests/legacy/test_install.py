"""The import hook: which names resolve, to what, and what is said about those that do not."""

import textwrap

import pytest

from tests.legacy.scripts import run


@pytest.fixture
def installed(tmp_path):
    """A function that runs code after `kerajax.install()`, without Keras and TensorFlow."""

    def run_code(code):
        code = textwrap.dedent(code)
        return run(tmp_path, code=f"import kerajax\nkerajax.install()\n{code}")

    return run_code


def test_modules_of_keras_3_give_kerajax(installed):
    """The same objects under both names, by import and by attribute."""
    installed(
        """
        import keras, keras.layers as L
        from keras import ops, Model
        from keras.ops import numpy as knp
        assert L.Dense is kerajax.layers.Dense is keras.layers.Dense
        assert keras.ops.numpy.mean is kerajax.ops.mean is knp.mean is ops.mean
        assert Model is kerajax.Model
        assert keras.__version__ == keras.version() == kerajax.__keras_version__
        """
    )


def test_paths_to_one_layer(installed):
    """Every path that ever led to `Dense` leads to it."""
    statements = [
        "from tensorflow.keras.layers import Dense",
        "from tensorflow.python.keras.layers import Dense",
        "from tensorflow.contrib.keras.layers import Dense",
        "from tf_keras.layers import Dense",
        "from keras_core.layers import Dense",
        "from keras._tf_keras.keras.layers import Dense",
        "from keras.api._v2.keras.layers import Dense",
        "from keras.layers.core import Dense",
        "from keras.layers.core.dense import Dense",
        "from keras.src.layers.core.dense import Dense",
        "from keras.src.layers import Dense",
        "from keras.layers import *",
        "import keras; Dense = keras.layers.core.Dense",
        "import tensorflow as tf; Dense = tf.keras.layers.Dense",
        "from tensorflow import keras; Dense = keras.layers.Dense",
        "import tensorflow.keras as tk; Dense = tk.layers.Dense",
    ]
    installed(
        f"""
        for statement in {statements}:
            names = {{}}
            exec(statement, names)
            assert names["Dense"] is kerajax.layers.Dense, statement
        """
    )


def test_old_modules_and_names(installed):
    """Modules and names of Keras 1 and 2 that are still there under others."""
    installed(
        """
        from keras.engine.topology import Layer, InputSpec, get_source_inputs
        from keras.engine.training import Model
        from keras.engine import Input
        from keras.layers.convolutional import Convolution2D
        from keras.objectives import mse
        from keras.losses import kullback_leibler_divergence
        from keras.initializations import glorot_uniform
        from keras.utils.np_utils import to_categorical
        from keras.utils.generic_utils import get_custom_objects
        from keras.utils import np_utils, Sequence
        from keras.callbacks.callbacks import EarlyStopping
        from keras.models import Input as Input2, Layer as Layer2
        from keras.src.models.functional import Functional
        from keras.src.saving import serialization_lib
        from keras.legacy.saving import serialize_keras_object
        assert Convolution2D is kerajax.layers.Conv2D
        assert Layer is Layer2 is kerajax.Layer and Input is Input2 is kerajax.Input
        assert Model is kerajax.Model
        assert mse is kerajax.losses.mean_squared_error
        assert kullback_leibler_divergence is kerajax.losses.kl_divergence
        assert np_utils.to_categorical is kerajax.utils.to_categorical
        assert Sequence is kerajax.utils.PyDataset
        """
    )


def test_modules_look_real(installed):
    """Specs, paths and files are those of packages; classes pickle."""
    installed(
        """
        import importlib.util, pickle, types, keras.layers.core, tensorflow
        for module in (keras, keras.layers, keras.layers.core, tensorflow, tensorflow.keras):
            assert isinstance(module, types.ModuleType)
            assert module.__spec__.name == module.__name__ == module.__package__
            assert list(module.__path__) == [] and module.__file__.endswith("__init__.py")
            assert importlib.util.find_spec(module.__name__) is module.__spec__
        assert pickle.loads(pickle.dumps(keras.layers.Dense)) is kerajax.layers.Dense
        assert {"layers", "Model", "Sequential"} <= set(dir(keras))
        assert "Dense" in dir(keras.layers)
        assert not hasattr(keras.layers, "NoSuchLayer")
        """
    )


def test_star_imports(installed):
    """`from x import *` gives the public names."""
    installed(
        """
        from keras.layers import *
        from keras.models import *
        from keras.ops import *
        assert Dense and Sequential and matmul
        names = {}
        exec("from keras.backend import *", names)
        assert names["dot"] and names["sum"] and names["epsilon"]
        """
    )


MISSING = [
    ("from keras.layers import Dnese", "ImportError", "Did you mean 'Dense'"),
    ("import keras; keras.layers.Dnese", "AttributeError", "Did you mean 'Dense'"),
    ("from keras.layers import dense", "ImportError", "Did you mean 'Dense'"),
    ("import keras.utils.losses_utils", "ModuleNotFoundError", "internal to Keras"),
    ("import tensorflow as tf; tf.random", "AttributeError", "set_random_seed"),
    ("import tensorflow.examples", "ModuleNotFoundError", "stand-in, which has `keras` alone"),
    ("import tensorflow as tf; tf.GradientTape", "AttributeError", "jax.grad"),
    ("from keras import backend as K; K.get_session", "AttributeError", "no sessions"),
]


def test_missing_names_say_what_to_use(installed):
    """A name without a counterpart gives Python's exception, with advice."""
    output, _ = installed(
        f"""
        for statement in {[statement for statement, *_ in MISSING]}:
            try:
                exec(statement)
            except (ImportError, AttributeError) as error:
                print(type(error).__name__, error)
            else:
                print("nothing raised")
        """
    )
    for line, (statement, kind, words) in zip(output.splitlines(), MISSING, strict=True):
        assert line.startswith(f"{kind} ") and words in line, statement


def test_refuses_when_the_real_package_is_there(tmp_path):
    """Two Keras in one process would mix objects: the error says what to do."""
    (tmp_path / "keras.py").write_text("real = True\n")
    code = (
        "import sys; sys.meta_path.pop(0); import keras, kerajax\n"
        "try:\n    kerajax.install()\n"
        "except RuntimeError as error:\n    print(error)\n"
        "assert keras.real and sys.modules['keras'] is keras"
    )
    output, _ = run(tmp_path, code=code)
    assert "must come before `keras` is imported" in output and "kerajax run" in output


def test_install_twice_and_uninstall(installed):
    """Installing again changes nothing; uninstalling gives back what was there."""
    installed(
        """
        import sys
        before = list(sys.meta_path)
        kerajax.install()
        assert sys.meta_path == before
        import keras.layers, tensorflow.keras
        kerajax.legacy.uninstall()
        assert not [name for name in sys.modules if name.split(".")[0] in ("keras", "tensorflow")]
        try:
            import keras
        except ModuleNotFoundError:
            print("gone")
        assert kerajax.layers.Dense(2)
        """
    )


def test_era_of_the_script(installed):
    """`install(era=...)` brings back the defaults and meanings of that time."""
    installed(
        """
        kerajax.install(era="2.2")
        from keras.layers import LSTM
        from keras.activations import hard_sigmoid
        import numpy as np
        assert float(hard_sigmoid(np.float32(1.0))) == np.float32(0.7)
        assert LSTM(2).recurrent_activation(np.float32(1.0)) == np.float32(0.7)
        """
    )


def test_applications_of_old_scripts(installed):
    """Architectures under the paths of Keras 1 and 2, and what MobileNet's files needed."""
    installed(
        """
        import warnings
        import numpy as np
        from keras.applications.vgg16 import VGG16, preprocess_input
        from keras.applications.resnet50 import ResNet50
        from keras.applications import imagenet_utils
        from keras.applications.mobilenet import MobileNet, DepthwiseConv2D, relu6
        from tensorflow.keras.applications.mobilenet_v3 import MobileNetV3Small
        from tensorflow.keras.applications import regnet, resnet_rs
        from keras.layers import DepthwiseConv2D as today
        assert DepthwiseConv2D is today and float(relu6(np.float32(8))) == 6
        assert ResNet50 is kerajax.applications.ResNet50
        assert MobileNetV3Small is kerajax.applications.MobileNetV3Small
        assert regnet.RegNetY002 is kerajax.applications.RegNetY002
        assert resnet_rs.ResNetRS50 is kerajax.applications.ResNetRS50
        model = MobileNet((32, 32, 3), 0.25, include_top=False, weights=None, pooling="avg")
        assert model.output_shape == (None, 256)
        x = np.zeros((1, 3, 2, 2), "float32")
        with warnings.catch_warnings(action="ignore"):
            caffe = imagenet_utils.preprocess_input(x, dim_ordering="th")
        np.testing.assert_allclose(caffe[0, :, 0, 0], [-103.939, -116.779, -123.68])
        """
    )


def test_importing_keras_is_light(installed):
    """The hook itself loads no JAX."""
    installed("import sys, keras, tensorflow\nassert 'jax' not in sys.modules")

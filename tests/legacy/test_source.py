"""Names of `keras.src` that libraries use, and what they do."""

import textwrap

import pytest

from tests.legacy.scripts import run


@pytest.fixture
def installed(tmp_path):
    """A function that runs code after `kerajax.install()`."""

    def run_code(code):
        return run(tmp_path, code=f"import kerajax\nkerajax.install()\n{textwrap.dedent(code)}")

    return run_code


def test_names_of_the_source_give_what_does_the_same(installed):
    """Functions and classes that no public module has, under the paths that libraries write."""
    installed(
        """
        import io, os, tempfile
        import numpy as np
        import keras
        from keras.src.backend import compute_output_spec
        from keras.src.backend.common.name_scope import name_scope
        from keras.src.backend.common.symbolic_scope import in_symbolic_scope
        from keras.src.backend.config import backend, epsilon
        from keras.src.backend.jax.random import jax_draw_seed
        from keras.src.distribution.distribution_lib import distribute_tensor
        from keras.src.layers.convolutional.base_conv import BaseConv
        from keras.src.layers.pooling.base_pooling import BasePooling
        from keras.src.models.functional import Functional
        from keras.src.ops.numpy import Matmul
        from keras.src.ops.operation_utils import compute_conv_output_shape
        from keras.src.random.seed_generator import global_seed_generator
        from keras.src.saving.saving_lib import H5IOStore, load_model, save_model
        from keras.src.saving.serialization_lib import in_safe_mode
        from keras.src.trainers.data_adapters.data_adapter_utils import (
            class_weight_to_sample_weights,
        )
        from keras.src.utils.argument_validation import standardize_padding, standardize_tuple
        from keras.src.utils.backend_utils import in_grain_data_pipeline, in_tf_graph
        from keras.src.utils.module_utils import tensorflow
        from keras.src.utils.tracking import no_automatic_dependency_tracking

        assert (backend(), epsilon()) == ("jax", keras.config.epsilon())
        assert not in_symbolic_scope() and not in_grain_data_pipeline() and not in_tf_graph()
        assert in_safe_mode() is None and not tensorflow.available
        spec = compute_output_spec(keras.layers.Dense(3), keras.KerasTensor((None, 4)))
        assert spec.shape == (None, 3)
        assert isinstance(keras.layers.Conv2D(1, 3), BaseConv)
        assert isinstance(keras.layers.MaxPooling1D(), BasePooling)
        assert compute_conv_output_shape((None, 8, 8, 3), 5, (3, 3), strides=2) == (None, 3, 3, 5)
        assert standardize_tuple(2, 3, "size") == (2, 2, 2)
        assert standardize_padding("SAME") == "same"
        assert class_weight_to_sample_weights(np.array([0, 1]), {0: 2.0}).tolist() == [2.0, 1.0]
        assert float(Matmul()(np.ones((1, 2)), np.ones((2, 1)))[0, 0]) == 2.0
        assert jax_draw_seed(3).tolist() == [3, 0]
        assert global_seed_generator().state.shape == (2,)

        class Own(keras.layers.Layer):
            @no_automatic_dependency_tracking
            def keep(self, layer):
                self.other = layer

        layer = Own()
        layer.keep(keras.layers.Dense(1))
        assert layer._layers == []

        with name_scope("leaf", override_parent="a/b"):
            assert keras.Variable(1.0, name="v").path == "a/b/leaf/v"
        with name_scope("one", caller=layer), name_scope("one", caller=layer):
            assert keras.Variable(1.0, name="v").path == "one/v"

        class Graph(keras.Model):
            pass

        inputs = keras.Input((2,))
        model = Graph(inputs, keras.layers.Dense(1)(inputs))
        assert isinstance(model, Functional) and not isinstance(keras.Sequential(), Functional)

        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        file = io.BytesIO()
        save_model(model, file)
        again = load_model(io.BytesIO(file.getvalue()))
        assert np.array_equal(again.get_weights()[0], model.get_weights()[0])
        """
    )


def test_what_is_missing_says_so(installed):
    installed(
        """
        import keras
        from keras.src.utils.module_utils import LazyModule
        for name in ("not_there", "tensorflow"):
            try:
                LazyModule(name).version
            except ImportError as error:
                assert f"pip install {name}" in str(error), error
            else:
                raise AssertionError(name)
        """
    )

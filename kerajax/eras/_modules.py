"""Old module paths, and where their names are today.

An entry says which public modules hold the names of an old one, in the order to look. A path
below a listed one that is not listed itself belongs to it (`keras.layers.rnn.lstm` to
`keras.layers`); an empty entry means that nothing public took its place.
"""

# Packages whose `keras` was this one.
ROOTS = (
    "tensorflow.contrib.keras",
    "tensorflow.python.keras",
    "tensorflow.keras",
    "keras._tf_keras.keras",
    "keras.api._v1.keras",
    "keras.api._v2.keras",
    "keras.api.keras",
    "keras.api",
    "keras.src",
    "keras_core",
    "tf_keras",
)

_ENGINE = ("keras.layers", "keras.models", "keras.utils", "keras")
_NONE: tuple[str, ...] = ()

MODULES: dict[str, tuple[str, ...]] = {
    "keras": ("keras", "keras.models", "keras.layers"),
    "keras.activations": ("keras.activations",),
    "keras.applications": ("keras.applications",),
    "keras.applications.mobilenetv2": ("keras.applications.mobilenet_v2",),
    "keras.backend": ("keras.backend", "keras.ops"),
    "keras.backend_config": ("keras.config",),
    "keras.callbacks": ("keras.callbacks",),
    "keras.callbacks_v1": ("keras.callbacks",),
    "keras.constraints": ("keras.constraints",),
    "keras.datasets": ("keras.datasets",),
    "keras.datasets.data_utils": ("keras.utils",),
    "keras.distillation": ("keras.distillation",),
    "keras.dtype_policies": ("keras.dtype_policies", "keras"),
    "keras.engine": _ENGINE,
    "keras.engine.saving": ("keras.saving", "keras.models"),
    "keras.engine.training_arrays": _NONE,
    "keras.engine.training_generator": _NONE,
    "keras.engine.training_utils": _NONE,
    "keras.engine.data_adapter": _NONE,
    "keras.engine.compile_utils": _NONE,
    "keras.engine.base_layer_utils": _NONE,
    "keras.engine.node": _NONE,
    "keras.engine.keras_tensor": ("keras",),
    "keras.experimental": ("keras.optimizers.schedules", "keras.layers"),
    "keras.export": ("keras.export",),
    "keras.initializations": ("keras.initializers",),
    "keras.initializers": ("keras.initializers",),
    "keras.layers": ("keras.layers",),
    "keras.legacy": _NONE,
    "keras.legacy.saving": ("keras.legacy.saving",),
    "keras.losses": ("keras.losses",),
    "keras.metrics": ("keras.metrics",),
    "keras.mixed_precision": ("keras.mixed_precision", "keras.dtype_policies", "keras.optimizers"),
    "keras.models": ("keras.models", "keras.layers", "keras"),
    "keras.objectives": ("keras.losses",),
    "keras.ops": ("keras.ops",),
    "keras.optimizer_v1": ("keras.optimizers",),
    "keras.optimizer_v2": ("keras.optimizers", "keras.optimizers.schedules"),
    "keras.optimizers": ("keras.optimizers",),
    "keras.optimizers.schedules": ("keras.optimizers.schedules",),
    "keras.preprocessing": ("keras.preprocessing",),
    "keras.preprocessing.image": ("keras.preprocessing.image",),
    "keras.preprocessing.sequence": ("keras.preprocessing.sequence",),
    "keras.quantizers": ("keras.quantizers",),
    "keras.random": ("keras.random",),
    "keras.regularizers": ("keras.regularizers",),
    "keras.saving": ("keras.saving", "keras.models", "keras.utils"),
    "keras.tree": ("keras.tree",),
    "keras.utils": ("keras.utils", "keras.saving"),
    "keras.utils.conv_utils": _NONE,
    "keras.utils.generic_utils": ("keras.utils", "keras.saving"),
    "keras.utils.kernelized_utils": _NONE,
    "keras.utils.losses_utils": _NONE,
    "keras.utils.metrics_utils": _NONE,
    "keras.utils.multi_gpu_utils": _NONE,
    "keras.utils.test_utils": _NONE,
    "keras.utils.tf_utils": _NONE,
    "keras.utils.training_utils": _NONE,
    "keras.utils.version_utils": _NONE,
    "keras.utils.traceback_utils": _NONE,
    "keras.utils.dataset_utils": _NONE,
    "keras.utils.object_identity": _NONE,
    "keras.utils.control_flow_util": _NONE,
    "keras.wrappers": ("keras.wrappers",),
    "keras.feature_column": _NONE,
    "keras.premade_models": _NONE,
    "keras.legacy_tf_layers": _NONE,
    "keras.distribute": _NONE,
    "keras.estimator": _NONE,
    "keras.dtensor": _NONE,
    "keras.protobuf": _NONE,
    "keras_preprocessing": ("keras.preprocessing",),
    "keras_applications": ("keras.applications",),
}

# Modules and names that stand-alone Keras lost, and the newest era that had them.
LAST_ERAS: dict[str, str] = {
    "keras.backend.cntk_backend": "2.3",
    "keras.backend.tensorflow_backend": "2.3",
    "keras.backend.theano_backend": "2.3",
    "keras.engine.topology": "2.3",
    "keras.initializations": "1",
    "keras.layers.advanced_activations": "tf2",
    "keras.layers.containers": "1",
    "keras.layers.convolutional": "tf2",
    "keras.layers.convolutional_recurrent": "tf2",
    "keras.layers.core": "tf2",
    "keras.layers.core.Highway": "1",
    "keras.layers.core.MaxoutDense": "1",
    "keras.layers.core.Merge": "1",
    "keras.layers.core.TimeDistributedDense": "1",
    "keras.layers.cudnn_recurrent": "2.3",
    "keras.layers.embeddings": "tf2",
    "keras.layers.local": "tf2",
    "keras.layers.merge": "tf2",
    "keras.layers.noise": "tf2",
    "keras.layers.normalization": "tf2",
    "keras.layers.pooling": "tf2",
    "keras.layers.recurrent": "tf2",
    "keras.layers.wrappers": "tf2",
    "keras.legacy.interfaces": "2.3",
    "keras.legacy.layers": "2.3",
    "keras.models.Graph": "1",
    "keras.utils.data_utils": "tf2",
    "keras.utils.generic_utils": "tf2",
    "keras.utils.np_utils": "tf2",
    "keras.utils.vis_utils": "tf2",
    "keras.utils.visualize_util": "1",
    "keras.wrappers.scikit_learn": "tf2",
}

# Attributes of `keras.backend`, under whatever name a script has it.
LAST_ERAS_OF_K: dict[str, str] = {
    "image_dim_ordering": "2.3",
    "set_image_dim_ordering": "2.3",
    "tensorflow_backend": "2.3",
    "theano_backend": "2.3",
}

# What stand-alone Keras had before 1.0 alone, where the channels of images came first: arguments of
# `compile`, `fit` and `evaluate`, and names that are imported.
ARGUMENTS_OF_KERAS_0 = frozenset(("class_mode", "show_accuracy", "theano_mode"))
NAMES_OF_KERAS_0 = frozenset(("keras.layers.containers.Graph", "keras.models.Graph"))

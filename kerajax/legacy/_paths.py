"""Which module paths Keras once had, so that a slip of the pen is not taken for one of them.

`kerajax.eras` says where the names of an old module are today; it answers for any path below a
known one. The lists here say which paths existed: `OLD` in the packages that scripts import from,
`INTERNAL` for the parts of paths below `keras.src` and inside the old sub-packages of layers.
"""

from kerajax import eras

# Top-level packages that the import hook answers for.
TOP_LEVEL = ("keras", "tensorflow", "tf_keras", "keras_core")

# What stands before the path of a module; kerajax's own modules take part.
_ROOTS = (*eras.ROOTS, "kerajax")

# Packages that only lead to a `keras`.
_CONTAINERS = frozenset(
    (
        "tensorflow",
        "tensorflow.contrib",
        "tensorflow.python",
        "keras._tf_keras",
        "keras.api._v1",
        "keras.api._v2",
    )
)

# Roots below which a path may be any internal module of Keras.
_INTERNAL_ROOTS = ("keras.src", "tensorflow.python.keras")

# Package -> its modules that are no public modules today; "" holds the top-level ones.
OLD: dict[str, frozenset] = {
    package: frozenset(names.split())
    for package, names in {
        "": "backend_config callbacks_v1 engine experimental initializations objectives "
        "optimizer_v1 optimizer_v2 src api _tf_keras feature_column premade_models "
        "legacy_tf_layers distribute estimator dtensor protobuf",
        "applications": "audio_conv_utils imagenet_utils mobilenetv2 music_tagger_crnn resnet50",
        "backend": "cntk_backend common experimental load_backend numpy_backend "
        "tensorflow_backend theano_backend",
        "callbacks": "callbacks experimental tensorboard_v1 tensorboard_v2",
        "datasets": "cifar data_utils",
        "engine": "base_layer base_layer_utils base_preprocessing_layer compile_utils "
        "data_adapter functional input_layer input_spec keras_tensor network node saving "
        "sequential topology training training_arrays training_generator training_utils "
        "training_v1",
        "initializers": "initializers initializers_v1 initializers_v2",
        "layers": "activation advanced_activations attention containers convolutional "
        "convolutional_recurrent core cudnn_recurrent dense_attention einsum_dense embeddings "
        "experimental kernelized local locally_connected merge merging multi_head_attention noise "
        "normalization normalization_v2 pooling preprocessing recurrent recurrent_v2 "
        "regularization reshaping rnn serialization wrappers",
        "legacy": "interfaces layers models saving",
        "metrics": "base_metric experimental metrics",
        "mixed_precision": "autocast_variable experimental loss_scale_optimizer policy",
        "models": "cloning experimental",
        "optimizers": "experimental legacy optimizer_experimental optimizer_v1 optimizer_v2",
        "preprocessing": "image image_dataset sequence text text_dataset timeseries",
        "saving": "hdf5_format legacy model_config object_registration save saved_model "
        "saving_lib saving_utils serialization_lib",
        "utils": "conv_utils data_utils dataset_utils experimental generic_utils io_utils "
        "kernelized_utils layer_utils losses_utils metrics_utils multi_gpu_utils np_utils "
        "object_identity test_utils tf_utils traceback_utils training_utils version_utils "
        "vis_utils visualize_util",
        "wrappers": "scikit_learn",
    }.items()
}

INTERNAL = frozenset(
    """
    accuracy_metrics activation activations activity_regularization adadelta adafactor adagrad
    adam adamax adamw adaptive_average_pooling1d adaptive_average_pooling2d
    adaptive_average_pooling3d adaptive_max_pooling1d adaptive_max_pooling2d
    adaptive_max_pooling3d add additive_attention alpha_dropout api_export argument_validation
    array_data_adapter array_slicing attention audio_dataset_utils aug_mix auto_contrast average
    average_pooling1d average_pooling2d average_pooling3d awq awq_config awq_core backend
    backend_utils backup_and_restore base_adaptive_pooling base_conv base_conv_transpose
    base_cudnn_rnn base_depthwise_conv base_global_pooling base_image_preprocessing_layer
    base_layer base_merge base_metric base_optimizer base_pooling base_rnn base_separable_conv
    base_wrapper batch_normalization bidirectional bounding_box bounding_boxes callback
    callback_list callbacks category_encoding center_crop clahe cloning common compile_utils
    concatenate config confusion_metrics constant_initializers constraints conv1d
    conv1d_transpose conv2d conv2d_transpose conv3d conv3d_transpose conv_lstm conv_lstm1d
    conv_lstm2d conv_lstm3d converters convolutional core correlation_metrics cropping1d
    cropping2d cropping3d csv_logger cut_mix data_adapter data_adapter_utils data_adapters
    data_layer dataset_utils datasets dense depthwise_conv1d depthwise_conv2d discretization
    distillation distillation_loss distiller distribution distribution_lib dot
    draw_bounding_boxes draw_segmentation_masks dropout dropout_rnn_cell dtype_policies
    dtype_policy dtype_policy_map dtype_utils dtypes early_stopping einops einsum_dense elu
    embedding engine epoch_iterator equalization export export_utils f_score_metrics
    feature_space file_editor file_utils flatten formats ftrl function functional
    gaussian_dropout gaussian_noise generator_data_adapter global_average_pooling1d
    global_average_pooling2d global_average_pooling3d global_max_pooling1d global_max_pooling2d
    global_max_pooling3d global_state gptq gptq_config gptq_core group_normalization
    grouped_query_attention gru gru_lstm_utils hashed_crossing hashing hinge_metrics history
    identity image image_dataset_utils image_preprocessing image_utils index_lookup initializer
    initializers input_layer input_spec integer_lookup io_utils iou iou_metrics jax jax_layer
    jax_utils json_utils keras_saveable keras_tensor lamb lambda_callback lambda_layer layer
    layer_normalization layers leaky_relu learning_rate_schedule learning_rate_scheduler legacy
    legacy_h5_format linalg lion loss loss_scale_optimizer losses lstm masking math
    max_num_bounding_box max_pooling1d max_pooling2d max_pooling3d maximum mel_spectrogram
    merging metric metrics metrics_utils minimum mix_up mixed_precision model model_checkpoint
    model_visualization models module_utils monitor_callback multi_head_attention
    multi_optimizer multiply muon nadam name_scope naming nn node normalization npz_utils
    numerical_utils numpy object_registration operation operation_utils ops optimizer optimizers
    orbax_checkpoint permute pipeline plot_bounding_box_gallery plot_image_gallery
    plot_segmentation_mask_gallery pooling prelu preprocessing probabilistic_metrics progbar
    progbar_logger py_dataset_adapter python_utils quantization_config quantizers rand_augment
    random random_brightness random_color_degeneration random_color_jitter random_contrast
    random_crop random_elastic_transform random_erasing random_flip random_gaussian_blur
    random_grayscale random_hue random_initializers random_invert random_perspective
    random_posterization random_rotation random_saturation random_sharpness random_shear
    random_translation random_zoom reduce_lr_on_plateau reduction_metrics regression_metrics
    regularization regularizers relu remat remote_monitor repeat_vector rescaling reshape
    reshaping resizing reversible_embedding rms_normalization rmsprop rng_utils rnn rnn_utils
    saving saving_api saving_lib saving_options saving_utils schedule_free_adamw schedules
    seed_generator separable_conv1d separable_conv2d sequence sequence_utils sequential
    serialization serialization_lib sgd simple_rnn sklearn_wrapper softmax solarization sparse
    spatial_dropout spatial_dropout1d spatial_dropout2d spatial_dropout3d spectral_normalization
    stacked_rnn_cells stateless_scope stft_spectrogram string_lookup subtract summary_utils
    swap_ema_weights symbolic_arguments symbolic_scope tensor_attributes tensorboard
    terminate_on_nan text text_dataset_utils text_vectorization time_distributed
    timeseries_dataset_utils traceback_utils tracking trainer trainers training tree tree_api
    unit_normalization up_sampling1d up_sampling2d up_sampling3d utils validation
    variable_mapping variables version visualization wrapper wrappers zero_padding1d
    zero_padding2d zero_padding3d
    """.split()
)


def modern_path(path: str) -> str:
    """`path` below the one root `keras`, as `keras.layers.rnn` for `tensorflow.keras.layers.rnn`.

    Example:

    >>> modern_path("tensorflow.python.keras.layers.core"), modern_path("keras.src.ops")
    ('keras.layers.core', 'keras.ops')
    """
    for root in _ROOTS:
        if path == root or path.startswith(f"{root}."):
            return f"keras{path[len(root) :]}"
    return path


def is_container(path: str) -> bool:
    """Whether `path` is a package that has sub-modules and nothing else.

    Example:

    >>> is_container("tensorflow"), is_container("keras.legacy"), is_container("keras.layers")
    (True, True, False)
    """
    return path in _CONTAINERS or modern_path(path) == "keras.legacy"


def is_internal(path: str) -> bool:
    """Whether `path` lies below a root where libraries import internal modules.

    Example:

    >>> is_internal("keras.src.ops"), is_internal("keras.layers.core")
    (True, False)
    """
    return any(path == root or path.startswith(f"{root}.") for root in _INTERNAL_ROOTS)


def was_module(path: str) -> bool:
    """Whether some Keras had a module of this path that is no public module today.

    Example:

    >>> was_module("keras.layers.core"), was_module("keras.layers.rnn.lstm")
    (True, True)
    >>> was_module("keras.layers.Dnese"), was_module("keras.layers.dense")
    (False, False)
    """
    parts = modern_path(path).split(".")[1:]
    if not parts or (is_internal(path) and INTERNAL.issuperset(parts)):
        return True
    if len(parts) == 1 or parts[0] == "experimental":
        return parts[0] in OLD[""]
    return parts[1] in OLD.get(parts[0], ()) and INTERNAL.issuperset(parts[2:])

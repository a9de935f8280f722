"""Old arguments of optimizers, losses, initializers, callbacks, functions and model methods."""

from kerajax.eras._rows import Old, gone

# How data sets by index compute their batches, which they say themselves today.
_WORKERS = {
    "max_q_size": Old("_old_max_queue_size", aside=True),
    "nb_worker": Old("_old_workers", aside=True),
    "nb_val_worker": gone("data for validation has as many workers as data for training"),
    "pickle_safe": Old("_old_use_multiprocessing", aside=True),
    "max_queue_size": Old("_old_max_queue_size", "tf2", aside=True),
    "workers": Old("_old_workers", "tf2", aside=True),
    "use_multiprocessing": Old("_old_use_multiprocessing", "tf2", aside=True),
}
# `fit_generator` and the like hand them to `fit` and the like.
_WORKERS_ON = {
    "max_q_size": Old("max_queue_size"),
    "nb_worker": Old("workers"),
    "nb_val_worker": _WORKERS["nb_val_worker"],
    "pickle_safe": Old("use_multiprocessing"),
}
_ACCURACY = {"show_accuracy": Old("_old_show_accuracy", aside=True)}
_ON_BATCH = {
    "accuracy": Old("_old_show_accuracy", aside=True),
    "reset_metrics": gone("call `model.reset_metrics()` where metrics start again", era="tf2"),
}
_SAVED_MODEL = "TensorFlow's SavedModel format is written by `model.export`"
_BY_SUFFIX = "the suffix of the path says the format"
_FILES = {
    "save_format": gone(_BY_SUFFIX, era="tf2"),
    "options": gone(_SAVED_MODEL, era="tf2"),
}
_LOSS_SCALE = (
    "the scale adapts by itself; for one that stays, set `loss_scale_factor` on the inner optimizer"
)

OBJECTS: dict[str, dict[str, Old]] = {
    "Optimizer": {
        "lr": Old("learning_rate", "tf2"),
        # rate = learning_rate / (1 + decay * iterations), which no modern argument says.
        "decay": Old("decay", "tf2", aside=True),
        "initial_decay": Old("decay", "tf2", aside=True),
        "epsilon": Old("epsilon", "2.3", values="epsilon"),
        "is_legacy_optimizer": gone("both kinds are one here", era="tf2"),
        "jit_compile": gone("every update is compiled", era="tf2"),
    },
    "Nadam": {
        # The momentum grows as 1 - 0.5 * 0.96 ** (t * schedule_decay); it is 1 in Keras 3.
        "schedule_decay": Old("schedule_decay", "2.3", aside=True),
    },
    "LossScaleOptimizer": {
        "optimizer": Old("inner_optimizer", "tf2"),
        "dynamic": gone(_LOSS_SCALE, True, era="tf2"),
        "loss_scale": gone(_LOSS_SCALE, "dynamic", era="tf2"),
        "dynamic_growth_steps": Old("dynamic_growth_steps", "tf2"),
    },
    "Loss": {"reduction": Old("reduction", "tf2", values="reduction")},
    "Initializer": {"dtype": gone("the layer says the dtype", era="tf2")},
    "VarianceScaling": {"distribution": Old("distribution", "2.3", values="distribution")},
    "RandomNormal": {"scale": Old("stddev")},
    "Orthogonal": {"scale": Old("gain")},
    "Identity": {"scale": Old("gain")},
    "L1": {"l": Old("l1", "tf2")},
    "L2": {"l": Old("l2", "tf2")},
    "MaxNorm": {"m": Old("max_value")},
    "MinMaxNorm": {"low": Old("min_value"), "high": Old("max_value")},
    "ModelCheckpoint": {
        # Counted in epochs, where `save_freq` counts batches.
        "period": Old("period", "tf2", aside=True),
        **_FILES,
    },
    "ReduceLROnPlateau": {"epsilon": Old("min_delta")},
    "LambdaCallback": {
        "on_batch_begin": Old("on_train_batch_begin", "tf2"),
        "on_batch_end": Old("on_train_batch_end", "tf2"),
    },
    "ProgbarLogger": {
        "count_mode": gone("the bar counts batches", era="tf2"),
        "stateful_metrics": gone("metrics say their own values", era="tf2"),
    },
    "TensorBoard": {
        "batch_size": gone("histograms are of the weights", era="2.3"),
        "write_grads": gone("gradients are not kept after a step", False, era="2.3"),
        "embeddings_layer_names": gone("all embeddings are written", era="2.3"),
        "embeddings_data": gone("all embeddings are written", era="2.3"),
    },
}

_WINDOWS = {
    "border_mode": Old("padding"),
    "dim_ordering": Old("data_format", values="data_format"),
}

_CONVOLUTION = {
    **_WINDOWS,
    "filter_dilation": Old("dilation_rate"),
    "image_shape": gone("shapes are known"),
    "filter_shape": gone("shapes are known"),
    "volume_shape": gone("shapes are known"),
}

FUNCTIONS: dict[str, dict[str, Old]] = {
    "relu": {"alpha": Old("negative_slope", "tf2")},
    "to_categorical": {
        "y": Old("x", "tf2"),
        "nb_classes": Old("num_classes"),
        "dtype": gone("the result is float; use `astype`", era="tf2"),
    },
    "normalize": {"a": Old("x", "tf2")},
    "imdb.load_data": {
        "nb_words": Old("num_words"),
        "test_split": gone("the reviews come split in halves"),
    },
    "reuters.load_data": {"nb_words": Old("num_words")},
    "Tokenizer": {"nb_words": Old("num_words")},
    "ImageDataGenerator": {"dim_ordering": Old("data_format", values="data_format")},
    "load_img": {"grayscale": Old("color_mode", values="color_mode")},
    "K.conv1d": _CONVOLUTION,
    "K.conv2d": _CONVOLUTION,
    "K.conv3d": _CONVOLUTION,
    "K.expand_dims": {"dim": Old("axis")},
    "K.one_hot": {"nb_classes": Old("num_classes")},
    "K.pool2d": _WINDOWS,
    "K.pool3d": _WINDOWS,
    "K.random_normal": {"std": Old("stddev")},
    "K.random_uniform": {"low": Old("minval"), "high": Old("maxval")},
    "K.resize_images": {"X": Old("x"), "dim_ordering": Old("data_format", values="data_format")},
    "K.spatial_2d_padding": {"dim_ordering": Old("data_format", values="data_format")},
    "K.spatial_3d_padding": {"dim_ordering": Old("data_format", values="data_format")},
    "img_to_array": {"dim_ordering": Old("data_format", values="data_format")},
    "array_to_img": {"dim_ordering": Old("data_format", values="data_format")},
    "preprocess_input": {"dim_ordering": Old("data_format", values="data_format")},
}

METHODS: dict[str, dict[str, Old]] = {
    "Model.compile": {
        "class_mode": gone("the loss says it"),
        "theano_mode": gone("there is no Theano"),
        "sample_weight_mode": gone("give sample weights of shape (batch, time)", era="tf2"),
        "target_tensors": gone("give targets to `fit`", None, era="2.3"),
        "experimental_steps_per_execution": Old("steps_per_execution", "tf2"),
        "experimental_run_tf_function": gone("there is no graph mode", era="tf2"),
        "distribute": gone("set `kerajax.distribution`", None, era="tf2"),
        "cloning": gone("models are not copied", era="tf2"),
        "pss_evaluation_shards": gone("there is no parameter server", era="tf2"),
    },
    "Model.fit": {"nb_epoch": Old("epochs"), **_ACCURACY, **_WORKERS},
    "Model.evaluate": {**_ACCURACY, **_WORKERS},
    "Model.predict": _WORKERS,
    "Model.train_on_batch": _ON_BATCH,
    "Model.test_on_batch": _ON_BATCH,
    "Model.fit_generator": {"nb_epoch": Old("epochs"), **_ACCURACY, **_WORKERS_ON},
    "Model.evaluate_generator": {**_ACCURACY, **_WORKERS_ON},
    "Model.predict_generator": _WORKERS_ON,
    "Model.save": {
        **_FILES,
        "signatures": gone(_SAVED_MODEL, None, era="tf2"),
        "save_traces": gone(_SAVED_MODEL, era="tf2"),
    },
    "Model.save_weights": _FILES,
    "Model.load_weights": {
        "options": _FILES["options"],
        "reshape": gone("arrays must have the shape of the weights", False, era="2.3"),
    },
    "Layer.add_weight": {
        "use_resource": gone("there is one kind of variable", era="tf2"),
        "synchronization": gone("there is one kind of variable", era="tf2"),
        "partitioner": gone("set `kerajax.distribution`", None, era="tf2"),
        "collections": gone("there are no collections", None, era="tf2"),
        "experimental_autocast": Old("autocast", "tf2"),
    },
}

# Old arguments that count samples where the modern one counts batches.
COUNTED_IN_SAMPLES: dict[str, str] = {
    "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps",
    "val_samples": "steps",
}

"""What to use in place of names that old scripts import and kerajax does not have."""

_SESSION = "JAX has no sessions: leave the call out; `keras.utils.clear_session()` forgets names."
_TF = (
    "This `tensorflow` is kerajax's stand-in, which has `keras` alone, and all else where "
    "TensorFlow is installed. "
)

GONE: dict[str, str] = {
    "keras.backend.get_session": _SESSION,
    "keras.backend.set_session": _SESSION,
    "keras.backend.get_graph": _SESSION,
    "keras.backend.manual_variable_initialization": _SESSION,
    "keras.backend.control_dependencies": "JAX computes in the order of the data: leave it out.",
    "keras.backend.tf": "TensorFlow is not used. Use the functions of `keras.ops`.",
    "keras.backend.theano": "Theano is not used. Use the functions of `keras.ops`.",
    "keras.backend.T": "Theano is not used. Use the functions of `keras.ops`.",
    "keras.layers.core.AutoEncoder": "Train `keras.Sequential([encoder, decoder])` on its inputs.",
    "tensorflow": _TF + "Use `keras.ops` for its functions, or install TensorFlow.",
    "tensorflow.random": _TF + "Use `keras.utils.set_random_seed(seed)`, or `keras.random`.",
    "tensorflow.set_random_seed": _TF + "Use `keras.utils.set_random_seed(seed)`.",
    "tensorflow.data": _TF + "Pass arrays, a generator or a `keras.utils.PyDataset` to `fit`.",
    "tensorflow.GradientTape": _TF + "Override `train_step`, or use `jax.grad` over "
    "`model.stateless_call`.",
    "tensorflow.function": _TF + "Use `jax.jit`.",
    "tensorflow.Variable": _TF + "Use `keras.Variable`.",
    "tensorflow.config": _TF + "JAX chooses devices by itself; `JAX_PLATFORMS` sets them.",
    "tensorflow.ConfigProto": _TF + "JAX chooses devices by itself; leave the session out.",
    "tensorflow.Session": _TF + "JAX has no sessions: leave it out.",
    "tensorflow.distribute": _TF + "Set `keras.distribution.DataParallel` instead.",
    "tensorflow.saved_model": _TF + "Use `model.export(path)`.",
    "tensorflow.lite": _TF + "Use `model.export(path)`.",
    "tensorflow.compat": _TF + "Import `keras` itself.",
}

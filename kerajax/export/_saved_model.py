"""TensorFlow's SavedModel, where TensorFlow is installed: endpoints by `jax2tf`."""

import itertools

from kerajax import tree
from kerajax.export._endpoint import filled, polymorphic


class Writer:
    """Writes endpoints as a SavedModel."""

    def __init__(self):
        self._tf = _tensorflow()
        self._options = {}

    def add(self, endpoint, jax2tf_kwargs=None):
        """Notes the options; endpoints are converted when the artifact is written."""
        self._options[endpoint.name] = dict(jax2tf_kwargs or {})

    def write(self, archive, filepath, options=None):
        """Writes the folder; the first endpoint is `serving_default` as well."""
        tf = self._tf
        module = tf.Module()
        kept = {}

        def variable(v):
            if id(v) not in kept:
                kept[id(v)] = tf.Variable(v.numpy(), trainable=v.trainable, name=v.name)
            return kept[id(v)]

        signatures = {}
        for name, endpoint in archive.endpoints.items():
            variables = [variable(v) for v in endpoint.variables]
            function = self._function(endpoint, variables, self._options[name])
            setattr(module, name, function)
            signatures[name] = function
        signatures.setdefault("serving_default", next(iter(signatures.values())))
        for name in ("trainable_variables", "non_trainable_variables"):
            # `tf.Module` has properties of these names.
            setattr(module, f"_{name}", [variable(v) for v in getattr(archive, name)])
        for name, collection in archive.collections.items():
            setattr(module, name, [variable(v) for v in collection])
        tf.saved_model.save(module, str(filepath), signatures=signatures, options=options)

    def _function(self, endpoint, variables, options):
        from jax.experimental import jax2tf

        tf = self._tf
        names = (f"d{i}" for i in itertools.count())
        shapes = [polymorphic(spec, names) for spec in endpoint.specs]
        options.setdefault("polymorphic_shapes", [None, shapes])
        options.setdefault("with_gradient", False)
        converted = jax2tf.convert(endpoint.run, **options)

        def run(*args):
            outputs, changed = converted(list(variables), tree.flatten(list(args)))
            for i, value in zip(endpoint.changed, changed, strict=True):
                variables[i].assign(value)
            return filled(endpoint.outputs, outputs)

        specs = tree.map_structure(
            lambda spec: tf.TensorSpec(spec.shape, spec.dtype), endpoint.signature
        )
        function = tf.function(run, input_signature=specs, autograph=False)
        function.get_concrete_function()
        return function


def _tensorflow():
    try:
        import tensorflow

        return tensorflow
    except ImportError as error:
        raise ImportError(
            "TensorFlow's SavedModel format needs the package `tensorflow`, which is not "
            "installed. Run `pip install tensorflow-cpu`, or write the JAX format, which needs no "
            "TensorFlow: `format='jax'`, read by `kerajax.export.load`."
        ) from error

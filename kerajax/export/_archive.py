"""ExportArchive: endpoints and the variables that they share, to be written out together."""

from kerajax._checks import one_of
from kerajax.backend import Variable
from kerajax.export import _artifact, _saved_model
from kerajax.export._endpoint import Endpoint, as_signature, owner_of
from kerajax.layers import Layer

_WRITERS = {"saved_model": _saved_model, "jax": _artifact}
_MSG_SIGNATURE = """\
Endpoint '{name}' needs an `input_signature` that says the shape and dtype of each argument:

    archive.add_endpoint(
        "serve",
        model.call,
        input_signature=[keras.InputSpec(shape=(None, 224, 224, 3), dtype="float32")],
    )
"""


class ExportArchive:
    """Collects functions of layers, and writes them as one artifact for inference.

    The artifact holds the compiled form of the functions and the values of variables. It runs
    without the code of the model.

    Args:
        format: `"saved_model"` for TensorFlow (which must be installed), or `"jax"` for what
            `kerajax.export.load` reads.
        **kwargs: `platforms` (for `"jax"`): what it can run on, of `"cpu"`, `"cuda"`, `"rocm"` and
            `"tpu"`; `("cpu", "cuda", "tpu")` by default.

    Raises:
        ValueError: If the format is unknown.
        ImportError: If the format needs a package that is not installed.

    Example:

    ```python
    archive = kerajax.export.ExportArchive(format="jax")
    archive.track(model)
    archive.add_endpoint("serve", model.call, [kerajax.InputSpec("float32", (None, 3))])
    archive.write_out("model.jax")

    outputs = kerajax.export.load("model.jax").serve(inputs)
    ```
    """

    def __init__(self, format="saved_model", **kwargs):  # noqa: A002 - Keras' name
        self.format = one_of(format, "format", self, _WRITERS)
        self._writer = _WRITERS[format].Writer(**kwargs)
        self._tracked: list[Variable] = []
        self.endpoints: dict[str, Endpoint] = {}
        self.collections: dict[str, list[Variable]] = {}

    @property
    def variables(self) -> list:
        """The tracked variables: the trainable ones, then the others."""
        return self.trainable_variables + self.non_trainable_variables

    @property
    def trainable_variables(self) -> list:
        """The tracked variables that train."""
        return [v for v in self._tracked if v.trainable]

    @property
    def non_trainable_variables(self) -> list:
        """The tracked variables that do not train."""
        return [v for v in self._tracked if not v.trainable]

    def track(self, resource):
        """Makes the variables of a layer part of the artifact.

        What an endpoint reads of variables that are not tracked is fixed at the value it has when
        the endpoint is added. Methods of a layer bring the layer along.

        Args:
            resource: Layer or model that is built.

        Raises:
            ValueError: If it is anything else, or not built.
        """
        if not isinstance(resource, Layer):
            raise ValueError(
                "Invalid resource type: ExportArchive tracks a Keras `Layer` or `Model`, but "
                f"received {resource!r} of type {type(resource).__name__}."
            )
        if not resource.built:
            raise ValueError(
                f"Layer '{resource.name}' has not yet been built. It must be built before export: "
                "call it on data once."
            )
        self._add(resource.variables)

    def _add(self, variables):
        known = set(map(id, self._tracked))
        self._tracked += [v for v in variables if id(v) not in known]

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Adds a function.

        Args:
            name: String, under which the artifact has it.
            fn: Function of tensors, such as `model.call`.
            input_signature: List with an entry for each argument: an `InputSpec`, a symbolic or
                concrete tensor (whose first axis may then have any size), or a structure of them.
            **kwargs: `is_static`: whether assignments to variables are left out, such as those of
                seeds. `jax2tf_kwargs` (for `"saved_model"`): dict of arguments of `jax2tf.convert`.

        Returns:
            The endpoint, a function that runs `fn` compiled on the variables as they are.

        Raises:
            ValueError: If the name is taken or no function name, or the signature is missing.
        """
        if name in self.endpoints or name in self.collections:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        _check_name(name)
        if input_signature is None:
            raise ValueError(_MSG_SIGNATURE.format(name=name))
        options = {"jax2tf_kwargs": kwargs.pop("jax2tf_kwargs", None)}
        is_static = bool(kwargs.pop("is_static", False))
        if kwargs:
            raise ValueError(
                f"add_endpoint does not know the arguments {sorted(kwargs)}. It takes `is_static` "
                "and `jax2tf_kwargs`."
            )
        owner = owner_of(fn)
        if owner is not None:
            self.track(owner)
        endpoint = Endpoint(name, fn, as_signature(input_signature), self._tracked, is_static)
        self._writer.add(endpoint, **options)
        self.endpoints[name] = endpoint
        return endpoint

    def track_and_add_endpoint(self, name, resource, input_signature, **kwargs):
        """Tracks a layer or model, and adds its call as an endpoint.

        Args:
            name: String.
            resource: Layer or model that is built.
            input_signature: As in `add_endpoint`.
            **kwargs: As in `add_endpoint`.

        Returns:
            The endpoint.
        """
        self.track(resource)
        return self.add_endpoint(name, resource.__call__, input_signature, **kwargs)

    def add_variable_collection(self, name, variables):
        """Adds variables that the loaded artifact has in a list, such as those of an optimizer.

        Args:
            name: String, under which the artifact has them.
            variables: List, tuple or set of variables.

        Raises:
            ValueError: If they are anything else, or the name is taken or cannot be a name.
        """
        if not isinstance(variables, (list, tuple, set)):
            raise ValueError(
                "Expected `variables` to be a list/tuple/set, but received an object of type "
                f"{type(variables).__name__}."
            )
        if not all(isinstance(v, Variable) for v in variables):
            kinds = sorted({type(v).__name__ for v in variables})
            raise ValueError(
                f"Expected all elements in `variables` to be `keras.Variable`, but found {kinds}."
            )
        if name in self.endpoints or name in self.collections:
            raise ValueError(f"The name '{name}' is already taken.")
        _check_name(name)
        self.collections[name] = list(variables)

    def write_out(self, filepath, options=None, verbose=True):
        """Writes the artifact, with the values that the variables have now.

        Args:
            filepath: Path: of a file for `"jax"`, of a folder for `"saved_model"`.
            options: For `"saved_model"`, a `tf.saved_model.SaveOptions`.
            verbose: Bool. Whether to print what was written.

        Raises:
            ValueError: If there are no endpoints.
        """
        if not self.endpoints:
            raise ValueError("No endpoints have been set yet. Call add_endpoint().")
        self._writer.write(self, filepath, options)
        if verbose:
            lines = [f"* {name}{_arguments(e)}" for name, e in self.endpoints.items()]
            print(f"Saved artifact at '{filepath}'. It has the endpoints:\n" + "\n".join(lines))


def _arguments(endpoint):
    return f"({', '.join(f'{spec.dtype} {tuple(spec.shape)}' for spec in endpoint.specs)})"


def _check_name(name):
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_"):
        raise ValueError(
            f"A name in an artifact is a Python name without a leading underscore, but received "
            f"{name!r}."
        )

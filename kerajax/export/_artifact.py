"""The JAX format: a zip file of compiled functions and the values of variables.

`metadata.json` says what the endpoints take and return; `endpoints/<name>` is what `jax.export`
serializes, a StableHLO program; `variables/<number>` holds plain bytes. Nothing in it is Python.
"""

import json
import math
import os
import re
import zipfile

import jax
import jax.numpy as jnp
import numpy as np

from kerajax.backend import standardize_dtype
from kerajax.backend._extras import required
from kerajax.export._endpoint import as_inputs, filled
from kerajax.layers import InputSpec
from kerajax.saving._atomic import replacing
from kerajax.saving.read import BrokenFileError, Budget, Meter, UnsafeFileError, parse_json

_FORMAT, _VERSION = "kerajax.export", 1
_PLATFORMS = ("cpu", "cuda", "tpu")
_METADATA = "metadata.json"
_CALL = re.compile(r'(?:custom_call\s*@|call_target_name\s*=\s*)"?([^\s"(]+)')
# What JAX promises to keep for exported programs: linear algebra of the vendors' libraries, kernels
# that are in the program itself, and marks for the compiler. Anything else, callbacks above all,
# runs code of whoever has registered it.
_HARMLESS = re.compile(
    r"(lapack|cusolver|cusparse|cu|hipsolver|hip)_\w+|(stablehlo|mhlo|chlo)\.[\w.]+|__cudnn\$\w+"
    "|Sharding|SPMDFullToShardShape|SPMDShardToFullShape|annotate_device_placement|AllocateBuffer"
    "|ApproxTopK|Eigh|LuDecomposition|ProductOfElementaryHouseholderReflectors|Qr|shape_assertion"
    "|tpu_custom_call|mosaic_gpu_v2"
)


class Writer:
    """Writes endpoints in the JAX format.

    Args:
        platforms: What the programs can run on.
    """

    def __init__(self, platforms=_PLATFORMS):
        _require_flatbuffers()
        self._platforms = tuple(platforms)
        self._programs = {}

    def add(self, endpoint, jax2tf_kwargs=None):
        """Lowers an endpoint for all platforms."""
        if jax2tf_kwargs is not None:
            raise ValueError("`jax2tf_kwargs` belongs to the format 'saved_model', not to 'jax'.")
        values = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in endpoint.variables]
        export = jax.export.export(jax.jit(endpoint.run), platforms=self._platforms)
        try:
            exported = export(values, endpoint.shapes())
        except Exception as error:  # comparisons of unknown sizes raise exceptions of many types
            if all(None not in spec.shape for spec in endpoint.specs):
                raise
            raise _not_for_any_size(endpoint, error) from error
        self._programs[endpoint.name] = bytes(exported.serialize())

    def write(self, archive, filepath, options=None):
        """Writes the file."""
        if options is not None:
            raise ValueError("`options` belongs to the format 'saved_model', not to 'jax'.")
        variables = {}
        for owner in (*archive.endpoints.values(), archive):
            variables.update((id(v), v) for v in owner.variables)
        for collection in archive.collections.values():
            variables.update((id(v), v) for v in collection)
        number = {key: i for i, key in enumerate(variables)}
        metadata = {
            "format": _FORMAT,
            "version": _VERSION,
            "jax_version": jax.__version__,
            "variables": [
                {"path": v.path, "shape": list(v.shape), "dtype": v.dtype, "trainable": v.trainable}
                for v in variables.values()
            ],
            "endpoints": {
                name: {
                    "inputs": _written(e.signature, _spec_written),
                    "outputs": _written(e.outputs, lambda i: i),
                    "variables": [number[id(v)] for v in e.variables],
                    "changed": e.changed,
                }
                for name, e in archive.endpoints.items()
            },
            "collections": {
                name: [number[id(v)] for v in collection]
                for name, collection in {
                    "variables": archive.variables,
                    "trainable_variables": archive.trainable_variables,
                    "non_trainable_variables": archive.non_trainable_variables,
                    **archive.collections,
                }.items()
            },
        }
        with replacing(filepath) as temporary, zipfile.ZipFile(temporary, "w") as file:
            file.writestr(_METADATA, json.dumps(metadata))
            for name, program in self._programs.items():
                file.writestr(f"endpoints/{name}", program)
            for i, variable in enumerate(variables.values()):
                file.writestr(f"variables/{i}", np.asarray(variable.value).tobytes())


class LoadedArchive:
    """An artifact in the JAX format, as `load` returns it.

    Endpoints are its methods, by their names; collections of variables are lists of arrays.
    Where an endpoint assigns variables, as a forward pass in training mode does, later calls
    continue from what it assigned.

    Attributes:
        endpoints: Dict of endpoint names to the structure of `InputSpec` that they take.
        platforms: Dict of endpoint names to what they can run on.
    """

    def __init__(self, metadata, programs, values):
        self._metadata = metadata["endpoints"]
        self._programs = {name: jax.jit(program.call) for name, program in programs.items()}
        self._values = values
        self._collections = metadata["collections"]
        self.endpoints = {name: x["inputs"] for name, x in self._metadata.items()}
        self.platforms = {name: tuple(program.platforms) for name, program in programs.items()}

    def __getattr__(self, name):
        if name in self.__dict__.get("_metadata", ()):
            return lambda *args: self._run(name, args)
        if name in self.__dict__.get("_collections", ()):
            return [self._values[i] for i in self._collections[name]]
        known = list(self.__dict__.get("endpoints", ()))
        raise AttributeError(f"The artifact has no '{name}'. Its endpoints are {known}.")

    def __dir__(self):
        return sorted({*super().__dir__(), *self._metadata, *self._collections})

    def _run(self, name, args):
        told = self._metadata[name]
        inputs = as_inputs(args, told["inputs"], name)
        values = [self._values[i] for i in told["variables"]]
        outputs, changed = self._programs[name](values, inputs)
        for i, value in zip(told["changed"], changed, strict=True):
            self._values[told["variables"][i]] = value
        return filled(told["outputs"], outputs)


def load(filepath) -> LoadedArchive:
    """Loads an artifact that `ExportArchive(format="jax")` or `model.export(format="jax")` wrote.

    Neither the model's code nor its classes are needed. Loading reads JSON, plain arrays and
    programs of XLA; it runs no Python from the file. Calling an endpoint compiles its program and
    runs it: it can compute anything, take time and memory, and call functions that are built into
    JAX, such as those of linear algebra. Programs that call back into Python are refused.

    Args:
        filepath: Path of the artifact.

    Returns:
        `LoadedArchive`, which has the endpoints as methods.

    Raises:
        ValueError: If the file is no such artifact, is damaged, or its programs call Python.
        ImportError: If the package `flatbuffers` is not installed.

    Example:

    ```python
    model.export("model.jax", format="jax")
    outputs = kerajax.export.load("model.jax").serve(inputs)
    ```
    """
    _require_flatbuffers()
    name, budget = os.fspath(filepath), Budget()
    meter = Meter(name, os.path.getsize(filepath), budget)
    try:
        with zipfile.ZipFile(filepath) as file:
            members = _members(file, name)
            metadata = parse_json(members(_METADATA, budget.max_json_bytes), _METADATA, meter)
            if metadata.get("format") != _FORMAT or metadata.get("version") != _VERSION:
                raise BrokenFileError(f"{name} is no artifact of this version of kerajax.export.")
            values = [_array(members, i, x) for i, x in enumerate(metadata["variables"])]
            _check_indices(metadata, len(values))
            programs = {
                x: _program(members(f"endpoints/{x}"), x, name) for x in metadata["endpoints"]
            }
        for x in metadata["endpoints"].values():
            x["inputs"], x["outputs"] = _read(x["inputs"], _spec_read), _read(x["outputs"], int)
    except (zipfile.BadZipFile, KeyError, TypeError, AttributeError, EOFError) as error:
        raise BrokenFileError(
            f"{name} should be an artifact that `model.export(format='jax')` wrote, but it cannot "
            f"be read ({type(error).__name__}: {error}). It is another kind of file, or damaged."
        ) from error
    return LoadedArchive(metadata, programs, values)


def _members(file, name):
    """A function that reads a member, which must be stored as it is."""

    def read(member, most=None, size=None):
        info = file.getinfo(member)
        stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        if not stored or (most is not None and info.file_size > most):
            raise UnsafeFileError(f"{name}: member {member!r} declares more than it stores.")
        if size is not None and info.file_size != size:
            raise BrokenFileError(
                f"{name}: member {member!r} should have {size} bytes, but has {info.file_size}."
            )
        return file.read(info)

    return read


def _array(members, i, told):
    dtype = jnp.dtype(standardize_dtype(told["dtype"]))
    shape = tuple(int(size) for size in told["shape"])
    if any(size < 0 for size in shape):
        raise BrokenFileError(f"A variable of the artifact has the shape {shape}.")
    content = members(f"variables/{i}", size=math.prod(shape) * dtype.itemsize)
    return jnp.asarray(np.frombuffer(content, dtype).reshape(shape))


def _check_indices(metadata, count):
    lists = [*metadata["collections"].values()]
    lists += [x["variables"] for x in metadata["endpoints"].values()]
    if not all(isinstance(i, int) and 0 <= i < count for numbers in lists for i in numbers):
        raise BrokenFileError("The artifact names variables that it does not hold.")


def _program(content, endpoint, name):
    try:
        program = jax.export.deserialize(bytearray(content))
        text = str(program.mlir_module())
    except Exception as error:  # whatever the readers of flatbuffers and MLIR raise
        raise BrokenFileError(
            f"{name}: the program of endpoint '{endpoint}' cannot be read ({error})."
        ) from error
    others = sorted(call for call in set(_CALL.findall(text)) if not _HARMLESS.fullmatch(call))
    if others:
        raise UnsafeFileError(
            f"{name}: the program of endpoint '{endpoint}' calls {str(others)[:200]}, which "
            "is none of the functions that exported models call; it may run Python. Do not use "
            "this file."
        )
    return program


def _written(structure, leaf):
    """A nested structure as JSON: each container as its kind and its items."""
    if isinstance(structure, dict):
        return ["dict", [[key, _written(x, leaf)] for key, x in structure.items()]]
    if isinstance(structure, (list, tuple)):
        kind = "list" if isinstance(structure, list) else "tuple"
        return [kind, [_written(x, leaf) for x in structure]]
    return ["none"] if structure is None else ["leaf", leaf(structure)]


def _read(told, leaf):
    kind = told[0]
    if kind == "dict":
        return {key: _read(x, leaf) for key, x in told[1]}
    if kind in ("list", "tuple"):
        items = [_read(x, leaf) for x in told[1]]
        return items if kind == "list" else tuple(items)
    return None if kind == "none" else leaf(told[1])


def _spec_written(spec):
    return {"shape": list(spec.shape), "dtype": standardize_dtype(spec.dtype)}


def _spec_read(told):
    return InputSpec(shape=tuple(told["shape"]), dtype=told["dtype"])


def _require_flatbuffers():
    # JAX reads and writes programs with it.
    required("flatbuffers", "The JAX format of artifacts", "export")


def _not_for_any_size(endpoint, error):
    shapes = [tuple(spec.shape) for spec in endpoint.specs]
    return ValueError(
        f"Endpoint '{endpoint.name}' cannot be exported for inputs of the shapes {shapes}, where "
        f"None is any size: {error}\nPass an `input_signature` with the sizes that you will use, "
        "such as `keras.InputSpec(shape=(1, 28, 28), dtype='float32')`."
    )

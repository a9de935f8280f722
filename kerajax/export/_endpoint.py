"""An endpoint: a function of layers and inputs of known shapes, as a pure function.

Variables come in as values, and those that the function assigns (seeds of dropout in training mode,
moving statistics) go out as values, so that what runs the endpoint can keep them.
"""

import functools

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.backend import KerasTensor, is_tensor, standardize_dtype
from kerajax.graph import with_values
from kerajax.layers import InputSpec, Layer
from kerajax.models import Functional, Model

BATCH = "batch"


class Endpoint:
    """A function with the shapes of its inputs and the variables that it uses.

    Args:
        name: String.
        fn: Function of tensors.
        signature: List with the spec of each argument: an `InputSpec`, or a structure of them.
        variables: List of variables.
        is_static: Bool. Whether assignments to variables are left out.

    Attributes:
        specs: The specs in a flat list.
        outputs: After a trace, the structure of the outputs with a number for each tensor.
        changed: After a trace, the indices of the variables that the function assigns.
    """

    def __init__(self, name, fn, signature, variables, is_static=False):
        self.name = name
        self.fn = fn
        self.signature = signature
        self.specs = tree.flatten(signature)
        self.variables = list(variables)
        self.is_static = is_static
        self.outputs, self.changed = None, []
        self._compiled = jax.jit(self.run)

    def run(self, values, flat_inputs):
        """The endpoint as a pure function.

        Args:
            values: List of the values of the variables.
            flat_inputs: List of tensors.

        Returns:
            `(outputs, changed)`: a flat list, and new values of the variables in `self.changed`.
        """
        args = tree.pack_sequence_as(self.signature, list(flat_inputs))
        ran = with_values(lambda: self.fn(*args), self.variables, values)
        self.changed = [] if self.is_static else list(ran.changed_from(values))
        flat = [x for x in tree.flatten(ran.outputs) if x is not None]
        numbers = iter(range(len(flat)))
        self.outputs = tree.map_structure(
            lambda x: None if x is None else next(numbers), ran.outputs
        )
        return [jnp.asarray(x) for x in flat], [ran.values[i] for i in self.changed]

    def shapes(self) -> list:
        """What `jax.export` takes for the inputs; unknown sizes are symbols, `batch` in front."""
        names = iter(f"d{i}" for i in range(sum(len(spec.shape) for spec in self.specs)))
        scope = jax.export.SymbolicScope()
        return [
            jax.ShapeDtypeStruct(
                jax.export.symbolic_shape(polymorphic(spec, names), scope=scope), spec.dtype
            )
            for spec in self.specs
        ]

    def __call__(self, *args):
        """Runs the endpoint on the variables as they are, and assigns what it assigns."""
        inputs = as_inputs(args, self.signature, self.name)
        outputs, changed = self._compiled([v.value for v in self.variables], inputs)
        for i, value in zip(self.changed, changed, strict=True):
            self.variables[i].assign(value)
        return filled(self.outputs, outputs)


def polymorphic(spec, names) -> str:
    """A shape in the language of `jax.export`, such as `"(batch, 3)"`."""
    sizes = [
        str(size) if size is not None else BATCH if axis == 0 else next(names)
        for axis, size in enumerate(spec.shape)
    ]
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def as_inputs(args, signature, name) -> list:
    """Arguments as a flat list of arrays of the dtypes in the signature.

    Raises:
        ValueError: If they are nested in another way, or have shapes that do not fit.
    """
    args, wanted = (tree.lists_to_tuples(list(x)) for x in (args, signature))
    try:
        tree.assert_same_structure(wanted, args)
    except ValueError as error:
        raise ValueError(
            f"Endpoint '{name}' takes arguments like {_described(signature)}, but received "
            f"{_described(args)}."
        ) from error
    inputs = []
    for x, spec in zip(tree.flatten(args), tree.flatten(wanted), strict=True):
        x = jnp.asarray(x, spec.dtype)
        pairs = zip(spec.shape, x.shape, strict=False)
        if x.ndim != len(spec.shape) or any(a not in (None, b) for a, b in pairs):
            raise ValueError(
                f"Endpoint '{name}' takes an input of shape {tuple(spec.shape)}, where None is any "
                f"size, but received shape {x.shape}."
            )
        inputs.append(x)
    return inputs


def _described(structure):
    return tree.map_structure(lambda x: tuple(getattr(x, "shape", ())), structure)


def filled(structure, flat):
    """The structure of an endpoint's outputs, with tensors for the numbers."""
    return tree.map_structure(lambda i: None if i is None else flat[i], structure)


def as_signature(input_signature) -> list:
    """A list of structures of `InputSpec`, from what users give for shapes.

    Raises:
        TypeError: If an entry is no `InputSpec`, KerasTensor or tensor.
        ValueError: If a spec does not say shape and dtype.
    """
    given = input_signature if isinstance(input_signature, (list, tuple)) else [input_signature]
    return list(tree.map_structure(_as_spec, list(given)))


def _as_spec(x):
    if isinstance(x, InputSpec):
        if x.shape is None or x.dtype is None:
            raise ValueError(
                f"An input signature needs the shape and dtype of each input, but received {x}. "
                "Pass `keras.InputSpec(shape=(None, 3), dtype='float32')`."
            )
        return x
    if isinstance(x, KerasTensor) or is_tensor(x) or hasattr(x, "shape"):
        shape = tuple(x.shape)
        batch = (None,) if shape else ()
        return InputSpec(shape=batch + shape[1:], dtype=standardize_dtype(x.dtype))
    raise TypeError(
        f"An input signature is made of `keras.InputSpec`, KerasTensors or tensors, but received "
        f"{x!r} of type {type(x).__name__}."
    )


def signature_of(model) -> list:
    """The signature of a model's call, with any batch size.

    Raises:
        TypeError: If it is no model.
        ValueError: If nothing says its input shapes yet.
    """
    if not isinstance(model, Model):
        raise TypeError(f"Only a `keras.Model` can be exported, but received {model!r}.")
    if not model.built:
        raise ValueError(
            f"Model '{model.name}' is not built yet, so its inputs have no shapes. Call it on data "
            "once before it is exported."
        )
    if isinstance(model, Functional):
        return as_signature([model.input])
    if getattr(model, "inputs", None) is not None:
        return as_signature(model.inputs)
    if not model._build_shapes_dict:
        raise ValueError(
            f"Model '{model.name}' has never been called, so the shapes of its inputs are not "
            "known. Call it on data once, or pass `input_signature`."
        )
    spec = functools.partial(_batched, dtype=model.input_dtype)
    return [tree.map_shape_structure(spec, shape) for shape in model._build_shapes_dict.values()]


def _batched(shape, dtype):
    return InputSpec(shape=(None, *shape[1:]), dtype=dtype)


def owner_of(fn):
    """The layer whose method or whose call `fn` is, or None."""
    owner = fn if isinstance(fn, Layer) else getattr(fn, "__self__", None)
    return owner if isinstance(owner, Layer) else None

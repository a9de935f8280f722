"""A row of the layer table: one way to make a layer, and what it is given."""

import re
from typing import NamedTuple

import numpy as np


class Part(NamedTuple):
    """A layer or cell that is an argument of a row's layer, with its own arguments."""

    layer: str
    arguments: dict

    def __repr__(self):
        return f"kerajax.layers.{self.layer}({_words(self.arguments)})"


def _words(arguments):
    """Keyword arguments as code; a function by its name, which is the same in every process."""
    return ", ".join(
        f"{k}={getattr(v, '__name__', None) or _said(v)}" for k, v in arguments.items()
    )


def _said(value):
    return " ".join(repr(value).split())


def _made(value, package):
    """`value` with the parts in it made."""
    if isinstance(value, Part):
        return getattr(package.layers, value.layer)(**value.arguments)
    return [_made(item, package) for item in value] if isinstance(value, list) else value


class Row(NamedTuple):
    """One layer with arguments and inputs.

    Attributes:
        layer: Name of the class in `kerajax.layers`.
        arguments: Arguments of the constructor, without `name`.
        shape: Shape of the input with the batch axis, or a list of shapes for several inputs.
        kind: What the inputs hold: `"float"`, `"int"` (from 0 to 4), `"image"` (floats from 0 to
            255), or `"string"` (letters from a to d).
        unknown: Whether sizes other than the batch and the channels may be unknown.
        random: Whether outputs of training depend on a seed.
        differentiable: Whether gradients reach inputs and weights.
        mixed: Whether the layer's own policy is that of the outputs.
        masked: Whether a mask `(batch, time)` may come with inputs of three axes and more.
        spread: Whether several inputs are arguments of their own instead of one list.
        states: Whether the inputs after the first are one list, the states of a cell.
        options: Keywords of each call.
    """

    layer: str
    arguments: dict
    shape: tuple | list
    kind: str = "float"
    unknown: bool = True
    random: bool = False
    differentiable: bool = True
    mixed: bool = True
    masked: bool = True
    spread: bool = False
    states: bool = False
    options: dict = {}  # noqa: RUF012  (rows are never changed)

    @property
    def shapes(self) -> list:
        """The shapes of the inputs, one or several."""
        return self.shape if isinstance(self.shape, list) else [self.shape]

    def packed(self, items):
        """A list with one item for each input, as the layer takes it."""
        return items if isinstance(self.shape, list) else items[0]

    def run(self, function, inputs, **options):
        """Calls a layer, or a function that takes what the layer takes."""
        arguments = inputs if self.spread else [inputs]
        if self.states:
            arguments = [inputs[0], inputs[1:]]
        return function(*arguments, **self.options, **options)

    def first(self, items):
        """Of an item for each input, what belongs to the first argument of a call."""
        return items[0] if self.spread else self.packed(items)

    def inputs(self, batch_size=None, seed=0):
        """Arrays of the row's shapes."""
        rng = np.random.default_rng(seed)
        shapes = [
            (shape[0] if batch_size is None else batch_size, *shape[1:]) for shape in self.shapes
        ]
        if self.kind == "int":
            return self.packed([rng.integers(0, 5, size=shape, dtype="int32") for shape in shapes])
        if self.kind == "string":
            return self.packed([rng.choice(list("abcd"), size=shape) for shape in shapes])
        if self.kind == "image":
            return self.packed([rng.uniform(0, 255, shape).astype("float32") for shape in shapes])
        return self.packed([rng.normal(size=shape).astype("float32") for shape in shapes])

    def mask(self, shape):
        """A mask of the first two steps for inputs of this shape."""
        time = 2 if self.arguments.get("data_format") == "channels_first" else 1
        return np.broadcast_to(np.arange(shape[time]) < 2, (shape[0], shape[time]))

    @property
    def dtype(self) -> str:
        """The dtype of the inputs."""
        return {"int": "int32", "string": "string"}.get(self.kind, "float32")

    def symbolic(self, package, unknown=False):
        """Inputs of a model: with unknown batch, or with all unknown but the channels."""
        return self.packed(
            [
                package.Input(
                    batch_shape=self._hidden(shape) if unknown else (None, *shape[1:]),
                    dtype=self.dtype,
                )
                for shape in self.shapes
            ]
        )

    def _hidden(self, shape):
        if self.arguments.get("data_format") == "channels_first":
            return (None, shape[1], *(None for _ in shape[2:]))
        return (*(None for _ in shape[:-1]), shape[-1])

    def make(self, package, **arguments):
        """The layer, by the package's own class."""
        made = {name: _made(value, package) for name, value in self.arguments.items()}
        return getattr(package.layers, self.layer)(**made, **arguments)

    @property
    def id(self) -> str:
        """Name of the row in test reports."""
        words = _words({**self.arguments, **self.options})
        return re.sub(r"[' ]|kerajax.layers.", "", f"{self.layer}({words})")

    @property
    def reproduction(self) -> str:
        """One line of Python that makes and calls the layer."""
        words = _words(self.arguments)
        draw = "np.random.default_rng(0).normal(size={}).astype('float32')"
        if self.kind == "int":
            draw = "np.random.default_rng(0).integers(0, 5, {}, 'int32')"
        if self.kind == "string":
            draw = "np.random.default_rng(0).choice(list('abcd'), size={})"
        if self.kind == "image":
            draw = "np.random.default_rng(0).uniform(0, 255, {}).astype('float32')"
        inputs = self.packed([draw.format(shape) for shape in self.shapes])
        if isinstance(inputs, list):
            if self.states:
                inputs = [inputs[0], f"[{', '.join(inputs[1:])}]"]
            apart = self.spread or self.states
            inputs = ", ".join(inputs) if apart else f"[{', '.join(inputs)}]"
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"kerajax.layers.{self.layer}({words})({inputs}{options})"

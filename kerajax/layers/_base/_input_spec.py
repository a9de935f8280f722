"""InputSpec: what a layer expects of an input, and the check against it."""

from kerajax import backend


class InputSpec:
    """Rank, shape and axes that a layer expects of one input.

    Args:
        dtype: Expected dtype name.
        shape: Tuple of ints and None: the exact shape.
        ndim: Int: the exact rank.
        max_ndim: Int: the largest rank.
        min_ndim: Int: the smallest rank.
        axes: Dict of axis to size.
        allow_last_axis_squeeze: Bool. Whether a last axis of size 1 may be added or missing.
        name: Name of the input in dict inputs.
        optional: Bool. Whether the input may be None.

    Example:

    >>> kerajax.layers.InputSpec(min_ndim=2, axes={-1: 3})
    InputSpec(min_ndim=2, axes={-1: 3})
    """

    def __init__(
        self,
        dtype=None,
        shape=None,
        ndim=None,
        max_ndim=None,
        min_ndim=None,
        axes=None,
        allow_last_axis_squeeze=False,
        name=None,
        optional=False,
    ):
        self.dtype = None if dtype is None else backend.standardize_dtype(dtype)
        self.shape = None if shape is None else backend.standardize_shape(shape)
        self.ndim = ndim if shape is None else len(self.shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        self.name = name
        self.optional = optional
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (TypeError, ValueError, AttributeError):
            raise TypeError(
                "Argument `axes` of InputSpec must be a dict with integer keys, "
                f"but received: axes={axes}"
            ) from None
        most = self.ndim if max_ndim is None else max_ndim
        if most is not None and any(axis >= most for axis in self.axes):
            raise ValueError(
                f"InputSpec: `axes` must name axes below the rank, which is at most {most}, but "
                f"received axes={axes}. Axes are counted from 0, or from the end by -1."
            )

    def __repr__(self):
        shown = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        values = ((name, getattr(self, name)) for name in shown)
        return f"InputSpec({', '.join(f'{n}={v}' for n, v in values if v)})"

    def get_config(self):
        """The constructor's arguments as a dict."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes", "optional")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config):
        """The InputSpec that `get_config` described."""
        return cls(**config)


def assert_input_compatibility(input_spec, inputs, layer_name):
    """Checks inputs against a layer's `input_spec` (one, or a list or dict of them).

    Raises:
        ValueError: If one does not fit; the message has the layer, the expectation and the shape.
    """
    if not input_spec:
        return
    for spec, x in _pairs(input_spec, inputs, layer_name):
        if spec is None or (x is None and spec.optional):
            continue
        if not hasattr(x, "shape"):
            raise no_tensor(x, layer_name)
        problem = _mismatch(spec, tuple(x.shape), x.dtype)
        if problem:
            raise ValueError(
                f'Input {spec.name or 0} of layer "{layer_name}" is incompatible with the layer: '
                f"{problem} Full shape received: {tuple(x.shape)}"
            )


def no_tensor(x, layer_name) -> ValueError:
    """The error that says that `x` was given in place of a tensor."""
    return ValueError(
        f"Inputs to a layer should be tensors. Got {x!r:.80} (of type {type(x)}) as input for "
        f"layer '{layer_name}'. Turn it into an array first."
    )


def _pairs(spec, inputs, layer_name):
    specs = spec if isinstance(spec, (list, tuple, dict)) else [spec]
    if isinstance(specs, dict):
        if not isinstance(inputs, dict) or set(specs) - set(inputs):
            missing = sorted(set(specs) - set(inputs if isinstance(inputs, dict) else ()))
            raise ValueError(
                f'Missing data for input {missing} of layer "{layer_name}", which expects '
                f"{len(specs)} named input(s) with keys {list(specs)}."
            )
        return [(s, inputs[name]) for name, s in specs.items()]
    values = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    if isinstance(inputs, dict):
        values = list(inputs.values())
    if len(values) != len(specs):
        raise ValueError(
            f'Layer "{layer_name}" expects {len(specs)} input(s), but it received {len(values)} '
            "input tensors. Pass one tensor for each input."
        )
    return list(zip(specs, values, strict=True))


def _mismatch(spec, shape, dtype):
    ndim = len(shape)
    if spec.shape is not None and spec.allow_last_axis_squeeze:
        shape = shape[:-1] if ndim == len(spec.shape) + 1 and shape[-1] == 1 else shape
        shape = (*shape, 1) if ndim == len(spec.shape) - 1 and spec.shape[-1] == 1 else shape
        ndim = len(shape)
    if spec.ndim is not None and ndim != spec.ndim:
        return f"expected ndim={spec.ndim}, found ndim={ndim}."
    if spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim}."
    if spec.min_ndim is not None and ndim < spec.min_ndim:
        return f"expected min_ndim={spec.min_ndim}, found ndim={ndim}."
    if spec.dtype is not None and backend.standardize_dtype(dtype) != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={dtype}."
    for axis, size in spec.axes.items():
        if not -ndim <= axis < ndim:
            return f"expected an axis {axis}."
        if size is not None and shape[axis] not in (size, None):
            return (
                f"expected axis {axis} of input shape to have value {size}, but got {shape[axis]}."
            )
    for expected, size in zip(spec.shape or (), shape, strict=False):
        if expected is not None and size is not None and expected != size:
            return f"expected shape={spec.shape}, found shape={shape}."
    return None

"""Variable: a named array that layers, metrics and optimizers keep as state.

A variable's value is read in one of three ways. Inside a `StatelessScope` the scope answers, so
that a layer runs as a pure function. While `fit` runs, the values live in the training state,
whose buffers the compiled step reuses: the variable is then *on loan*, and a read settles the loan
first, so that everybody sees the truth and nobody pays when nobody reads. Otherwise the variable
holds its array itself.
"""

import importlib
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kerajax._checks import function, noting, one_of
from kerajax.backend._allocator import shares_memory
from kerajax.backend._distribution import fetched, lay_out, sharding_of
from kerajax.backend._dtypes import canonical_dtype, is_float_dtype, standardize_dtype
from kerajax.backend._first_values import FirstValue, made_later, put_first_value
from kerajax.backend._host_memory import host_of_default_device
from kerajax.backend._keras_tensor import KerasTensor
from kerajax.backend._scopes import auto_name, context, current_path, meter_memory

# `initializers.get`, which stands on a floor below; that package puts it here when it loads.
initializer_lookup: list = []

_ON_HOST = (np.ndarray, np.generic, int, float)
_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = (None, "none", "on_read", "on_write", "auto")


class Variable:
    """A mutable, named array with a fixed shape and dtype.

    Args:
        initializer: The first value: an array, a number, nested lists, a function
            `initializer(shape, dtype=...)`, or the name of an initializer.
        shape: Tuple of ints, needed where `initializer` is a function.
        dtype: String. By default the dtype of the value, or the default float for numbers.
        trainable: Bool. Whether training changes it.
        autocast: Bool. Whether a layer of lower compute precision reads it in that precision.
        aggregation: How replicas would combine it: `None`, `"none"`, `"mean"`, `"sum"` or
            `"only_first_replica"`.
        synchronization: When replicas would combine it: `None`, `"none"`, `"on_read"`,
            `"on_write"` or `"auto"`.
        name: String without slashes; generated if absent.
        layout: `kerajax.distribution.TensorLayout` of the value, or a sharding of JAX; by default
            that of the distribution in force, if there is one.

    Attributes:
        path: The name scopes in which the variable was made, and its name: `"dense/kernel"`.
        on_host: Bool. Whether the value waits in the host's memory: see `keep_on_host`.

    Raises:
        ValueError: If the initializer is a function and `shape` is missing, or if an option is
            unknown.

    Example:

    >>> v = kerajax.Variable([1.0, 2.0], name="pair")
    >>> v.assign_add([1.0, 1.0]).tolist()
    [2.0, 3.0]
    >>> v.shape, v.dtype, v.trainable
    ((2,), 'float32', True)
    """

    _value: Any = FirstValue()
    # What makes the first value, where that can wait.
    _first = None
    on_host = False

    def __init__(
        self,
        initializer,
        shape=None,
        dtype=None,
        trainable=True,
        autocast=True,
        aggregation="none",
        synchronization="auto",
        name=None,
        layout=None,
        **kwargs,
    ):
        if kwargs:
            raise TypeError(f"Variable got unexpected keyword arguments: {sorted(kwargs)}.")
        self._name = auto_name("variable") if name is None else name
        if not isinstance(self._name, str) or "/" in self._name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. "
                f"Received: name={name!r}. Use `kerajax.name_scope` for the parts before a '/'."
            )
        self.aggregation = one_of(aggregation, "aggregation", self, _AGGREGATIONS)
        self.synchronization = one_of(synchronization, "synchronization", self, _SYNCHRONIZATIONS)
        prefix = current_path()
        self.path = f"{prefix}/{self._name}" if prefix else self._name
        self.layout = layout
        self._constraint = None
        self._regularizer = None
        self._overwrite_with_gradient = False
        self._trainable = bool(trainable)
        self._autocast = bool(autocast)
        if isinstance(initializer, str):
            initializer = _initializer_named(initializer)
        self._initializer = initializer if callable(initializer) else None
        self._loan = None
        self._exposed = False
        _check_creation_allowed(self)
        if self._initializer is not None and shape is None:
            raise ValueError(
                "When creating a Variable from an initializer, the `shape` argument should be "
                f"specified. Received: initializer={initializer!r} and shape=None for variable "
                f"'{self.path}'. Pass the shape, for instance shape=(3,)."
            )
        if self._initializer is not None:
            self._dtype = standardize_dtype(dtype)
            self._shape = _known_shape(shape, self.path)
            sharding_of(self)
            nbytes = math.prod(self._shape) * jnp.dtype(canonical_dtype(self._dtype)).itemsize
            meter_memory(self.path, nbytes)
            self._first = made_later(self)
            if context.later_values is not None:
                context.later_values.add(self)
                return
            if self._first is not None:
                return
        # Variables are made while shapes are inferred or steps are traced, too. Their first value
        # is concrete all the same. `jax.ensure_compile_time_eval` would also take the functions
        # that draw apart, and compile a program for each of their operations.
        with jax.core.eval_context():
            if self._initializer is not None:
                self._value = self._draw()
                return
            value = self._given_value(initializer, shape, dtype)
            self._shape = tuple(value.shape)
            self._value = lay_out(self, value)

    def _draw(self):
        """The first value, from the initializer."""
        if self._first is not None:
            value = put_first_value(self._first)
            return lay_out(self, value) if self.on_host else value
        value = self._initializer(self._shape, dtype=self._dtype)
        return lay_out(self, jnp.asarray(value, canonical_dtype(self._dtype)))

    def _given_value(self, initializer, shape, dtype):
        if isinstance(initializer, Variable):
            initializer = initializer.value
        if dtype is None:
            dtype = getattr(initializer, "dtype", None)
            if dtype is None:
                array = np.asarray(initializer)
                dtype = None if array.dtype.kind == "f" else array.dtype
            # What was not asked for is what JAX makes of it: without x64, no 64 bits.
            dtype = None if dtype is None else canonical_dtype(dtype)
        self._dtype = standardize_dtype(dtype)
        dtype = canonical_dtype(self._dtype)
        if isinstance(initializer, jax.Array):
            value = jnp.array(initializer, dtype=dtype)
        else:
            # Copied on the host: JAX would compile a program for the shape, only to copy it.
            value = jax.device_put(np.array(initializer, dtype=dtype))
        if shape is not None and tuple(shape) != value.shape:
            value = jnp.broadcast_to(value, tuple(shape))
        return value

    @property
    def name(self) -> str:
        """The last part of the path; the path as TensorFlow wrote it where updates are listed."""
        return self._name if context.listing is None else f"{self.path}:0"

    @property
    def value(self):
        """The current value, a `jax.Array` (a tracer where the caller is being traced)."""
        scope = context.stateless
        if scope is not None:
            value = scope.nearest_value(self)
            if value is not None:
                return self._autocast_value(value)
            if context.read_outside is not None:
                context.read_outside.append(self)
        else:
            # Somebody may keep this array: its buffer must not be reused by a training step.
            self._exposed = True
        return self._autocast_value(fetched(self, self._stored()))

    def _stored(self):
        """The value in the memory in which it is kept."""
        if self._loan is not None:
            self._loan.settle()
        return self._value

    def keep_on_host(self):
        """Keeps the value in the host's memory from now on; who reads it gets a copy on the device.

        Example:

        >>> v = kerajax.Variable([1.0, 2.0])
        >>> v.keep_on_host()
        >>> v.on_host, (v * 2).tolist()
        (True, [2.0, 4.0])
        """
        self.on_host = True
        if "_value" in self.__dict__:
            with jax.core.eval_context():
                self._value = lay_out(self, self._stored())

    def _autocast_value(self, value):
        dtype = context.autocast
        if dtype and self._autocast and is_float_dtype(self._dtype) and value.dtype != dtype:
            return value.astype(dtype)
        return value

    @noting
    def assign(self, value):
        """Replaces the value and returns the new one.

        Raises:
            ValueError: If `value` has another shape. The variable then keeps its value.
        """
        if isinstance(value, Variable):
            value = value.value
        held = self._accept(self._converted(value))
        return held if context.stateless is not None else fetched(self, held)

    def _accept(self, value):
        """Replaces the value by an array of the own dtype that nobody else changes."""
        if tuple(value.shape) != self._shape:
            raise ValueError(
                "The shape of the target variable and the shape of the target value in "
                f"`variable.assign(value)` must match. variable.shape={self._shape}, "
                f"Received: value.shape={tuple(value.shape)}. Target variable: {self.path}"
            )
        if context.stateless is not None:
            context.stateless.add_update((self, value))
        else:
            if isinstance(value, jax.core.Tracer):
                raise ValueError(
                    f"Variable '{self.path}' was assigned inside a function that JAX traces, so "
                    "the value would be lost. Use `layer.stateless_call`, `optimizer."
                    "stateless_apply` or `metric.stateless_update_state` there."
                )
            if self._loan is not None:
                self._loan.settle()
            self._value = value = lay_out(self, value)
            self._exposed = True
        return value

    def _converted(self, value):
        """`value` as an array of the own dtype that shares no memory with what others can reach."""
        value = self._in_own_dtype(value)
        if isinstance(value, jax.Array):
            return value
        array = self._put(value)
        return self._put(np.array(value)) if shares_memory(array, value) else array

    def _in_own_dtype(self, value):
        """`value` as an array of the own dtype: one of numpy if it was on the host and may stay."""
        dtype = jnp.dtype(canonical_dtype(self._dtype))
        if context.stateless is not None or not isinstance(value, _ON_HOST):
            return jnp.asarray(value, dtype)
        if getattr(value, "dtype", None) == dtype:
            return np.asarray(value)
        if not is_float_dtype(self._dtype):
            return jnp.asarray(value, dtype)
        # Cast on the host: JAX would compile a program for the shape.
        with np.errstate(over="ignore"):
            return np.asarray(value, dtype)

    def _put(self, array):
        """A host array where the value is now: over the devices that were chosen for it, if any."""
        place = self._place()
        if isinstance(place, jax.Device):
            with jax.default_device(place):
                return jax.device_put(array)
        return jax.device_put(array, place)

    def _place(self):
        """Sharding that was chosen for the value; else its device, None if that is the default."""
        held = self.__dict__.get("_value")
        if held is None and self.on_host:
            return host_of_default_device()
        if held is None or isinstance(held, jax.core.Tracer):
            return None
        if held.committed:
            return held.sharding
        # Asked of the sharding, which is there even while a step has taken the value over.
        (device,) = held.sharding.device_set
        if jax.config.jax_default_device is not None or device == jax.local_devices()[0]:
            return None
        return device

    @noting
    def assign_add(self, value):
        """Adds `value` and returns the sum."""
        return self.assign(self.uncast_value + jnp.asarray(_value_of(value)))

    @noting
    def assign_sub(self, value):
        """Subtracts `value` and returns the difference."""
        return self.assign(self.uncast_value - jnp.asarray(_value_of(value)))

    @property
    def uncast_value(self):
        """The value in the variable's own dtype, whatever the layer that asks computes in."""
        outer, context.autocast = context.autocast, False
        try:
            return self.value
        finally:
            context.autocast = outer

    @property
    def dtype(self) -> str:
        """Name of the dtype in which the value is read now."""
        dtype = context.autocast
        if dtype and self._autocast and is_float_dtype(self._dtype):
            return dtype
        return self._dtype

    @property
    def shape(self) -> tuple:
        """Tuple of ints."""
        return self._shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    @property
    def trainable(self) -> bool:
        """Whether training changes the value."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)

    @property
    def constraint(self):
        """Optional function applied to the value after each training step."""
        return self._constraint

    @constraint.setter
    def constraint(self, value):
        self._constraint = _function_or_none("constraint", value)

    @property
    def regularizer(self):
        """Optional function of the value whose result is added to the loss."""
        return self._regularizer

    @regularizer.setter
    def regularizer(self, value):
        self._regularizer = _function_or_none("regularizer", value)

    @property
    def overwrite_with_gradient(self) -> bool:
        """Whether the optimizer replaces the value by the gradient."""
        return self._overwrite_with_gradient

    @overwrite_with_gradient.setter
    def overwrite_with_gradient(self, value):
        if not isinstance(value, bool):
            raise TypeError(f"`overwrite_with_gradient` must be a boolean. Received: {value!r}")
        self._overwrite_with_gradient = value

    def numpy(self):
        """The value as a numpy array that shares nothing with the variable."""
        return self.__array__()

    def __array__(self, dtype=None, copy=None):
        waits = self.on_host and context.stateless is None
        return np.array(self._stored() if waits else self.value, dtype=dtype)

    def __jax_array__(self):
        return self.value

    def __repr__(self):
        value = ""
        if context.stateless is None and not isinstance(self._value, jax.core.Tracer):
            value = f", value={np.array2string(self.numpy(), threshold=8, prefix='value=')}"
        return f"<Variable path={self.path}, shape={self._shape}, dtype={self._dtype}{value}>"

    def __len__(self):
        if not self._shape:
            raise TypeError(f"len() of variable '{self.path}', which has no axes.")
        return self._shape[0]

    def __iter__(self):
        return iter(self.value)

    def __getitem__(self, index):
        return self.value[index]

    def __bool__(self):
        raise TypeError(
            f"A Keras Variable cannot be used as a boolean. Read its value first: "
            f"`bool(variable.value)`. Variable: {self.path}"
        )

    def __int__(self):
        return int(self.value)

    def __float__(self):
        return float(self.value)

    def __index__(self):
        return self.value.__index__()

    def __hash__(self):
        return id(self)

    def __deepcopy__(self, memo):
        # The copy keeps name and path, as copies of layers need it.
        new = object.__new__(Variable)
        memo[id(self)] = new
        self.value  # noqa: B018 - settles a loan
        new.__dict__.update(self.__dict__)
        return new


def _forward(method):
    def forwarded(self, *args):
        if isinstance(args[0] if args else None, KerasTensor):
            return NotImplemented  # the symbolic tensor records the operation, with the variable
        args = tuple(a.value if isinstance(a, Variable) else a for a in args)
        return getattr(self.value, method)(*args)

    forwarded.__name__ = method
    return noting(forwarded)


for _name in (
    "neg pos abs invert eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv "
    "rfloordiv mod rmod pow rpow matmul rmatmul round"
).split():
    setattr(Variable, f"__{_name}__", _forward(f"__{_name}__"))


def _logical(fn):
    # As in Keras, `&`, `|` and `^` of variables are logical, not bitwise, whatever the dtypes.
    def logical(self, other):
        return fn(self.value, other.value if isinstance(other, Variable) else other)

    return logical


for _name, _fn in {
    "and": jnp.logical_and,
    "or": jnp.logical_or,
    "xor": jnp.logical_xor,
}.items():
    setattr(Variable, f"__{_name}__", _logical(_fn))
    setattr(Variable, f"__r{_name}__", _logical(_fn))


def _known_shape(shape, path) -> tuple:
    if None in shape:
        raise ValueError(
            "Shapes used to initialize variables must be fully-defined (no `None` dimensions). "
            f"Received: shape={shape} for variable path='{path}'"
        )
    return tuple(map(int, shape))


def _function_or_none(attribute, value):
    return None if value is None else function(value, attribute, "Variable")


def _initializer_named(name):
    if not initializer_lookup:
        importlib.import_module("kerajax.initializers")
    return initializer_lookup[0](name)


def _check_creation_allowed(variable):
    scope = context.stateless
    if scope is not None and scope.sealed and not context.symbolic:
        raise ValueError(
            f"Variable '{variable.path}' was about to be created while a layer runs as a pure "
            "function, where it could not be kept. Create variables in `__init__` or `build()`, "
            "or call the layer once before."
        )


def _value_of(x):
    return x.value if isinstance(x, Variable) else x

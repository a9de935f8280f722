"""Which dtype a layer computes in and which its weights have; and the policy for all layers."""

from kerajax import ops
from kerajax.backend import (
    cast,
    context,
    convert_to_tensor,
    floatx,
    is_float_dtype,
    is_keras_tensor,
    is_tensor,
    standardize_dtype,
)
from kerajax.objects import publish

_MIXED = {"mixed_float16": ("float16", "float32"), "mixed_bfloat16": ("bfloat16", "float32")}
_GLOBAL_POLICY = "dtype_policy"


@publish(
    "keras.DTypePolicy",
    "keras.dtype_policies.DTypePolicy",
    "keras.mixed_precision.DTypePolicy",
    "keras.mixed_precision.Policy",
)
class DTypePolicy:
    """The dtypes of a layer: one for its weights, and one it computes in.

    Under `"mixed_float16"` and `"mixed_bfloat16"` weights are float32 and the computation runs in
    the named type, which is faster on accelerators. Any other name is the dtype of both.

    Args:
        name: String: `"mixed_float16"`, `"mixed_bfloat16"` or a dtype; the global policy's name if
            absent.

    Raises:
        TypeError: If `name` is no string.
        ValueError: If `name` is no policy.

    Example:

    >>> policy = kerajax.dtype_policies.DTypePolicy("mixed_bfloat16")
    >>> policy.compute_dtype, policy.variable_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, name=None):
        self._name = dtype_policy().name if name is None else name
        self._compute_dtype, self._variable_dtype = dtypes_of(self._name)
        self._quantization_mode = None

    @property
    def name(self):
        """The name that the policy was made from."""
        return self._name

    @property
    def compute_dtype(self):
        """Name of the dtype that inputs and weights are cast to for the computation."""
        return self._compute_dtype

    @property
    def variable_dtype(self):
        """Name of the dtype that weights are created in."""
        return self._variable_dtype

    @property
    def quantization_mode(self):
        """Name of the quantization, or None."""
        return self._quantization_mode

    def convert_input(self, x, autocast, dtype):
        """An argument of a layer as its `call` gets it: arrays as tensors, floats in `dtype`.

        Args:
            x: One argument, not a structure. What is no array is returned as it is.
            autocast: Bool. Whether floating tensors are cast. Integers and bools never are.
            dtype: String. What they are cast to.

        Example:

        >>> policy = kerajax.dtype_policies.DTypePolicy("mixed_float16")
        >>> policy.convert_input(np.ones(2), autocast=True, dtype="float16").dtype
        dtype('float16')
        """
        dtype = standardize_dtype(dtype)
        if is_keras_tensor(x):
            return ops.cast(x, dtype) if autocast and _is_other_float(x, dtype) else x
        if not is_tensor(x):
            if not hasattr(x, "__array__"):
                return x
            if holds_strings(x):
                # Layers inside may look them up; they have no tensors.
                return x
            try:
                x = convert_to_tensor(x)
            except TypeError:
                # Object arrays, such as columns of a table, have no dtype of their own.
                x = convert_to_tensor(x, dtype=dtype)
        return cast(x, dtype) if autocast and _is_other_float(x, dtype) else x

    def get_config(self):
        """The arguments of the constructor."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """The policy that `get_config` described."""
        return cls(**config)

    def __repr__(self):
        # The float policy is the plain one under its old name.
        kind = type(self).__name__.replace("FloatDTypePolicy", "DTypePolicy")
        return f'<{kind} "{self._name}">'

    def __eq__(self, other):
        return _kind(self) is _kind(other) and self.get_config() == other.get_config()

    def __hash__(self):
        return hash(self.name)


@publish("keras.FloatDTypePolicy", "keras.dtype_policies.FloatDTypePolicy")
class FloatDTypePolicy(DTypePolicy):
    """`DTypePolicy` under the name it had in Keras 3.0 to 3.2.

    Example:

    >>> kerajax.dtype_policies.FloatDTypePolicy("float32")
    <DTypePolicy "float32">
    """


def dtype_policy():
    """The policy that layers have when they are given none: `floatx()`, unless set.

    Example:

    >>> kerajax.config.dtype_policy()
    <DTypePolicy "float32">
    """
    return context.settings.get(_GLOBAL_POLICY) or DTypePolicy(floatx())


def set_global(policy: DTypePolicy) -> None:
    """Makes `policy` the one that layers have when they are given none."""
    context.settings[_GLOBAL_POLICY] = policy


def dtypes_of(name) -> tuple[str, str]:
    """The compute dtype and the variable dtype of a policy without quantization."""
    if not isinstance(name, str):
        raise TypeError(
            "'name' must be a string, such as 'mixed_float16'. "
            f"Received: name={name!r} (of type {type(name)})"
        )
    if name in _MIXED:
        return _MIXED[name]
    try:
        return (standardize_dtype(name),) * 2
    except ValueError:
        raise ValueError(
            f"Cannot convert '{name}' to a mixed precision DTypePolicy. Valid policies include "
            "'mixed_float16', 'mixed_bfloat16', and the name of any float dtype such as 'float32'."
        ) from None


def _kind(policy):
    return DTypePolicy if type(policy) is FloatDTypePolicy else type(policy)


def holds_strings(x) -> bool:
    """Whether `x` is a numpy array of strings, which no tensor can hold.

    Example:

    >>> holds_strings(np.array(["a"])), holds_strings(np.array([1.0], object))
    (True, False)
    """
    kind = getattr(getattr(x, "dtype", None), "kind", "")
    if kind == "O" and hasattr(x, "flat"):
        return x.size > 0 and isinstance(x.flat[0], (str, bytes))
    return kind in ("U", "S")


def _is_other_float(x, dtype):
    return x.dtype != dtype and is_float_dtype(x.dtype)

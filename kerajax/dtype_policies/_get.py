"""Policies by name or config, and the policy of layers that are given none."""

from kerajax.backend import standardize_dtype
from kerajax.dtype_policies._policy import DTypePolicy, dtype_policy, set_global
from kerajax.dtype_policies._quantized import QUANTIZATION_MODES, quantized_policy
from kerajax.objects import deserialize_keras_object, serialize_keras_object


def get(identifier) -> DTypePolicy:
    """The policy that a `dtype` argument means.

    Args:
        identifier: A policy; the name of a policy or dtype; a dtype of numpy or JAX; a config;
            or None for the global policy.

    Raises:
        ValueError: If it means no policy.

    Example:

    >>> kerajax.dtype_policies.get("mixed_float16").compute_dtype
    'float16'
    >>> kerajax.dtype_policies.get(np.float32)
    <DTypePolicy "float32">
    """
    if identifier is None:
        return dtype_policy()
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, dict):
        policy = deserialize(identifier)
        if not isinstance(policy, DTypePolicy):
            raise ValueError(
                "A `dtype` that is a dict must be the config of a policy, as "
                f"`dtype_policies.serialize` returns it, but received: dtype={identifier}"
            )
        return policy
    if isinstance(identifier, str):
        return _named(identifier)
    try:
        return DTypePolicy(standardize_dtype(identifier))
    except (TypeError, ValueError):
        raise ValueError(
            "Cannot interpret `dtype` argument. Expected a string or an instance of DTypePolicy. "
            f"Received: dtype={identifier!r}"
        ) from None


def set_dtype_policy(policy):
    """Sets the policy that layers have when they are given none.

    Args:
        policy: A policy or its name.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> kerajax.config.set_dtype_policy("mixed_bfloat16")
    >>> kerajax.config.dtype_policy()
    <DTypePolicy "mixed_bfloat16">
    >>> kerajax.config.set_dtype_policy("float32")
    """
    if isinstance(policy, str):
        policy = _named(policy)
    if not isinstance(policy, DTypePolicy):
        raise ValueError(
            "Invalid `policy` argument. Expected the string name of a policy (such as "
            "'mixed_float16') or a `DTypePolicy` instance. "
            f"Received: policy={policy!r} (of type {type(policy)})"
        )
    set_global(policy)


def serialize(dtype_policy):
    """The config of a policy, with its class.

    Example:

    >>> kerajax.dtype_policies.serialize(kerajax.dtype_policies.DTypePolicy("float32"))["config"]
    {'name': 'float32'}
    """
    return serialize_keras_object(dtype_policy)


def deserialize(config, custom_objects=None):
    """The policy that `serialize` described.

    Example:

    >>> config = {"class_name": "DTypePolicy", "config": {"name": "float16"}}
    >>> kerajax.dtype_policies.deserialize(config)
    <DTypePolicy "float16">
    """
    return deserialize_keras_object(config, custom_objects=custom_objects)


def _named(name):
    return quantized_policy(name) if name.startswith(QUANTIZATION_MODES) else DTypePolicy(name)

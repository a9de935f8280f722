"""One policy per layer path."""

import re
from collections.abc import MutableMapping

from kerajax.dtype_policies._get import get
from kerajax.dtype_policies._policy import DTypePolicy
from kerajax.objects import deserialize_keras_object, publish, serialize_keras_object


@publish("keras.dtype_policies.DTypePolicyMap")
class DTypePolicyMap(DTypePolicy, MutableMapping):
    """A dict of layer paths to policies, given to a model as its `dtype`.

    A key is a path, or a regular expression that matches whole paths. Paths that no key matches
    have the default policy.

    Args:
        default_policy: Policy, its name, or None for whatever the global policy is.
        policy_map: Optional dict of paths to policies.

    Raises:
        ValueError: If `default_policy` is a map; when reading, if several keys match a path; when
            writing, if the path is taken or the value is no policy.
        TypeError: If `policy_map` is no dict.

    Example:

    >>> policies = kerajax.dtype_policies.DTypePolicyMap("float32")
    >>> policies["encoder/.*"] = "mixed_bfloat16"
    >>> policies["encoder/dense"].compute_dtype, policies["head"].compute_dtype
    ('bfloat16', 'float32')
    """

    def __init__(self, default_policy=None, policy_map=None):
        if isinstance(default_policy, DTypePolicyMap):
            raise ValueError("`default_policy` cannot be a `DTypePolicyMap`. Pass a plain policy.")
        if policy_map is not None and not isinstance(policy_map, dict):
            raise TypeError(
                "If specified, `policy_map` must be a dict. Received: "
                f"policy_map={policy_map!r} of type {type(policy_map)}"
            )
        get(default_policy)  # Names a mistake here rather than at the first read.
        self._default = default_policy
        self._policy_map = policy_map or {}

    @property
    def default_policy(self):
        """The policy of paths that no key matches."""
        return get(self._default)

    @property
    def name(self):
        """`map_` and the name of the default policy."""
        return f"map_{self.default_policy.name}"

    @property
    def compute_dtype(self):
        """The default policy's."""
        return self.default_policy.compute_dtype

    @property
    def variable_dtype(self):
        """The default policy's."""
        return self.default_policy.variable_dtype

    @property
    def quantization_mode(self):
        """The default policy's."""
        return self.default_policy.quantization_mode

    def __getitem__(self, key):
        if key in self._policy_map:
            return self._policy_map[key]
        matches = [pattern for pattern in self._policy_map if re.fullmatch(pattern, key)]
        if len(matches) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple dtype policy specification keys: {matches}. "
                "Please make sure each path only matches at most one dtype policy specification "
                "key in the DTypePolicyMap."
            )
        return self._policy_map[matches[0]] if matches else self.default_policy

    def __setitem__(self, key, policy):
        if key in self._policy_map:
            raise ValueError(
                f"{key} already exist in the DTypePolicyMap with value {self._policy_map[key]}. "
                "Please make sure to not use duplicated keys."
            )
        try:
            self._policy_map[key] = get(policy)
        except (TypeError, ValueError) as error:
            raise ValueError(
                "Cannot interpret the assigned value by `keras.dtype_policies.get`. "
                f"Received: {policy!r} of type {type(policy)}"
            ) from error

    def __delitem__(self, key):
        del self._policy_map[key]

    def __contains__(self, key):
        return key in self._policy_map

    def __len__(self):
        return len(self._policy_map)

    def __iter__(self):
        return iter(self._policy_map)

    def __hash__(self):
        return id(self)

    def get_config(self):
        """The default as it was given, and the configs of the policies.

        Without a default the map is for whatever global policy holds where it is loaded, and so
        the policies are written without their names: only quantization modes remain.
        """
        policies = serialize_keras_object(self._policy_map)
        if self._default is None:
            for policy in policies.values():
                names = {key: None for key in ("name", "source_name") if key in policy["config"]}
                policy["config"] = {**policy["config"], **names}
        return {"default_policy": serialize_keras_object(self._default), "policy_map": policies}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """The map that `get_config` described."""
        parts = {
            name: deserialize_keras_object(value, custom_objects=custom_objects)
            for name, value in config.items()
        }
        return cls(**parts)

    def __repr__(self):
        mapping = [(key, policy.name) for key, policy in self._policy_map.items()]
        return f"<DTypePolicyMap default_policy={self.default_policy.name}, mapping={mapping}>"

"""Config: named values as attributes and as items, which can be frozen."""

import difflib
import json
from collections.abc import MutableMapping


class Config(MutableMapping):
    """A dict whose values are attributes, too.

    Args:
        **kwargs: The first values by name.

    Attributes:
        frozen: Bool. Whether changes are refused.

    Raises:
        ValueError: If a frozen config is changed.
        AttributeError: If there is no value of a name; the nearest name is said.

    Example:

    >>> config = Config(learning_rate=0.1)
    >>> config.seed = 123
    >>> config["seed"], config.to_json()
    (123, '{"learning_rate": 0.1, "seed": 123}')
    """

    def __init__(self, **kwargs):
        vars(self).update(_config=kwargs, _frozen=False)

    @property
    def frozen(self) -> bool:
        """Whether changes are refused."""
        return self._frozen

    def freeze(self) -> None:
        """Refuses changes from now on."""
        vars(self)["_frozen"] = True

    def unfreeze(self) -> None:
        """Lets changes pass again."""
        vars(self)["_frozen"] = False

    def as_dict(self) -> dict:
        """A plain dict of the values."""
        return dict(self._config)

    def to_json(self) -> str:
        """The values as JSON."""
        return json.dumps(self._config)

    def get(self, keyname, value=None):
        """The value of a name, or `value` where there is none."""
        return self._config.get(keyname, value)

    def keys(self):
        """The names, in the order in which they came."""
        return self._config.keys()

    def _check_may_change(self):
        if self._frozen:
            raise ValueError("Cannot mutate attribute(s) because the config is frozen.")

    def __getitem__(self, key):
        return self._config[key]

    def __setitem__(self, key, item):
        self._check_may_change()
        self._config[key] = item

    def __delitem__(self, key):
        self._check_may_change()
        del self._config[key]

    def __getattr__(self, name):
        values = vars(self).get("_config", {})
        if name in values:
            return values[name]
        message = f"Unknown attribute: '{name}'."
        for nearest in difflib.get_close_matches(name, values, n=1, cutoff=0.7):
            message += f" Did you mean '{nearest}'?"
        raise AttributeError(message)

    def __setattr__(self, name, value):
        if hasattr(type(self), name):
            raise AttributeError(f"'{name}' is a part of every Config; choose another name.")
        self[name] = value

    def __iter__(self):
        return iter(sorted(self._config))

    def __len__(self):
        return len(self._config)

    def __repr__(self):
        return f"<Config {self._config}>"

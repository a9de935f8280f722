"""Several optimizers for one model: which variable is trained by which."""

import re
from collections.abc import MutableMapping

from kerajax.objects import deserialize_keras_object, publish, serialize_keras_object
from kerajax.optimizers._arithmetic import without_missing
from kerajax.optimizers._base import Optimizer
from kerajax.optimizers._loss_scale import LossScaleOptimizer


@publish("keras.optimizers.OptimizerMap")
class OptimizerMap(MutableMapping):
    """A dict from paths of variables to optimizers, with a default.

    A key is a path such as `"dense/kernel"`, or a regular expression that matches all of one. A key
    that is the path itself comes before expressions. Paths may begin with the name of the model, so
    `".*dense/.*"` finds a layer wherever it is.

    Args:
        default_optimizer: Optimizer of the variables that no key matches.
        optimizer_map: Dict from strings to optimizers.

    Raises:
        TypeError: If the default is no optimizer or `optimizer_map` is no dict.
        ValueError: If a key is no string or comes twice, if a value is no optimizer, or wraps
            others, and on look-up if two expressions match.

    Example:

    >>> rates = kerajax.optimizers.OptimizerMap(kerajax.optimizers.SGD(name="default"))
    >>> rates["encoder/.*"] = kerajax.optimizers.Adam(name="own")
    >>> rates["encoder/dense/kernel"].name, rates["decoder/dense/kernel"].name
    ('own', 'default')
    """

    def __init__(self, default_optimizer, optimizer_map=None):
        if not isinstance(default_optimizer, Optimizer):
            raise TypeError(
                "OptimizerMap needs an optimizer as its `default_optimizer`, such as "
                f"`keras.optimizers.Adam()`, but received: {default_optimizer!r}."
            )
        if optimizer_map is not None and not isinstance(optimizer_map, dict):
            raise TypeError(
                "OptimizerMap needs a dict from paths to optimizers as its `optimizer_map`, but "
                f"received: {optimizer_map!r}."
            )
        self._default_optimizer = default_optimizer
        self._optimizer_map = {}
        self.update(optimizer_map or {})

    @property
    def default_optimizer(self):
        """The optimizer of variables that no key matches."""
        return self._default_optimizer

    def __getitem__(self, key):
        if key in self._optimizer_map:
            return self._optimizer_map[key]
        found = [pattern for pattern in self._optimizer_map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"Multiple optimizers are assigned to variable '{key}', by the keys {found}. Make "
                "the expressions exclude each other, or add the path itself as a key."
            )
        return self._optimizer_map[found[0]] if found else self._default_optimizer

    def __setitem__(self, key, optimizer):
        if not isinstance(key, str):
            raise ValueError(
                f"A key of an OptimizerMap must be a string, the path of a variable, but received: "
                f"{key!r}."
            )
        if key in self._optimizer_map:
            raise ValueError(
                f"Key '{key}' of the OptimizerMap already has optimizer "
                f"'{self._optimizer_map[key].name}'. Delete it first to give it another."
            )
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"The value of key '{key}' of an OptimizerMap must be an optimizer, but received: "
                f"{optimizer!r}."
            )
        if isinstance(optimizer, _WRAPPERS):
            raise ValueError(
                f"A map's optimizer cannot be {type(optimizer).__name__}. {_MSG_OUTSIDE}"
            )
        self._optimizer_map[key] = optimizer

    def __delitem__(self, key):
        del self._optimizer_map[key]

    def __len__(self):
        return len(self._optimizer_map)

    def __iter__(self):
        return iter(self._optimizer_map)

    def __call__(self, variable):
        """The optimizer of a variable."""
        return self[variable.path]

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {
            "default_optimizer": serialize_keras_object(self._default_optimizer),
            "optimizer_map": serialize_keras_object(self._optimizer_map),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A map from the dict that `get_config` returned."""
        return cls(*(deserialize_keras_object(config[n], custom_objects) for n in _MAP_ARGUMENTS))


@publish("keras.optimizers.MultiOptimizer")
class MultiOptimizer(Optimizer):
    """Trains each variable by an optimizer of its own choice.

    Each optimizer clips, decays, averages and counts for its variables alone, so a
    `global_clipnorm` is one over these. A variable without a gradient is left as it is, with a
    warning. There is no rate of the whole: see `optimizers`.

    Args:
        optimizer_map: `OptimizerMap`, or a function from a variable to an optimizer. A function
            that makes a new optimizer in each call gives each variable its own.
        loss_scale_factor: Float or None. Replaces that of all optimizers.
        name: String.

    Raises:
        ValueError: If `optimizer_map` is neither, and in `build` if it gives anything but an
            optimizer, or one that wraps others.

    Example:

    >>> weights = [kerajax.Variable(1.0, name=name) for name in ("head", "body")]
    >>> fast, slow = kerajax.optimizers.SGD(0.5), kerajax.optimizers.SGD(0.25)
    >>> optimizer = kerajax.optimizers.MultiOptimizer(
    ...     kerajax.optimizers.OptimizerMap(slow, {"head": fast}))
    >>> optimizer.apply([np.array(1.0), np.array(1.0)], weights)
    >>> [float(w) for w in weights]
    [0.5, 0.75]
    """

    def __init__(self, optimizer_map, loss_scale_factor=None, name=None):
        super().__init__(learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name)
        if not callable(optimizer_map):
            raise ValueError(
                "MultiOptimizer needs an `OptimizerMap`, or a function from a variable to an "
                f"optimizer, but received: optimizer_map={optimizer_map!r}. For one optimizer, "
                "write `OptimizerMap(optimizer)`."
            )
        self.optimizer_map = optimizer_map
        self._optimizers = []
        if isinstance(optimizer_map, OptimizerMap):
            for optimizer in (*optimizer_map.values(), optimizer_map.default_optimizer):
                self._adopt(optimizer)

    def _start_rate(self, learning_rate):
        # Never used, but files have its place.
        self._learning_rate = self._scalar(learning_rate, "float32", "learning_rate")

    def _adopt(self, optimizer):
        """The position of an optimizer among `optimizers`, which it joins."""
        if optimizer not in self._optimizers:
            optimizer.loss_scale_factor = self.loss_scale_factor
            self._optimizers.append(optimizer)
        return self._optimizers.index(optimizer)

    @property
    def optimizers(self) -> list:
        """The optimizers: those of the map and its default, or those that the function gave."""
        return self._optimizers

    def _wrapped(self):
        return self.__dict__.get("_optimizers", ())

    @property
    def learning_rate(self):
        """There is none of the whole: read and set those of `optimizers`."""
        raise AttributeError(_MSG_RATE.format(name=self.name))

    @learning_rate.setter
    def learning_rate(self, value):
        raise AttributeError(_MSG_RATE.format(name=self.name))

    @property
    def loss_scale_factor(self):
        """The factor of all optimizers."""
        return self._loss_scale_factor

    @loss_scale_factor.setter
    def loss_scale_factor(self, value):
        self._loss_scale_factor = value
        for optimizer in self._wrapped():
            optimizer.loss_scale_factor = value

    def build(self, variables):
        """Finds the optimizer of each variable and creates its state."""
        if self.built:
            return
        variables = list(variables)
        self._positions = [self._adopt(self._checked(v)) for v in variables]
        for i, optimizer in enumerate(self._optimizers):
            own = [v for v, at in zip(variables, self._positions, strict=True) if at == i]
            if own:
                optimizer.build(own)
        super().build(variables)

    def _checked(self, variable):
        optimizer = self.optimizer_map(variable)
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"MultiOptimizer '{self.name}' needs an optimizer for variable '{variable.path}', "
                f"but `optimizer_map` gave: {optimizer!r}."
            )
        if isinstance(optimizer, _WRAPPERS):
            raise ValueError(
                f"{type(optimizer).__name__} cannot be used inside an MultiOptimizer. "
                f"{_MSG_OUTSIDE}"
            )
        return optimizer

    def apply(self, grads, trainable_variables=None):
        """Updates each variable by its optimizer."""
        grads = list(grads)
        if not grads:
            return
        variables = self._variables_for(grads, trainable_variables)
        for optimizer, pairs in self._shares(*without_missing(grads, variables)):
            optimizer.apply(*map(list, zip(*pairs, strict=True)))
        self._iterations.assign_add(1)

    def finalize_variable_values(self, var_list):
        """Makes averages the weights, where an optimizer keeps them."""
        for optimizer, pairs in self._shares(var_list, var_list):
            optimizer.finalize_variable_values([v for _, v in pairs])

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Says to each of `optimizers` which variables do not decay. To be called before `build`.

        Raises:
            ValueError: If the optimizers are not known yet because a function gives them.
        """
        if not self._optimizers:
            raise ValueError(
                f"MultiOptimizer '{self.name}' does not know its optimizers before `build`, since "
                "a function gives them. Call `exclude_from_weight_decay` on each in that function."
            )
        for optimizer in self._optimizers:
            optimizer.exclude_from_weight_decay(var_list, var_names)

    def _shares(self, values, variables):
        """`(optimizer, [(value, variable), ...])` of those that have any."""
        shares = {}
        for value, variable in zip(values, variables, strict=True):
            at = self._positions[self._get_variable_index(variable)]
            shares.setdefault(at, []).append((value, variable))
        return [(self._optimizers[at], shares[at]) for at in sorted(shares)]

    def get_config(self) -> dict:
        """The constructor's arguments."""
        return {
            "optimizer_map": serialize_keras_object(self.optimizer_map),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An optimizer from the dict that `get_config` returned, without its state."""
        made = deserialize_keras_object(config["optimizer_map"], custom_objects)
        return super().from_config({**config, "optimizer_map": made}, custom_objects)


_WRAPPERS = (LossScaleOptimizer, MultiOptimizer)
_MAP_ARGUMENTS = ("default_optimizer", "optimizer_map")
_MSG_OUTSIDE = "Wrap the MultiOptimizer as a whole instead."
_MSG_RATE = (
    "Learning rate cannot be accessed on MultiOptimizer '{name}': each of its optimizers has its "
    "own. Read or set `learning_rate` on each of `optimizer.optimizers`."
)

"""Layers made of foreign JAX code: `JaxLayer` and `FlaxLayer`.

Both keep a pytree of parameters and one of state as variables, and call a function with what the
variables hold. So they train under `fit`, save, and sit in functional models like any layer.
"""

import functools
import inspect

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.backend import Variable, is_array_like
from kerajax.layers import Layer
from kerajax.objects import publish, serialize_keras_object
from kerajax.random import SeedGenerator, draw_seed


@publish("keras.layers.JaxLayer")
class JaxLayer(Layer):
    """A layer that runs a JAX function.

    `call_fn` takes some of these arguments, in this order and by these names: `params`, `state`,
    `rng`, `inputs`, `training`. With `state` it returns `(outputs, state)`, otherwise `outputs`.
    `init_fn` takes `rng`, `inputs` and perhaps `training`, and returns `params`, or
    `(params, state)` where `call_fn` takes a state.

    Args:
        call_fn: Function; pure, so that JAX can trace it.
        init_fn: Function that makes the parameters, or None if they are given.
        params: Nested structure of arrays to start from.
        state: Nested structure of arrays that are not trained.
        seed: Int, the seed of the layer's random numbers.
        native_serialization_platforms: Kept for Keras' signature: platforms to export for.
        **kwargs: Arguments of every layer.

    Raises:
        ValueError: If neither `init_fn` nor `params` or `state` is given, or if the arguments of
            `call_fn` are not those named above.

    Example:

    >>> def call(params, inputs):
    ...     return inputs @ params["w"]
    >>> def init(rng, inputs):
    ...     return {"w": jax.random.normal(rng, (inputs.shape[-1], 4))}
    >>> kerajax.layers.JaxLayer(call, init)(np.ones((2, 3))).shape
    (2, 4)
    """

    _config_skip = frozenset(("params", "state"))
    # Keras writes no seed, but reads one.
    _config_if_set = frozenset(("seed",))

    def __init__(
        self,
        call_fn,
        init_fn=None,
        params=None,
        state=None,
        seed=None,
        native_serialization_platforms=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.call_fn = call_fn
        self.init_fn = init_fn
        self.seed = seed
        self.native_serialization_platforms = native_serialization_platforms
        self._arguments = _names(call_fn, "call_fn", _CALL_ARGUMENTS, self)
        self._init_arguments = init_fn and _names(init_fn, "init_fn", _INIT_ARGUMENTS, self)
        self.seed_generator = SeedGenerator(seed) if "rng" in self._arguments else None
        if init_fn is None and params is None and state is None and self._has_weights:
            raise ValueError(
                f"{type(self).__name__} needs `init_fn`, `params` or `state`, but received none."
            )
        self._params = self._state = _Structure(None, [])
        if params is not None or state is not None:
            self._keep(params, state)

    @property
    def params(self):
        """The structure of `params`, with a variable for each array; None before `build`."""
        return self._params.filled(self._params.leaves)

    @property
    def state(self):
        """The structure of `state`, with a variable for each array."""
        return self._state.filled(self._state.leaves)

    @property
    def has_state(self) -> bool:
        """Whether `call_fn` takes and returns a state."""
        return "state" in self._arguments

    @property
    def _has_weights(self) -> bool:
        return self.has_state or "params" in self._arguments

    def build(self, input_shape):
        if not self._has_weights or self._params.is_known or self._state.is_known:
            return
        inputs = tree.map_shape_structure(
            # Unknown sizes do not matter for parameters; any size does.
            lambda s: jnp.ones(tuple(1 if n is None else n for n in s), self.compute_dtype),
            input_shape,
        )
        with jax.ensure_compile_time_eval():
            values = {"rng": _key(draw_seed(None)), "inputs": inputs, "training": True}
            made = self.init_fn(*(values[name] for name in self._init_arguments))
        self._keep(*(made if self.has_state else (made, None)))

    def _keep(self, params, state):
        self._params = self._variables_of(params, "params", True)
        self._state = self._variables_of(state, "state", False)

    def _variables_of(self, values, prefix, trainable):
        leaves, treedef = jax.tree_util.tree_flatten_with_path(values)
        return _Structure(treedef, [self._leaf(x, p, prefix, trainable) for p, x in leaves])

    def _leaf(self, value, path, prefix, trainable):
        """A variable for an array or a number; anything else is a setting that stays as it is."""
        if not isinstance(value, (bool, int, float)) and not is_array_like(value):
            return value
        value = jnp.asarray(value)
        is_float = jnp.issubdtype(value.dtype, jnp.floating)
        parts = [_part(key) for key in path]
        return self.add_weight(
            shape=value.shape,
            initializer=functools.partial(_given, value),
            dtype=None if is_float else value.dtype.name,
            trainable=trainable and jnp.issubdtype(value.dtype, jnp.inexact),
            name="_".join(parts if parts[:1] == [prefix] else [prefix, *parts]),
        )

    def call(self, inputs, training=False):
        values = {
            "inputs": inputs,
            "training": bool(training),
            "params": self._params.values(),
            "state": self._state.values(),
        }
        if "rng" in self._arguments:
            values["rng"] = _key(self.seed_generator.next()) if training else None
        outputs = self.call_fn(*(values[name] for name in self._arguments))
        if not self.has_state:
            return outputs
        outputs, state = outputs
        self._state.assign(state, self)
        return outputs


_CALL_ARGUMENTS = ("params", "state", "rng", "inputs", "training")
_INIT_ARGUMENTS = ("rng", "inputs", "training")


class _Structure:
    """Nested values as their structure and their leaves, some of which are variables."""

    def __init__(self, treedef, leaves):
        self.treedef, self.leaves = treedef, tuple(leaves)

    @property
    def is_known(self) -> bool:
        return self.treedef is not None and self.treedef != jax.tree_util.tree_structure(None)

    def filled(self, leaves):
        """The structure with these leaves."""
        return None if self.treedef is None else jax.tree_util.tree_unflatten(self.treedef, leaves)

    def values(self):
        """The structure with the values of the variables."""
        return self.filled([x.value if isinstance(x, Variable) else x for x in self.leaves])

    def assign(self, values, layer):
        """Gives the variables new values, in a structure like this."""
        leaves, treedef = jax.tree_util.tree_flatten(values)
        if treedef != self.treedef:
            raise ValueError(
                f"{type(layer).__name__} '{layer.name}': `call_fn` must return a state of the "
                f"structure that it was given, {self.treedef}, but returned {treedef}."
            )
        for variable, value in zip(self.leaves, leaves, strict=True):
            if isinstance(variable, Variable):
                variable.assign(value)


def _names(function, name, allowed, layer):
    """The names of a function's arguments, all of which must be known."""
    found = tuple(inspect.signature(function).parameters)
    if "inputs" not in found or set(found) - set(allowed):
        raise ValueError(
            f"{type(layer).__name__} needs a `{name}` whose arguments are among {allowed}, with "
            f"`inputs`, but received arguments {found}."
        )
    return found


def _given(value, shape, dtype):
    return value.astype(dtype)


def _part(key) -> str:
    return str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key))))


def _key(seed):
    return jax.random.wrap_key_data(jnp.asarray(seed, "uint32"))


@publish("keras.layers.FlaxLayer")
class FlaxLayer(JaxLayer):
    """A layer that runs a Flax module (linen or nnx).

    Args:
        module: `flax.linen.Module` or `flax.nnx.Module`.
        method: Name of the method to run, or a function of the module; `__call__` by default.
        variables: For linen, the dict that `module.init` returned; by default made at build.
        **kwargs: Arguments of every layer.

    Example:

    >>> import flax.linen as nn
    >>> kerajax.layers.FlaxLayer(nn.Dense(4))(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(self, module, method=None, variables=None, **kwargs):
        from flax import nnx

        self_is_nnx = isinstance(module, nnx.Module)
        bridge = _NnxBridge(module, method) if self_is_nnx else _LinenBridge(module, method)
        params, state = bridge.split(variables)
        super().__init__(bridge.call, bridge.init, params=params, state=state, **kwargs)
        self.module = module
        self.method = method

    def get_config(self):
        method = self.method
        if getattr(method, "__self__", None) is self.module:
            method = method.__name__
        config = {
            **self._base_config(),
            "native_serialization_platforms": self.native_serialization_platforms,
            "module": serialize_keras_object(self.module),
            "method": serialize_keras_object(method),
        }
        return config if self.seed is None else {**config, "seed": self.seed}


class _LinenBridge:
    """Calls a linen module with `params` apart from its other collections."""

    def __init__(self, module, method):
        self.module = module
        self.method = getattr(type(module), method) if isinstance(method, str) else method
        target = self.method or type(module).__call__
        names = inspect.signature(target).parameters
        modes = ("training", "train", "deterministic")
        self.training = next((name for name in modes if name in names), None)

    def split(self, variables):
        if variables is None:
            return None, None
        params = {k: v for k, v in variables.items() if k == "params"}
        return params, {k: v for k, v in variables.items() if k != "params"}

    def init(self, rng, inputs):
        keys = {"params": rng, "dropout": jax.random.fold_in(rng, 1)}
        made = self.module.init(keys, inputs, method=self.method, **self._mode(True))
        return self.split(made)

    def call(self, params, state, rng, inputs, training):
        state = state or {}
        outputs, changed = self.module.apply(
            {**(params or {}), **state},
            inputs,
            rngs={} if rng is None else {"dropout": rng},
            method=self.method,
            mutable=list(state),
            **self._mode(training),
        )
        return outputs, {**state, **changed}

    def _mode(self, training):
        if self.training is None:
            return {}
        return {self.training: not training if self.training == "deterministic" else training}


class _NnxBridge:
    """Calls an nnx module through its graph definition and the values of its variables."""

    def __init__(self, module, method):
        from flax import nnx

        self.nnx = nnx
        self.graph, self._params, self._rest = nnx.split(module, nnx.Param, ...)
        self.method = method

    def split(self, variables):
        if variables is not None:
            raise ValueError(
                "FlaxLayer takes `variables` for linen modules only: an nnx module holds its own."
            )
        # Random keys are extended types, which variables do not hold; they stay with the module.
        return self.nnx.to_pure_dict(self._params), self._plain(self._rest)

    def _plain(self, state):
        flat = dict(self.nnx.to_flat_state(state))
        return {
            "_".join(map(str, path)): leaf[...]
            for path, leaf in flat.items()
            if not jax.dtypes.issubdtype(leaf[...].dtype, jax.dtypes.prng_key)
        }

    def init(self, rng, inputs):
        raise AssertionError("nnx modules come with their values")

    def call(self, params, state, rng, inputs, training):
        nnx = self.nnx
        own = jax.tree_util.tree_map(lambda x: x, self._params)
        nnx.replace_by_pure_dict(own, params)
        rest = jax.tree_util.tree_map(lambda x: x, self._rest)
        for path, leaf in nnx.to_flat_state(rest):
            name = "_".join(map(str, path))
            if name in state:
                leaf[...] = state[name]
            elif rng is not None:
                leaf[...] = jax.random.fold_in(leaf[...], jax.random.bits(rng, dtype="uint32"))
        module = nnx.merge(self.graph, own, rest)
        (module.train if training else module.eval)()
        run = getattr(module, self.method) if isinstance(self.method, str) else module
        outputs = run(inputs) if not callable(self.method) else self.method(module, inputs)
        _, _, rest = nnx.split(module, nnx.Param, ...)
        return outputs, self._plain(rest)

"""Layers made of foreign JAX code: `JaxLayer` and `FlaxLayer`.

Both keep a pytree of parameters and one of state as variables, and call a function with what the
variables hold. So they train under `fit`, save, and sit in functional models like any layer.
"""

import inspect

import jax
import jax.numpy as jnp

from kerajax import tree
from kerajax.backend import Variable
from kerajax.layers import Layer
from kerajax.objects import publish, serialize_keras_object
from kerajax.random import SeedGenerator


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
        self.seed_generator = SeedGenerator(seed)
        self._arguments = _argument_names(call_fn)
        _check_arguments(self, call_fn, init_fn, params, state)
        self._params_tree = self._state_tree = None
        self.params = self.state = None
        if params is not None or state is not None:
            self._keep(params, state)

    @property
    def has_state(self) -> bool:
        """Whether `call_fn` takes and returns a state."""
        return "state" in self._arguments

    def build(self, input_shape):
        if self._params_tree is None and self._state_tree is None:
            inputs = tree.map_shape_structure(
                # Unknown sizes do not matter for parameters; any size does.
                lambda s: jnp.ones(tuple(1 if n is None else n for n in s), self.compute_dtype),
                input_shape,
            )
            with jax.ensure_compile_time_eval():
                made = self._init(jax.random.key(_first_seed(self.seed_generator)), inputs)
            self._keep(*made)

    def _init(self, rng, inputs):
        accepted = inspect.signature(self.init_fn).parameters
        arguments = [rng, inputs] + [True] * ("training" in accepted)
        made = self.init_fn(*arguments)
        return made if self.has_state else (made, None)

    def _keep(self, params, state):
        self._params_tree, self.params = self._variables_of(params, "params", True)
        self._state_tree, self.state = self._variables_of(state, "state", False)

    def _variables_of(self, values, prefix, trainable):
        if values is None:
            return None, []
        leaves, treedef = jax.tree_util.tree_flatten_with_path(values)
        variables = []
        with self._open_name_scope():
            for path, value in leaves:
                value = jnp.asarray(value)
                name = "_".join([prefix, *(_part(p) for p in path)])
                variables.append(
                    Variable(
                        value,
                        dtype=value.dtype.name,
                        trainable=trainable and jnp.issubdtype(value.dtype, jnp.inexact),
                        name=name,
                    )
                )
        for variable in variables:
            self._track_variable(variable)
        return treedef, variables

    def call(self, inputs, training=False):
        values = {"inputs": inputs, "training": bool(training)}
        if self._params_tree is not None:
            values["params"] = _gather(self._params_tree, self.params)
        if self.has_state:
            values["state"] = _gather(self._state_tree, self.state)
        if "rng" in self._arguments:
            values["rng"] = jax.random.wrap_key_data(self.seed_generator.next())
        outputs = self._apply(*(values[name] for name in self._arguments))
        if not self.has_state:
            return outputs
        outputs, state = outputs
        for variable, value in zip(self.state, jax.tree_util.tree_leaves(state), strict=True):
            variable.assign(value)
        return outputs

    def _apply(self, *arguments):
        return self.call_fn(*arguments)

    def get_config(self):
        return {
            **self._base_config(),
            "call_fn": serialize_keras_object(self.call_fn),
            "init_fn": serialize_keras_object(self.init_fn),
            "seed": self.seed,
        }


_ALLOWED = ("params", "state", "rng", "inputs", "training")


def _argument_names(call_fn):
    return tuple(inspect.signature(call_fn).parameters)


def _check_arguments(layer, call_fn, init_fn, params, state):
    names = layer._arguments
    wrong = [name for name in names if name not in _ALLOWED]
    if wrong or "inputs" not in names:
        raise ValueError(
            f"{type(layer).__name__} needs a `call_fn` whose arguments are among {_ALLOWED}, with "
            f"`inputs`, but received arguments {names}."
        )
    if init_fn is None and params is None and state is None and "params" in names:
        raise ValueError(
            f"{type(layer).__name__} needs `init_fn`, `params` or `state`, but received none."
        )


def _gather(treedef, variables):
    if treedef is None:
        return None
    return jax.tree_util.tree_unflatten(treedef, [v.value for v in variables])


def _part(key) -> str:
    return str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key))))


def _first_seed(generator) -> int:
    return int(generator.state._value[0])


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
        return {
            **self._base_config(),
            "module": serialize_keras_object(self.module),
            "method": serialize_keras_object(self.method),
        }


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
        others = {k: v for k, v in variables.items() if k != "params"}
        return variables.get("params", {}), others

    def init(self, rng, inputs):
        keys = {"params": rng, "dropout": jax.random.fold_in(rng, 1)}
        made = self.module.init(keys, inputs, method=self.method, **self._mode(True))
        return self.split(made)

    def call(self, params, state, rng, inputs, training):
        collections = {"params": params, **(state or {})}
        outputs, changed = self.module.apply(
            collections,
            inputs,
            rngs={"dropout": rng},
            method=self.method,
            mutable=list(state or {}) if training else [],
            **self._mode(training),
        )
        return outputs, {**(state or {}), **changed}

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
            else:
                leaf[...] = jax.random.fold_in(leaf[...], jax.random.bits(rng, dtype="uint32"))
        module = nnx.merge(self.graph, own, rest)
        (module.train if training else module.eval)()
        run = getattr(module, self.method) if isinstance(self.method, str) else module
        outputs = run(inputs) if not callable(self.method) else self.method(module, inputs)
        _, _, rest = nnx.split(module, nnx.Param, ...)
        return outputs, self._plain(rest)

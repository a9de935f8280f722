"""What the base promises: pure steps, rates, state, users' own classes, errors."""

import copy
import pickle
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import kerajax
from kerajax.optimizers import SGD, Adam, AdamW, LossScaleOptimizer, Optimizer, RMSprop
from tests.optimizers import agreement


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("SGD", {"momentum": 0.9}),
        ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
        ("RMSprop", {"centered": True, "momentum": 0.5}),
        ("Adam", {"gradient_accumulation_steps": 3, "use_ema": True}),
        ("SGD", {"use_ema": True, "ema_overwrite_frequency": 2, "clipnorm": 0.1}),
        ("Nadam", {}),
    ],
)
def test_stateless_apply_under_jit_equals_apply(name, arguments):
    """The pure step, compiled, gives what the step in place gives; nothing outside changes."""
    path, eager = agreement.trajectory(kerajax, name, arguments, steps=10)
    optimizer, variables = agreement.make(kerajax, name, arguments)
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    state, values = [v.value for v in optimizer.variables], [v.value for v in variables]
    for grads in agreement.gradients(10):
        values, state = step(state, grads, values)
    flat = np.concatenate([np.ravel(v) for v in values])
    np.testing.assert_allclose(flat, path[-1], rtol=2e-5, atol=1e-6)
    for value, variable in zip(state, eager.variables, strict=True):
        assert value.dtype == variable.dtype
        np.testing.assert_allclose(value, variable.numpy(), rtol=2e-5, atol=1e-6)
    assert int(optimizer.iterations) == 0
    assert np.array_equal(variables[0].numpy(), agreement.start_values()[0])


def test_stateless_apply_of_loss_scaling_under_jit():
    """The decision to leave a step out is made on the device."""
    optimizer = LossScaleOptimizer(SGD(0.5), initial_scale=4.0)
    weight = kerajax.Variable(1.0)
    optimizer.build([weight])
    step = jax.jit(optimizer.stateless_apply)
    state = [v.value for v in optimizer.variables]
    (value,), state = step(state, [jnp.array(jnp.inf)], [weight.value])
    assert float(value) == 1.0
    (value,), state = step(state, [jnp.array(2.0)], [value])
    assert float(value) == 0.5


def test_state_keeps_dtypes_in_a_scan():
    """bfloat16 weights have bfloat16 slots after a step, so that the state fits a scan."""
    weight = kerajax.Variable(jnp.ones(3, "bfloat16"))
    optimizer = Adam(0.1, weight_decay=0.1, use_ema=True, clipnorm=1.0)
    optimizer.build([weight])

    def step(carry, _):
        values, state = carry
        return optimizer.stateless_apply(state, values, values), None

    carry = ([weight.value], [v.value for v in optimizer.variables])
    (values, state), _ = jax.lax.scan(step, carry, length=3)
    assert values[0].dtype == "bfloat16"
    assert [str(s.dtype) for s in state] == [v.dtype for v in optimizer.variables]


def test_old_decay_divides_the_rate(monkeypatch):
    """`lr / (1 + decay * iterations)`, iterations counted before the step."""
    monkeypatch.setattr(kerajax.objects._spellings, "_reported", set())
    with pytest.warns(kerajax.objects.LegacySpellingWarning):
        optimizer = SGD(lr=0.5, decay=1.0)
    weight = kerajax.Variable(0.0)
    positions = []
    for _ in range(3):
        optimizer.apply([np.array(-1.0)], [weight])
        positions.append(float(weight))
    np.testing.assert_allclose(positions, [0.5, 0.75, 0.75 + 0.5 / 3], rtol=1e-6)
    assert float(optimizer.lr) == 0.5
    assert optimizer.get_config()["decay"] == 1.0
    with warnings.catch_warnings(action="error"):
        assert SGD.from_config(optimizer.get_config()).decay == 1.0
    assert "decay" not in SGD().get_config()


def test_rate_is_assigned_by_either_name():
    """A number goes into the variable, which stays."""
    optimizer = SGD(0.5)
    variable = optimizer.learning_rate
    optimizer.learning_rate = 0.25
    assert float(optimizer.lr) == 0.25
    optimizer.lr = 0.125
    assert optimizer.learning_rate is variable
    assert float(variable) == 0.125


def test_schedule_replaces_the_rate_variable():
    """With a schedule there is no rate among the variables, and no number can be set."""
    optimizer = SGD(0.5)
    revision = optimizer.revision
    optimizer.learning_rate = kerajax.optimizers.schedules.InverseTimeDecay(0.5, 1, 1.0)
    assert [v.name for v in optimizer.variables] == ["iteration"]
    assert float(optimizer.learning_rate) == 0.5
    assert optimizer.revision > revision
    with pytest.raises(TypeError, match="not settable"):
        optimizer.learning_rate = 0.1


def test_schedule_takes_over_between_fits():
    """The state has a variable less from then on, and steps are compiled anew."""
    model = kerajax.Sequential([kerajax.Input((1,)), kerajax.layers.Dense(1, use_bias=False)])
    model.compile(kerajax.optimizers.SGD(0.5), "mse")
    x = np.ones((2, 1), "float32")
    model.fit(x, x, verbose=0)
    model.optimizer.learning_rate = lambda step: 0.0 * step
    before = model.get_weights()
    model.fit(x, x, epochs=2, verbose=0)
    np.testing.assert_array_equal(model.get_weights(), before)
    assert [v.name for v in model.optimizer.variables] == ["iteration"]
    assert int(model.optimizer.iterations) == 3


def test_rate_may_be_a_function():
    """Without arguments, as in Keras, or of the step, as in optax."""
    assert float(SGD(lambda: 0.25).learning_rate) == 0.25
    assert float(SGD(lambda step: 0.5 + step).learning_rate) == 0.5


def test_missing_gradient_leaves_variable_and_slots():
    """A variable without gradient is left out with a warning; the others move."""
    a, b = kerajax.Variable(1.0, name="a"), kerajax.Variable(1.0, name="b")
    optimizer = Adam(0.1)
    with pytest.warns(UserWarning, match="Gradients do not exist for variables \\['b'\\]"):
        optimizer.apply([np.array(1.0), None], [a, b])
    assert float(a) < 1.0
    assert float(b) == 1.0
    assert [float(v) for v in optimizer.variables[4:]] == [0.0, 0.0]
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        optimizer.apply([None, None], [a, b])


def test_constraint_comes_after_the_update():
    """The weight is projected once it has moved."""
    weight = kerajax.Variable([1.0, 1.0])
    weight.constraint = kerajax.constraints.NonNeg()
    SGD(1.0).apply([np.array([3.0, 0.5])], [weight])
    assert weight.numpy().tolist() == [0.0, 0.5]


@pytest.mark.parametrize("steps", [None, 2])
def test_gradient_overwrites_where_told(steps):
    """Such a variable has no slots; accumulated values are joined by their maximum."""
    weight, amax = kerajax.Variable(1.0, name="w"), kerajax.Variable(1.0, name="amax")
    amax.overwrite_with_gradient = True
    optimizer = Adam(0.1, gradient_accumulation_steps=steps)
    optimizer.apply([np.array(1.0), np.array(5.0)], [weight, amax])
    assert float(amax) == (5.0 if steps is None else 1.0)
    optimizer.apply([np.array(1.0), np.array(3.0)])
    assert float(amax) == (3.0 if steps is None else 5.0)
    assert "amax_momentum" not in [v.name for v in optimizer.variables]


def test_excluded_variables_do_not_decay():
    """By variable or by a part of the name, before build."""
    a, b, c = (kerajax.Variable(1.0, name=name) for name in ("kernel", "bias", "scale"))
    optimizer = AdamW(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[c], var_names=["bi"])
    optimizer.apply([np.zeros(())] * 3, [a, b, c])
    np.testing.assert_allclose([float(a), float(b), float(c)], [0.95, 1.0, 1.0])
    with pytest.raises(ValueError, match="before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_names=["k"])


def test_averages_become_weights_at_the_end():
    """finalize_variable_values gives the weights their averages."""
    weight = kerajax.Variable(0.0)
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([np.array(-1.0)], [weight])
    optimizer.finalize_variable_values([weight])
    assert float(weight) == 1.5


class KerasStyle(Optimizer):
    """Momentum as Keras documents it for users."""

    def __init__(self, learning_rate=0.1, momentum=0.9, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum

    def build(self, variables):
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, self.momentum * m - gradient * learning_rate)
        self.assign_add(variable, m)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def test_users_update_step_runs_stateless_and_in_place():
    """A class in Keras' style equals SGD with momentum, compiled and not."""
    path, _ = agreement.trajectory(kerajax, "SGD", {"learning_rate": 0.1, "momentum": 0.9}, 5)
    variables = agreement.make_variables(kerajax, agreement.start_values())
    optimizer = KerasStyle()
    optimizer.build(variables)
    step = jax.jit(optimizer.stateless_apply)
    values, state = [v.value for v in variables], [v.value for v in optimizer.variables]
    for grads in agreement.gradients(5):
        values, state = step(state, grads, values)
        optimizer.apply(grads)
    for value, variable in zip(values, variables, strict=True):
        np.testing.assert_allclose(value, variable.numpy(), rtol=1e-6)
    flat = np.concatenate([np.ravel(v) for v in values])
    np.testing.assert_allclose(flat, path[-1], rtol=1e-5, atol=1e-6)
    assert KerasStyle.from_config(optimizer.get_config()).momentum == 0.9


def test_subclass_of_a_method_may_change_one_step():
    """`super().update_step` of a method does its step for one variable."""

    class Doubled(Adam):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, 2 * learning_rate)

    path, _ = agreement.trajectory(kerajax, "Adam", {"learning_rate": 0.02}, 5)
    variables = agreement.make_variables(kerajax, agreement.start_values())
    optimizer = Doubled(0.01)
    for grads in agreement.gradients(5):
        optimizer.apply(grads, variables)
    flat = np.concatenate([np.ravel(v.numpy()) for v in variables])
    np.testing.assert_allclose(flat, path[-1], rtol=1e-5)


def test_state_survives_saving_and_loading():
    """A stored optimizer goes on exactly where it was."""
    first, variables = agreement.make(kerajax, "Adam", {"amsgrad": True})
    for grads in agreement.gradients(3):
        first.apply(grads, variables)
    store = {}
    first.save_own_variables(store)
    second = Adam.from_config(first.get_config())
    others = agreement.make_variables(kerajax, [v.numpy() for v in variables])
    second.build(others)
    second.load_own_variables(store)
    for optimizer, weights in ((first, variables), (second, others)):
        optimizer.apply(agreement.gradients(4)[3], weights)
    for a, b in zip(variables, others, strict=True):
        assert np.array_equal(a.numpy(), b.numpy())


def test_state_of_another_model_is_refused():
    """Another number of arrays is skipped with a warning; another shape changes nothing."""
    optimizer = SGD(0.5, momentum=0.9)
    weight = kerajax.Variable([1.0, 2.0])
    optimizer.build([weight])
    with pytest.warns(UserWarning, match="Skipping variable loading"):
        optimizer.load_own_variables({"0": np.array(3)})
    store = {"0": np.array(3), "1": np.array(0.1), "2": np.zeros(5)}
    with pytest.raises(ValueError, match="not compatible"):
        optimizer.load_own_variables(store)
    assert int(optimizer.iterations) == 0


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_on_alone(duplicate):
    """A copy of an optimizer with its variables trains the copies."""
    optimizer, variables = agreement.make(kerajax, "Adam", {})
    optimizer.apply(agreement.gradients(1)[0], variables)
    other = duplicate(optimizer)
    before = [v.numpy() for v in variables]
    other.apply(agreement.gradients(2)[1])
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, variables, strict=True))
    assert int(other.iterations) == 2
    assert int(optimizer.iterations) == 1


def test_automatic_names_are_in_snake_case():
    """As Keras names them."""
    kerajax.backend.clear_session(free_memory=False)
    assert [Adam().name, Adam().name, RMSprop().name] == ["adam", "adam_1", "rm_sprop"]


def test_unbuilt_or_mismatched_stateless_apply_is_an_error():
    """The lists must have the lengths of the variables."""
    optimizer = SGD()
    with pytest.raises(ValueError, match="must be built"):
        optimizer.stateless_apply([], [], [])
    weight = kerajax.Variable(1.0)
    optimizer.build([weight])
    with pytest.raises(ValueError, match="`optimizer_variables`"):
        optimizer.stateless_apply([], [np.array(1.0)], [weight.value])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": "fast"}, "`learning_rate` should be float"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "Only one of"),
        ({"gradient_accumulation_steps": 1}, ">= 2"),
        ({"use_ema": True, "ema_momentum": 2.0}, "range \\[0, 1\\]"),
        ({"use_ema": True, "ema_overwrite_frequency": 0.5}, ">= 1 or None"),
        ({"momentum": 2.0}, "`momentum`"),
        ({"momentun": 0.9}, "momentum"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    """A ValueError that names the argument, as in Keras."""
    with pytest.raises(ValueError, match=message):
        SGD(**arguments)


def test_unknown_variable_is_an_error():
    """The optimizer trains what it was built with."""
    optimizer = SGD()
    optimizer.apply([np.array(1.0)], [kerajax.Variable(1.0)])
    with pytest.raises(ValueError, match="Unknown variable"):
        optimizer.apply([np.array(1.0)], [kerajax.Variable(1.0)])


def test_attributes_before_super_init_are_an_error():
    """The message says what to do."""

    class Early(Optimizer):
        def __init__(self):
            self.rate = 1.0
            super().__init__(0.1)

    with pytest.raises(RuntimeError, match="super\\(\\).__init__\\(\\)"):
        Early()


@pytest.mark.parametrize("make", [Adam, kerajax.optimizers.Lamb, kerajax.optimizers.Adafactor])
def test_slots_of_equal_weights_are_found_by_one_of_each_shape(make, monkeypatch):
    """They are those that each weight would have by itself."""
    weights = [
        kerajax.Variable("ones", shape=shape, name="w")
        for shape in ((2, 3), (3,), (2, 3), (3,), (130, 140), (130, 140), ())
    ]

    def slots():
        optimizer = make(name="same")
        optimizer.build(weights)
        return {
            path: (v.path, v.shape, v.dtype, v.numpy().tolist())
            for path, v in optimizer._slots._at.items()
        }

    found = slots()
    monkeypatch.setattr(make, "_weights_alone", False)
    assert list(found.items()) == list(slots().items())

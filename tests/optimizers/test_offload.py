"""State of optimizers that waits in the host's memory, which JAX tells from a CPU's own, too."""

import contextlib
import copy
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import kerajax
from kerajax import layers, optimizers
from kerajax.optimizers import OffloadScope

HOST = "pinned_host"


def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(38, 6)).astype("float32"), rng.normal(size=(38, 3)).astype("float32")


def compiled(offload, optimizer="adam", make=kerajax.Sequential, **settings):
    """A small model, ready to train; `optimizer` may be a function that makes one."""
    kerajax.utils.clear_session()
    kerajax.utils.set_random_seed(3)
    stack = [layers.Dense(8, "relu"), layers.BatchNormalization(), layers.Dense(3)]
    model = make([kerajax.Input((6,)), *stack])
    with OffloadScope() if offload else contextlib.nullcontext():
        optimizer = optimizer() if callable(optimizer) else optimizer
        model.compile(optimizer, "mse", metrics=["mae"], **settings)
    return model


def state(model):
    """All values of a model and its optimizer as numpy arrays."""
    return [v.numpy() for v in (*model.variables, *model.optimizer.variables)]


def kinds(model):
    """The memories of the slots, and those of all else."""
    variables = [*model.variables, *model.optimizer.variables]
    return [
        {v._stored().sharding.memory_kind for v in variables if v.on_host is on_host}
        for on_host in (True, False)
    ]


def assert_same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def count_of_steps(learning_rate):
    return 0.1 / (learning_rate + 1)


OPTIMIZERS = {
    "adam": lambda: "adam",
    "adamw": lambda: optimizers.AdamW(0.01, use_ema=True, gradient_accumulation_steps=2),
    "sgd": lambda: optimizers.SGD(count_of_steps, 0.9, use_ema=True, ema_overwrite_frequency=2),
    "scaled": lambda: optimizers.LossScaleOptimizer(optimizers.Adam(), dynamic_growth_steps=2),
    "adafactor": optimizers.Adafactor,
    "optax": lambda: optax.adamw(0.01),
    "several": lambda: optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Lion())),
}


SLOW = ("adam", "sgd", "adafactor", "optax", "several")
CASES = [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in OPTIMIZERS]


@pytest.mark.parametrize("name", CASES)
def test_training_is_the_same_bit_for_bit(name):
    """Losses, weights and slots, whatever the optimizer."""
    x, y = data()
    results = []
    for offload in (False, True):
        model = compiled(offload, OPTIMIZERS[name])
        results.append([[model.train_on_batch(x, y) for _ in range(5)], state(model)])
        waiting, others = kinds(model)
        assert waiting == ({HOST} if offload else set()) and others == {"device"}
        on_host = [v.on_host for v in model.optimizer.variables]
        assert on_host == [offload and v.ndim > 0 for v in model.optimizer.variables]
    assert_same(*results)


SLOW_FORMS = [pytest.param(form, marks=pytest.mark.slow) for form in ("validated", "eager")]


@pytest.mark.parametrize("form", ["joined", "streamed", "own step", *SLOW_FORMS])
def test_every_form_of_fit(form):
    """Evaluation between, steps asked to be joined, batches one by one, a step of the user's."""

    class Own(kerajax.Sequential):
        def train_step(self, state, data):
            trainable, non_trainable, slots, metrics = state
            grad = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
            (loss, aux), grads = grad(trainable, non_trainable, metrics, *data, None, training=True)
            _, _, non_trainable, metrics = aux
            assert all(v.aval.memory_space is jax.memory.Space.Device for v in slots)
            trainable, slots = self.optimizer.stateless_apply(slots, grads, trainable)
            return {"loss": loss}, (trainable, non_trainable, slots, metrics)

    x, y = data()
    settings = {"joined": {"steps_per_execution": 2}, "eager": {"run_eagerly": True}}
    results, counts = [], []
    for offload in (False, True):
        make = Own if form == "own step" else kerajax.Sequential
        model = compiled(offload, make=make, **settings.get(form, {}))
        batches = ((x[i : i + 16], y[i : i + 16]) for i in 2 * [0, 8, 16])
        source = (batches,) if form == "streamed" else (x[:32], y[:32])
        size = {"steps_per_epoch": 3} if form == "streamed" else {"batch_size": 16}
        if form == "validated":
            size["validation_data"] = x[:9], y[:9]
        history = model.fit(*source, epochs=2, shuffle=False, verbose=0, **size).history
        results.append([history, state(model)])
        assert kinds(model) == [{HOST} if offload else set(), {"device"}]
        programs = model._programs("train")
        counts.append(programs.resident_single._cache_size() if programs.compiled else 0)
    assert_same(*results)
    # What the host's memory ties to a device does not make the second step compile anew.
    assert counts[1] <= max(1, counts[0])


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
@pytest.mark.parametrize("name", ["adam", "adamw", "scaled"])
def test_slots_alone_are_placed_on_the_host_and_written_over_themselves(name, platform):
    """Of a step for accelerators: where arguments and results are, and that buffers are reused."""
    model = compiled(True, OPTIMIZERS[name])
    x, y = data()
    model._prepare((x, y, None))
    values = model._loan().borrow()
    waits = [v.on_host for group in model._state_variables() for v in group]
    text = _lowered(model._programs("train").single, platform, values, (x, y, None))
    arguments, results = _signature(text)
    wanted = [HOST if on_host else "device" for on_host in waits]
    placed = [re.search(r'memory_kind = "(\w+)"', a) for a in arguments[: len(waits)]]
    assert [kind[1] for kind in placed] == wanted
    reused = [int(re.search(r"aliasing_output = (\d+)", a)[1]) for a in arguments[: len(waits)]]
    assert sorted(reused) == sorted(set(reused)) and len(reused) == len(waits)
    # Those of one shape, dtype and memory are taken for each other: logs come first.
    logs = len(results) - len(waits)
    assert re.findall(r'memory_kind = "(\w+)"', " ".join(results[logs:])) == wanted
    for kind in ("device", HOST):
        assert text.count(f'_xla_buffer_placement = "{kind}"') == sum(waits)


@pytest.mark.parametrize("platform", ["cuda", "tpu"])
def test_evaluation_does_not_move_slots(platform):
    model = compiled(True)
    x, y = data()
    model._prepare((x, y, None))
    program = model._programs("test").single
    text = _lowered(program, platform, model._loan().borrow(), (x, y, None))
    assert HOST in text and "_xla_buffer_placement" not in text


def _lowered(program, platform, *arguments):
    return program.trace(*arguments).lower(lowering_platforms=(platform,)).as_text()


def _signature(text):
    """The arguments and results of the main function, with their attributes."""
    (main,) = (line for line in text.splitlines() if "func.func public @main" in line)
    arguments, results = main.split(") -> (")
    return arguments.split("%arg")[1:], re.findall(r"tensor<\w+> \{[^}]*\}", results)


def test_step_plans_no_more_memory_than_without():
    """All buffers of the state are used again, those of the host, too."""
    plans = []
    for offload in (False, True):
        model = compiled(offload)
        x, y = data()
        model._prepare((x, y, None))
        values = model._loan().borrow()
        program = model._programs("train").single
        plan = program.lower(values, (x, y, None)).compile().memory_analysis()
        assert plan.alias_size_in_bytes == sum(v.nbytes for v in jax.tree.leaves(values))
        plans.append(plan.argument_size_in_bytes + plan.temp_size_in_bytes)
    assert plans[0] == plans[1]


def test_reads_and_writes_between_steps():
    """A slot is read as an array of the device, by callbacks, too, and stays where it is."""
    x, y = data()
    model = compiled(True)
    seen = []

    class Read(kerajax.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            slot = self.model.optimizer.variables[2]
            seen.append((slot.value, slot.numpy()))

    model.fit(x[:24], y[:24], batch_size=8, verbose=0, callbacks=[Read()])
    assert len(seen) == 3 and not np.array_equal(seen[0][1], seen[1][1])
    for value, array in seen:
        np.testing.assert_array_equal(value + jnp.zeros(()), array)
    slot = model.optimizer.variables[2]
    assert slot.assign(np.ones(slot.shape)).sharding.memory_kind == "device"
    assert slot.assign_add(slot).sharding.memory_kind == "device"
    assert float(slot[0, 0]) == 2.0
    assert kinds(model) == [{HOST}, {"device"}]


def test_step_in_place_and_by_a_program_of_the_users():
    """`apply` puts slots back; `stateless_apply` computes with what it is given."""
    weight = kerajax.Variable(np.ones(4, "float32"))
    with OffloadScope():
        optimizer = optimizers.Adam(0.1)
    optimizer.apply([np.ones(4, "float32")], [weight])
    values = [v.value for v in optimizer.variables]
    trained, _ = jax.jit(optimizer.stateless_apply)(values, [jnp.ones(4)], [weight.value])
    optimizer.apply([np.ones(4, "float32")], [weight])
    np.testing.assert_allclose(trained[0], weight.numpy(), rtol=1e-6)
    assert {v._stored().sharding.memory_kind for v in optimizer.variables if v.ndim} == {HOST}


@pytest.mark.parametrize("suffix", ["keras", pytest.param("h5", marks=pytest.mark.slow)])
def test_files_are_the_same_and_load_into_the_scope(suffix, tmp_path):
    """A file says nothing of the place; training goes on from it as it would have."""
    x, y = data()
    configs, results = [], []
    for offload in (False, True):
        model = compiled(offload)
        model.train_on_batch(x, y)
        configs.append(model.optimizer.get_config())
        path = tmp_path / f"{offload}.{suffix}"
        model.save(path)
        with OffloadScope() if not offload else contextlib.nullcontext():
            loaded = kerajax.saving.load_model(path)
        assert_same(state(loaded), state(model))
        assert kinds(loaded)[0] == (set() if offload else {HOST})
        loaded.train_on_batch(x, y)
        results.append(state(loaded))
    assert configs[0] == configs[1]
    assert_same(*results)


def test_training_that_is_resumed_goes_on_bit_for_bit(tmp_path):
    x, y = (a[:32] for a in data())

    class Stop(kerajax.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def fit(model, *callbacks):
        backup = kerajax.callbacks.BackupAndRestore(tmp_path)
        model.fit(x, y, epochs=3, shuffle=False, verbose=0, callbacks=[backup, *callbacks])
        return state(model)

    whole = compiled(False)
    whole.fit(x, y, epochs=3, shuffle=False, verbose=0)
    with pytest.raises(KeyboardInterrupt):
        fit(compiled(True), Stop())
    assert_same(fit(compiled(True)), state(whole))


def test_copies_keep_their_state_on_the_host():
    x, y = data()
    model = compiled(True)
    model.train_on_batch(x, y)
    for optimizer in (copy.deepcopy(model.optimizer), pickle.loads(pickle.dumps(model.optimizer))):
        assert [v.on_host for v in optimizer.variables] == [
            v.on_host for v in model.optimizer.variables
        ]
        assert_same(optimizer.get_weights(), model.optimizer.get_weights())
    sibling = model.optimizer.sibling()
    sibling.build(model.trainable_variables)
    assert sibling.variables[2].on_host


def test_equal_layers_are_not_stacked():
    """As one array, the slots of all layers would come to the device at once."""
    stack = [layers.Dense(4, "relu") for _ in range(60)]
    model = kerajax.Sequential([kerajax.Input((3,)), *stack])
    for offload in (False, True):
        with OffloadScope() if offload else contextlib.nullcontext():
            model.compile("adam", "mse")
        batch = np.zeros((2, 3), "float32"), np.zeros((2, 4), "float32"), None
        model._prepare(batch)
        assert (model._compiled.layout(batch) is None) is offload


def test_optimizers_that_list_their_updates_refuse():
    class Old(optimizers.Optimizer):
        def get_updates(self, loss, params):
            return []

    with OffloadScope():
        optimizer = Old()
    with pytest.raises(ValueError, match=r"OffloadScope"):
        optimizer.build([kerajax.Variable(np.ones(2, "float32"))])


def test_scope_needs_memory_of_the_host(monkeypatch):
    """A device that reaches none says so, and scopes end where they end."""
    with OffloadScope(), OffloadScope():
        pass
    assert not optimizers.SGD()._offloads
    memory = type("Memory", (), {"kind": "device"})()
    device = type("Device", (), {"addressable_memories": lambda self: [memory]})()
    monkeypatch.setattr(jax, "local_devices", lambda: [device])
    with pytest.raises(NotImplementedError, match=r"OffloadScope.*\['device'\].*outside"):
        with OffloadScope():
            pass

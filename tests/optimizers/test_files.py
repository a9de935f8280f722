"""The state of every optimizer in every kind of file, bit for bit."""

import numpy as np
import pytest

import kerajax
from kerajax import optimizers
from tests.optimizers import agreement

_SCHEDULE = ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 9})
ROWS = [
    ("SGD", {"momentum": 0.9, "use_ema": True, "gradient_accumulation_steps": 2}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adam", {"amsgrad": True, "learning_rate": _SCHEDULE}),
    ("AdamW", {"use_ema": True, "ema_overwrite_frequency": 3}),
    ("Adadelta", {}),
    ("Adagrad", {"clipnorm": 0.5}),
    ("Adamax", {"global_clipnorm": 0.5}),
    ("Adafactor", {"clipvalue": 0.5}),
    ("Nadam", {"loss_scale_factor": 8.0}),
    ("Ftrl", {"gradient_accumulation_steps": 3}),
    ("Lion", {"weight_decay": 0.1}),
    ("Lamb", {}),
    ("Muon", {"exclude_layers": ["bias"]}),
    ("ScheduleFreeAdamW", {"warmup_steps": 5}),
    ("LossScaleOptimizer", {"inner_optimizer": optimizers.Adam(name="inner")}),
    (
        "MultiOptimizer",
        {"optimizer_map": optimizers.OptimizerMap(optimizers.SGD(), {".*bias": optimizers.Adam()})},
    ),
]


def _model(optimizer):
    model = kerajax.Sequential([kerajax.Input((3,)), kerajax.layers.Dense(2)])
    model.compile(type(optimizer).from_config(optimizer.get_config()), "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def _fill(optimizer):
    """Values that no initializer gives; whole numbers for counts."""
    rng = np.random.default_rng(0)
    for variable in optimizer.variables:
        values = rng.uniform(1, 100, size=variable.shape)
        variable.assign(values.astype(variable.dtype))
    return [variable.numpy() for variable in optimizer.variables]


@pytest.mark.parametrize(("name", "arguments"), ROWS, ids=[name for name, _ in ROWS])
def test_state_is_restored_bit_for_bit(name, arguments, tmp_path):
    """Whole models in `.keras` and `.h5`, and `.weights.h5` into a new model."""
    optimizer, _ = agreement.make(kerajax, name, arguments)
    model = _model(optimizer)
    state = _fill(model.optimizer)
    loaded = []
    for suffix in (".keras", ".h5"):
        model.save(tmp_path / f"m{suffix}")
        loaded.append(kerajax.saving.load_model(tmp_path / f"m{suffix}"))
    model.save_weights(tmp_path / "m.weights.h5")
    loaded.append(_model(optimizer))
    loaded[-1].load_weights(tmp_path / "m.weights.h5")
    for again in loaded:
        assert again.optimizer.get_config() == model.optimizer.get_config()
        assert again.optimizer.variables[0].dtype == model.optimizer.variables[0].dtype
        for before, variable in zip(state, again.optimizer.variables, strict=True):
            np.testing.assert_array_equal(before, variable.numpy(), err_msg=variable.path)

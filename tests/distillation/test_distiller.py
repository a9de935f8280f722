"""Distiller: what trains and what does not, the numbers of Keras' wheel, and its files."""

import keras
import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.distillation import DistillationLoss, Distiller, FeatureDistillation
from kerajax.distillation import LogitsDistillation as Logits

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 4)).astype("float32")
Y = RNG.integers(0, 3, 16, "int32")
Z = RNG.normal(size=(16, 2)).astype("float32")


def network(k, name, width, outputs=1):
    """A functional model with layers `name_a` and `name_b` inside."""
    inputs = k.Input((4,))
    x = k.layers.Dense(width, activation="relu", name=f"{name}_a")(inputs)
    x = k.layers.Dense(5, activation="tanh", name=f"{name}_b")(x)
    heads = [k.layers.Dense(n)(x) for n in (3, 2)[:outputs]]
    return k.Model(inputs, heads if outputs > 1 else heads[0], name=name)


def one_output(k):
    d = k.distillation
    losses = [
        d.LogitsDistillation(2.0, k.losses.KLDivergence()),
        d.FeatureDistillation("mse", "t_b", "s_b"),
    ]
    models = network(k, "t", 8), network(k, "s", 6)
    distiller = d.Distiller(*models, losses, [1.0, 0.5], student_loss_weight=0.3)
    loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
    distiller.compile(k.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return distiller, Y


def two_outputs(k):
    d = k.distillation
    losses = [
        d.LogitsDistillation(2.0, [k.losses.KLDivergence(), None]),
        d.FeatureDistillation(["mae", "mse"]),
    ]
    models = network(k, "t", 8, 2), network(k, "s", 6, 2)
    # Keras' wheel takes no list of losses for labels, so the labels do not count here.
    distiller = d.Distiller(*models, losses, student_loss_weight=0.0)
    distiller.compile("sgd", ["sparse_categorical_crossentropy", "mse"])
    return distiller, [Y, Z]


@pytest.mark.parametrize("make", [one_output, two_outputs])
def test_trains_as_keras_does(make, tmp_path):
    """The same logs and weights after the same steps, and files that go both ways."""
    (theirs, y), (ours, _) = make(keras), make(kerajax)
    ours.set_weights(theirs.get_weights())
    logs = [m.fit(X, y, batch_size=4, epochs=3, shuffle=False, verbose=0) for m in (theirs, ours)]
    expected, got = (log.history for log in logs)
    assert {"loss", "student_loss", "distillation_loss", "total_loss"} <= set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(got[name], values, rtol=1e-4, atol=1e-6, err_msg=name)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)
    expected, got = (m.evaluate(X, y, verbose=0, return_dict=True) for m in (theirs, ours))
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-4, err_msg=name)

    first = kerajax.tree.flatten(ours.predict(X, verbose=0))[0]
    ours.save(tmp_path / "ours.keras")
    theirs.save(tmp_path / "theirs.keras")
    with pytest.warns(UserWarning, match="not called as part of model loading"):
        read = keras.saving.load_model(tmp_path / "ours.keras")
    np.testing.assert_allclose(keras.tree.flatten(read.predict(X, verbose=0))[0], first, rtol=1e-5)
    with pytest.warns(UserWarning, match="does not say the student's loss"):
        read = kerajax.saving.load_model(tmp_path / "theirs.keras")
    for a, b in zip(read.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_goes_on_from_its_own_file(tmp_path):
    """Models, losses and how it was compiled: another epoch gives the same numbers."""
    distiller, y = one_output(kerajax)
    distiller.fit(X, y, verbose=0)
    distiller.save(tmp_path / "d.keras")
    again = kerajax.saving.load_model(tmp_path / "d.keras")
    assert not again.teacher.trainable and again.student.trainable
    assert again.get_config() == distiller.get_config()
    a, b = (m.fit(X, y, shuffle=False, verbose=0).history for m in (distiller, again))
    assert a == b


def test_only_the_student_changes():
    """The teacher is frozen and runs in inference mode: not even its statistics move."""
    teacher = kerajax.Sequential([layers.Dense(8), layers.BatchNormalization(), layers.Dense(3)])
    student = kerajax.Sequential([layers.Dense(3)])
    distiller = Distiller(teacher, student, Logits())
    distiller.compile("sgd", "sparse_categorical_crossentropy")
    distiller.build((None, 4))
    assert teacher.built and not teacher.trainable
    before, learner = teacher.get_weights(), student.get_weights()
    distiller.fit(X, Y, verbose=0)
    for a, b in zip(before, teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.abs(learner[0] - student.get_weights()[0]).max() > 0
    np.testing.assert_array_equal(distiller.predict(X, verbose=0), student.predict(X, verbose=0))


def test_each_model_may_name_a_layer_alone():
    """A layer of the student is compared with the outputs of the teacher."""
    teacher = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(3)])
    middle = layers.Dense(3, name="middle")
    student = kerajax.Sequential([kerajax.Input((4,)), middle, layers.Dense(3)])
    distiller = Distiller(teacher, student, FeatureDistillation("mse", None, "middle"), None, 0.0)
    distiller.compile("sgd", "mse")
    expected = np.mean((np.asarray(teacher(X)) - np.asarray(middle(X))) ** 2)
    logs = distiller.evaluate(X, Y, return_dict=True, verbose=0)
    np.testing.assert_allclose(logs["distillation_loss"], expected, rtol=1e-5)


def test_sample_weights_count_in_the_loss_of_the_labels():
    """What has weight 0 teaches the student nothing by its label."""
    distiller = Distiller(network(kerajax, "t", 8), network(kerajax, "s", 6), Logits(), None, 1.0)
    distiller.compile("sgd", kerajax.losses.SparseCategoricalCrossentropy(from_logits=True))
    weights = np.zeros(16)
    assert distiller.evaluate(X, Y, sample_weight=weights, verbose=0)[0] == 0


def test_subclassed_models_are_compared_in_their_outputs():
    """They have no graph in which a layer could be found."""

    class Net(kerajax.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3, name="inside")

        def call(self, x):
            return self.dense(x)

    distiller = Distiller(Net(), Net(), Logits())
    distiller.compile("sgd", "sparse_categorical_crossentropy")
    history = distiller.fit(X, Y, verbose=0).history
    assert np.isfinite(history["total_loss"][0]) and distiller.teacher.built
    with pytest.raises(ValueError, match="no symbolic inputs"):
        Distiller(Net(), Net(), FeatureDistillation("mse", "inside", "inside"))


class Unreduced(DistillationLoss):
    """A loss that forgets to reduce."""

    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        return teacher_outputs - student_outputs


def test_wrong_arguments_are_refused():
    """The messages say what to pass."""
    teacher, student = network(kerajax, "t", 8), network(kerajax, "s", 6)
    wide = kerajax.Sequential([kerajax.Input((4,)), layers.Dense(5)])
    whole = kerajax.Sequential([kerajax.Input((4,), dtype="int32"), layers.Dense(3)])
    for message, arguments in (
        ("Teacher must be", ("teacher", student, Logits())),
        ("Student must be", (teacher, None, Logits())),
        ("cannot be None", (teacher, student, None)),
        ("number of `distillation_loss_weights`", (teacher, student, [Logits()], [1.0, 2.0])),
        ("student_loss_weight", (teacher, student, Logits(), None, 1.5)),
        ("student_loss_weight", (teacher, student, Logits(), None, "half")),
        ("outputs must have the same", (teacher, wide, Logits())),
        ("inputs must have the same", (teacher, whole, Logits())),
        (
            "In student model: No such layer",
            (teacher, student, FeatureDistillation("mse", "t_a", "x")),
        ),
    ):
        with pytest.raises(ValueError, match=message):
            Distiller(*arguments)
    assert teacher.trainable
    distiller = Distiller(teacher, student, Unreduced())
    with pytest.raises(ValueError, match="`loss` cannot be None"):
        distiller.compile("sgd")
    distiller.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="non-scalar loss of shape"):
        distiller.fit(X, Y, verbose=0)

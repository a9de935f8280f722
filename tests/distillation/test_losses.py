"""Distillation losses: their formulas, and the same numbers and configs as Keras' wheel."""

import keras
import numpy as np
import pytest
from keras import distillation as theirs

import kerajax
from kerajax import distillation

TEACHER = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32")
STUDENT = np.array([[2.0, 1.0, 4.0], [3.0, 6.0, 2.0]], "float32")


def test_logits_are_softened_and_scaled():
    """T**2 * KL(softmax(teacher / T) || softmax(student / T)), for a name and for an object."""

    def softmax(x):
        return np.exp(x) / np.exp(x).sum(-1, keepdims=True)

    p, q = softmax(TEACHER / 3), softmax(STUDENT / 3)
    expected = 9 * np.mean(np.sum(p * np.log(p / q), axis=-1))
    for loss in ("kl_divergence", "kld", kerajax.losses.KLDivergence()):
        value = distillation.LogitsDistillation(3.0, loss).compute_loss(TEACHER, STUDENT)
        np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda k: k.distillation.LogitsDistillation(3.0, k.losses.KLDivergence()),
        lambda k: k.distillation.LogitsDistillation(2, "categorical_crossentropy"),
        lambda k: k.distillation.LogitsDistillation(loss=k.losses.MeanAbsoluteError("sum")),
        lambda k: k.distillation.FeatureDistillation(),
        lambda k: k.distillation.FeatureDistillation("cosine_similarity", "a", "b"),
    ],
)
def test_agrees_with_keras(make):
    """The value, and the config in both directions."""
    ours, keras_s = make(kerajax), make(keras)
    expected = keras_s.compute_loss(TEACHER, STUDENT)
    np.testing.assert_allclose(ours.compute_loss(TEACHER, STUDENT), expected, rtol=1e-5)
    config = kerajax.saving.serialize_keras_object(ours)
    assert config == keras.saving.serialize_keras_object(keras_s)
    again = kerajax.saving.deserialize_keras_object(config)
    np.testing.assert_allclose(again.compute_loss(TEACHER, STUDENT), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["LogitsDistillation", "FeatureDistillation"])
def test_each_output_has_its_loss(name):
    """None leaves an output out; the config keeps the structure."""
    losses = {"a": "mse", "b": None, "c": "mae"}
    one, both = ({k: x for k in losses} for x in (TEACHER, STUDENT))
    loss = getattr(distillation, name)(loss=losses)
    expected = getattr(theirs, name)(loss=losses).compute_loss(one, both)
    np.testing.assert_allclose(loss.compute_loss(one, both), expected, rtol=1e-5)
    again = type(loss).from_config(loss.get_config())
    np.testing.assert_allclose(again.compute_loss(one, both), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.LogitsDistillation(temperature=0),
        lambda d: d.LogitsDistillation(temperature="warm"),
        lambda d: d.LogitsDistillation(loss="nothing of that name"),
        lambda d: d.LogitsDistillation(loss=[None, None]),
        lambda d: d.FeatureDistillation(loss=None),
        lambda d: d.FeatureDistillation().validate_outputs(TEACHER, [STUDENT]),
    ],
)
def test_wrong_arguments_raise_as_in_keras(make):
    """ValueError in both."""
    for package in (distillation, theirs):
        with pytest.raises(ValueError):
            make(package)


def test_losses_must_be_nested_like_outputs():
    """One loss for each feature."""
    loss = distillation.FeatureDistillation(["mse", "mse"])
    with pytest.raises(ValueError, match="Loss structure mismatch"):
        loss.validate_outputs(TEACHER, STUDENT)


def test_base_class_wants_a_formula():
    """A subclass says what the loss is."""
    with pytest.raises(NotImplementedError, match="compute_loss"):
        distillation.DistillationLoss().compute_loss(TEACHER, STUDENT)

"""The examples with custom steps run, at a small size, and learn what they show."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "examples"


def example(name):
    """The module of an example, loaded from its file."""
    spec = importlib.util.spec_from_file_location(f"examples_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_gan_trains_both_networks():
    results = example("gan").main(samples=512, epochs=2, width=8)
    for name in ("generator_loss", "discriminator_loss"):
        assert len(results[name]) == 2 and np.isfinite(results[name]).all()
    assert results["discriminator_loss"][0] != results["discriminator_loss"][1]


@pytest.mark.slow
def test_vae_lowers_its_bound():
    pytest.importorskip("sklearn")
    history = example("vae").main(epochs=2, width=8)
    assert history["val_loss"][1] < history["val_loss"][0]
    np.testing.assert_allclose(
        history["val_loss"],
        np.add(history["val_reconstruction"], history["val_divergence"]),
        rtol=0.02,
    )


@pytest.mark.slow
def test_contrastive_learning_finds_partners():
    pytest.importorskip("sklearn")
    results = example("contrastive").main(epochs=4, width=4, probe_epochs=3, labels=100)
    assert results["matches"][-1] > results["matches"][0] > 0
    assert 0 < results["trained"] <= 1


@pytest.mark.slow
def test_distillation_beats_few_labels():
    pytest.importorskip("sklearn")
    scores = example("distillation").main(epochs=15, teacher_epochs=3, width=8, labels=40)
    assert scores["distilled"] > scores["alone"]

"""`kerajax inspect` and `kerajax convert` on files that are not to be trusted."""

import numpy as np
import pytest

import kerajax
from kerajax import layers
from kerajax.cli import main
from tests.security import hostile
from tests.security.containment import Secrets, contained


@pytest.fixture
def secrets(tmp_path):
    return Secrets(tmp_path / "secrets")


@pytest.mark.parametrize("kind", ["3", "3, as an activation", "2"])
def test_inspect_names_code_and_runs_none(kind, secrets, tmp_path, capsys):
    """The layer and the reason are listed."""
    config = hostile.sequential(hostile.lambdas(secrets.canary)[kind])
    for path in (
        hostile.archive(tmp_path / "m.keras", config),
        hostile.legacy(tmp_path / "m.h5", config, "2.2.4"),
    ):
        with contained(secrets):
            assert main(["inspect", str(path)]) == 0
        text = capsys.readouterr().out
        assert "Risks (1)" in text and "Python bytecode" in text


def test_inspect_names_what_reaches_out(secrets, tmp_path, capsys):
    """Files that a config names, foreign modules, classes that nobody here knows."""
    config = hostile.sequential(
        hostile.layer("StringLookup", {"vocabulary": str(secrets.file)}),
        hostile.layer("TFSMLayer", {"filepath": str(secrets.folder)}),
        hostile.layer("Popen", {"args": "id"}, module="subprocess"),
        hostile.layer("Lambda", {"function": hostile.function("os", "system")}),
    )
    with contained(secrets):
        assert main(["inspect", str(hostile.archive(tmp_path / "m.keras", config))]) == 0
    text = capsys.readouterr().out
    assert "Risks (4)" in text and str(secrets.file) in text and secrets.TEXT not in text
    for word in ("TFSMLayer", "Popen", "system"):
        assert word in text.partition("Risks")[2]


def test_inspect_finds_no_risks_in_an_ordinary_file(tmp_path, capsys):
    """Layers of all sorts, losses and metrics by name."""
    model = kerajax.Sequential(
        [kerajax.Input((4, 4, 1)), layers.Conv2D(2, 2, activation="gelu"), layers.Flatten()]
    )
    model.compile("adam", "mse", metrics=["mae"])
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / name)
        assert main(["inspect", str(tmp_path / name)]) == 0
        assert "Risks" not in capsys.readouterr().out


def test_convert_refuses_code_and_leaves_no_file(secrets, tmp_path, capsys):
    """Status 1, the reason, nothing written, nothing for the terminal to obey."""
    config = hostile.sequential({**hostile.lambdas(secrets.canary)["3"], "name": "\x1b[2J"})
    path = hostile.archive(tmp_path / "m.keras", config)
    with contained(secrets):
        assert main(["convert", str(path), str(tmp_path / "m.h5")]) == 1
    error = capsys.readouterr().err
    assert "safe_mode" in error and "\x1b" not in error
    assert not (tmp_path / "m.h5").exists()


def test_convert_tells_the_deviation(tmp_path, capsys):
    """Zero for a model whose numbers the other format keeps."""
    model = kerajax.Sequential([kerajax.Input((3,)), layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    assert main(["convert", str(tmp_path / "m.keras"), str(tmp_path / "m.h5")]) == 0
    assert "largest deviation of the outputs on random inputs: 0\n" in capsys.readouterr().out
    assert np.all(np.isfinite(kerajax.saving.load_model(tmp_path / "m.h5")(np.ones((1, 3)))))

"""YAML architectures are read as data, within the budget."""

import io

import pytest

from kerajax.legacy._architectures import model_from_yaml
from kerajax.saving.read import BrokenFileError, Budget, UnsafeFileError, open_model_file
from kerajax.saving.read._budget import Meter
from kerajax.saving.read._yaml import parse_yaml

# As Keras 2.2.4 wrote it.
_OLD = """\
backend: tensorflow
class_name: Sequential
config:
  layers:
  - class_name: Dense
    config:
      activation: relu
      batch_input_shape: !!python/tuple [null, 3]
      kernel_initializer: &id001
        class_name: VarianceScaling
        config: {distribution: uniform, mode: fan_avg, scale: 1.0, seed: null}
      name: dense_1
      units: 4
  - class_name: Dense
    config: {kernel_initializer: *id001, name: !!python/unicode 'dense_2', units: 2}
  name: sequential_1
keras_version: 2.2.4
"""


def test_file_of_keras_2():
    """Tuples, marks and the version are understood; the kind is told from the content."""
    with open_model_file(io.BytesIO(_OLD.encode())) as record:
        assert record.writer.era == "2.2"
        assert record.writer.backend == "tensorflow"
    model = model_from_yaml(_OLD)
    assert model.input_shape == (None, 3)
    assert [layer.name for layer in model.layers] == ["dense_1", "dense_2"]


def _parse(text, **limits):
    return parse_yaml(text, "/", Meter("m.yaml", len(text), Budget(**limits)))


@pytest.mark.parametrize(
    "text",
    [
        "config: !!python/object/apply:os.system ['false']",
        "config: !!python/name:os.system",
        "config: !!python/module:os",
        "config: !!python/object/new:dict [{}]",
        "config: !custom 3",
    ],
)
def test_objects_of_python_are_refused(text):
    """No tag but those of plain data is known."""
    with pytest.raises(UnsafeFileError, match="asks for more than data"):
        _parse(text)


def test_repetition_counts():
    """Few lines that stand for a billion items, and a list that contains itself."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(UnsafeFileError, match="repeats"):
        _parse("\n".join(lines))
    with pytest.raises(UnsafeFileError, match="repeats"):
        _parse("config: &a [*a]")


def test_depth_and_size_are_bounded():
    """Nesting is counted before anything is built."""
    with pytest.raises(UnsafeFileError, match="nested"):
        _parse("config: " + "[" * 300 + "]" * 300)
    with pytest.raises(UnsafeFileError, match="at most"):
        _parse("config: 1", max_json_bytes=4)


@pytest.mark.parametrize("text", ["config: [1", "- 1", "config: 'a", "", "config: \x00"])
def test_broken_text(text):
    """What is no mapping is damaged."""
    with pytest.raises(BrokenFileError):
        _parse(text)

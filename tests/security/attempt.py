"""Loading of damaged copies of a file in all the ways there are, and how each ended.

The levels: `"read"` opens files and reads their arrays, as `kerajax inspect` does; `"load"` makes
models, and loads weights into a model that is there; `"convert"` writes what was loaded as other
files; `"data"` reads files of data sets.
"""

import contextlib
import io
import json
import random
import re
import shutil
import traceback
from pathlib import Path
from unittest import mock

import numpy as np

import kerajax
from kerajax import datasets
from kerajax.cli import main as command_line
from kerajax.cli._inspect import describe
from kerajax.datasets import _files
from kerajax.saving import KerasFileEditor, load_model, model_from_json, read
from tests.saving import corpus
from tests.security import mutate

REFUSALS = (ValueError, TypeError, OSError, NotImplementedError)
# Names of weights, and of an index of weights or a shard.
_WEIGHTS = re.compile(r"[._]weights\.h5$")
_PART = re.compile(r"(_\d{5}\.weights\.h5|\.weights\.json)$")
_TEXTS = (".json", ".yaml")
_PACKAGE = str(Path(kerajax.__file__).parent)


class Attempt:
    """Loading of the damaged copies of one file, and a model of the undamaged one beside it."""

    def __init__(self, path, level):
        self.path = Path(path)
        self.level = level
        self.refusal = ""
        self.model = None
        if level == "load":
            path = self.path
            beside = path.parent / _WEIGHTS.sub(".json", _PART.sub(".weights.h5", path.name))
            if beside != path and beside.exists():
                self.model = model_from_json(beside.read_text())
            elif path.suffix not in _TEXTS:
                self.model = _whole_model(path)

    def written(self, number):
        """Writes a damaged copy into this folder, beside the others of its set if it is a shard.

        Args:
            number: Int. The case.

        Returns:
            Path to load: the copy, or the index of the set.
        """
        if self.path.is_dir():
            return self._written_folder(number)
        data = mutate.damaged(self.path.read_bytes(), number)
        index = _PART.sub(".weights.json", self.path.name)
        if not (self.path.parent / index).exists():
            file = Path("case" + self.path.name)
            file.write_bytes(data)
            return file
        for path in self.path.parent.glob(index.replace(".weights.json", "*.weights.*")):
            Path(path.name).write_bytes(data if path == self.path else path.read_bytes())
        return Path(index)

    def _written_folder(self, number):
        """A copy of a folder in which a file is damaged, gone, or has what another one has."""
        rng, folder = random.Random(number), Path("case" + self.path.name)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.path, folder)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        file = rng.choice(files)
        choice = rng.random()
        if choice < 0.05:
            file.unlink()
        elif choice < 0.1:
            file.write_bytes(rng.choice(files).read_bytes())
        else:
            file.write_bytes(mutate.damaged(file.read_bytes(), number))
        return folder

    def outcome(self, file):
        """`"loaded"` or `"refused"` and why, or what went wrong."""
        self.refusal = ""
        way = {"read": _read, "load": self._load, "convert": _convert, "data": _read_data}
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return way[self.level](file) or ("loaded", "")
        except REFUSALS as error:
            return self._refused(error)
        except Exception as error:  # that is what this is for
            return _raised(error)

    def _refused(self, error):
        """How a refusal counts: as one, unless it is an accident."""
        if isinstance(error, TypeError) and not _is_meant(error):
            return _raised(error)
        self.refusal = type(error).__name__
        return "refused", str(error)[:200]

    def _load(self, file):
        """All ways to load a file; those of the weights must all leave whole models."""
        ends = [self._ended(lambda: _check_whole(_model_of(file)))]
        if self.model is not None:
            for options in _ways(file):
                ends.append(self._into_model(file, options))
        if file.name.endswith((".keras", ".weights.h5")) and file.is_file():
            ends.append(self._ended(lambda: KerasFileEditor(file).summary()))
        bad = [end for end in ends if end[0] not in ("loaded", "refused")]
        loaded = [end for end in ends if end[0] == "loaded"]
        return (bad or loaded or ends)[0]

    def _into_model(self, file, options):
        before = [variable.numpy() for variable in self.model.variables]
        outcome, detail = self._ended(lambda: self.model.load_weights(file, **options))
        after = [variable.numpy() for variable in self.model.variables]
        _check_whole(self.model)
        if outcome != "loaded" and not all(map(_equal, before, after)):
            return "half a model", f"load_weights({options}): {detail}"
        for variable, value in zip(self.model.variables, before, strict=True):
            variable.assign(value)
        return outcome, detail

    def _ended(self, way):
        try:
            way()
        except REFUSALS as error:
            return self._refused(error)
        return "loaded", ""


def _raised(error):
    return f"raised {type(error).__name__}", "".join(traceback.format_exception(error))


def _is_meant(error):
    """Whether a line of the package raised the error, and no library that it called."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return frame.filename.startswith(_PACKAGE) and (frame.line or "").startswith("raise ")


def _ways(file):
    """Arguments of `load_weights` for a file."""
    yield {}
    if file.is_file():
        yield {"skip_mismatch": True}
        if file.suffix == ".h5" and not file.name.endswith(".weights.h5"):
            yield {"by_name": True}
            yield {"by_name": True, "skip_mismatch": True}


def _model_of(file):
    if file.suffix in _TEXTS:
        return model_from_json(file.read_text("utf-8", "surrogateescape"))
    return load_model(file)


def _whole_model(path):
    """The model of an undamaged file; None if it is refused for the code in it.

    In the collection, classes of the user's own are known for this one model, and no damaged copy
    has them.
    """
    if path.parent == corpus.COLLECTION:
        found = [entry for entry in corpus.entries().values() if entry["file"] == path.name]
        if found:
            return corpus.load(found[0], corpus.arrays_of(path.parent / found[0]["npz"]))
    try:
        return load_model(path, compile=False)
    except ValueError as error:
        if "safe_mode" not in str(error):
            raise
        return None


def _equal(a, b):
    # The same bits: a number that is none equals itself here.
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _check_whole(model):
    for variable in model.variables:
        value = variable.numpy()
        if value.shape != tuple(variable.shape):
            raise AssertionError(f"{variable.path} is of shape {value.shape}: {variable}")


def _read(file):
    with read.open_model_file(file) as record:
        list(describe(record, with_optimizer=True))
        if isinstance(record, read.LegacyFile):
            pairs = [pair for layer in record.layers for pair in layer.weights]
            arrays = [array for _, array in (*pairs, *(record.optimizer_weights or ()))]
        else:
            weights = record.weights if isinstance(record, read.Archive) else record
            groups = getattr(weights, "groups", {}).values()
            arrays = [array for group in groups for array in group.arrays.values()]
        for array in arrays:
            if array.read().shape != array.shape:
                raise AssertionError(f"{array} was read with another shape")


def _convert(file):
    """The command: what it wrote loads again; without a file it says why there is none."""
    target, said = Path("converted.keras"), io.StringIO()
    target.unlink(missing_ok=True)
    with contextlib.redirect_stderr(said):
        code = command_line(["convert", str(file), str(target)])
    if code == 0:
        load_model(target)
        return "loaded", ""
    # Libraries may write there first.
    _, found, reason = said.getvalue().rpartition("kerajax convert: ")
    if code != 1 or target.exists() or not found:
        return "ended without a reason", said.getvalue()
    return "refused", reason[:200]


def _read_data(file):
    """The function that reads a data set of this name."""
    kind = file.name.removeprefix("case").partition(".")[0]
    with mock.patch.object(_files, "get_file", lambda *_, **__: str(file)):
        if kind.startswith("cifar"):
            datasets.cifar.load_batch(file)
        elif kind == "fashion":
            datasets.fashion_mnist._numbers(file.name, header=16)
        elif kind == "words":
            json.dumps(datasets.imdb.get_word_index())
        else:
            for name, array in _files.load_npz(file, verified=False).items():
                if not isinstance(array, np.ndarray):
                    raise AssertionError(f"{name} is not an array: {array}")

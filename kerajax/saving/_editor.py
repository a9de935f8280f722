"""KerasFileEditor: look into a weights file, change it, save it again."""

import os

import h5py
import numpy as np

from ._atomic import replacing
from ._own_state import has_own_state, own_state
from ._walk import walk
from ._weights_h5 import write_array
from .read import Archive, WeightsFile, open_model_file


class KerasFileEditor:
    """The weights of a `.keras` or `.weights.h5` file as nested dicts, to inspect and to edit.

    For old weights that shall go into a model which has changed since. The whole file is read into
    memory; nothing is written before `save`.

    Args:
        filepath: Path that ends in `.keras` or `.weights.h5`.

    Raises:
        ValueError: If the path has another suffix, or the file is damaged or not safe to read.

    Example:

    >>> import tempfile
    >>> model = kerajax.Sequential([kerajax.Input((2,)), kerajax.layers.Dense(3)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save_weights(f"{folder}/model.weights.h5")
    ...     editor = KerasFileEditor(f"{folder}/model.weights.h5")
    Keras model file 'model.weights.h5'
    >>> editor.rename_object("dense", "dense_1")
    >>> editor.weights_dict["layers"]["dense_1"]["0"].shape
    (2, 3)
    """

    def __init__(self, filepath):
        self.filepath = os.fspath(filepath)
        if not self.filepath.endswith((".keras", ".weights.h5")):
            raise ValueError(
                "Invalid filename: expected a `.keras` `.weights.h5` extension. "
                f"Received: filepath={filepath}"
            )
        self.metadata = self.config = None
        with open_model_file(self.filepath) as record:
            weights = record
            if isinstance(record, Archive):
                weights, self.config = record.weights, record.config
                self.metadata = {"keras_version": record.writer.version}
            if not isinstance(weights, WeightsFile):
                raise ValueError(
                    f"{filepath} holds weights layer by layer, as `.h5` files do. Load it into the "
                    "model and save that with the suffix `.weights.h5`."
                )
            self.object_metadata, self.weights_dict = {}, {}
            with weights.ahead():
                self._read(weights)
        print(f"Keras model file '{os.path.basename(self.filepath)}'")
        if self.metadata is not None:
            print(f"Saved with Keras {self.metadata['keras_version']}")

    def _read(self, weights):
        for path, group in weights.groups.items():
            if group.attributes:
                self.object_metadata[f"/{path}"] = dict(group.attributes)
            if group.arrays:
                inner = _below(self.weights_dict, path, make=True)
                inner.update({key: array.read() for key, array in group.arrays.items()})

    def summary(self):
        """Prints the objects in the file, and the shape and dtype of their weights."""
        print("Weights structure")
        for line in _tree(self.weights_dict, 1):
            print(line)

    def compare(self, reference_model):
        """Compares the file with a model, and prints what differs.

        Args:
            reference_model: Model that is built.

        Returns:
            Dict with `status` (`"success"` or `"error"`), `error_count` and `match_count`.
        """
        expected = {}
        for path, x in walk(reference_model):
            state = own_state(x) if has_own_state(x) else {}
            if state:
                _below(expected, path, make=True).update(state)
        errors, matches = [], []
        _differences(self.weights_dict, expected, "", errors, matches)
        for error in errors:
            print(f"...{error}")
        print(
            f"Found {len(errors)} error(s): the file does not fit the model"
            if errors
            else f"The file fits the model: {len(matches)} matching weight(s)"
        )
        return {
            "status": "error" if errors else "success",
            "error_count": len(errors),
            "match_count": len(matches),
        }

    def rename_object(self, object_name, new_name):
        """Gives an object another name.

        Args:
            object_name: String. Name of the object if only one has it, or its path.
            new_name: String without a slash.
        """
        if "/" in new_name:
            raise ValueError(
                "Argument `target_name` should be a leaf name, not a full path name. Received: "
                f"target_name='{new_name}'"
            )
        parent, name = self._place(object_name)
        parent[new_name] = parent.pop(name)

    def delete_object(self, object_name):
        """Removes an object and all in it.

        Args:
            object_name: String. Name or path.
        """
        parent, name = self._place(object_name)
        del parent[name]

    def add_object(self, object_path, weights):
        """Adds an object.

        Args:
            object_path: String. Full path, as `"layers/dense_2"`.
            weights: Dict of arrays by name, as `{"0": kernel, "1": bias}`.
        """
        _check_weights(weights)
        parent, _, name = object_path.rpartition("/")
        found = _below(self.weights_dict, parent)
        if found is None:
            raise ValueError(f"Path '{parent}' not found in model.")
        found[name] = dict(weights)

    def delete_weight(self, object_name, weight_name):
        """Removes a weight of an object.

        Args:
            object_name: String. Name or path.
            weight_name: String, as `"0"`.
        """
        parent, name = self._place(object_name)
        if weight_name not in parent[name]:
            raise ValueError(
                f"Weight {weight_name} not found in object {object_name}. Weights found: "
                f"{list(parent[name])}"
            )
        del parent[name][weight_name]

    def add_weights(self, object_name, weights):
        """Adds weights to an object, or replaces them.

        Args:
            object_name: String. Name or path.
            weights: Dict of arrays by name.
        """
        _check_weights(weights)
        parent, name = self._place(object_name)
        parent[name].update(weights)

    def save(self, filepath):
        """Writes the edited weights.

        Args:
            filepath: Path that ends in `.weights.h5`.
        """
        name = os.fspath(filepath)
        if not name.endswith(".weights.h5"):
            raise ValueError(
                "Invalid `filepath` argument: expected a `.weights.h5` extension. Received: "
                f"filepath={filepath}"
            )
        with replacing(name) as temporary, h5py.File(temporary, "w") as file:
            self._write(self.weights_dict, file, "")

    def resave_weights(self, filepath):
        """The same as `save`."""
        self.save(filepath)

    def _write(self, content, file, path):
        own = {key: value for key, value in content.items() if not isinstance(value, dict)}
        if own:
            group = file.require_group(f"{path}/vars")
            for key, value in self.object_metadata.get(path or "/", {}).items():
                group.attrs[key] = value
            for key, value in own.items():
                write_array(group, key, value)
        for key, value in content.items():
            if isinstance(value, dict):
                self._write(value, file, f"{path}/{key}")

    def _place(self, name):
        """The dict that holds an object, and the object's name in it."""
        if "/" in name:
            parent, _, leaf = name.rpartition("/")
            found = _below(self.weights_dict, parent)
            if found is None or leaf not in found:
                raise ValueError(f"Path '{name}' not found in model.")
            return found, leaf
        places = list(_holding(self.weights_dict, name))
        if len(places) > 1:
            raise ValueError(
                f"Name '{name}' occurs more than once in the model; try passing a complete path"
            )
        if not places:
            raise ValueError(
                f"Source name '{name}' does not appear in the model. Use `editor.summary()` to "
                "list all objects."
            )
        return places[0], name


def _below(content, path, make=False):
    """The dict at a path; None if there is none and none is to be made."""
    for part in path.split("/") if path else ():
        if make:
            content = content.setdefault(part, {})
        else:
            content = content.get(part)
        if not isinstance(content, dict):
            return None
    return content


def _holding(content, name):
    if name in content:
        yield content
    for value in content.values():
        if isinstance(value, dict):
            yield from _holding(value, name)


def _differences(found, expected, path, errors, matches):
    for key in [*expected, *(key for key in found if key not in expected)]:
        place = f"{path}/{key}"
        if key not in found or key not in expected:
            where = "the file" if key not in found else "the model"
            errors.append(f"{place} is missing from {where}")
        elif isinstance(found[key], dict) and isinstance(expected[key], dict):
            _differences(found[key], expected[key], place, errors, matches)
        elif np.shape(found[key]) != np.shape(expected[key]):
            errors.append(
                f"{place} has shape {np.shape(found[key])} in the file and "
                f"{np.shape(expected[key])} in the model"
            )
        else:
            matches.append(place)


def _tree(content, depth):
    for key, value in content.items():
        if isinstance(value, dict):
            yield f"{'    ' * depth}{key}"
            yield from _tree(value, depth + 1)
        else:
            value = np.asarray(value)
            yield f"{'    ' * depth}{key}: shape={value.shape}, dtype={value.dtype}"


def _check_weights(weights):
    if not isinstance(weights, dict):
        raise ValueError(
            "Argument `weights` should be a dict where keys are weight names (usually '0', '1', "
            f"etc.) and values are NumPy arrays. Received: type(weights)={type(weights)}"
        )

"""`.weights.h5`: one group of variables per object, named by the path of attributes to it.

Keras 3 and TensorFlow 2.13 on walk a model's attributes and store the variables of each object
below `<path>/vars`, for example `layers/lstm/cell/vars/0`. TensorFlow 2.12 and 2.13 call the
list of layers `_layer_checkpoint_dependencies` instead of `layers`. Names in such a list are
class names with a counter (`dense`, `dense_1`), not layer names; recent writers add the layer's
name as attribute `name`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ._content import nothing_ahead
from ._era import Writer
from ._errors import BrokenFileError
from ._records import Group, LazyArray

_CHECKPOINT_LAYERS = "_layer_checkpoint_dependencies"


@dataclass(frozen=True)
class VariableGroup:
    """The variables of one object.

    Args:
        path: String, such as `"layers/dense"`; `""` for the model itself.
        arrays: Dict of `LazyArray` by key. Keys `"0"`, `"1"`, ... come in numeric order; objects
            that store their variables themselves choose other keys.
        attributes: Dict. `name` is the object's name where the writer noted it.

    Example:

    >>> VariableGroup("layers/dense", {}, {"name": "dense_7"}).name
    'dense_7'
    """

    path: str
    arrays: Mapping[str, LazyArray]
    attributes: Mapping[str, object]

    @property
    def vars(self):
        """The arrays in order, as a tuple."""
        return tuple(self.arrays.values())

    @property
    def name(self):
        """The name of the object, or None."""
        name = self.attributes.get("name")
        return name if isinstance(name, str) else None


@dataclass(frozen=True)
class WeightsFile:
    """The content of a `.weights.h5` file, of a set of shards, or of the weights in a `.keras`.

    Args:
        writer: `Writer`. Weights alone do not tell the version; the era is None where the
            layout does not show it.
        layout: String `"layers"` or `"_layer_checkpoint_dependencies"`, as in the file. Paths of
            `groups` say `layers` in both.
        groups: Dict of `VariableGroup` by path. Objects without variables may be missing.
        ahead: Function that gives a context in which arrays are read before they are asked for. It
            raises at its end if the file has a checksum that does not hold.

    Example:

    >>> WeightsFile(Writer("3"), "layers", {}).below("layers")
    []
    """

    writer: Writer
    layout: str
    groups: Mapping[str, VariableGroup]
    ahead: Callable = field(default=nothing_ahead, repr=False, compare=False)

    def below(self, path):
        """Return the names of the objects directly below `path`, in the order they were written.

        HDF5 sorts `dense_10` before `dense_2`; the counter says which came first.
        """
        prefix = f"{path}/" if path else ""
        names = {p[len(prefix) :].split("/")[0] for p in self.groups if p.startswith(prefix)}
        return sorted(names - {""}, key=_counter_order)


def weights_file(root, writer=None, ahead=nothing_ahead):
    """Make a `WeightsFile` of the tree of an HDF5 file.

    Args:
        root: `Group`, the root of the file.
        writer: `Writer` where something beside the weights tells it (the archive's metadata).
        ahead: See `WeightsFile`.

    Returns:
        A `WeightsFile`.

    Example:

    >>> kernel = LazyArray("layers/dense/vars/0", (2,), "float32", 8, lambda: None)
    >>> tree = Group("", {}, {"vars": Group("vars", {}, {"0": kernel})})
    >>> weights_file(tree).groups[""].vars[0].shape
    (2,)
    """
    groups = {}
    _collect(root, (), groups)
    layout = _CHECKPOINT_LAYERS if _CHECKPOINT_LAYERS in root.children else "layers"
    return WeightsFile(writer or _writer(layout, groups), layout, groups, ahead)


def is_weights_tree(root):
    """Say whether an HDF5 tree has a group of variables anywhere.

    Example:

    >>> is_weights_tree(Group("", {}, {"vars": Group("vars", {}, {})}))
    True
    """
    groups = root.groups()
    return "vars" in groups or any(is_weights_tree(child) for child in groups.values())


def merge_shards(shards):
    """Join the files of a sharded set; one object's variables may lie in several of them.

    Args:
        shards: List of `WeightsFile`, in the order of their numbers.

    Returns:
        One `WeightsFile`.

    Example:

    >>> merge_shards([WeightsFile(Writer("3"), "layers", {})]).layout
    'layers'
    """
    merged = {}
    for shard in shards:
        for path, group in shard.groups.items():
            known = merged.get(path, VariableGroup(path, {}, {}))
            twice = known.arrays.keys() & group.arrays.keys()
            if twice:
                raise BrokenFileError(
                    f"Variable '{path}/vars/{min(twice)}' is in two shards. The shards belong to "
                    "different models; keep the files of one `save_weights` call together."
                )
            arrays = _in_order({**known.arrays, **group.arrays})
            merged[path] = VariableGroup(path, arrays, {**known.attributes, **group.attributes})
    return WeightsFile(shards[0].writer, shards[0].layout, merged)


def _collect(group, parts, groups):
    for name, child in group.groups().items():
        if name == "vars":
            path = "/".join(parts)
            arrays = _in_order(dict(_flatten(child, "")))
            groups[path] = VariableGroup(path, arrays, child.attributes)
        else:
            renamed = "layers" if name == _CHECKPOINT_LAYERS else name
            _collect(child, (*parts, renamed), groups)


def _flatten(group, prefix):
    """Yield the arrays of a `vars` group; a key with a slash has made further groups in it."""
    for name, child in group.children.items():
        if isinstance(child, Group):
            yield from _flatten(child, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", child


def _in_order(arrays):
    if all(key.isdecimal() for key in arrays):
        return dict(sorted(arrays.items(), key=lambda item: int(item[0])))
    return arrays


def _counter_order(name):
    stem, _, counter = name.rpartition("_")
    return (stem, int(counter)) if stem and counter.isdecimal() else (name, 0)


def _writer(layout, groups):
    if layout == _CHECKPOINT_LAYERS:
        return Writer("tf2", None, "tensorflow")
    noted = any("name" in group.attributes for group in groups.values())
    return Writer("3" if noted else None)

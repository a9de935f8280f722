"""Legacy HDF5 files: whole models and weights of Keras 0.x to 3, by layer and in order.

Everything in them is a list: layers in `layer_names`, the weights of a layer in `weight_names`,
optimizer variables in `weight_names` of `optimizer_weights`. Names are not unique between eras
and HDF5 sorts groups by name, so the lists alone say what belongs where.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ._budget import shorten
from ._content import nothing_ahead
from ._era import Writer, backend_of_keras1, writer_of
from ._errors import BrokenFileError
from ._json import parse_json
from ._records import Group, LazyArray

NamedArrays = tuple[tuple[str, LazyArray], ...]


@dataclass(frozen=True)
class LayerWeights:
    """The weights of one layer: trainable ones first, then the others.

    Args:
        name: String. Name of the layer.
        weights: Tuple of pairs (name, `LazyArray`), in saving order.

    Example:

    >>> LayerWeights("dropout_1", ()).weights
    ()
    """

    name: str
    weights: NamedArrays


@dataclass(frozen=True)
class LegacyFile:
    """A legacy HDF5 file.

    Args:
        writer: `Writer`.
        model_config: Dict, or None in a file that holds weights only.
        training_config: Dict, or None if the model was not compiled.
        layers: Tuple of `LayerWeights` in the order of the model, layers without weights included.
        top_level_model_weights: Tuple of pairs (name, `LazyArray`): weights that belong to the
            model and to none of its layers.
        optimizer_weights: Tuple of pairs (name, `LazyArray`), or None if none were saved.
        ahead: Function that gives a context in which arrays are read before they are asked for.

    Example:

    >>> LegacyFile(Writer("2.2"), None, None, (), (), None).model_config is None
    True
    """

    writer: Writer
    model_config: Mapping[str, object] | None
    training_config: Mapping[str, object] | None
    layers: tuple[LayerWeights, ...]
    top_level_model_weights: NamedArrays
    optimizer_weights: NamedArrays | None
    ahead: Callable = field(default=nothing_ahead, repr=False, compare=False)


def is_legacy_tree(root):
    """Say whether an HDF5 tree is a legacy file.

    Example:

    >>> is_legacy_tree(Group("", {"layer_names": []}, {}))
    True
    """
    marks = {"model_config", "layer_names", "layer_names0", "nb_layers"}
    return bool(marks & root.attributes.keys()) or "model_weights" in root.groups()


def legacy_file(root, meter, ahead=nothing_ahead):
    """Make a `LegacyFile` of the tree of an HDF5 file.

    Args:
        root: `Group`, the root of the file.
        meter: `Meter` of the file.
        ahead: See `LegacyFile`.

    Returns:
        A `LegacyFile`.

    Example:

    >>> from kerajax.saving.read import Budget, Meter
    >>> tree = Group("", {"layer_names": ["d"]}, {"d": Group("d", {"weight_names": []}, {})})
    >>> legacy_file(tree, Meter("weights.h5", 0, Budget())).layers
    (LayerWeights(name='d', weights=()),)
    """
    group = root.groups().get("model_weights", root)
    if group is not root and "layer_names" in root.attributes:
        # A layer may be called `model_weights`; then the list of layers is on the root.
        group = root
    if "nb_layers" in group.attributes:
        layers = _numbered_layers(group, meter)
    else:
        layers = _named_layers(group, meter)
    top_level = group.groups().get("top_level_model_weights")
    optimizer = root.groups().get("optimizer_weights") if group is not root else None
    return LegacyFile(
        writer=_writer(root, group, layers),
        model_config=_config(root, "model_config", meter),
        training_config=_config(root, "training_config", meter),
        layers=layers,
        top_level_model_weights=_weights(top_level, meter) if top_level else (),
        optimizer_weights=_weights(optimizer, meter) if optimizer else None,
        ahead=ahead,
    )


def _config(root, name, meter):
    text = root.text(name)
    return None if text is None else parse_json(text, name, meter)


def _named_layers(group, meter):
    names = group.texts("layer_names", meter)
    if names is None:
        raise BrokenFileError(
            f"{meter.name}: group '/{group.path}' should have the attribute 'layer_names', but has "
            f"{sorted(group.attributes)}. The file holds no Keras weights, or is damaged."
        )
    layers = []
    for name in names:
        layer = group.find(name)
        if not isinstance(layer, Group):
            raise BrokenFileError(
                f"{meter.name}: layer '{shorten(name)}' is listed in 'layer_names', but the file "
                f"has no group '{shorten(name)}'. The file is damaged; fetch or save it again."
            )
        layers.append(LayerWeights(name, _weights(layer, meter)))
    return tuple(layers)


def _weights(group, meter):
    weights = []
    for name in group.texts("weight_names", meter) or []:
        array = group.find(name)
        if not isinstance(array, LazyArray):
            raise BrokenFileError(
                f"{meter.name}: '{shorten(name)}' is listed in 'weight_names' of group "
                f"'/{shorten(group.path)}', but the file has no such array. The file is damaged; "
                "fetch or save it again."
            )
        weights.append((name, array))
    return tuple(weights)


def _numbered_layers(group, meter):
    """Read the layout of Keras 0.x: `layer_0/param_0`, with counts as attributes."""
    layers = []
    for index in range(_count(group, "nb_layers", meter)):
        layer = group.find(f"layer_{index}")
        if not isinstance(layer, Group):
            raise BrokenFileError(
                f"{meter.name}: should have {group.attributes['nb_layers']} layers, but has no "
                f"group 'layer_{index}'. The file is damaged; fetch or save it again."
            )
        names = [f"param_{i}" for i in range(_count(layer, "nb_params", meter))]
        listed = Group(layer.path, {"weight_names": names}, layer.children)
        layers.append(LayerWeights(f"layer_{index}", _weights(listed, meter)))
    return tuple(layers)


def _count(group, name, meter):
    """Read a count of children; more than there are would be a list of nothing."""
    count = group.attributes.get(name)
    if not isinstance(count, int) or not 0 <= count <= len(group.children):
        raise BrokenFileError(
            f"{meter.name}: '{name}' of group '/{shorten(group.path)}' should be the number of its "
            f"members, at most {len(group.children)}, but it is {shorten(repr(count), 40)}. The "
            "file is damaged; fetch or save it again."
        )
    return count


def _writer(root, group, layers):
    version = root.text("keras_version") or group.text("keras_version")
    backend = root.text("backend") or group.text("backend")
    writer = writer_of(version, backend)
    if version is None:
        # Weights files have carried a version ever since Keras 2.0.
        writer = Writer("1", None, backend)
    if writer.era == "1" and backend is None:
        names = [name for layer in layers for name, _ in layer.weights]
        writer = Writer("1", version, backend_of_keras1(names))
    return writer

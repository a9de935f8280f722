"""`.keras`: a zip of the config, the weights and the files of layers such as vocabularies."""

import datetime
import json
import tempfile
import warnings
import zipfile
from pathlib import Path

import h5py

from kerajax.objects import ObjectSharingScope, in_copy, serialize_keras_object

from ._configs import KERAS_VERSION, for_keras
from ._streamed import stream_weights
from ._walk import walk
from ._weights_h5 import write_weights

_ASSETS = "assets"


def write_archive(model, file, folder) -> None:
    """Writes a model as a `.keras` file.

    Args:
        model: Model.
        file: File open for writing bytes, that can be sought in.
        folder: Path where a temporary file may be.

    Example:

    ```python
    with open("model.keras", "wb") as file:
        write_archive(model, file, ".")
    ```
    """
    if not model.built and not in_copy():
        warnings.warn(
            "You are saving a model that has not yet been built. It might not contain any weights "
            "yet. Consider building the model first by calling it on some data.",
            stacklevel=4,
        )
    # Nothing is compressed, as in Keras: weights are noise to a compressor.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("metadata.json", json.dumps(_metadata()))
        archive.writestr("config.json", model_json(model))
        for name, content in assets_of(model):
            archive.writestr(f"{_ASSETS}/{name}", content)
        info = zipfile.ZipInfo("model.weights.h5")
        # Past `zipfile`, which would take as long for the sum as the system for the writing.
        with archive.open(info, "w", force_zip64=True):
            nbytes, crc = stream_weights(model, file, folder)
        info.file_size = info.compress_size = nbytes
        info.CRC, end = crc, file.tell()
        file.seek(info.header_offset)
        file.write(info.FileHeader(zip64=True))
        file.seek(end)


def write_folder(model, path) -> None:
    """Writes the files of a `.keras` archive into a folder instead.

    Args:
        model: Model that is built.
        path: `Path` of an empty folder.
    """
    (path / "metadata.json").write_text(json.dumps(_metadata()))
    (path / "config.json").write_text(model_json(model))
    for name, content in assets_of(model):
        file = path / _ASSETS / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    with h5py.File(path / "model.weights.h5", "w") as file:
        write_weights(model, file)


def _metadata():
    date = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    return {"keras_version": KERAS_VERSION, "date_saved": date}


def model_json(model) -> str:
    """The config of a model as files have it, with how it was compiled."""
    with ObjectSharingScope():
        config = serialize_keras_object(model)
        return json.dumps(config if in_copy() else for_keras(config))


def assets_of(model):
    """The files that layers keep beside their weights, such as vocabularies.

    Args:
        model: Model.

    Yields:
        Pairs of a path, that of the layer and of the file joined by `/`, and the content in bytes.
    """
    for path, x in walk(model):
        if not hasattr(x, "save_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            x.save_assets(folder)
            for file in sorted(Path(folder).rglob("*")):
                if file.is_file():
                    name = file.relative_to(folder).as_posix()
                    yield "/".join(filter(None, (path, name))), file.read_bytes()


def read_assets(model, assets) -> None:
    """Gives layers the files they saved.

    Args:
        model: Model.
        assets: Dict of `Asset` by path.
    """
    for path, x in walk(model):
        if not hasattr(x, "load_assets"):
            continue
        prefix = f"{path}/" if path else ""
        with tempfile.TemporaryDirectory() as folder:
            for name, asset in assets.items():
                if name.startswith(prefix):
                    # The reader has refused names that lead out of the folder.
                    target = Path(folder, name[len(prefix) :])
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(asset.read())
            x.load_assets(folder)

"""`Model.export`: the call of a model as the endpoint `serve`."""

from kerajax.export._archive import ExportArchive
from kerajax.export._endpoint import as_signature, signature_of
from kerajax.models import register_hook

# Model.export's name of a format -> ExportArchive's.
_FORMATS = {"jax": "jax", "tf_saved_model": "saved_model"}
_ELSEWHERE = {
    "onnx": "give `kerajax.interop.to_jax(model).apply` to the package `jax2onnx`, or convert a "
    "SavedModel with the package `tf2onnx`",
    "openvino": "write `format='tf_saved_model'`, which `openvino.convert_model` reads, or convert "
    "to ONNX",
    "litert": "write a fixed `input_signature` by `format='tf_saved_model'` with "
    "`jax2tf_kwargs={'native_serialization': False}`, for `tf.lite.TFLiteConverter`",
    "torch": "save the model by `model.save('model.keras')` and export it where Keras runs on its "
    "PyTorch backend",
}


def export_model(
    model,
    filepath,
    format="tf_saved_model",  # noqa: A002 - Keras' name
    verbose=None,
    input_signature=None,
    **kwargs,
):
    """What `Model.export` says.

    Raises:
        ValueError: If the format is unknown, or the shapes of the inputs are.
        ImportError: If the format needs a package that is not installed.
        NotImplementedError: If the format is one that Keras has and kerajax does not write.
    """
    if format in _ELSEWHERE:
        raise NotImplementedError(
            f"kerajax does not write the format {format!r}. Instead {_ELSEWHERE[format]}. "
            f"It writes {', '.join(map(repr, _FORMATS))}."
        )
    if format not in _FORMATS:
        raise ValueError(
            f"Unrecognized format={format!r}. Supported formats are: {list(_FORMATS)}."
        )
    signature = signature_of(model) if input_signature is None else as_signature(input_signature)
    options = {"platforms": kwargs.pop("platforms")} if "platforms" in kwargs else {}
    archive = ExportArchive(_FORMATS[format], **options)
    archive.track_and_add_endpoint("serve", model, signature, **kwargs)
    archive.write_out(filepath, verbose=verbose is not False)


register_hook("export_model", export_model)

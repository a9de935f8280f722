"""Vocabularies as text files: one value a line."""

from pathlib import Path

from kerajax.objects import in_safe_mode

_ASSET = "vocabulary.txt"


def read_given_file(path, as_ints) -> list:
    """The values in a file that the user named.

    Args:
        path: String.
        as_ints: Bool. Whether values are integers, not strings.

    Raises:
        ValueError: If there is no such file, or a model file that is being loaded names it.
    """
    if in_safe_mode():
        raise ValueError(
            "Requested the loading of a vocabulary file outside of the model archive, which could "
            "be any file of this computer, so it is refused. If you trust where the model comes "
            "from, pass `safe_mode=False` to the loading function, or call "
            f"`keras.config.enable_unsafe_deserialization()`. Vocabulary file: '{path}'"
        )
    if not Path(path).exists():
        raise ValueError(f"Vocabulary file {path} does not exist.")
    return _values(Path(path), as_ints)


def write_asset(folder, values) -> None:
    """Writes a vocabulary into the folder that becomes part of a model file."""
    Path(folder, _ASSET).write_text("\n".join(map(str, values)), "utf-8", newline="")


def read_asset(folder, as_ints) -> list | None:
    """What `write_asset`, or Keras, wrote into a folder; None where there is nothing."""
    path = Path(folder, _ASSET)
    return _values(path, as_ints) if path.exists() else None


def _values(path, as_ints):
    try:
        lines = path.read_text("utf-8").split("\n")
        while lines and lines[-1] == "":
            lines.pop()
        return list(map(int, lines)) if as_ints else lines
    except ValueError as error:  # of bytes that are no text, and of texts that are no numbers
        what = "integers" if as_ints else "strings"
        raise ValueError(
            f"Vocabulary file '{path.name}' should hold {what}, one a line, as UTF-8 text, but it "
            f"cannot be read ({error}). It is damaged or of another kind; write it again, or save "
            "the model again."
        ) from error

"""Which Keras wrote a file: read from what it left in the file, never from the file's name.

The eras are those of `kerajax.eras`: `1`, `2.2` (stand-alone 2.0 to 2.2), `2.3`, `tf2` (Keras
inside TensorFlow, which kept one set of defaults and layouts from 1.15 to 2.15) and `3`.
"""

import re
from dataclasses import dataclass

_VERSION = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Writer:
    """What wrote a file, as far as the file tells.

    Args:
        era: String `"1"`, `"2.2"`, `"2.3"`, `"tf2"` or `"3"`, or None if the file does not tell.
        version: String as in the file, or None.
        backend: String such as `"tensorflow"`, `"theano"`, `"cntk"`, `"jax"`, or None.

    Example:

    >>> Writer("2.2", "2.2.4", "theano").backend
    'theano'
    """

    era: str | None
    version: str | None = None
    backend: str | None = None


def writer_of(version, backend=None):
    """Find the era of a version string.

    Args:
        version: String of a `keras_version` entry, or None.
        backend: String or None.

    Returns:
        A `Writer`.

    Example:

    >>> writer_of("2.2.4").era, writer_of("2.2.4-tf").era, writer_of("3.6.0").era
    ('2.2', 'tf2', '3')
    """
    match = _VERSION.match(version or "")
    if match is None:
        return Writer(None, version, backend)
    major, minor = int(match[1]), int(match[2])
    if major < 2:
        era = "1"
    elif major > 2:
        era = "3"
    elif "-tf" in version or minor >= 4:
        # Stand-alone Keras ended with 2.3; 2.4 and later are TensorFlow's.
        era = "tf2"
    else:
        era = "2.3" if minor == 3 else "2.2"
    return Writer(era, version, backend)


def backend_of_keras1(weight_names):
    """Tell Theano from TensorFlow, the two backends of Keras 1, which noted neither.

    TensorFlow numbers the outputs of a node, so its variables are called `dense_1_W:0`.

    Args:
        weight_names: Iterable of strings.

    Returns:
        `"tensorflow"`, `"theano"`, or None if there are no names.

    Example:

    >>> backend_of_keras1(["dense_1_W", "dense_1_b"])
    'theano'
    """
    names = list(weight_names)
    if not names:
        return None
    return "tensorflow" if any(name.endswith(":0") for name in names) else "theano"

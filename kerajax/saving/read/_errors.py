"""The refusals of the reader. All are `ValueError`, as for every bad argument.

Scripts written for Keras catch what h5py raised there, `OSError` for a damaged file and
`FileNotFoundError` for a missing one, so those two are these types as well.
"""


class UnreadableFileError(ValueError):
    """A model file could not be read. The base of the other three.

    Example:

    >>> issubclass(UnreadableFileError, ValueError)
    True
    """


class MissingFileError(UnreadableFileError, FileNotFoundError):
    """There is no file at the given path.

    Example:

    >>> issubclass(MissingFileError, FileNotFoundError)
    True
    """


class BrokenFileError(UnreadableFileError, OSError):
    """The file is truncated, damaged, or of a kind that holds no Keras model.

    Example:

    >>> issubclass(BrokenFileError, OSError)
    True
    """


class UnsafeFileError(UnreadableFileError):
    """The file asks for something no model file needs: another file, or memory it does not fill.

    Example:

    >>> issubclass(UnsafeFileError, OSError)
    False
    """

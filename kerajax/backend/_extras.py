"""Packages that only some parts need, and the extras of kerajax that install them."""

import importlib


def required(module, who, extra):
    """A module of an optional package.

    Args:
        module: Name of the module.
        who: What needs it, for the message.
        extra: Extra of kerajax that installs its package.

    Raises:
        ImportError: If the package is not installed.

    Example:

    >>> from kerajax.backend._extras import required
    >>> required("json", "This example", "demo").dumps([])
    '[]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{who} needs the module `{module}`, which is not installed. Run "
            f"`pip install 'kerajax[{extra}]'`."
        ) from error

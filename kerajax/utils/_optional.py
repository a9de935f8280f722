"""Packages that only some functions need."""

import importlib


def require_grain():
    """The package `grain`.

    Raises:
        ImportError: If it is not installed.
    """
    return _required("grain", 'format="grain"')


def require_matplotlib():
    """The module `matplotlib.pyplot`.

    Raises:
        ImportError: If it is not installed.
    """
    return _required("matplotlib.pyplot", "plotting images", package="matplotlib")


def require_pillow():
    """The module `PIL.Image` of the package `pillow`.

    Raises:
        ImportError: If it is not installed.
    """
    return _required("PIL.Image", "reading and drawing images", package="pillow")


def _required(module, what, package=None):
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = package or module
        raise ImportError(
            f"{what} needs the package `{package}`, which is not installed. Install it with "
            f"`pip install {package}`."
        ) from error

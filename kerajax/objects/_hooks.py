"""What models and callbacks call in packages above them: saving and export.

They stand below `saving` and `export`, so they do not import them. Those packages register
functions here when they load, and a name that is not registered yet loads its package.
"""

import importlib

_PACKAGES = {
    "save_model": "kerajax.saving",
    "save_weights": "kerajax.saving",
    "load_weights": "kerajax.saving",
    "load_model": "kerajax.saving",
    "checkpoint_parts": "kerajax.saving",
    "export_model": "kerajax.export",
}
_hooks: dict = {}


def register_hook(name, fn):
    """Registers `fn` as what is called under `name`."""
    _hooks[name] = fn


def hook(name):
    """The function registered under `name`."""
    if name not in _hooks:
        try:
            importlib.import_module(_PACKAGES[name])
        except ModuleNotFoundError as error:
            if error.name != _PACKAGES[name]:
                raise
    if name not in _hooks:
        raise NotImplementedError(f"This version of kerajax has no `{name}`.")
    return _hooks[name]

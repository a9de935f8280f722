"""Settings that are on or off, per thread; clearing the session puts them back.

The backend is one of them in name only: kerajax has JAX.
"""

from kerajax.backend import context


def enable_interactive_logging():
    """Shows progress bars and other output on stdout, as is the default.

    Example:

    >>> kerajax.config.enable_interactive_logging()
    """
    context.settings["interactive_logging"] = True


def disable_interactive_logging():
    """Sends output to the log in place of stdout, as suits a job on a server.

    Example:

    >>> kerajax.config.disable_interactive_logging()
    >>> kerajax.config.is_interactive_logging_enabled()
    False
    >>> kerajax.config.enable_interactive_logging()
    """
    context.settings["interactive_logging"] = False


def is_interactive_logging_enabled():
    """Whether output goes to stdout.

    Example:

    >>> kerajax.config.is_interactive_logging_enabled()
    True
    """
    return context.settings.get("interactive_logging", True)


def enable_traceback_filtering():
    """Leaves frames inside the library out of tracebacks, as is the default.

    Example:

    >>> kerajax.config.enable_traceback_filtering()
    """
    context.settings["traceback_filtering"] = True


def disable_traceback_filtering():
    """Shows all frames of tracebacks, for work on the library itself.

    Example:

    >>> kerajax.config.disable_traceback_filtering()
    >>> kerajax.config.is_traceback_filtering_enabled()
    False
    >>> kerajax.config.enable_traceback_filtering()
    """
    context.settings["traceback_filtering"] = False


def is_traceback_filtering_enabled():
    """Whether frames inside the library are left out of tracebacks.

    Example:

    >>> kerajax.config.is_traceback_filtering_enabled()
    True
    """
    return context.settings.get("traceback_filtering", True)


def enable_flash_attention():
    """Lets attention layers use fused kernels wherever dtype, shape and device allow it.

    So it is at first; this takes `disable_flash_attention` back.

    Example:

    >>> kerajax.config.enable_flash_attention()
    >>> kerajax.config.is_flash_attention_enabled() is None
    True
    """
    context.settings["flash_attention"] = None


def disable_flash_attention():
    """Keeps attention layers from using fused kernels.

    Example:

    >>> kerajax.config.disable_flash_attention()
    >>> kerajax.config.is_flash_attention_enabled()
    False
    >>> kerajax.config.enable_flash_attention()
    """
    context.settings["flash_attention"] = False


def is_flash_attention_enabled():
    """False if attention layers were told not to use fused kernels; None if they may.

    Example:

    >>> kerajax.config.disable_flash_attention()
    >>> kerajax.config.is_flash_attention_enabled()
    False
    >>> kerajax.config.enable_flash_attention()
    """
    return context.settings.get("flash_attention")


def is_nnx_enabled():
    """Whether layers are `flax.nnx` modules: never; `kerajax.interop` turns a model into one.

    Example:

    >>> kerajax.config.is_nnx_enabled()
    False
    """
    return False


def set_backend(backend):
    """Accepts `"jax"`, the one backend.

    Raises:
        ValueError: If `backend` is another.

    Example:

    >>> kerajax.config.set_backend("jax")
    """
    if backend != "jax":
        raise ValueError(
            f"kerajax runs on JAX alone, but received: backend={backend!r}. "
            "Use Keras itself for other backends; it opens the files that kerajax writes."
        )

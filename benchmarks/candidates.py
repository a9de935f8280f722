"""Who stands behind a candidate's name."""

import functools
import importlib

KERAS_LIKE = {
    **dict.fromkeys(("kerajax", "step", "cold"), "kerajax"),
    **dict.fromkeys(("keras", "keras_tf"), "keras"),
}


class Unable(Exception):
    """A candidate cannot work on this machine; the message says why."""


def make_trial_class(workload, candidate):
    """Imports what a candidate needs; calling the result makes model, data and state.

    Args:
        workload: Workload.
        candidate: Name of a candidate.

    Returns:
        Function without arguments that returns an object with a method for the workload's kind.

    Raises:
        Unable: If the candidate's package does not work here.
    """
    if workload.kind == "op":
        from .op_calls import OpTrial

        return functools.partial(OpTrial, candidate, workload.model)
    if workload.kind == "files":
        from .files import FilesTrial

        return functools.partial(FilesTrial, candidate)
    if candidate in KERAS_LIKE:
        from .keras_like import KerasTrial

        package = importlib.import_module(KERAS_LIKE[candidate])
        # A lazy package imports here what others import at once.
        _ = package.Sequential, package.layers.Dense, package.optimizers.SGD
        return functools.partial(
            KerasTrial, package, workload, streamed=_streams(workload, candidate)
        )
    if candidate == "loader":
        from .streaming import LoaderTrial

        return functools.partial(LoaderTrial, importlib.import_module("kerajax"), workload)
    if candidate in ("torch", "torch_compile"):
        from .torch_like import TorchTrial, check_compiler

        compiled = candidate == "torch_compile"
        if compiled:
            check_compiler()
        return functools.partial(TorchTrial, workload, compiled)
    if candidate == "flax_nnx":
        from .flax_like import FlaxTrial

        return functools.partial(FlaxTrial, workload)
    from .handwritten import HandwrittenTrial

    return functools.partial(HandwrittenTrial, candidate, workload)


def _streams(workload, candidate):
    return workload.streamed and candidate != "step"

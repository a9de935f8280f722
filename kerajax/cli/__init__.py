"""The command `kerajax`: run a script, look at an installation or at a file, convert a file.

Each sub-command is a module of its own, loaded when it is called for, so that `kerajax run` costs
a script nothing that it does not use.
"""

import argparse
import importlib
import os
import sys

_COMMANDS = {
    "run": "run a Keras script with `keras` and `tensorflow.keras` being kerajax",
    "doctor": "show versions, devices and settings",
    "inspect": "show what is in a model or weights file, without loading it",
    "convert": "load a model file of any era and save it in another format",
}


def main(argv=None) -> int:
    """Runs the command line.

    Args:
        argv: List of strings; the arguments of the process by default.

    Returns:
        The exit status: 0, 1 after an error, 2 after a wrong command line.

    Example:

    >>> main(["doctor"])
    kerajax ...
    0
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    name = argv[0] if argv else ""
    if name == "run":
        # What the script does with its output, and with errors of it, is the script's.
        return _command(name, argv)
    try:
        status = _command(name, argv) if name in _COMMANDS else _no_command(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads the output, as `head` does, has read enough. At its end Python would write the
        # rest once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _command(name, argv):
    return importlib.import_module(f"kerajax.cli._{name}").main(argv[1:])


def _no_command(argv) -> int:
    version = sys.modules["kerajax"].__version__
    commands = "\n".join(f"  {name:<9} {does}" for name, does in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="kerajax",
        usage="kerajax [-h] [--version] COMMAND [ARGUMENTS...]",
        description="Keras scripts and models of every era, on JAX.",
        epilog=f"commands:\n{commands}\n\n`kerajax COMMAND --help` says more.\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"kerajax {version}")
    parser.add_argument("command", nargs="?", choices=list(_COMMANDS), help=argparse.SUPPRESS)
    parser.parse_args(argv)
    parser.print_help()
    return 2

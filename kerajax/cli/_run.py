"""`kerajax run`: a script as Python would run it, with `keras` being kerajax.

The script is `__main__`, `sys.argv` and `sys.path` are its own, and tracebacks begin at its first
line.
"""

import argparse
import importlib
import io
import os
import runpy
import sys
import types

from kerajax import eras
from kerajax.cli._numpy_names import revive_names
from kerajax.legacy import era_of_script, images_come_first, install

_MSG_FIRST = (
    "The script is of Keras 0.x, so channels of images come first; "
    "`keras.backend.set_image_data_format('channels_last')` puts them last."
)
_EPILOG = """\
examples:
  kerajax run train.py --epochs 10      arguments after the script are the script's
  kerajax run --era 2.2 train.py        defaults and strings as Keras 2.2 had them
  kerajax run -m package.train          a module, as `python -m` runs it
"""


def main(argv) -> int:
    """Runs `kerajax run` with its arguments."""
    front, rest = _split(argv)
    parser = argparse.ArgumentParser(
        prog="kerajax run",
        usage="kerajax run [--era ERA] (SCRIPT | -m MODULE) [ARGUMENTS...]",
        description="Run a Keras script; neither Keras nor TensorFlow needs to be installed.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--era",
        choices=eras.ERAS,
        help="the Keras the script was written for: 1, 2.2 (2.0 to 2.2), 2.3, tf2 (in TensorFlow "
        "1.15 to 2.15), or 3; it decides defaults, old spellings are understood in any. By default "
        "3, or the newest that had all names and arguments of the script, where some are gone",
    )
    parser.add_argument("-m", dest="module", metavar="MODULE", help="run a module")
    parser.add_argument("script", nargs="?", metavar="SCRIPT", help="a Python file")
    options = parser.parse_args(front)
    if options.module is None and options.script is None:
        parser.error("name a script, or a module with -m")
    if options.script is not None and not os.path.exists(options.script):
        parser.error(f"there is no file {options.script!r} in {os.getcwd()}")
    install(era=options.era)
    revive_names()
    if options.module is not None:
        return _run(lambda: _module(options.module, rest), "<frozen runpy>")
    return _run(lambda: _script(options.script, rest, options.era), __file__)


def _split(argv):
    """The arguments up to the script, and those of the script."""
    for i, word in enumerate(argv):
        if word == "-m":
            return argv[: i + 2], argv[i + 2 :]
        if not word.startswith("-") and argv[i - 1 : i] != ["--era"]:
            return argv[: i + 1], argv[i + 1 :]
    return argv, []


def _script(path, arguments, era):
    sys.argv = [path, *arguments]
    if os.path.isdir(path) or path.endswith((".zip", ".pyc")):
        runpy.run_path(path, run_name="__main__")
        return
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    with io.open_code(os.path.abspath(path)) as file:
        source = file.read()
    code = compile(source, path, "exec", dont_inherit=True)
    text = source.decode("utf-8", "replace")
    if era is None:
        install(era=era_of_script(text))
    if era in (None, "1") and images_come_first(text):
        # Imported here since it loads JAX, for which other scripts may set variables first.
        importlib.import_module("kerajax.backend").set_image_data_format("channels_first")
        print(_MSG_FIRST, file=sys.stderr)
    # Not `runpy.run_path`: classes of the script must stay importable from `__main__` for as
    # long as the process lives, as pickle and multiprocessing need them.
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def _module(name, arguments):
    sys.argv = [name, *arguments]
    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd()
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def _run(run, launcher) -> int:
    """Runs user code; an exception is shown as Python would, without frames of the launcher."""
    try:
        run()
    except SystemExit:
        raise
    except BaseException as error:
        trace = _below(error.__traceback__, launcher)
        error.__traceback__ = trace
        sys.excepthook(type(error), error, trace)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _below(trace, launcher):
    """The part of a traceback below the frames of `launcher` and of this file."""
    while trace is not None and trace.tb_frame.f_code.co_filename in (__file__, launcher):
        trace = trace.tb_next
    return trace

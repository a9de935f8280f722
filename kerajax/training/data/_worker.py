"""A worker process: computes batches of a data set for the process that trains.

It runs as a script of its own, so it imports nothing of kerajax but what the data set needs, and
the script that trains only where the data set's class is defined there. `_processes.py` is the
other end. Messages come on standard input: `("load", settings, payload)`, or `("item", index and
seed)`, which is answered with a header, `(kind, sizes)`, and pickled bytes with the arrays beside
them. The end of the input, be it that training is over or that its process died, ends the worker.
"""

import importlib
import os
import pickle
import random
import signal
import struct
import sys
import traceback

_LENGTH = struct.Struct("<Q")


def write_parts(stream, kind, parts) -> None:
    """Writes one message: its kind and byte strings."""
    views = [memoryview(part).cast("B") for part in parts]
    header = pickle.dumps((kind, [view.nbytes for view in views]))
    stream.write(_LENGTH.pack(len(header)) + header)
    for view in views:
        stream.write(view)
    stream.flush()


def read_parts(stream):
    """Reads one message: `(kind, parts)`, the parts in memory that may be written to.

    Raises:
        EOFError: If the other end is closed.
    """
    (size,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    kind, sizes = pickle.loads(_exactly(stream, size))
    return kind, [_exactly(stream, size) for size in sizes]


def dump(value) -> list:
    """A value as pickled bytes, followed by the memory of its arrays, which is not copied."""
    buffers: list = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return [pickled, *(buffer.raw() for buffer in buffers)]


def load(parts):
    """The value that `dump` took apart; arrays keep the memory of the parts."""
    return pickle.loads(parts[0], buffers=parts[1:])


def _exactly(stream, size):
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        count = stream.readinto(view[done:])
        if not count:
            raise EOFError
        done += count
    return data


def _serve(requests, answers):
    source = None
    while True:
        try:
            kind, parts = read_parts(requests)
        except EOFError:
            return
        try:
            if kind == "load":
                _set_up(load(parts[:1]))
                source = load(parts[1:])
                answer = None
            else:
                index, seed = load(parts)
                _seed(seed)
                answer = source[index]
            write_parts(answers, "done", dump(answer))
        except BrokenPipeError:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where the batch was asked for
            text = traceback.format_exc()
            try:
                pickle.loads(pickle.dumps(error))
                write_parts(answers, "raised", dump((error, text)))
            except Exception:  # noqa: BLE001 - an exception that cannot be sent
                write_parts(answers, "raised", dump((None, text)))


def _set_up(settings):
    """Makes modules import as they do in the process that trains."""
    import multiprocessing.spawn

    # Paths, arguments, and the main module where the data set's class is defined there.
    multiprocessing.spawn.prepare(settings["preparation"])
    for module in settings["to_install"]:
        # Import hooks, for modules of the data set that import what these answer for.
        importlib.import_module(module).install()


def _seed(seed):
    """Seeds what draws without a seed of its own, of the modules that the data set imported."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "kerajax.random" in sys.modules:
        sys.modules["kerajax.random"].seed_everything(seed)


def _main():
    # Started by its path, the script has its own folder before all others.
    del sys.path[0]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # What the data set prints must not come between the answers.
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    _serve(requests, answers)


if __name__ == "__main__":
    _main()

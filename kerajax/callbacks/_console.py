"""Where messages and progress go: a terminal, a notebook, a plain file or pipe, or the log.

A terminal and a notebook have a *row* that is drawn again and again; a file gets whole lines only.
`say` is for messages of callbacks: they take their turn with the rows of a running progress bar.
"""

import atexit
import logging
import os
import shutil
import sys
import threading
import weakref
from typing import NamedTuple

from kerajax.config import is_interactive_logging_enabled

_logger = logging.getLogger("kerajax")

# Seconds between two drawings. Each drawing in a notebook is a message to the browser.
_INTERVALS = {"terminal": 0.05, "notebook": 0.2, "plain": 0.1, "log": 0.1}


class Style(NamedTuple):
    """The characters of a bar and the codes that colour them."""

    full: str = "━"
    rest: str = "─"
    green: str = ""
    grey: str = ""
    reset: str = ""


class Console:
    """Standard output, as it is when the object is made.

    Attributes:
        kind: `"terminal"`, `"notebook"`, `"plain"` (a file or pipe) or `"log"` (interactive
            logging is off).
        style: Style of bars.
        interval: Seconds to leave between two drawings.
    """

    def __init__(self):
        self.stream = sys.stdout
        self.kind = _kind_of(self.stream)
        self.style = _style_for(self.stream, self.kind)
        self.interval = _INTERVALS[self.kind]
        self._row = 0  # Width of the row that stands on the screen unfinished.

    @property
    def has_row(self) -> bool:
        """Whether a row can be drawn over."""
        return self.kind in ("terminal", "notebook")

    @property
    def columns(self) -> int | None:
        """Width of the terminal; None where lines may have any length."""
        if self.kind == "terminal":
            return shutil.get_terminal_size().columns
        return 100 if self.kind == "notebook" else None

    def draw(self, text, width, above="") -> None:
        """Draws the row, over the last one.

        Args:
            text: The row, which may hold colour codes.
            width: How many characters of it are visible.
            above: Whole lines to write before it.
        """
        self._write(self._erased() + above + text)
        self._row = width

    def write(self, lines) -> None:
        """Writes whole lines, in place of the row if there is one."""
        if self.kind == "log":
            for line in lines.splitlines():
                _logger.info(line)
            return
        self._write(self._erased() + lines)
        self._row = 0

    def _erased(self):
        if not self._row:
            return ""
        # Notebooks know no code that erases; blanks do it there.
        return "\r\x1b[K" if self.kind == "terminal" else f"\r{' ' * self._row}\r"

    def _write(self, text):
        stream = self.stream
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "replace").decode(encoding))
        except ValueError:
            if not getattr(stream, "closed", False):
                raise
            return  # Somebody closed it, as test runners do with what they captured.
        stream.flush()


def say(message) -> None:
    """Shows a message on a line of its own, after all progress of before.

    Example:

    >>> from kerajax.callbacks._console import say
    >>> say("Epoch 3: early stopping")
    Epoch 3: early stopping
    """
    turn = getattr(_turns, "current", None)
    if turn is not None:
        turn.make_room()
        turn.console.write(f"{message}\n")
    else:
        Console().write(f"{message}\n")


class Turn:
    """The right of one progress bar to the output of this thread.

    Args:
        console: Console.
        make_room: Function that writes what is still to be written.
    """

    def __init__(self, console, make_room):
        self.console = console
        self.make_room = make_room
        last = getattr(_turns, "current", None)
        if last is not None:
            last.release()  # That run ended with an exception.
        _turns.current = self
        _open_turns.add(self)

    def release(self) -> None:
        """Writes what is left and ends the turn."""
        if getattr(_turns, "current", None) is self:
            _turns.current = None
        _open_turns.discard(self)
        self.make_room()


_turns = threading.local()
_open_turns: weakref.WeakSet = weakref.WeakSet()


@atexit.register
def _write_what_is_left():
    for turn in list(_open_turns):
        turn.release()


def _kind_of(stream):
    if stream is None or not is_interactive_logging_enabled():
        return "log"
    if type(stream).__module__.startswith("ipykernel") or "PYCHARM_HOSTED" in os.environ:
        return "notebook"
    is_terminal = hasattr(stream, "isatty") and stream.isatty()
    return "terminal" if is_terminal and os.environ.get("TERM") != "dumb" else "plain"


def _style_for(stream, kind):
    style = Style()
    try:
        (style.full + style.rest).encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        style = Style(full="=", rest=".")
    if kind in ("terminal", "notebook") and not os.environ.get("NO_COLOR"):
        style = style._replace(green="\x1b[32m", grey="\x1b[90m", reset="\x1b[0m")
    return style

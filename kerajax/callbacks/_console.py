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
    turn = _current_turn()
    if turn is None or turn.console.stream is not sys.stdout:
        Console().write(f"{message}\n")
    else:
        turn.make_room()
        turn.console.write(f"{message}\n")


class Turn:
    """The right of one progress bar to the output of this thread; a bar inside it goes before.

    Args:
        console: Console.
        show: Method that writes what its object still has to write. The object is not kept alive:
            a run that ends with an exception does not give its turn back.
    """

    def __init__(self, console, show):
        self.console = console
        self._show = weakref.WeakMethod(show)
        self._outer = _current_turn()
        if self._outer is not None:
            self._outer.make_room()
        _turns.current = self
        _open_turns.add(self)

    @property
    def is_over(self) -> bool:
        """Whether nobody can write in it any more."""
        return self._show is None or self._show() is None

    def make_room(self) -> None:
        """Writes what is still to be written."""
        show = self._show and self._show()
        if show is not None:
            show()

    def release(self) -> None:
        """Writes what is left and ends the turn."""
        self.make_room()
        self._show = None


_turns = threading.local()
_open_turns: weakref.WeakSet = weakref.WeakSet()


def _current_turn():
    turn = getattr(_turns, "current", None)
    while turn is not None and turn.is_over:
        turn = turn._outer
    _turns.current = turn
    return turn


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

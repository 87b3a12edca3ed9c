"""The console that all commands print to, and what they say while they work."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.segment import Segment

from sayagain.cli import tables
from sayagain.errors import SayAgainError

CONSOLE_WIDTH = 100
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal acts on, tab and end of line apart: control characters, and those that turn the order of what follows
(Unicode's Bidi_Control, line and paragraph separators). People say, and logs hold, whatever they like."""


class PlainConsole(Console):
    """A console on which text acts on nothing: what a terminal would act on is shown as JSON escapes it.

    It looks at all that is printed in the last place before the terminal, where what rich itself tells the terminal is
    known; so nothing that prints need think of it.
    """

    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(
            each if each.control else each._replace(text=escaped(each.text)) for each in buffer
        )


def escaped(text: str) -> str:
    r"""Return text with what a terminal would act on written out as JSON escapes it: JSON means the same after it.

    >>> escaped("stop\x1b[2J")
    'stop\\u001b[2J'
    """
    return UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


PLAIN_STYLE: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
"""What people say is printed as it is: brackets and colons in it are no styles and no pictures."""
out = PlainConsole(width=None if sys.stdout.isatty() else CONSOLE_WIDTH, **PLAIN_STYLE)
err = PlainConsole(stderr=True, **PLAIN_STYLE)


def say(facts: dict[str, Any], as_json: bool) -> None:
    """Print facts by name, or as JSON."""
    if as_json:
        out.print_json(json.dumps(facts, default=str))
    else:
        out.print(tables.pairs(None, facts))


def warn(text: str | None) -> None:
    """Print one line on stderr, so that what else is printed stays what it is; nothing where there is no text."""
    if text is not None:
        err.print(f"sayagain: {text}", soft_wrap=True)


@contextmanager
def working(first: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done while it takes time; yields the function that changes the words."""
    with err.status(first) as status:
        yield status.update


@contextmanager
def training() -> Iterator[Callable[[int, int, float], None]]:
    """Show how far a training is; yields what hears of batches done, of how many, and the loss."""
    from rich.progress import Progress

    with Progress(console=err) as progress:
        task = progress.add_task("training", total=None)

        def told(done: int, of: int, loss: float) -> None:
            progress.update(task, completed=done, total=of, description=f"training, loss {loss:.3f}")

        yield told


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Open a file to write; yields it.

    Raises:
        SayAgainError: it cannot be written.
    """
    try:
        with path.open("w", encoding="utf8", newline="") as file:
            yield file
    except OSError as error:
        raise SayAgainError(f"{path} cannot be written: {error.strerror}", "Name another file") from error

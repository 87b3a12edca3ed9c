"""The console that all commands print to, and what they say while they work."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from sayagain.cli import tables
from sayagain.errors import SayAgainError

CONSOLE_WIDTH = 100
PLAIN_STYLE: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
"""What people say is printed as it is: brackets and colons in it are no styles and no pictures."""
out = Console(width=None if sys.stdout.isatty() else CONSOLE_WIDTH, **PLAIN_STYLE)
err = Console(stderr=True, **PLAIN_STYLE)


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

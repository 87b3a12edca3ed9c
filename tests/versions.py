"""Bundles of several versions made by hand, for the tests of what goes back: each rewrites one request in its own way.

They are a household's, of which nothing is drawn: a rewrite that is in use is made at each request.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from layered import LEARNED, MONDAY, NOTHING
from proposed import proposed
from typer.testing import CliRunner

from sayagain.bundle.bundle import publish
from sayagain.bundle.manifest import RecordedSettings
from sayagain.cli.app import app
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite
from sayagain.state import Database
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.revision import tell

HEARD = "play my musik"
TARGETS = ("Play my music", "Play my music now", "Play my music softly")
"""What the versions rewrite it to, the first version first."""

REQUEST = Turn(user="ann", time=MONDAY, text=HEARD)


def rewrite(target: str) -> Rewrite:
    return proposed(HEARD, target)


def learn(bundle: Path, state: Database, target: str, people: int = 1, **more: Any) -> str:
    """Publish a version as learning does; return its number."""
    lifecycle, found = Lifecycle(state), [rewrite(target)]
    given = {**LEARNED, "settings": RecordedSettings(min_people=people)} | more
    version = publish(bundle, found, NOTHING, agree=lambda: lifecycle.receive(found, review=False), **given)
    tell(state)
    return version.name


def sayagain(*arguments: str | Path) -> tuple[int, str]:
    """Run a command; return its exit code, and what it prints, or the message it ends with."""
    done = CliRunner().invoke(app, [*map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return 2, str(done.exception)
    return done.exit_code, done.output

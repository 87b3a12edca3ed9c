"""Fixtures that several test files share."""

from __future__ import annotations

import gc
import os
import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import typer.main
import typer.testing
from sqlalchemy import Engine, create_engine, event, make_url, text

if TYPE_CHECKING:
    from sayagain.online.layer import Layer
    from sayagain.state.inbox import Inbox

ROOT = Path(__file__).parents[1]

OBJECTS_A_COLLECTION = 50_000
"""New objects after which Python looks for cycles, as the console command has it (``cli/app.py``)."""

# Each process of the tests has a core: several threads of one would wait for each other, and spin meanwhile. The limit
# is for what names a number of its own. It stands here, before anything reads it.
os.environ |= {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}


def pytest_collection_finish() -> None:
    """Make the commands once; look for cycles seldom, and never in what stays: libraries and tests, objects by the
    hundred thousand.

    The command line makes its eighty commands from their signatures whenever it is run: in a process of its own that is
    once, here it would be a thousand times.
    """
    typer.main.get_command = typer.testing._get_command = cache(typer.main.get_command)
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_A_COLLECTION)


@event.listens_for(Engine, "connect")
def leave_it_to_the_system_when_to_write(connection: object, _: object) -> None:
    """Have SQLite not wait until the disk has what it wrote: a new database waits some twenty times.

    What a process has written is there though it is killed. Only a cut of power would lose it, and no test cuts any.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF").close()


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The public data sets, read in place; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("SAYAGAIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder} (SAYAGAIN_DATA names another place)")
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty state database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state.db'}"
        return
    server = os.environ.get("SAYAGAIN_POSTGRES")
    if server is None:
        pytest.skip("SAYAGAIN_POSTGRES names no PostgreSQL to make databases in (make test-postgres starts one)")
    name = f"sayagain_{uuid4().hex}"  # of its own: what a test left open, or a test beside it, does not matter
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def inbox(state: str) -> Iterator[Inbox]:
    """An inbox in the state database."""
    from sayagain.state.inbox import Inbox

    inbox = Inbox(state)
    yield inbox
    inbox.close()


@pytest.fixture
def layer(state: str) -> Iterator[Layer]:
    """A layer without a bundle, which remembers people in the state database."""
    from sayagain.online.layer import Layer

    layer = Layer.open(None, state)
    yield layer
    layer.close()

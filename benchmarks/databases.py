"""Empty state databases for benchmarks: SQLite files, or databases of a PostgreSQL that goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

SQLITE = "sqlite"


@contextmanager
def databases(server: str) -> Iterator[Callable[[Path], str]]:
    """Bring a function that returns the URL of an empty database for a folder.

    ``server`` is ``sqlite``, or the URL of a PostgreSQL whose user may make databases; those made here are dropped.
    """
    if server == SQLITE:
        yield lambda folder: f"sqlite:///{folder / 'state.db'}"
        return
    made: list[str] = []
    engine = create_engine(server, isolation_level="AUTOCOMMIT")

    def new(_: Path) -> str:
        made.append(f"sayagain_{uuid4().hex}")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {made[-1]}"))
        return make_url(server).set(database=made[-1]).render_as_string(hide_password=False)

    try:
        yield new
    finally:
        with engine.connect() as connection:
            for name in made:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()

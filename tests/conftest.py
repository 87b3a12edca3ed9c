"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The public data sets, read in place; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("SAYAGAIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder} (SAYAGAIN_DATA names another place)")
    return folder


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty state database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    url = os.environ.get("SAYAGAIN_POSTGRES")
    if url is None:
        pytest.skip("SAYAGAIN_POSTGRES names no PostgreSQL database to use (postgresql+psycopg://…)")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url

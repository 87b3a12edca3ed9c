"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The public data sets, read in place; tests that need them are skipped where they are absent."""
    folder = Path(os.environ.get("SAYAGAIN_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no public data at {folder} (SAYAGAIN_DATA names another place)")
    return folder

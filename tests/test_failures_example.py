"""The page about failures shows what its example gives today."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_about_failures_shows_what_comes_of_its_dialogue() -> None:
    """After a change, run: python docs/failures_example.py."""
    example = runpy.run_path(str(DOCS / "failures_example.py"))
    page = (DOCS / "failures.md").read_text(encoding="utf8")
    assert example["written"](page) == page
    shown = example["blocks"]()
    assert shown["point"].startswith("failed first at: asr")
    assert all(text in page for text in shown.values())

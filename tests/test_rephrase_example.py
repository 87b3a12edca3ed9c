"""The example of docs/rephrases.md does what the page says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest


def test_the_page_about_rephrases_shows_what_the_model_finds(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(Path(__file__).parents[1] / "docs" / "rephrase_example.py"))
    digression, again, misheard = capsys.readouterr().out.splitlines()
    assert float(digression[:4]) < 0.1
    assert float(again[:4]) > 0.9
    assert again.endswith("→  what's the weather")
    assert misheard.startswith("misheard")

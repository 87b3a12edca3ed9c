"""What people said, as a cell of a table that a spreadsheet may open."""

from __future__ import annotations

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def cell(value: Any) -> Any:
    """Return a value for a cell of a CSV file: text that a spreadsheet would run has a quote before it.

    >>> cell("=1+1"), cell("stop"), cell(-0.5)
    ("'=1+1", 'stop', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

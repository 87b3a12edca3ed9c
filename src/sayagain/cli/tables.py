"""Facts by name, as rich prints them in a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table


def pairs(title: str | None, facts: dict[str, Any]) -> Table:
    """Return facts by name, a line each; those that are None or empty are left out."""
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, value in facts.items():
        if value is not None and value != {}:
            table.add_row(name.replace("_", " "), plain(value))
    return table


def plain(value: Any) -> str:
    """Return a fact as text: numbers short, counts by name."""
    if isinstance(value, dict):
        return ", ".join(f"{plain(count)} {name}" for name, count in value.items())
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def counted(number: int, one: str, more: str) -> str:
    """Return a number with its noun.

    >>> counted(1, "person", "people")
    '1 person'
    """
    return f"{number:,} {one if number == 1 else more}"

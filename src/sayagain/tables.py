"""How facts look in a terminal: tables for rich to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from sayagain.schema.rewrite import Rewrite


def pairs(title: str | None, facts: dict[str, Any]) -> Table:
    """Return facts by name, a line each; those that are None or empty are left out."""
    table = Table(title=title, title_justify="left", show_header=False, box=None)
    for name, value in facts.items():
        if value is not None and value != {}:
            table.add_row(name.replace("_", " "), _plain(value))
    return table


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_plain(count)} {name}" for name, count in value.items())
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def evidence(rewrites: Sequence[Rewrite], standing: Mapping[str, str]) -> Table:
    """Return rewrites with their evidence and standing, a line each."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "when heard", "work on", "ends well", "lift", "people", "turns", "standing"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("people", "turns") else "left")
    for each in rewrites:
        table.add_row(
            each.id,
            each.source,
            each.target,
            f"{each.own:.0%} → {each.success:.0%}",
            f"{each.lift_low:+.2f} to {each.lift_high:+.2f}",
            f"{each.people:,}",
            f"{each.visits:,}",
            each.refused or standing.get(each.id, ""),
        )
    return table


def signals(learned: dict[str, Any]) -> Table:
    """Return what the label model learned of each signal."""
    table = Table(title="what signals say (log-odds of a defect)", title_justify="left", box=None, min_width=48)
    for heading in ("signals", "weight"):
        table.add_column(heading, justify="right" if heading == "weight" else "left")
    for family, levels in learned["families"].items():
        for level in levels:
            said = " + ".join(level["signals"]) or f"{family}: silence"
            table.add_row(said, f"{level['weight']:+.2f}")
    return table

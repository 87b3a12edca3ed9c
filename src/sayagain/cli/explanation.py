"""An explanation in a terminal: what a request may have been, and how far each candidate got."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from sayagain.schema.explanation import Explanation

WITHOUT = "The rewrite above decides, since the log bore it out. Without it:\n"
MOST_SHOWN = 6
"""Candidates in the table; --json has all."""


def outcome(answer: Explanation) -> str:
    """Return what becomes of the request: the text to work on, what to ask, or that it is left alone."""
    asked = answer.action.offer if answer.action is not None else None
    return answer.text if answer.rewritten else f"ask: {asked}" if asked else "left alone"


def by_the_log(answer: Explanation) -> bool:
    """Return whether a rewrite that the log bore out decides, whatever the gain of a candidate is."""
    action = answer.action
    return answer.rewritten and action is not None and (action.source or "").startswith("precomputed")


def candidates_table(answer: Explanation) -> Table:
    """Return the surest of what was considered, a line each."""
    bars = f"a gain of {answer.rewrite_from:.2f} rewrites, {answer.offer_from:.2f} asks"
    title = f"\n{WITHOUT if by_the_log(answer) else ''}P(works as heard) {answer.p_works:.2f}; {bars}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("candidate", "from", "P(meant)", "gain", "at most", "evidence", "why no more"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("P(meant)", "gain") else "left")
    for each in answer.candidates[:MOST_SHOWN]:
        p_meant, gain = ("" if value is None else f"{value:.2f}" for value in (each.p_meant, each.gain))
        evidence = ", ".join(_told(name, value) for name, value in each.evidence.items())
        table.add_row(each.text, ", ".join(each.found), p_meant, gain, each.allowed, evidence, each.reason or "")
    return table


def _told(name: str, value: float | bool) -> str:
    named = name.replace("_", " ")
    return named if value is True else f"{named} {value:.3g}"

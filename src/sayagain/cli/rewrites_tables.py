"""How a bundle looks in a terminal: its rewrites with their evidence, and what its signals were worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sayagain.cli.tables import counted, plain

if TYPE_CHECKING:
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.manifest import Manifest
    from sayagain.schema.rewrite import Rewrite
    from sayagain.state.lifecycle import Standing

MOST_OF_A_HOUSEHOLD = 10
"""People of a log who may well live together."""

APPROVE = "; you may approve it"
"""What is said of a refused rewrite that lacks evidence."""
ERASED = "(erased)"
"""In place of texts of which only a digest is left."""


def listed(rewrites: Sequence[Rewrite], manifest: Manifest, standing: Mapping[str, str]) -> Table | str:
    """Return the rewrites of a bundle, or why there are none."""
    return evidence(rewrites, standing) if rewrites else why_none(manifest)


def refused(rewrites: Sequence[Rewrite]) -> Table:
    """Return rewrites that guards refused, each with the reason, and whether a person may approve it all the same."""
    from sayagain.guards.rules import may_be_approved

    reasons = {each.id: each.refused or "" for each in rewrites}
    return evidence(rewrites, {id: f"{why}{APPROVE if may_be_approved(why) else ''}" for id, why in reasons.items()})


def complained(bundle: Bundle, standings: Mapping[str, Standing]) -> Table | None:
    """Return pairs that are contested or withdrawn and that the bundle does not carry; None where there are none."""
    from sayagain.state.lifecycle import KEPT_AS_IS

    carried = {rewrite.id for rewrite in bundle.rewrites}
    found = [each for each in standings.values() if each.status in KEPT_AS_IS and each.id not in carried]
    if not found:
        return None
    table = Table(title="\nothers that are contested or withdrawn", title_justify="left", box=None, pad_edge=False)
    for heading in ("id", "when heard", "not", "standing"):
        table.add_column(heading, overflow="fold")
    for each in sorted(found, key=lambda each: each.source):
        table.add_row(each.id, each.source or ERASED, each.target or ERASED, each.status)
    return table


def why_none(manifest: Manifest) -> str:
    """Return why a bundle has no rewrites, where its figures say it."""
    users, least, refused = manifest.learned_from.users, manifest.settings.min_people, manifest.figures.refused
    alone = users is not None and least > 1 and users <= max(MOST_OF_A_HOUSEHOLD, least)
    remedy = "; for a household alone: --min-people 1" if alone else ""
    if manifest.emptied:
        return "No rewrites: somebody was erased from what was learned; learn again"
    if users is not None and users < least:
        people = counted(users, "person", "people")
        return f"No rewrites: the log has {people} and --min-people is {least:,}{remedy}"
    if refused:
        behind = f" that {least:,} people are behind" if least > 1 else ""
        return f"No rewrites: guards refused all{behind} ({plain(refused)}){remedy}"
    return f"No rewrites: nothing that enough people said again was found to end better{remedy}"


def too_few(pairs: int, least: int) -> str:
    """Return how many pairs were not learned since too few people are behind each, and what a household does."""
    behind = f"fewer than {least:,} people behind {'it' if pairs == 1 else 'each'}"
    return f"{counted(pairs, 'pair', 'pairs')} more, with {behind}, not learned; for a household alone: --min-people 1"


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
            standing.get(each.id, ""),
        )
    return table


def signals(learned: dict[str, Any]) -> Table:
    """Return what the label model learned: the share of defects, and what each signal says."""
    title = f"share of defects: {learned['prevalence']:.3g}\nwhat signals say (log-odds of a defect)"
    table = Table(title=title, title_justify="left", box=None, min_width=48)
    for heading in ("signals", "weight"):
        table.add_column(heading, justify="right" if heading == "weight" else "left")
    for family, levels in learned["families"].items():
        for level in levels:
            said = " + ".join(level["signals"]) or f"{family}: silence"
            table.add_row(said, f"{level['weight']:+.2f}")
    return table

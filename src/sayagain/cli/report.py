"""The command that tells what a bundle is: ``sayagain report``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sayagain.cli import rewrites_tables as show
from sayagain.cli.backtest import sentences
from sayagain.cli.console import CONSOLE_WIDTH, out, warn
from sayagain.cli.failures_tables import NAMES
from sayagain.cli.gate import shadow_of
from sayagain.cli.opening import lifecycle_of
from sayagain.cli.options import Json, State
from sayagain.cli.tables import counted, plain
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.manifest import Failures, Figures, LearnedFrom
    from sayagain.choices.chooser import Shown
    from sayagain.schema.rewrite import Rewrite

NO_OUTCOMES = (
    "The log says nothing about outcomes: how many went wrong is only what is assumed of any log. Import the status of "
    "each turn, or the assistant's answers."
)
TOO_MANY = "may have gone wrong (an estimate, mostly too high)"
"""The sum of P(defect) is more than there are, wherever the truth is known (docs/defects.md)."""

IN_USE = {
    "full": "",
    "live": "",
    "canary": " On trial: half of its uses are rewritten.",
    "contested": " People complained of it; in a household it is only asked about, elsewhere on trial.",
}
"""Standing of a rewrite that is in use → what is said of that."""
REVIEW = "it was learned with --review"
SHOWN_SHORTLY = 5
"""Rewrites that are told where all is to be read at once."""
MOST_NEXT = 4
"""Commands that are told there, beside the one that tells all."""
WAITING = "proposed"
"""Standing of a rewrite that a person may put in use."""


def report(
    bundle: Annotated[Path, typer.Argument(help="The bundle that learn published.")],
    state: State = None,
    most: Annotated[int, typer.Option(min=0, help="Rewrites to show.")] = 15,
    signals: Annotated[bool, typer.Option("--signals", help="Also what each signal of a defect weighs.")] = False,
    json_: Json = False,
) -> None:
    """Tell what a log was like, what was learned from it, what waits for a person, and where to look next."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.damage import told
    from sayagain.bundle.layout import CHOOSER_FILE
    from sayagain.choices.chooser import read_described
    from sayagain.defects.label_model import PREVALENCE
    from sayagain.online.precomputed import usable

    opened = Bundle.open(bundle)
    warn(opened.outdated)
    standings = lifecycle_of(bundle, state).standings()
    standing = {id: str(one.status) for id, one in standings.items()}
    if json_:
        facts = {
            **opened.manifest.to_json(),
            "signals": opened.signals(),
            "rewrites": [rewrite.model_dump(mode="json") for rewrite in opened.rewrites],
        }
        out.print_json(json.dumps(facts))
        return
    for line in _log(opened.manifest.learned_from):
        out.print(line)
    if (shadow := shadow_of(bundle)) is not None:
        out.print(shadow, soft_wrap=True)
    if says_nothing(opened.manifest.learned_from, PREVALENCE):
        out.print(NO_OUTCOMES)
    for line in [] if opened.manifest.backtest is None else sentences(opened.manifest.backtest):
        out.print(line)
    for line in [] if opened.manifest.failures is None else failed_at(opened.manifest.failures):
        out.print(line, soft_wrap=True)
    for part in (*_learned(usable(opened, standings), opened.manifest.figures, standing, most), *_may(opened, bundle)):
        out.print(part, soft_wrap=isinstance(part, str))
    if (chooser := opened.path / CHOOSER_FILE).is_file():
        _, acts, shown = read_described(chooser)
        if shown is not None:
            out.print(_chooses(shown, acts=acts), soft_wrap=True)
    if signals:
        with told(opened.path):
            out.print(show.signals(opened.signals()))
    out.print("\nLook next")
    for command, why in _next(opened, bundle, standing):
        out.print(f"  {command}  # {why}", soft_wrap=True)
    if not opened.rewrites:
        out.print("\n" + show.why_none(opened.manifest))


def in_five_lines(bundle: Path) -> Iterator[str]:
    """Tell how much was learned, and ``SHOWN_SHORTLY`` of the rewrites in use, each with its evidence in one line."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.online.precomputed import usable

    opened, standings = Bundle.open(bundle), lifecycle_of(bundle, None).standings()
    live = [each for each in usable(opened, standings) if str(standings[each.id].status) in IN_USE]
    held = sum(opened.manifest.figures.refused.values())
    found = f"{counted(len(live), 'rewrite', 'rewrites')} for everyone ({held:,} held back by guards)"
    yield f"Learned: what each person says where it works, and {found}"
    for each in live[:SHOWN_SHORTLY]:
        said = f'  "{each.source}" → "{each.target}": {_because(each)}'
        yield from wrap(said, CONSOLE_WIDTH, subsequent_indent="      ")


def next_commands(bundle: Path) -> Iterator[tuple[str, str]]:
    """Yield the commands that tell the rest, and why to run each."""
    at = quoted(str(bundle))
    yield f"sayagain report {at}", "all that was learned, what waits for you, where requests fail"
    from sayagain.bundle.bundle import Bundle

    opened = Bundle.open(bundle)
    standing = {id: str(one.status) for id, one in lifecycle_of(bundle, None).standings().items()}
    yield from list(_next(opened, bundle, standing))[:MOST_NEXT]


def _log(log: LearnedFrom) -> Iterator[str]:
    """Tell how large the log is, and how often people had to say it again, as far as the manifest says it."""
    if log.turns is None:
        return
    people = "" if log.users is None else f" by {counted(log.users, 'person', 'people')}"
    days = f", {log.first[:10]} to {log.last[:10]}" if log.first and log.last else ""
    yield f"{counted(log.turns, 'request', 'requests')}{people}{days} ({log.log})"
    if log.left_out:
        yield left_out(log)
    estimates = ((log.expected_rephrases, "were said again"), (log.expected_defects, TOO_MANY))
    told = [
        f"{one:,.0f} ({one / log.organic:.0%}) {what}" for one, what in estimates if one is not None and log.organic
    ]
    if told:
        yield f"about {'; '.join(told)}"


def failed_at(found: Failures) -> Iterator[str]:
    """Tell how many goals were met, where requests failed first, what is not supported, and what to mend first."""
    if found.goals:
        met = f"{found.met / found.goals:.0%} of them met in the end"
        yield f"\nAbout {found.goals:,.0f} goals, {met}; requests failed first at"
    else:
        yield "\nRequests failed first at"
    most = sorted(found.first.items(), key=lambda each: -each[1])
    shares = [f"{NAMES.get(stage, stage)} {count:,.0f} ({count / max(found.turns, 1):.1%})" for stage, count in most]
    yield f"  {', '.join(shares)}"
    yield f"{counted(found.unsupported, 'request', 'requests')} for what no assistant here does, which are no failures"
    if found.mend:
        yield "Mend first"
        for cause in found.mend:
            yield from wrap(cause, CONSOLE_WIDTH, initial_indent="  ", subsequent_indent="    ")


def left_out(log: LearnedFrom) -> str:
    """Tell which turns of a log nothing was learned from, and why."""
    return f"{counted(sum(log.left_out.values()), 'request', 'requests')} not learned from: {plain(log.left_out)}"


def says_nothing(log: LearnedFrom, assumed: float) -> bool:
    """Return whether the log left the label model at the share of defects that it begins with."""
    expected, turns = log.expected_defects, log.organic
    return expected is not None and turns is not None and isclose(expected, turns * assumed, rel_tol=1e-3)


def _learned(
    rewrites: Sequence[Rewrite], figures: Figures, standing: Mapping[str, str], most: int
) -> Iterator[str | Table]:
    """Tell what was learned and is in use, what waits for a person and why, and what guards hold back and why."""
    by_standing = Counter(standing.get(each.id, "") for each in rewrites)
    live = [each for each in rewrites if standing.get(each.id) in IN_USE]
    waiting = [each for each in rewrites if standing.get(each.id) == WAITING]
    for title, group in (("\nLearned, and in use", live), ("\nWaiting for a person", waiting)):
        if group:
            yield f"{title}: {counted(len(group), 'rewrite', 'rewrites')}"
            if most:
                yield _shown(group[:most], standing)
            if len(group) > most:
                yield f"… and {len(group) - most:,} more"
    if ended := {name: count for name, count in by_standing.items() if name not in (*IN_USE, WAITING)}:
        yield f"\nOut of use: {plain(ended)}"
    if refused := figures.refused:
        reasons = dict(sorted(refused.items(), key=lambda each: -each[1]))
        yield f"\nHeld back by guards: {sum(refused.values()):,} ({plain(reasons)})"


def _may(opened: Bundle, bundle: Path) -> Iterator[str]:
    """Tell how many of the refused a person may approve all the same, and the two commands for it."""
    from sayagain.guards.rules import may_be_approved

    refused = opened.manifest.figures.refused
    if open_to_you := sum(count for reason, count in refused.items() if may_be_approved(reason)):
        at = f"--bundle {quoted(str(bundle))}"
        listed, approved = f"sayagain rewrites list --refused {at}", f"sayagain rewrites approve ID {at}"
        yield f"You may approve {open_to_you:,} of them all the same: {listed}, then {approved}"


def _chooses(shown: Shown, *, acts: bool) -> str:
    """Tell whether the layer chooses among what requests may mean, and what the end of the log showed of it."""
    does = "and does" if acts else "in shadow, since it has not shown that it helps"
    judged = f"in the last quarter it would have chosen {shown.acted:,} times in the assistant's place"
    told = f"people showed {shown.wins:,.1f} of these to be right and {shown.losses:,.1f} to be wrong"
    return f"\nChoosing in context: learned from {shown.moments:,} moments, {does}; {judged}, {told}"


def _shown(rewrites: Sequence[Rewrite], standing: Mapping[str, str]) -> Table:
    """Return rewrites with their evidence in words, a line each."""
    table = Table(box=None, pad_edge=False)
    for heading in ("when heard", "work on", "because"):
        table.add_column(heading, overflow="fold")
    for each in rewrites:
        now = standing[each.id]
        why = IN_USE.get(now, f" Waits: {each.held or REVIEW}")
        table.add_row(each.source, each.target, _because(each) + why)
    return table


def _because(rewrite: Rewrite) -> str:
    """Return the evidence of a rewrite in words."""
    heard = f"heard {counted(rewrite.visits, 'time', 'times')}, {rewrite.own:.0%} ended well"
    return f"{heard}; {counted(rewrite.people, 'person', 'people')} then said this: {rewrite.success:.0%}."


def _next(bundle: Bundle, path: Path, standing: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield commands that are worth running next, and why."""
    at = quoted(str(path))
    for each in sorted(bundle.rewrites, key=lambda each: standing.get(each.id) not in IN_USE)[:1]:
        yield f"sayagain try {quoted(each.source)} --bundle {at}", "what is done then, and why"
    waiting = next((each.id for each in bundle.rewrites if standing.get(each.id) == WAITING), None)
    if waiting is not None:
        yield f"sayagain rewrites approve {waiting} --bundle {at}", "puts one that waits in use; or: block"
    if bundle.rewrites or bundle.manifest.figures.refused:
        yield f"sayagain rewrites list --bundle {at}", "all with figures; --refused: those held back"
    if bundle.manifest.figures.aliases:
        yield f"sayagain aliases {at}", "what else names were heard as"
    if bundle.manifest.failures is not None and (log := bundle.manifest.learned_from.log):
        yield (
            f"sayagain failures {quoted(log)}",
            "where requests fail, what to mend first, what is unsupported",
        )
    yield f"sayagain report {at} --signals", "what each sign of a failed request turned out to weigh"
    if log := bundle.manifest.learned_from.log:
        yield f"sayagain log show {quoted(log)}", "the latest sessions"

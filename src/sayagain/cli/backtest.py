"""The command that judges policies on a log, without labels: ``sayagain backtest``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sayagain.cli.console import out, working
from sayagain.cli.opening import lifecycle_of, read_log
from sayagain.cli.options import Json, LogPath, State

if TYPE_CHECKING:
    from sayagain.bundle.manifest import Backtested, Worth

BAR = 20
"""Characters of the longest bar of the chart."""


def backtest(
    log: LogPath,
    judged: Annotated[  # not ``bundle``, which a configuration gives: without one it is learned
        Path | None,
        typer.Option(
            "--bundle", help="Judge this bundle, on what the log has after the last day that it was learned from."
        ),
    ] = None,
    min_people: Annotated[
        int, typer.Option(min=1, help="Without a bundle: distinct people behind what is learned.")
    ] = 3,
    state: State = None,
    json_: Json = False,
) -> None:
    """Tell what policies would have mended and spoilt in the last part of a log, judged by what people said next.

    Without a bundle it is learned from what came before that part. Nothing is published or changed.
    """
    from sayagain.bundle.bundle import Bundle
    from sayagain.learning.judging import bundle_report, policy_report
    from sayagain.learning.settings import Settings

    with read_log(log) as opened, working("opening the log") as tell:
        if judged is None:
            found, compared = policy_report(opened, Settings(min_people=min_people), tell)
        else:
            found, compared = bundle_report(opened, Bundle.open(judged), lifecycle_of(judged, state), tell)
    if json_:
        policies = {name: each.model_dump(mode="json") for name, each in compared.items()}
        out.print_json(json.dumps({**found.model_dump(mode="json"), "policies": policies}))
        return
    for line in sentences(found):
        out.print(line)
    out.print(chart(compared))


def sentences(found: Backtested) -> Iterator[str]:
    """Yield what a backtest says, a sentence each."""
    usual, per = found.usual, "in 1,000 requests"
    verdict = (
        "it helps here" if usual.low > 0 else "it does harm here" if usual.high < 0 else "whether it helps is open"
    )
    yield (
        f"Backtest on {found.turns:,} later requests, by what people said next: the usual policy mends about "
        f"{usual.wins:.0f} and spoils {usual.losses:.1f}; wins - 8.5 losses are {_interval(usual)} {per}: {verdict}."
    )
    if found.added is not None:
        last = found.policy[-1]
        yield f"{last.expert} (from {last.least:g}) is asked as well: it adds {_interval(found.added)} {per}."


def _interval(worth: Worth) -> str:
    return f"{worth.value:.1f} [{worth.low:.1f}, {worth.high:.1f}]"


def chart(compared: Mapping[str, Worth]) -> Table:
    """Return the policies, the best first, each with a bar as long as its value."""
    table = Table(title="\nEstimated, on the same requests", title_justify="left", box=None, pad_edge=False)
    for heading in ("policy", "wins", "losses", "value [95 %]", ""):
        table.add_column(heading, justify="left" if heading in ("policy", "") else "right", no_wrap=heading != "policy")
    most = max((each.value for each in compared.values()), default=0.0)
    for name, each in sorted(compared.items(), key=lambda one: -one[1].value):
        bar = "█" * round(BAR * max(each.value, 0.0) / most) if most > 0 else ""
        table.add_row(name, f"{each.wins:.1f}", f"{each.losses:.1f}", _interval(each), bar)
    return table

"""The command that looks at the signals of a log: ``sayagain defects``."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.table import Table

from sayagain.cli.console import out, working
from sayagain.cli.opening import read_log
from sayagain.cli.options import Json, LogPath


def defects(log: LogPath, json_: Json = False) -> None:
    """Show what each signal of a defect says in a log: coverage, overlap, conflict, learned weight."""
    from sayagain.learning.judging import signal_report

    with read_log(log) as found, working("opening the log") as tell:
        report = signal_report(found, tell)
    if json_:
        out.print_json(json.dumps(asdict(report)))
        return
    table = Table(
        title=f"{report.turns:,} turns, share of defects {report.prevalence:.3g}", title_justify="left", box=None
    )
    for heading in ("signal", "family", "says", "coverage", "overlap", "conflict", "weight"):
        table.add_column(heading, justify="left" if heading in ("signal", "family", "says") else "right")
    for each in sorted(report.signals, key=lambda each: -each.coverage):
        shares = ("" if share is None else f"{share:.1%}" for share in (each.coverage, each.overlap, each.conflict))
        weight = "" if each.weight is None else f"{each.weight:+.2f}"
        table.add_row(each.signal.replace("_", " "), each.family, each.vote, *shares, weight)
    out.print(table)

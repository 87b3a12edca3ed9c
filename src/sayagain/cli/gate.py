"""The off-policy gate on the command line: ``sayagain experiments gate``, and what others say of its verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sayagain.cli.console import out, working
from sayagain.cli.opening import read_log
from sayagain.cli.options import BundlePath, Json, LogPath
from sayagain.cli.tables import pairs
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from sayagain.bundle.manifest import Gain

MEANS = {
    "better": "it does better than what was done: the lower bound is above 0",
    "same": "it would have done the same each time",
    "not shown": "it may do better or worse, as the bounds hold 0",
    "worse": "it does worse than what was done: the upper bound is below 0",
}
"""Verdict → what it means."""


def gate(
    log: LogPath,
    bundle: BundlePath,
    version: Annotated[
        str | None, typer.Option(help="Number of the version to judge; by default the last one that is not in use.")
    ] = None,
    json_: Json = False,
) -> None:
    """Tell whether a version would have done better than what was in use, by rewrites that were drawn.

    Only turns after the last day that the version was learned from count. Nothing is changed. New pairs that the
    version brings are not judged here: each goes through its own trial.
    """
    from sayagain.bundle.bundle import Bundle
    from sayagain.bundle.held import newest_not_in_use
    from sayagain.bundle.layout import DIGITS
    from sayagain.errors import BundleError, ExperimentError
    from sayagain.learning.gate import after, drawn_uses, judged_by

    Bundle.open(bundle)  # that there is one
    name = version.zfill(DIGITS) if version is not None else newest_not_in_use(bundle)
    if name is None:
        raise BundleError(f"{bundle} has no version besides the one in use", "Judge that one: name it with --version")
    if not name.isdigit() or not (bundle / name).is_dir():
        raise BundleError(f"{bundle} has no version {version}", "See: sayagain bundle list")
    opened = Bundle.open(bundle, name)
    with read_log(log) as read, working("opening the log") as tell:
        uses = drawn_uses(read, after(opened.manifest.learned_from), tell)
        if not uses:
            raise ExperimentError(
                f"{log} has no rewrite that was drawn after the days that version {name} was learned from",
                "Services log them where they serve a fleet; wait for some, or judge a version learned earlier",
            )
        tell("asking the version")
        found = judged_by(uses, opened)
    if json_:
        out.print_json(json.dumps({"version": name, **found.model_dump(mode="json")}))
    else:
        out.print(_table(name, found))


def _table(name: str, found: Gain) -> Table:
    facts = {
        "requests": f"{found.units:,} whose rewrite was drawn, with their retries",
        "differs on": f"{found.differ:,} ({found.differ / found.units:.1%})",
        "not tried": f"{found.unsupported:,}: each may have gone well or wrong, so that both bounds allow for it",
        "gain": f"{_interval(found)} of P(went well), where it differs",
        "verdict": f"{found.verdict}: {MEANS[found.verdict]}",
    }
    return pairs(f"version {name} beside what was in use", facts)


def of_learning(bundle: Path, found: Gain | None) -> str:
    """Return what is to be said of a version that was learned with the gate: what it found, and what follows."""
    if found is None:
        from sayagain.learning.gate import LEAST_UNITS

        return (
            f"The gate says nothing, and the new version is in use: it wants a version that was in use before, and "
            f"{LEAST_UNITS} drawn requests in the last days of the log, after all that one was learned from."
        )
    return shadow_of(bundle) or f"The gate lets it pass: {MEANS[found.verdict]}, {_interval(found)}."


def shadow_of(bundle: Path) -> str | None:
    """Return what is to be said of a version that the gate left in shadow, with the remedy; None without one."""
    from sayagain.bundle.held import held

    found = held(bundle)
    if found is None:
        return None
    gain, at, number = found.gain, quoted(str(bundle)), int(found.version)
    return (
        f"Version {found.version} is in shadow, and the one before goes on: the gain is {_interval(gain)} on "
        f"{gain.differ:,} of {gain.units:,} drawn requests: {MEANS[gain.verdict]}. "
        f"Judge it on later turns: sayagain experiments gate LOG --bundle {at}; or put it in use: sayagain bundle use "
        f"{number} --bundle {at}"
    )


def _interval(found: Gain) -> str:
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"

"""The command that makes a bundle: ``sayagain learn``."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sayagain.cli import arguments
from sayagain.cli import rewrites_tables as show
from sayagain.cli.console import out, working
from sayagain.cli.gate import of_learning
from sayagain.cli.options import Json, LogPath, PolicyPath, State
from sayagain.cli.report import NO_OUTCOMES, left_out, says_nothing
from sayagain.cli.tables import counted
from sayagain.text.shell import quoted

if TYPE_CHECKING:
    from sayagain.bundle.manifest import Manifest
    from sayagain.learning.pipeline import Learned


NOTHING_NEW = "Nothing has changed: this version holds just what the one before it held."


def learn(
    log: LogPath,
    out_: Annotated[Path, typer.Option("--out", help="Where to publish the bundle.", metavar="BUNDLE")],
    min_people: Annotated[
        int, typer.Option(min=1, help="Distinct people behind all that is published; 1 for a household alone.")
    ] = 3,
    review: Annotated[bool, typer.Option("--review", help="Let rewrites wait for approval before going live.")] = False,
    sensitive: Annotated[
        Path | None, typer.Option(help="File of words, one a line, that no rewrite may touch.", dir_okay=False)
    ] = None,
    policy: PolicyPath = None,
    matcher: Annotated[
        str | None,
        typer.Option(help="module:function that says for a list of texts whether the assistant understands each."),
    ] = None,
    state: State = None,
    sign: Annotated[
        Path | None,
        typer.Option(help="Private key (PEM) to sign the bundle with; see: sayagain bundle keygen.", dir_okay=False),
    ] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Put the new version in use only where rewrites that were drawn in the last days of the log, which it "
            "then does not learn from, show it to be better than what was in use, or the same; otherwise it is in "
            "shadow, and the one before goes on.",
        ),
    ] = False,
    keep_tables: Annotated[
        Path | None, typer.Option(help="Folder to write the intermediate tables to, as Parquet.", metavar="DIR")
    ] = None,
    json_: Json = False,
) -> None:
    """Learn rewrites from a log, without labels. A killed run continues where it stopped."""
    from sayagain.bundle.layout import MANIFEST
    from sayagain.errors import BundleError
    from sayagain.guards.owner import NO_POLICY, OwnerPolicy
    from sayagain.learning.pipeline import learn as learn_from
    from sayagain.learning.settings import Settings

    if any(out_.glob("day=*")):
        raise BundleError(f"{out_} is a log", "Name another folder for the bundle: --out")
    settings = Settings(
        min_people=min_people,
        review=review,
        sensitive=arguments.lines(sensitive) if sensitive else None,
        policy=OwnerPolicy.read(policy) if policy else NO_POLICY,
        matcher=arguments.matcher(matcher) if matcher else None,
        state=state,
        gate=gate,
        keep_tables=keep_tables,
        sign=arguments.private_key(sign) if sign else None,
    )
    before = _in_use(out_)
    with working("opening the log") as tell:
        learned = learn_from(log, out_, settings, tell)
    if json_:
        out.print_json(json.dumps(_facts(learned)))
    else:
        _show(learned, out_, gate=gate, min_people=min_people)
        if before is not None and before.holds_as(before.read(learned.bundle / MANIFEST)):
            out.print(NOTHING_NEW)


def _in_use(bundle: Path) -> Manifest | None:
    """Return the manifest of the version in use; None where there is none that can be read."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import SayAgainError

    with suppress(SayAgainError):
        return Bundle.open(bundle).manifest if Bundle.published(bundle) else None
    return None


def _facts(learned: Learned) -> dict[str, Any]:
    return {
        "bundle": str(learned.bundle),
        **learned.figures.model_dump(mode="json"),
        "left_out": learned.learned_from.left_out,
        "gate": None if learned.gate is None else learned.gate.model_dump(mode="json"),
    }


def _show(learned: Learned, bundle: Path, *, gate: bool, min_people: int) -> None:
    """Say what was learned, what the gate found where there is one, and why there is nothing where nothing was."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.defects.label_model import PREVALENCE

    figures = learned.figures
    found = f"{counted(figures.rewrites, 'rewrite', 'rewrites')}, {sum(figures.refused.values()):,} held back by guards"
    look = f"Look at it: sayagain report {quoted(str(bundle))}"
    out.print(f"{learned.bundle}: {found}, in {figures.seconds:.0f} s. {look}", soft_wrap=True)
    if gate:
        out.print(of_learning(bundle, learned.gate), soft_wrap=True)
    if learned.learned_from.left_out:
        out.print(left_out(learned.learned_from), soft_wrap=True)
    if figures.too_few > figures.rewrites:
        out.print(show.too_few(figures.too_few, min_people), soft_wrap=True)
    if not figures.rewrites:
        if says_nothing(learned.learned_from, PREVALENCE):
            out.print(NO_OUTCOMES)
        out.print(show.why_none(Bundle.open(bundle).manifest))

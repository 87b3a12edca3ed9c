"""The command that asks a bundle what it would do: ``sayagain try``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sayagain.cli import rewrites_tables as show
from sayagain.cli.console import out, warn
from sayagain.cli.gate import shadow_of
from sayagain.cli.opening import is_known, standing_of
from sayagain.cli.options import BundlePath, CataloguePath, Json, State

NEW_PERSON = "somebody new"
"""Who asks where nobody is named: nothing is known of them."""


def try_(
    text: Annotated[str, typer.Argument(help="A request, as somebody might say it.")],
    bundle: BundlePath,
    user: Annotated[str, typer.Option(help="Who says it; by default somebody new.")] = NEW_PERSON,
    n_best: Annotated[
        list[str] | None,
        typer.Option(help="Another hypothesis of the recogniser, the surest first; may be given again."),
    ] = None,
    catalogue: CataloguePath = None,
    context: Annotated[
        Path | None,
        typer.Option(
            help="JSON file with the context and the candidates of a turn: shows which interpretation is chosen.",
            dir_okay=False,
        ),
    ] = None,
    state: State = None,
    json_: Json = False,
) -> None:
    """Show what the layer would do with a request now, and why: each candidate, its evidence, what dropped it."""
    from datetime import UTC, datetime

    from sayagain.bundle.bundle import Bundle
    from sayagain.cli.choice import read_context, show_choice
    from sayagain.cli.explanation import candidates_table, outcome
    from sayagain.online.layer import Layer
    from sayagain.schema import Hypothesis, Turn

    Bundle.open(bundle)  # before a state database is made beside it
    hypotheses = [Hypothesis(text=each) for each in (text, *n_best)] if n_best else []
    told = {} if context is None else read_context(context)
    request = Turn(user=user, time=datetime.now(UTC), text=text, asr=hypotheses, **told)
    layer = Layer.open(bundle, state, catalogue=catalogue or (), read_only=True)
    if context is not None:
        show_choice(layer.choose(request.candidates or [], request), request, json=json_)
        return
    answer = layer.explain(request)
    warn(answer.held)
    if json_:
        out.print_json(answer.model_dump_json())
        return
    if user != NEW_PERSON and not is_known(user, bundle, state):
        warn(f"nothing is remembered of {user}: the answer is the one for somebody new")
    warn(shadow_of(bundle))
    out.print(outcome(answer), "-", answer.reason)
    if answer.share is not None and answer.stage is not None:
        out.print(f"{answer.stage}: so {answer.share:.0%} of such requests; the others are left alone, to compare")
    if answer.experiment is not None:
        out.print(f"experiment {answer.experiment} runs: a draw says which arm answers, and this is the arm current")
    if answer.shadow is not None:
        out.print("in shadow:", outcome(answer.shadow), "-", answer.shadow.reason)
    if answer.rewrite is not None:
        out.print(show.evidence([answer.rewrite], standing_of(bundle, state)))
    decided = answer.shadow or answer
    if decided.candidates:
        out.print(candidates_table(decided))

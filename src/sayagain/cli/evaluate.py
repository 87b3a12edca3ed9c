"""The commands that measure: ``sayagain evaluate …``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sayagain.cli.arguments import DEFAULT_TURNS, place, recordings_of
from sayagain.cli.console import err, out, working
from sayagain.cli.options import Data, JsonFile, Seed
from sayagain.errors import SayAgainError
from sayagain.extras import needs

if TYPE_CHECKING:
    from sayagain.evaluation.report import Row

evaluate = typer.Typer(help="Measure: each claim of the project has a command here.", no_args_is_help=True)


OF_REWRITES = ("slurp", "homes", "dstc2")
"""Sets of ``evaluate rewrites``."""


SETS_FOLDER = Path("rephrases")
"""Where ``evaluate rephrases`` looks for built sets where no directory is named."""


PAIRWISE = "pairwise.onnx"
"""Where the trained baseline lies among the sets."""


@evaluate.command("defects")
def evaluate_defects(
    set: Annotated[str | None, typer.Option(help="dstc2, saif, or homes (simulated); all by default.")] = None,
    data: Data = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Instead: simulated homes, translated into de, fr, es, hi, zh (again for several) or all."),
    ] = None,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate P(defect), learned without labels, on calls, corrections and homes, beside baselines and a ceiling."""
    if language:
        needs("home_assistant_intents")
        from sayagain.evaluation.languages.evaluate import evaluate as in_languages

        with working("judging") as tell:
            rows = in_languages(language, seed, tell)
        _report(rows, json)
        return
    needs("sklearn")
    needs("home_assistant_intents")
    from sayagain.evaluation.defects.evaluate import evaluate as measure

    with working("judging, then resampling"):
        rows = measure(set, place(data), seed)
    _report(rows, json)


@evaluate.command("rewrites")
def evaluate_rewrites(
    set: Annotated[
        str,
        typer.Option(
            help="slurp: replayed traffic over real recordings; homes: simulated homes, synthetic voices; "
            "dstc2: real calls, no simulation."
        ),
    ] = "slurp",
    data: Data = None,
    turns: Annotated[
        int | None, typer.Option(min=1, help=f"Turns to learn from (slurp, homes); by default {DEFAULT_TURNS:,}.")
    ] = None,
    seed: Seed = 1,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds to average over, from --seed on (slurp, homes).")] = 1,
    curve: Annotated[
        Path | None, typer.Option(help="Draw coverage against win/loss as PNG (slurp).", dir_okay=False)
    ] = None,
    json: JsonFile = None,
) -> None:
    """Evaluate learned rewrites by wins and losses on later traffic, beside baselines and the best possible table."""
    if set not in OF_REWRITES:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join(OF_REWRITES)}")
    if curve is not None and set != "slurp":
        raise SayAgainError("--curve is for replayed traffic", f"Leave it out for {set}")
    if set == "dstc2" and (turns is not None or seeds > 1):
        raise SayAgainError("--turns and --seeds are for simulated traffic", "Leave them out for dstc2")
    needs("matplotlib")
    from sayagain.evaluation.report import mean_of_seeds
    from sayagain.evaluation.rewrites.calls import evaluate as on_calls
    from sayagain.evaluation.rewrites.evaluate import evaluate as on_replay

    def in_homes(each: int, stage: Callable[[str], None]) -> list[Row]:
        needs("home_assistant_intents")  # the other sets do without
        from sayagain.evaluation.rewrites.homes import evaluate as measure

        return measure(many, each, stage)

    many = turns or DEFAULT_TURNS
    sets: dict[str, Callable[[int, Callable[[str], None]], list[Row]]] = {
        "slurp": lambda each, stage: on_replay(
            set, recordings_of(set, data), many, each, curve if each == seed else None, stage
        ),
        "homes": in_homes,
        "dstc2": lambda each, stage: on_calls(recordings_of(set, data), each),
    }
    _report(mean_of_seeds(_for_seeds(sets[set], range(seed, seed + seeds))), json)


@evaluate.command("ranking")
def evaluate_ranking(
    log: Annotated[Path, typer.Argument(help="Log with recogniser hypotheses, status and interpretations.")],
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Compare models that rank candidates, and models without one kind of evidence, by what people said next."""
    needs("sklearn")
    from sayagain.evaluation.online.rankers import evaluate as measure

    with working("reading") as tell:
        rows = measure(log, seed, tell)
    _report(rows, json)


@evaluate.command("rephrases")
def evaluate_rephrases(
    set: Annotated[str | None, typer.Option(help="Name of one set; all by default.")] = None,
    data: Annotated[
        Path, typer.Option(help="Directory of built sets: one directory a set, with test.parquet.")
    ] = SETS_FOLDER,
    worst: Annotated[int, typer.Option(min=0, help="Print this many of the most wrong excerpts instead of rows.")] = 0,
    seed: Seed = 1,
    json: JsonFile = None,
) -> None:
    """Evaluate which later turn is found to say a request again, beside trained and untrained baselines."""
    needs("sklearn")
    from sayagain.evaluation.rephrases.evaluate import evaluate as measure
    from sayagain.evaluation.rephrases.spans import methods
    from sayagain.evaluation.rephrases.worst import worst as most_wrong
    from sayagain.evaluation.report import OURS
    from sayagain.rephrases.span_model import shipped

    ours, baselines = methods(shipped(), data / PAIRWISE)
    if worst:
        for line in most_wrong(data, set, ours[OURS], worst):
            out.print(line, markup=False, soft_wrap=True)
        return
    if any(data.glob("*/test.parquet")) and "pairwise" not in baselines:
        err.print(f"There is no {data / PAIRWISE}: make it with: sayagain rephrases train {data} --pairwise")
    with working("reading excerpts, then resampling"):
        rows = measure(data, [set] if set else None, ours, baselines, seed)
    _report(rows, json)


@evaluate.command("layers")
def evaluate_layers(
    set: Annotated[
        str,
        typer.Option(
            help="homes: simulated homes, synthetic voices; slurp: real recordings, replayed; dstc2: real calls; "
            "evi: real callers, an entry of a knowledge base."
        ),
    ] = "homes",
    data: Data = None,
    turns: Annotated[int, typer.Option(min=1, help="Turns to learn from (slurp).")] = DEFAULT_TURNS,
    homes: Annotated[int, typer.Option(min=1, help="Homes to evaluate.")] = 6,
    weeks: Annotated[int, typer.Option(min=1, help="Weeks to simulate in each home.")] = 8,
    seed: Seed = 1,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds to average over, from --seed on.")] = 1,
    method: Annotated[list[str] | None, typer.Option(help="A method to evaluate; all by default.")] = None,
    json: JsonFile = None,
) -> None:
    """Evaluate rewriting online: run the same weeks of simulated homes without a layer and with each, week by week."""
    needs("home_assistant_intents")
    from sayagain.evaluation.online.calls import evaluate as on_calls
    from sayagain.evaluation.online.evi import evaluate as on_entries
    from sayagain.evaluation.online.homes import HOME_METHODS
    from sayagain.evaluation.online.homes import evaluate as measure
    from sayagain.evaluation.online.slurp import evaluate as on_recordings
    from sayagain.evaluation.report import mean_of_seeds

    sets: dict[str, Callable[[int, Callable[[str], None]], list[Row]]] = {
        "homes": lambda each, stage: measure(homes, weeks, each, method or list(HOME_METHODS), stage),
        "slurp": lambda each, stage: on_recordings(recordings_of("slurp", data), turns, each, stage),
        "dstc2": lambda each, stage: on_calls(recordings_of("dstc2", data), each, stage),
        "evi": lambda each, stage: on_entries(recordings_of("evi", data), each, stage),
    }
    if set not in sets:
        raise SayAgainError(f"There is no set {set}", f"Known sets: {', '.join(sets)}")
    if unknown := [each for each in method or () if each not in HOME_METHODS]:
        raise SayAgainError(f"There is no method {unknown[0]}", f"Known methods: {', '.join(HOME_METHODS)}")
    _report(mean_of_seeds(_for_seeds(sets[set], range(seed, seed + seeds))), json)


@evaluate.command("labels")
def evaluate_labels(
    set: Annotated[
        str,
        typer.Option(
            help="Satisfaction: uss (three corpora at once), uss-mwoz, uss-sgd, uss-redial; breakdown: dbdc3; "
            "success: dstc2, tau_bench; goals: homes (simulated), sgd; intents, values and transcripts: labels-homes "
            "(simulated), labels-slurp (replayed), labels-dstc2; an understander retrained on labels: retrained-homes "
            "(simulated), retrained-slurp (replayed)."
        ),
    ] = "uss",
    data: Data = None,
    train: Annotated[
        Path | None,
        typer.Option(
            help="Directory of the rated train files (uss-*); by default where the data are.", file_okay=False
        ),
    ] = None,
    seed: Seed = 1,
    chart: Annotated[
        Path | None, typer.Option(help="Draw precision against share labelled as PNG (labels-*).", dir_okay=False)
    ] = None,
    json: JsonFile = None,
) -> None:
    """Evaluate labels of dialogues (satisfaction, breakdown, success) against what people said themselves."""
    needs("sklearn", "home_assistant_intents")
    from sayagain.evaluation.labels.evaluate import Asked
    from sayagain.evaluation.labels.evaluate import evaluate as measure

    with working("reading") as tell:
        rows = measure(set, Asked(place(data), train, seed, tell))
    if chart is not None:
        needs("matplotlib")
        from sayagain.evaluation.labels.label_chart import draw

        draw(rows, chart)
    _report(rows, json)


def _for_seeds(measure: Callable[[int, Callable[[str], None]], list[Row]], seeds: Iterable[int]) -> list[list[Row]]:
    """Measure with each seed, telling what is being done."""
    with working("measuring") as tell:
        return [
            measure(each, lambda words, each=each: tell(f"seed {each}, {words}"))  # type: ignore[misc]
            for each in seeds
        ]


def _report(rows: list[Row], json: Path | None) -> None:
    from sayagain.evaluation.report import show, write_json

    show(rows, out)
    if json is not None:
        write_json(rows, json)

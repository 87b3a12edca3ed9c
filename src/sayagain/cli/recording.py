"""The commands that record what simulated people say: ``sayagain assistant record``, ``parse``, ``render``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sayagain.cli.console import err, out
from sayagain.errors import FormatError, SayAgainError

if TYPE_CHECKING:
    from sayagain.assistant.voice.plan import Take


def _plan(seed: int, preset: str = "homes") -> tuple[list[Take], list[str]]:
    """Return what is to be recorded, and what the people in the background say."""
    from sayagain.assistant.contexts2 import words
    from sayagain.assistant.corpus import active_texts, texts, utterances
    from sayagain.assistant.voice.plan import plan

    not_meant = list(dict.fromkeys(one.text for one in utterances() if one.style == "not_meant"))
    active = list(active_texts())
    tail = [text for text in texts() if text not in {*active, *not_meant}]
    if preset == "contexts2":
        every = plan(words.own_texts(), (), (), seed, words.FIRST_CLIP)
        return [take for take in every if take.take in words.RECORDED], not_meant[-BABBLE_TEXTS:]
    return plan(active, tail, not_meant, seed), not_meant[-BABBLE_TEXTS:]


BABBLE_TEXTS = 15
"""Sentences that the people in the background say, the last of those not meant: the first sound like wake words."""

Seed = Annotated[int, typer.Option(help="Seed for voices and conditions.")]
Spoken = Annotated[
    Literal["homes", "contexts2"], typer.Option("--preset", help="Homes in which the requests are said.")
]


def record(
    shards: Annotated[Path, typer.Option("--shards", help="Directory for finished parts of the recording.")],
    to: Annotated[Path, typer.Option("--out", help="The Parquet file to write when all is recorded.")],
    workers: Annotated[int, typer.Option(help="Processes; each takes one core.")] = 2,
    seed: Seed = 1,
    preset: Spoken = "homes",
) -> None:
    """Speak and recognise every request of the corpus; a stopped run continues."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from sayagain.assistant.voice.record import merge
    from sayagain.assistant.voice.record import record as record_all

    takes, babble = _plan(seed, preset)
    columns = ("recording", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        task = progress.add_task("recording", total=len(takes))
        for done in record_all(takes, shards, babble, workers):
            progress.update(task, completed=done)
    table = merge(shards, to)
    out.print(f"{table.num_rows} clips in {to} ({to.stat().st_size / 1e6:.1f} MB)")


def parse(
    recordings: Annotated[Path, typer.Argument(help="The file of recorded clips.")],
    to: Annotated[Path, typer.Option("--out", help="The Parquet file to write.")],
    preset: Spoken = "homes",
) -> None:
    """Parse every text that was heard or said in the recordings, so that simulations need no grammar."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from rich.progress import track

    from sayagain.assistant.contexts2 import words
    from sayagain.assistant.corpus import texts
    from sayagain.assistant.nlu import Templates
    from sayagain.assistant.parses import table

    try:
        column = pq.read_table(recordings, columns=["moonshine"])["moonshine"].combine_chunks()
    except (OSError, pa.ArrowException) as error:
        raise FormatError(f"{recordings} holds no recordings", "Make them: sayagain assistant record") from error
    heard = {one["text"] for found in column.to_pylist() for one in found[:N_BEST]}
    said = texts() if preset == "homes" else words.own_texts()
    found = table(track(sorted({*heard, *said}), "texts", console=err), Templates())
    pq.write_table(found, to, compression="zstd", compression_level=19)
    out.print(f"{found.num_rows:,} texts in {to} ({to.stat().st_size / 1e6:.1f} MB)")


N_BEST = 2
"""Hypotheses of a clip that are understood beforehand; the others are left to the grammar, where it is installed."""


def render(
    clips: Annotated[list[int], typer.Argument(help="Numbers of clips, as in the truth's column clip.")],
    to: Annotated[Path, typer.Option("--out", help="A directory for the sound files.")],
    seed: Seed = 1,
) -> None:
    """Write recorded clips as sound files; the recordings keep only what was recognised."""
    from sayagain.assistant.voice.audio import save
    from sayagain.assistant.voice.record import render as rendered

    takes, babble = _plan(seed)
    more, _ = _plan(seed, "contexts2")
    known = {take.clip: take for take in (*takes, *more)}
    if odd := [clip for clip in clips if clip not in known]:
        raise SayAgainError(f"There is no clip {odd[0]}", f"Clips have numbers from 0 to {len(takes) - 1:,}")
    for clip in clips:
        sound = rendered(known[clip], babble)
        to.mkdir(parents=True, exist_ok=True)
        save(to / f"{clip:05d}.wav", sound)
        out.print(f"{to / f'{clip:05d}.wav'}: {known[clip].voice}, {known[clip].condition}")

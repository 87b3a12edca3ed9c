"""EVI dialogues: callers say a postcode, a name and a date of birth, each up to three times over.

Each row of ``dialogues.en.tsv`` is one attempt (Spithourakis et al., Findings of NAACL 2022), with the recogniser's
n-best. A dialogue is a session, the attempts at one item are consecutive turns of it. The file has no times, so each
dialogue gets a moment of the year 2021 that depends only on its identifier, and its turns follow ``TURN_GAP`` apart:
order and gaps inside a dialogue can be relied on, the day and the hour mean nothing. What was meant is in
``records.en.csv`` beside the dialogues, the profile the caller had been given; where it is missing, that part of the
truth is absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic_core import from_json

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.delimited import Row, rows
from sayagain.log.readers.lines import BROKEN, reason
from sayagain.schema import Context, Hypothesis, Interpretation, Turn
from sayagain.schema.truth import Truth

TURN_GAP = timedelta(seconds=15)
"""From one attempt to the next: a prompt and an answer on the telephone."""
_YEAR = datetime(2021, 1, 1, tzinfo=UTC)
_SECONDS = 365 * 24 * 3600
_COLUMNS = ("dialogue_id", "speaker_id", "scenario_id", "turn_num", "item", "attempt_num", "transcription", "nbest")


def read(path: Path) -> Iterator[Read | Rejected]:
    """Read one turn, with its truth, a row.

    Raises:
        FormatError: the file lacks a column of the format.
    """
    table = rows(path, "\t")
    header = next(table, None)
    if not isinstance(header, Row):
        return
    absent = [column for column in _COLUMNS if column not in header.cells]
    if absent:
        raise FormatError(f"{path} has no column {absent[0]}", "EVI's dialogues.LANGUAGE.tsv has it: check --format")
    known = profiles(path)
    for row in table:
        if isinstance(row, Rejected):
            yield row
            continue
        try:
            yield _attempt(dict(zip(header.cells, row.cells, strict=True)), known)
        except BROKEN as error:
            yield Rejected(str(path), row.line, reason(error))


def _attempt(row: dict[str, str], known: dict[str, dict[str, str]]) -> Read:
    dialogue, item, number = row["dialogue_id"], row["item"], int(row["turn_num"])
    turn = Turn(
        turn=f"{dialogue}/{number}",
        session=dialogue,
        user=row["speaker_id"],
        time=_began(dialogue) + number * TURN_GAP,
        text=row["transcription"],
        asr=[Hypothesis(text=text) for text in from_json(row["nbest"])],
        interpretation=Interpretation(intent=item),
        context=Context(device_type="telephone"),
    )
    meant = known.get(row["scenario_id"], {}).get(item)
    truth = Truth(
        turn=turn.turn,
        meaning=f"{item}({meant})" if meant else None,
        goal=f"{dialogue}/{item}",
        rephrases=f"{dialogue}/{number - 1}" if int(row["attempt_num"]) > 0 else None,
        fold=row["speaker_id"],
    )
    return Read(turn, truth)


def _began(dialogue: str) -> datetime:
    digest = hashlib.blake2b(dialogue.encode(), digest_size=8).digest()
    return _YEAR + timedelta(seconds=int.from_bytes(digest) % _SECONDS)


def profiles(dialogues: Path) -> dict[str, dict[str, str]]:
    """Return the profiles by scenario, from the records beside the dialogues; none where there is no such file."""
    plain = dialogues.name.removesuffix(".gz").replace("dialogues", "records").replace(".tsv", ".csv")
    for name in (plain, f"{plain}.gz"):
        records = dialogues.with_name(name)
        if records != dialogues and records.is_file():
            header, *lines = [row.cells for row in rows(records, ",") if isinstance(row, Row)]
            found = [dict(zip(header, cells, strict=True)) for cells in lines]
            return {profile["scenario_id"]: profile for profile in found}
    return {}

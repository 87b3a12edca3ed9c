"""What the learned reader of statements is trained on: the sets that it was made with, and real requests.

The requests are public ones that teach nothing: CLINC150's, SNIPS's and SLURP's, without those that are in HWU64, which
measures what is recorded for nothing. Left out are intents in which people may teach.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sayagain.errors import FormatError
from sayagain.evaluation.teaching.requests import read_requests
from sayagain.evaluation.teaching.statements import KEPT, LEARNED_FROM, shipped
from sayagain.preferences.learned.examples import Statement
from sayagain.preferences.learned.words import words_of

MAY_TEACH = frozenset(
    ["change_accent", "change_ai_name", "change_language", "change_speed", "change_user_name", "change_volume",
     "reset_settings", "user_name", "whisper_mode"]
)  # fmt: skip
"""Intents of CLINC150 in which people set something, or say who they are."""
LIKENESS = "likeness"
"""In the intents of SLURP in which people tell what they like."""
MOST_OF_CLINC, MOST_OF_SNIPS = 6_000, 1_500
"""Requests taken of each at the most; SLURP's are taken twice, so that those to a home assistant are no small part."""


def statements() -> list[Statement]:
    """Return the statements that ship and were not kept apart; nor those that somebody happened to say who was kept."""
    kept = {_plain(each.text) for each in shipped(KEPT)}
    found = chain.from_iterable(shipped(name) for name in LEARNED_FROM)
    return [Statement(each.text, each.expected, each.names) for each in found if _plain(each.text) not in kept]


def requests(folder: Path) -> list[str]:
    """Return real requests out of a directory of public data, always the same ones.

    Raises:
        FormatError: a set is missing.
    """
    known = {_plain(each.text) for each in read_requests(folder / "hwu64" / "hwu64_kfold1.csv")}
    clinc, snips = list(_clinc(folder)), list(_snips(folder))
    random.Random(1).shuffle(snips)
    random.Random(2).shuffle(clinc)
    slurp = [text for text in _slurp(folder) if _plain(text) not in known]
    return [*clinc[:MOST_OF_CLINC], *slurp, *slurp, *snips[:MOST_OF_SNIPS]]


def _plain(text: str) -> str:
    return " ".join(words_of(text))


def _clinc(folder: Path) -> Iterator[str]:
    content = _read(folder / "clinc150" / "data_full.json")
    yield from (text for text, intent in content["train"] + content["oos_train"] if intent not in MAY_TEACH)


def _snips(folder: Path) -> Iterator[str]:
    files = sorted((folder / "snips_nlu").glob("*/*/train_*_full.json"))
    if not files:
        raise FormatError(f"{folder / 'snips_nlu'} holds no requests", "Name a directory of public data")
    for file in files:
        for group in _read(file).values():
            yield from ("".join(part["text"] for part in each["data"]).strip() for each in group)


def _slurp(folder: Path) -> Iterator[str]:
    file = folder / "slurp" / "devel.jsonl"
    if not file.is_file():
        raise FormatError(f"{file} is missing", "Name a directory of public data")
    for line in file.read_text(encoding="utf8").splitlines():
        record = json.loads(line)
        if LIKENESS not in record["intent"]:
            yield record["sentence"]


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf8", errors="replace"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{file} cannot be read", "Name a directory of public data") from error

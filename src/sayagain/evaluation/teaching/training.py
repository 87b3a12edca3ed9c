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
from sayagain.evaluation.teaching.statements import LEARNED_FROM, shipped
from sayagain.preferences.learned.examples import Statement
from sayagain.preferences.tokens import tokens

MAY_TEACH = frozenset(
    ["change_accent", "change_ai_name", "change_language", "change_speed", "change_user_name", "change_volume",
     "reset_settings", "user_name", "whisper_mode"]
)  # fmt: skip
"""Intents of CLINC150 in which people set something, or say who they are."""
LIKENESS = "likeness"
"""In the intents of SLURP in which people tell what they like."""
MOST_OF_CLINC, MOST_OF_SNIPS = 6_000, 1_500
"""Requests taken of each at the most, so that those to a home assistant are no small part."""


def statements() -> list[Statement]:
    """Return the statements that ship and were not kept apart."""
    found = chain.from_iterable(shipped(name) for name in LEARNED_FROM)
    return [Statement(each.text, each.expected, each.names) for each in found]


def requests(folder: Path, seed: int) -> list[str]:
    """Return real requests out of a directory of public data.

    Raises:
        FormatError: a set is missing.
    """
    draw = random.Random(seed)
    known = {tokens(each.text) for each in read_requests(folder / "hwu64" / "hwu64_kfold1.csv")}
    clinc = list(_clinc(folder))
    snips = list(_snips(folder))
    slurp = [text for text in _slurp(folder) if tokens(text) not in known]
    few = draw.sample(clinc, min(MOST_OF_CLINC, len(clinc))) + draw.sample(snips, min(MOST_OF_SNIPS, len(snips)))
    return list(dict.fromkeys([*few, *slurp]))


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

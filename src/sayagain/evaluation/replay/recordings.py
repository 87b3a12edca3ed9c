"""Real recordings of requests: what was said, what the recogniser heard, what the assistant made of it.

When two requests mean the same. A request's meaning is its frame: gold intent with gold entities, compared
without case and as a multiset. Where the intent takes content that the entities leave out (``OPEN_INTENTS``, and
``OPEN_WITHOUT_ENTITIES`` when there are none) the frame does not carry the meaning, and a request means the same
as itself only.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sayagain.errors import FormatError

OPEN_INTENTS = frozenset({
    "calendar_set", "cooking_recipe", "datetime_convert", "email_querycontact", "email_sendemail",
    "general_greet", "general_quirky", "lists_createoradd", "lists_remove", "qa_definition", "qa_factoid",
    "qa_maths", "social_post", "transport_query",
})  # fmt: skip
"""Intents whose content (a question, a message, an item, an event) SLURP annotates in part or not at all: "add
red wine" and "add a wrist watch to the shopping list" share one frame. Decided by reading the requests of every
frame that several requests share."""

OPEN_WITHOUT_ENTITIES = frozenset({
    "calendar_query", "calendar_remove", "iot_wemo_off", "iot_wemo_on", "play_audiobook", "play_music",
    "play_podcasts", "play_radio", "qa_currency", "qa_stock", "recommendation_events",
    "recommendation_locations", "recommendation_movies",
})  # fmt: skip
"""Intents that name what to play, switch, look up or delete by an entity: without one they say too little."""

HELD_OUT = 0.20
"""Share of the utterances that a hash of the file name sets aside, never used in learning."""

_FIELDS = (
    "file",
    "slurp_id",
    "gold_text",
    "asr_text",
    "gold_intent",
    "gold_entities",
    "pred_intent",
    "pred_entities",
)

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Recordings:
    """Recordings sorted by meaning, then request, so that alternatives of one are a range of rows."""

    rows: list[dict[str, Any]]
    """The recordings as the file gives them."""
    request: Ints
    """Number of the request that was read out; numbers are those of the whole file, also in a subset."""
    requests: list[str]
    """The identifier of each request."""
    meaning: Ints
    """Number of the meaning: requests with the same number mean the same."""
    gold: Ints
    """Number of the gold frame (intent and entities)."""
    predicted: Ints
    """Number of the frame that the real assistant made of the recording."""
    frames: list[str]
    """The canonical string of each frame."""
    open: Flags
    """Whether the gold frame does not carry the meaning."""
    held_out: Flags
    """Whether the recording is set aside."""

    @property
    def right(self) -> Flags:
        """Whether the outcome was right: intent and entities are the gold ones."""
        return np.equal(self.gold, self.predicted)

    @property
    def heard(self) -> list[str]:
        """The recogniser's text of each recording."""
        return [row["asr_text"] for row in self.rows]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of recordings: JSON lines, plain or gzipped, with the fields of SLURP's ``asr_nlu_a``.

        Raises:
            FormatError: the file is missing, holds no recording, or a line is not a recording.
        """
        found = list(_parse(path))
        if not found:
            raise FormatError(f"{path} holds no recordings", "Give a file with one JSON recording a line")
        golds = [frame(row["gold_intent"], row["gold_entities"]) for row in found]
        meanings = [_meaning(row, gold) for row, gold in zip(found, golds, strict=True)]
        order = sorted(range(len(found)), key=lambda i: (meanings[i], _request(found[i]), found[i]["file"]))
        rows = [found[i] for i in order]
        predicted = [frame(row["pred_intent"], row["pred_entities"]) for row in rows]
        frames, number = np.unique([golds[i] for i in order] + predicted, return_inverse=True)
        _, request = np.unique([_request(row) for row in rows], return_inverse=True)
        first = np.unique(request, return_index=True)[1]
        return cls(
            rows=rows,
            request=request.astype(np.int32),
            requests=[str(rows[i]["slurp_id"]) for i in first],
            meaning=np.unique([meanings[i] for i in order], return_inverse=True)[1].astype(np.int32),
            gold=number[: len(rows)].astype(np.int32),
            predicted=number[len(rows) :].astype(np.int32),
            frames=frames.tolist(),
            open=np.array([_is_open(row) for row in rows]),
            held_out=np.array([_held_out(row["file"]) for row in rows]),
        )

    def subset(self, keep: Flags) -> Recordings:
        """Return only the recordings to ``keep`` (one flag a recording), with all numbers as they were."""
        return Recordings(
            rows=[row for row, kept in zip(self.rows, keep, strict=True) if kept],
            request=self.request[keep],
            requests=self.requests,
            meaning=self.meaning[keep],
            gold=self.gold[keep],
            predicted=self.predicted[keep],
            frames=self.frames,
            open=self.open[keep],
            held_out=self.held_out[keep],
        )


def frame(intent: str, entities: list[list[str]]) -> str:
    """Return intent and entities as one canonical string, without case, entities sorted (a multiset)."""
    pairs = sorted(f"{name}={value}".casefold() for name, value in entities)
    return f"{intent.casefold()}({'; '.join(pairs)})"


def _is_open(row: dict[str, Any]) -> bool:
    intent = row["gold_intent"]
    return intent in OPEN_INTENTS or (intent in OPEN_WITHOUT_ENTITIES and not row["gold_entities"])


def _meaning(row: dict[str, Any], gold: str) -> str:
    return f"{gold} {_request(row)}" if _is_open(row) else gold


def _request(row: dict[str, Any]) -> str:
    return f"{row['gold_text'].casefold()} {row['slurp_id']}"


def _held_out(file: str) -> bool:
    """Decide by a hash of the file name, the same for both microphones of one utterance."""
    utterance = file.replace("-headset", "")
    digest = hashlib.blake2b(utterance.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < HELD_OUT * 2**64


def _parse(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise FormatError(f"There is no file of recordings at {path}", "Check the path")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                yield {name: row[name] for name in _FIELDS}
            except (ValueError, KeyError, TypeError) as error:
                raise FormatError(
                    f"{path}, line {number}: not a recording",
                    f"Each line needs the fields {', '.join(_FIELDS)}",
                ) from error

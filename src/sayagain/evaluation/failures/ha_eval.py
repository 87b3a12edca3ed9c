"""Home Assistant with language models: did the tool that was called do what was asked for?

Each turn is a request to a simulated home, the last tool that a model called for it, and its reply; whether the home
was then in the right state (or, for questions, whether the reply held the right answer) is the outcome (data:
Apache-2.0). The state itself is not seen: a reply that says that it is done over a wrong state is the hard case.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.failures.labelled import Block, Flags, Floats, Ints, Labelled, Log, Method, Texts, without
from sayagain.evaluation.failures.models import as_it_is, boosting, linear, tfidf
from sayagain.evaluation.failures.records import Record, with_train
from sayagain.evaluation.failures.tool_calls import (
    Home,
    ToolCall,
    agreement,
    answer,
    catalogued,
    claims_success,
    doings,
    home_of,
    homes,
    tool_call,
)
from sayagain.evaluation.report import OURS
from sayagain.schema import Interpretation, Slot, Turn
from sayagain.schema.reading import CORRECT
from sayagain.schema.reading import OUTCOMES as STAGE_OUTCOMES
from sayagain.text.encoder import shipped
from sayagain.text.normalise import form_of

NAME = "ha_eval"
OUTCOMES = ("failed", "correct")
FIELDS = ("task_id", "model_id", "label", "suite")
"""Of every line; requests have ``text``, ``tool_call`` and ``response`` too."""
AMOUNTS_TO = {name: "correct" if name == CORRECT else "failed" for name in STAGE_OUTCOMES}
"""Outcome of a reading → that of the set."""
FIRST, APART = datetime(2024, 1, 1, tzinfo=UTC), timedelta(minutes=10)
"""Moments that runs are given."""
WRITTEN = "automations"
"""The suite in which a model is to write an automation from a page of instructions: no request to an assistant."""
HOMES = "datasets"
"""Folder beside the file with the fixtures of the homes."""
SMOOTHING = 5
"""Turns that stand for the whole set in a share that few turns show."""
NEARNESS = 15.0
"""How fast a request counts less the less near it is: one at cosine 0.8 counts a twentieth."""


def read(data: Path, train: Path | None) -> list[Labelled]:
    """Return the requests of a file with their outcomes, twice: split by model and split by task.

    Raises:
        FormatError: a file is not one of the set.
    """
    held, learned = with_train(data, train, FIELDS, NAME)
    asked = [at for at, each in enumerate(held) if each["suite"] != WRITTEN and each.get("text")]
    if not asked:
        raise FormatError(f"{data} holds no requests", f"Name a file of the set {NAME}")
    return labelled([held[at] for at in asked], learned[asked], homes(data.parent / HOMES))


def labelled(held: Sequence[Record], learned: Flags, known_homes: dict[str, Home]) -> list[Labelled]:
    """Return requests as labelled sets, one for each way to split them.

    A task is a request in its normal form: several models, and several runs of one, do the same task.
    """
    truth = np.array([OUTCOMES.index("correct" if each["label"] == "Good" else "failed") for each in held])
    tasks = np.array([form_of(each["text"]) for each in held])
    models = np.array([each["model_id"] for each in held])
    blocks = _blocks(held, known_homes, truth)
    claims = np.array([not _is_question(each) and claims_success(each["response"]) for each in held], dtype=bool)
    log = Log(lambda: [_turn(at, each) for at, each in enumerate(held)], np.arange(len(held)), AMOUNTS_TO)
    return [
        Labelled(name, OUTCOMES, truth, groups, tasks, blocks, _methods(), learned, log, {f"{name}_claims": claims})
        for name, groups in ((f"{NAME}_models", models), (f"{NAME}_tasks", tasks))
    ]


def _turn(number: int, record: Record) -> Turn:
    """Return a run as a turn of its own; the file does not say when it was."""
    call = tool_call(record["tool_call"])
    return Turn(
        turn=f"{number}",
        session=f"{number}",
        user=f"{number}",
        time=FIRST + number * APART,
        text=record["text"],
        interpretation=Interpretation(
            intent=call.tool or None, slots=[Slot(name=name, value=value) for name, value in call.arguments.items()]
        ),
        action=record["tool_call"] or None,
        response=record["response"],
    )


def _is_question(record: Record) -> bool:
    return "question" in (record.get("category") or "")


def _methods() -> dict[str, Method]:
    ours = ("agreement", "catalogue", "elsewhere", "words", "vectors")
    return {
        "tfidf": Method("baseline", as_it_is, ("words",)),
        "boosting": Method("baseline", boosting, ("agreement",)),
        OURS: Method("ours", boosting, ours),
        **{f"without_{each}": Method("ablation", boosting, without(ours, each)) for each in ("catalogue", "elsewhere")},
        "without_reply": Method("ablation", boosting, ("call", "catalogue_of_call", "calls_elsewhere")),
    }


def _blocks(held: Sequence[Record], known_homes: dict[str, Home], truth: Ints) -> dict[str, Block]:
    texts = [each["text"] for each in held]
    replies = [each["response"] for each in held]
    called = [tool_call(each["tool_call"]) for each in held]
    at_home = [home_of(each["task_id"], known_homes) for each in held]
    rows = list(zip(texts, called, replies, strict=True))
    vectors = [_encoded(each) for each in (texts, [call.canonical for call in called], replies)]
    asked, done, said = vectors
    crossed = [(a * b).sum(axis=1, keepdims=True) for a, b in ((asked, done), (asked, said), (done, said))]
    many = len(OUTCOMES)
    return {
        "agreement": _fixed(np.array([agreement(*row) for row in rows])),
        "call": _fixed(np.array([agreement(text, call, "") for text, call, _ in rows])),
        "catalogue": _fixed(np.array([catalogued(*row, home) for row, home in zip(rows, at_home, strict=True)])),
        "catalogue_of_call": _fixed(
            np.array([catalogued(row[0], row[1], "", home) for row, home in zip(rows, at_home, strict=True)])
        ),
        "elsewhere": _elsewhere(texts, called, replies, asked, truth),
        "calls_elsewhere": _elsewhere(texts, called, [""] * len(texts), asked, truth),
        "words": tfidf([_document(*row) for row in rows], truth, many),
        "vectors": _beside(
            _fixed(np.hstack(crossed)),
            linear(np.hstack([asked, done, said, asked * done, asked * said, done * said]), truth, many),
        ),
    }


def _encoded(texts: Sequence[str]) -> Floats:
    """Return the vectors of texts, each different one encoded once."""
    different, which = np.unique(np.array(texts), return_inverse=True)
    return np.asarray(shipped().encode(list(different))[which.ravel()], dtype=np.float64)


def _fixed(table: Floats) -> Block:
    def block(rows: Ints, known: Ints) -> Floats:
        return table[rows]

    return block


def _beside(*blocks: Block) -> Block:
    def block(rows: Ints, known: Ints) -> Floats:
        return np.hstack([each(rows, known) for each in blocks])

    return block


def _document(text: str, call: ToolCall, reply: str) -> str:
    """Return what is seen of a turn as words, those of the call and the reply marked as such."""
    arguments = [f"{name}={form_of(value)}".replace(" ", "_") for name, value in call.arguments.items()]
    words = [f"reply:{word}" for word in form_of(reply[:300]).split()]
    return " ".join([form_of(text), f"tool:{call.tool}", *arguments, *words])


def _elsewhere(
    texts: Sequence[str], called: Sequence[ToolCall], replies: Sequence[str], vectors: Floats, truth: Ints
) -> Block:
    """Return the block of what known turns did with this request and with requests near to it, and how that went."""
    forms, request = np.unique([form_of(text) for text in texts], return_inverse=True)
    first = np.array([int(np.flatnonzero(request == each)[0]) for each in range(len(forms))])
    nearness = np.exp(NEARNESS * (vectors[first] @ vectors[first].T - 1))
    _, tool = np.unique([call.shape for call in called], return_inverse=True)
    keys = [
        forms[request],
        np.array([f"{form} | {call.canonical}" for form, call in zip(forms[request], called, strict=True)]),
        np.array([call.canonical for call in called]),
        np.array([f"{doings(text)} | {call.shape}" for text, call in zip(texts, called, strict=True)]),
        np.array([f"{form} | {answer(reply)}" for form, reply in zip(forms[request], replies, strict=True)]),
        np.array([f"{doings(text)} | {answer(reply)}" for text, reply in zip(texts, replies, strict=True)]),
    ]
    shares = [_Share(key, truth) for key in keys]
    right = truth == OUTCOMES.index("correct")

    def block(rows: Ints, known: Ints) -> Floats:
        counts = np.zeros((len(forms), tool.max() + 1))
        went = np.zeros_like(counts)
        np.add.at(counts, (request[known], tool[known]), 1)
        np.add.at(went, (request[known], tool[known]), right[known])
        near, near_right = nearness @ counts, nearness @ went
        own, own_right = near[request[rows], tool[rows]], near_right[request[rows], tool[rows]]
        usual = near.sum(axis=1)[request[rows]]
        best = near_right.max(axis=1)[request[rows]]
        of_calls = np.stack([own / (usual + 1), own_right / (own + 1), own_right / (best + 1), np.log1p(usual)], axis=1)
        return np.hstack([of_calls, *(share.of(rows, known) for share in shares)])

    return block


class _Share:
    """How turns with the same key went, and how many there were."""

    def __init__(self, keys: Texts, truth: Ints) -> None:
        found, place = np.unique(keys, return_inverse=True)
        self.place, self.size = place.ravel(), len(found)
        self.right = (truth == OUTCOMES.index("correct")).astype(np.float64)

    def of(self, rows: Ints, known: Ints) -> Floats:
        """Return the share of known turns with the key that went right, and the log of their count; shape (rows, 2)."""
        there = self.place[known]
        count = np.bincount(there, minlength=self.size)
        went = np.bincount(there, weights=self.right[known], minlength=self.size)
        share = (went + SMOOTHING * self.right[known].mean()) / (count + SMOOTHING)
        return np.stack([share, np.log1p(count)], axis=1)[self.place[rows]]

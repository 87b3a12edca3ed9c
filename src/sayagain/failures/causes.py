"""Causes: what of a failed turn went wrong at the stage that failed first, so that equal failures count together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from sayagain.schema.turn import REPORTED
from sayagain.text.normalise import form_of

Row = Mapping[str, Any]
"""A row of ``turns.read_turns``."""

ARROW = " → "
"""Between a name and the entities that it resolved to, in the trace of the reference assistant."""


@dataclass(frozen=True)
class Cause:
    """What failed in one turn, what became of it, and what it should have been, as far as the log shows each."""

    stage: str
    what: str | None
    """The request (normal form) as it was misheard, or was not understood; the name that was looked up (the request,
    where none was); the action that failed; the wake word. None of what was heard just like the one that worked."""
    became: str | None
    """The intent that a request was taken for, the entity that a name resolved to, or the answer (normal form) of an
    action that was reported to have failed."""
    instead: str | None
    """The request, intent or entity of the turn that said it again and worked."""

    @property
    def key(self) -> Hashable:
        """What failures of one cause have in common; mishearings of one request are one cause, however it is heard."""
        if self.stage == "asr" and self.instead is not None:
            return self.stage, None, self.instead
        return self.stage, self.what, self.became


def cause_of(stage: str, row: Row, worked: Row | None) -> Cause:
    """Return the cause of a turn's failure at a stage.

    Args:
        stage: one of ``STAGES``.
        row: the turn.
        worked: the later turn that said it again and worked, where there is one.
    """
    return Cause(stage, *_TOLD[stage](row, worked))


Told = tuple[str | None, str | None, str | None]


def _false_wake(row: Row, worked: Row | None) -> Told:
    return traced(row, "wake"), None, None


def _asr(row: Row, worked: Row | None) -> Told:
    heard, instead = form_of(row["text"]), None if worked is None else form_of(worked["text"])
    return None if heard == instead else heard, None, instead


def _nlu(row: Row, worked: Row | None) -> Told:
    return form_of(row["text"]), row["intent"], None if worked is None else worked["intent"]


def _entity(row: Row, worked: Row | None) -> Told:
    slots, others = row["slots"] or [], {} if worked is None else {each["name"]: each for each in worked["slots"] or []}
    other = [slot for slot in slots if slot["name"] in others and slot["entity"] != others[slot["name"]]["entity"]]
    unresolved = [slot for slot in slots if slot["entity"] is None] if row["status"] in REPORTED else []
    resolved = [slot for slot in slots if slot["entity"] is not None]
    for slot in (*other, *unresolved, *resolved):
        instead = others.get(slot["name"], {}).get("entity") if slot in other else None
        return form_of(slot["value"]), slot["entity"], instead
    name, arrow, entity = (traced(row, "entity") or "").partition(ARROW)
    return (name, entity, None) if arrow else (form_of(row["text"]), None, None)


def _result(row: Row, worked: Row | None) -> Told:
    action = (row["action"] or row["intent"] or "").partition("(")[0]
    answer = form_of(row["response"] or "") if row["status"] in REPORTED else None
    return action or None, answer or None, None


_TOLD: Mapping[str, Callable[[Row, Row | None], Told]] = {
    "false_wake": _false_wake,
    "asr": _asr,
    "nlu": _nlu,
    "entity": _entity,
    "result": _result,
}


def traced(row: Row, stage: str) -> str | None:
    """Return what a stage put out, by the trace; None where it does not say."""
    return next((each["output"] for each in row["trace"] or [] if each["stage"] == stage and each["output"]), None)

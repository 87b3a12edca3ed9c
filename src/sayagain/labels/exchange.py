"""A turn of a log as the reader takes it: texts in normal form, what was understood and done, what followed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sayagain.schema.status import STATUSES
from sayagain.text.normalise import MOST_CHARACTERS, normalise

MOST_HYPOTHESES = 5
"""Hypotheses of the recogniser that are read: further ones hardly differ from these."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn; None and empty stand for what a log does not tell."""

    turn: str
    user: str
    device: str | None
    time: float
    """When the request began, in seconds."""
    lasted: float | None
    """Seconds until the end of the response."""
    text: str
    form: str
    """The request in normal form."""
    heard: tuple[tuple[str, float | None], ...]
    """The recogniser's hypotheses in normal form, each with its score."""
    intent: str | None
    confidence: float | None
    values: Mapping[str, str]
    entities: tuple[str, ...]
    """What the slots were resolved to."""
    others: tuple[tuple[str | None, float | None], ...]
    """Intent and confidence of other interpretations."""
    verb: str
    """The action without what it was done to."""
    targets: tuple[str, ...]
    """What the action was done to."""
    status: str | None
    response: str
    told: str
    """The response in normal form."""
    barge_in: bool | None
    stages: Mapping[str, tuple[str, float | None]]
    """What each stage of the trace put out, and its confidence."""
    device_type: str | None
    device_state: str | None
    place: str | None
    hour: int | None
    """Local hour."""
    undone_after: float | None
    engaged_for: float | None
    helpful: bool | None
    audio: str | None
    """Reference to the recording."""

    @property
    def action(self) -> tuple[str, tuple[str, ...]] | None:
        """What was done, and to what; None where nothing was."""
        return (self.verb, self.targets) if self.verb else None

    @property
    def other(self) -> str:
        """The likeliest hypothesis that differs from the request in normal form; empty where none does."""
        return next((form for form, _ in self.heard if form != self.form), "")


def exchange(row: Mapping[str, Any]) -> Exchange:
    """Return a turn from its row of the log (``Turn.arrow_schema``)."""
    meant, context = row["interpretation"] or {}, row["context"] or {}
    slots = meant.get("slots") or []
    verb, targets = _done(row["action"])
    begun = row["time"].timestamp()
    asr = (row["asr"] or [])[:MOST_HYPOTHESES]
    return Exchange(
        turn=row["turn"],
        user=row["user"],
        device=row["device"],
        time=begun,
        lasted=row["end_time"].timestamp() - begun if row["end_time"] else None,
        text=row["text"][:MOST_CHARACTERS],
        form=normalise(row["text"][:MOST_CHARACTERS]),
        heard=tuple((normalise(each["text"][:MOST_CHARACTERS]), each["score"]) for each in asr),
        intent=meant.get("intent"),
        confidence=meant.get("confidence"),
        values={slot["name"]: slot["value"] for slot in slots},
        entities=tuple(one for slot in slots if slot["entity"] for one in slot["entity"].split(";")),
        others=tuple((each["intent"], each["confidence"]) for each in row["alternatives"] or []),
        verb=verb,
        targets=targets,
        status=row["status"] if row["status"] in STATUSES else None,
        response=(row["response"] or "")[:MOST_CHARACTERS],
        told=normalise((row["response"] or "")[:MOST_CHARACTERS]),
        barge_in=row["barge_in"],
        stages={each["stage"]: (each["output"] or "", each["confidence"]) for each in row["trace"] or []},
        device_type=context.get("device_type"),
        device_state=context.get("device_state"),
        place=context.get("place"),
        hour=_hour(context.get("local_time")),
        undone_after=row["undone_after"],
        engaged_for=row["engaged_for"],
        helpful=(row["feedback"] or {}).get("helpful"),
        audio=row["audio"],
    )


def _done(action: str | None) -> tuple[str, tuple[str, ...]]:
    """Return verb and targets of an action that is written ``verb(target;target)``, or in one word.

    >>> _done("turn_on(light.hall;light.den)"), _done("stop"), _done(None)
    (('turn_on', ('light.hall', 'light.den')), ('stop', ()), ('', ()))
    """
    verb, _, rest = (action or "").partition("(")
    return verb, tuple(one for one in rest.rstrip(")").split(";") if one)


def _hour(local: str | None) -> int | None:
    hour = (local or "").partition(":")[0]
    return int(hour) if hour.isdigit() else None

"""The turn: one request by a person and what the assistant made of it (DESIGN.md, section 4).

This is the only definition. JSON lines are its JSON form, the Parquet log is its Arrow form, and the imports
validate against it. Only ``time`` and ``text`` must be given; ``user`` has a default because a log without users
is one user's.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from math import log
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from sayagain.schema.record import Record
from sayagain.schema.status import STATUSES, folded

ONE_USER = "someone"
"""The user of a log that names none."""

REPORTED = frozenset({"error", "unsupported", "clarify"})
"""Statuses by which an assistant says itself that it did not serve a request."""


def _in_utc(time: datetime) -> datetime:
    try:
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is out of range in UTC") from None


def _named_values(slots: Any) -> Any:
    """Accept ``{"name": "value"}`` where a list of slots is expected: most logs write it so."""
    if isinstance(slots, dict):
        return [{"name": name, "value": str(value)} for name, value in slots.items()]
    return slots


def _scored(hypotheses: Any) -> Any:
    """Accept a confidence, between 0 and 1, where a hypothesis has no score: its logarithm is one."""
    if not isinstance(hypotheses, list):
        return hypotheses
    return [
        {**each, "score": log(confidence)}
        if isinstance(each, dict)
        and "score" not in each
        and isinstance(confidence := each.get("confidence"), float | int)
        and 0 < confidence <= 1
        else each
        for each in hypotheses
    ]


def _as_seconds(told: Any) -> Any:
    """Accept yes and no where seconds are expected: yes is at once, for nobody knows better; no is never."""
    answer = _yes_or_no(told)
    return told if answer is None else 0.0 if answer else None


def _as_share(told: Any) -> Any:
    """Accept yes and no where a share is expected: all of it, and nothing."""
    answer = _yes_or_no(told)
    return told if answer is None else float(answer)


def _yes_or_no(told: Any) -> bool | None:
    return told if isinstance(told, bool) else YES_OR_NO.get(told.lower()) if isinstance(told, str) else None


YES_OR_NO = {"true": True, "yes": True, "false": False, "no": False}
"""Words of tables that have no truth values."""

Time = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment, kept in UTC with microseconds; a time without a zone is taken as UTC."""

Seconds = Annotated[float, Field(ge=0)]
"""A time that passed."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole."""


class Hypothesis(Record):
    """One text the recogniser considered."""

    text: str
    score: float | None = None
    """The recogniser's own score; higher is surer: a log-probability. Where it gives a ``confidence`` between 0 and 1
    and no score, the logarithm of that."""


class Slot(Record):
    """One slot of an interpretation and the entity it resolved to."""

    name: str
    value: str
    entity: str | None = None
    """Identifier of the resolved entity, where resolution happened."""


class Interpretation(Record):
    """The assistant's interpretation of a request: domain, intent, slots and confidence."""

    beside: ClassVar[frozenset[str]] = frozenset({"details", "reversible"})

    domain: str | None = None
    intent: str | None = None
    slots: Annotated[list[Slot], BeforeValidator(_named_values)] = Field(default_factory=list)
    confidence: float | None = None
    """Between 0 and 1 where the assistant gives one."""
    details: dict[str, JsonValue] | None = None
    """What else the assistant knows of it that may tell when it is meant: the kind of what it is about, its state, its
    place. No identifiers: what is learned of details holds in other homes."""
    reversible: bool | None = None
    """Whether it can be undone at no cost; absent where the assistant does not say."""


class Context(Record):
    """The context of a turn: device, activity, place, local time and sensor values."""

    device_type: str | None = None
    device_state: str | None = None
    activity: str | None = None
    place: str | None = None
    local_time: str | None = None
    sensors: dict[str, JsonValue] = Field(default_factory=dict)


class Stage(Record):
    """One stage of the trace: its output, how sure it was, and how long it took."""

    stage: str
    """wake, asr, nlu, entity, result or tts."""
    output: str | None = None
    confidence: float | None = None
    milliseconds: float | None = None


class Assignment(Record):
    """The arm of an experiment that a turn was in."""

    experiment: str
    arm: str
    unit: str
    """Digest of what was drawn: a person, or a request with its retries."""
    propensity: float
    """Probability with which this arm was drawn."""


class LayerAction(Record):
    """The layer's action on a turn: a rewrite or an offer, where it came from, and how sure it was."""

    beside: ClassVar[frozenset[str]] = frozenset({"say", "undo", "accepted", "withheld", "unit", "assigned"})

    rewrite: str | None = None
    """The text the assistant worked on in place of the request; absent when the request was left alone."""
    offer: str | None = None
    """A text to ask about ("did you mean …?") where the layer was not sure enough to rewrite."""
    source: str | None = None
    """Where it came from: ``precomputed``, ``personal``, ``everyone``, ``catalogue``, and what identifies it there."""
    score: float | None = None
    """Probability that the text is what was meant, as the layer estimates it."""
    propensity: float | None = None
    """Probability with which this action was chosen, where the choice was random."""
    say: str | None = None
    """A short sentence for the person about it, in the language of the request where that is known."""
    undo: str | None = None
    """What takes it back, in one phrase ("no")."""
    withheld: str | None = None
    """The rewrite that was not made, where a draw left the request alone to see how it goes without."""
    unit: str | None = None
    """Digest of the request with its retries, where whether it was rewritten was drawn; they share one draw."""
    assigned: Assignment | None = None
    """The arm of the experiment that runs."""
    accepted: bool | None = None
    """Whether the person took what was offered, or stood by what was rewritten, where the assistant knows."""


class Choice(Record):
    """The layer's choice among the interpretations that an assistant offers for a request."""

    place: Annotated[int | None, Field(ge=0)] = None
    """Place of the chosen one among the candidates; None where it is none of them."""
    interpretation: Interpretation
    do: Literal["choose", "ask"] = "choose"
    """``ask`` where another interpretation is likelier than the assistant's own, but a mistake could not be undone."""
    p_meant: Share
    """Probability that it is what was meant, as the layer estimates it."""
    p_default: Share
    """The same of what the assistant would do by itself: the first candidate."""
    explored: bool = False
    """Whether a draw took it to learn how it goes."""
    propensity: Share = 1.0
    """Probability with which it was taken."""
    why: str | None = None
    """A short sentence for people who want to know."""


class Feedback(Record):
    """A person's feedback on a turn, asked for or volunteered."""

    helpful: bool | None = None
    comment: str | None = None


class Turn(Record):
    """One request by a person and what the assistant made of it."""

    promoted: ClassVar[frozenset[str]] = frozenset({"undone_after", "engaged_for", "engaged_share"})
    beside: ClassVar[frozenset[str]] = frozenset({"candidates", "choice"})

    turn: str = ""
    """Identifier; when absent, a hash of the content."""
    session: str | None = None
    """Identifier of the session; when absent, sessions are cut at silence gaps."""
    user: str = ONE_USER
    device: str | None = None
    time: Time
    """When the request began."""
    sequence: int | None = None
    """Place among a person's turns of the same moment, as they came; absent where there is one."""
    end_time: Time | None = None
    """When the assistant's response ended, or would have."""
    text: str
    """The request as the assistant took it: the first recogniser hypothesis, or what was typed."""
    asr: Annotated[list[Hypothesis], BeforeValidator(_scored)] = Field(default_factory=list)
    """The recogniser's hypotheses, best first; empty for typed text."""
    interpretation: Interpretation | None = None
    alternatives: list[Interpretation] = Field(default_factory=list)
    """Other interpretations considered, best first."""
    action: str | None = None
    status: Annotated[str, AfterValidator(folded)] | None = None
    """How the assistant itself saw the outcome: ok, error, unsupported, clarify or cancelled, in whatever spelling
    (``status.folded``). Any other word is kept, and read as none."""
    response: str | None = None
    barge_in: bool | None = None
    """Whether the person interrupted the response to this turn."""
    context: Context | None = None
    trace: list[Stage] = Field(default_factory=list)
    audio: str | None = None
    """Reference to the recording, never the recording itself."""
    layer: LayerAction | None = None
    candidates: list[Interpretation] | None = None
    """Interpretations, resolved to entities, that the assistant offered to be chosen from: first what it would do by
    itself, an empty one where that is nothing."""
    choice: Choice | None = None
    """What was chosen among them; absent where the assistant did what it would do by itself."""
    feedback: Feedback | None = None
    undone_after: Annotated[Seconds | None, BeforeValidator(_as_seconds)] = None
    """Seconds from the request until the person undid by hand what came of it: put a device back, deleted the order,
    edited what was written. 0 where it is only known that they did; absent where they did not, or nobody looked."""
    engaged_for: Annotated[Seconds | None, BeforeValidator(_as_seconds)] = None
    """Seconds that the person stayed with what came of it: listened, watched, read on."""
    engaged_share: Annotated[Share | None, BeforeValidator(_as_share)] = None
    """The same as a share of what there was to listen to, watch or read; of a link, 1 where it was clicked and 0 where
    it was not."""

    @model_validator(mode="after")
    def _identified(self) -> Self:
        if self.end_time is not None and self.end_time < self.time:
            raise ValueError("end_time is before time")
        if not self.turn:
            self.__dict__["turn"] = self._content_hash()
            self.__pydantic_fields_set__.discard("turn")
        return self

    @property
    def unnamed(self) -> bool:
        """Whether the turn was given no identifier, and has a hash of its content for one."""
        return "turn" not in self.__pydantic_fields_set__

    @property
    def outcome(self) -> str | None:
        """The status, where it is one that is known."""
        return self.status if self.status in STATUSES else None

    def _content_hash(self) -> str:
        content = self.model_dump_json(exclude={"turn", "sequence"}, exclude_none=True).encode()
        return hashlib.blake2b(content, digest_size=12).hexdigest()

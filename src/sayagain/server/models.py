"""Models of the answers of the service, and of the bodies that are no records of the schema."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from sayagain.online.erasure.receipt import Receipt
from sayagain.schema.admission import MOST_NAME
from sayagain.schema.experiment import Experiment
from sayagain.schema.preference import Preference
from sayagain.schema.question import Question
from sayagain.schema.turn import Choice, Feedback, Turn
from sayagain.state.switch import Switch

MOST_STATEMENT = 2_000
"""Characters of a statement: one that teaches is a sentence."""


MOST_TURNS = 50
"""Turns of a session that are looked at."""


class TurnFeedback(Feedback):
    """Feedback on a turn that was observed before."""

    turn: str = Field(min_length=1)
    """Identifier of the turn, as ``/observe`` answered it."""

    def feedback(self) -> Feedback:
        """Return it without the turn it is about."""
        return Feedback.model_validate(self.model_dump(exclude={"turn"}))


class Person(BaseModel):
    """Somebody who is to be forgotten."""

    user: str = Field(min_length=1)
    """As in the field ``user`` of their turns."""


class Chosen(BaseModel):
    """What was chosen among the candidates of a request."""

    choice: Choice | None = None
    """Absent where the assistant is to do what it would do by itself."""


class Teaching(BaseModel):
    """What somebody says to hold from now on."""

    user: str | None = Field(default=None, min_length=1, max_length=MOST_NAME)
    """As in the field ``user`` of their turns; absent where nobody knows who speaks, and then nothing is learned."""
    text: str = Field(min_length=1, max_length=MOST_STATEMENT)
    """The statement, as it was said or recognised."""
    turn: Turn | None = None
    """The request that "I meant …" is about; by default the person's last one."""
    device: str | None = Field(default=None, max_length=MOST_NAME)
    """Where it was said."""


class Session(BaseModel):
    """The turns of a session that goes on, of one person."""

    turns: list[Turn] = Field(min_length=1, max_length=MOST_TURNS)
    """In order; the last was just answered."""


class Asked(BaseModel):
    """What to ask the person."""

    question: Question | None = None
    """Absent where this is no moment to ask anything."""


class Answer(BaseModel):
    """The answer to a question."""

    question: Question
    """As ``/ask`` gave it."""
    turn: Turn
    """What the person said to it."""


class PreferenceList(BaseModel):
    """What somebody taught."""

    preferences: list[Preference]


class ForgottenPreferences(BaseModel):
    """The result of forgetting preferences."""

    forgot: int
    """How many there were that held."""


class Forgotten(Receipt):
    """The result of erasing a person: a receipt, and the name under which it can be asked for again."""

    job: str


class Erasing(BaseModel):
    """An erasure that goes on; ask ``GET /forget/{job}`` for its receipt."""

    job: str
    fault: str | None = None
    """Why it is not done yet, where something failed; it is tried again."""


class SwitchingOff(BaseModel):
    """That the whole layer is to be off."""

    reason: str = Field(min_length=1, max_length=MOST_NAME)
    """Why, for whoever finds it off."""


class Switched(BaseModel):
    """The switch of the whole layer."""

    state: Literal["on", "off", "shadow"]
    """``shadow``: off, and not by a person, but by the guard over the whole layer."""
    reason: str
    """Why it is off; empty where it is on."""
    decided_at: datetime | None = None
    """Since when; absent where it was never switched."""

    @classmethod
    def of(cls, switch: Switch) -> Self:
        """Return what is told of a switch."""
        return cls(state=switch.state, reason=switch.reason, decided_at=switch.decided_at)


class Observed(BaseModel):
    """A turn that is in the inbox for good."""

    turn: str
    """Its identifier; the one it was given where it came without."""
    outcome: Literal["accepted", "known"]
    """``known``: it was there already and nothing changed, unless it came with feedback that was new."""


class ObservedBatch(BaseModel):
    """Turns that are in the inbox for good, in the order in which they came."""

    turns: list[Observed]


class Heard(BaseModel):
    """Feedback that is kept."""

    turn: str


class Health(BaseModel):
    """How the service is."""

    status: Literal["ok", "impaired"]
    """``impaired``: something in ``faults`` does not work now; it is tried again."""
    bundle: str | None = None
    """Version of the bundle in use; absent without one."""
    held: str | None = None
    """Why nothing of the bundle is done, and what to do about it; absent where it is done."""
    switch: Literal["on", "off", "shadow"]
    """``off``: a person switched the whole layer off; ``shadow``: the guard did. Requests are left alone in both."""
    waiting: int
    """Turns acknowledged and not yet taken in by the layer."""
    set_apart: int
    """Turns acknowledged that the layer or the log cannot take in; they are kept, and tried again at the next start."""
    faults: dict[str, str]
    """What does not work (``inbox``, ``layer``, ``bundle``, ``log`` or ``erasure``), and why."""


class Reloaded(BaseModel):
    """The bundle that is in use now."""

    bundle: str | None = None
    """Its version; absent when the service runs without one."""
    held: str | None = None
    """Why nothing of it is done, and what to do about it; absent where it is done."""


class ExperimentList(BaseModel):
    """All experiments, the last one first."""

    experiments: list[Experiment]


class Wrong(BaseModel):
    """One thing that is wrong with a body."""

    where: str
    """The field, as ``asr.0.score``; names that a turn does not have are not repeated."""
    why: str


class Problem(BaseModel):
    """Why a request was not answered. Never repeats what was sent."""

    error: str
    remedy: str
    wrong: list[Wrong] | None = None

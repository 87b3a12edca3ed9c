"""Models of the answers of the service, and of the bodies that are no records of the schema."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from sayagain.online.erasure.receipt import Receipt
from sayagain.schema.experiment import Experiment
from sayagain.schema.turn import Feedback


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


class Forgotten(Receipt):
    """The result of erasing a person: a receipt, and the name under which it can be asked for again."""

    job: str


class Erasing(BaseModel):
    """An erasure that goes on; ask ``GET /forget/{job}`` for its receipt."""

    job: str
    fault: str | None = None
    """Why it is not done yet, where something failed; it is tried again."""


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
    waiting: int
    """Turns acknowledged and not yet taken in by the layer."""
    set_apart: int
    """Turns acknowledged that the layer or the log cannot take in; they are kept, and tried again at the next start."""
    faults: dict[str, str]
    """What does not work (``inbox``, ``layer``, ``log`` or ``erasure``), and why."""


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

"""The question that a layer asks a person, and what it is about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sayagain.schema.turn import Turn

QuestionKind = Literal["which_one", "did_you_mean", "did_that_work", "teach_me", "guided"]
MOST_OPTIONS = 3


class Question(BaseModel):
    """One question. It is handed back with its answer: the layer keeps none of its words."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[str, Field(min_length=1, max_length=32)]
    user: str
    kind: QuestionKind
    say: str
    """What to say."""
    options: Annotated[list[str], Field(max_length=MOST_OPTIONS)] = Field(default_factory=list)
    """What may be answered, where that is known."""
    about: Turn | None = None
    """The request that it is about; None of a guided one."""
    subject: str = ""
    """What a guided question is about, or one about what a request leaves open."""
    worth: float = 0.0
    """P(defect) × expected gain, less the cost of annoyance."""

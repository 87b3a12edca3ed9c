"""The preference: one thing that a person said to hold from now on, with when it holds and where it came from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sayagain.schema.question import Question
from sayagain.schema.turn import Time

Kind = Literal["alias", "default", "value", "like", "dislike", "rule"]
Scope = Literal["person", "device", "household"]
Source = Literal["said", "confirmed", "inferred"]

MOST_WORDS = 512
"""Characters of a subject, a value or a statement: what is taught by voice is a sentence."""

Words = Annotated[str, Field(min_length=1, max_length=MOST_WORDS)]


class Condition(BaseModel):
    """When a preference holds; what is None does not restrict it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: str | None = Field(default=None, max_length=MOST_WORDS)
    """A time of day ("07:00"), or a part of one ("morning", "evening")."""
    day: str | None = Field(default=None, max_length=MOST_WORDS)
    """A day of the week ("monday"), "weekdays" or "weekends"."""
    place: str | None = Field(default=None, max_length=MOST_WORDS)
    """A room, or wherever the device stands."""
    device: str | None = Field(default=None, max_length=MOST_WORDS)

    @property
    def said(self) -> dict[str, str]:
        """Return what restricts it."""
        return self.model_dump(exclude_none=True)


ALWAYS = Condition()


class Lesson(BaseModel):
    """What a statement teaches, before it is anybody's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    subject: Annotated[str, Field(max_length=MOST_WORDS)]
    """What it is about: of an alias the words that are said; of a taste the sort of thing ("music"), empty where none
    was named; of a rule the thing that something is done to."""
    value: Words
    """Of an alias what these words mean; of a rule what is done."""
    scope: Scope = "person"
    when: Condition = ALWAYS


class Preference(Lesson):
    """A lesson as it is kept."""

    id: str
    user: str
    """Who said it."""
    device: str | None = None
    """Where it was said: what has the scope of a device holds there."""
    source: Source = "said"
    evidence: Annotated[str, Field(max_length=MOST_WORDS)] = ""
    """The statement, in the person's words."""
    since: Time
    until: Time | None = None
    """When it ends by itself."""
    seen: int = 1
    """How often it was observed, where it is only inferred."""
    ended: Time | None = None
    """When it was superseded or forgotten; None while it holds."""
    superseded_by: str | None = None
    """Identifier of what took its place; None where it was forgotten, or holds."""

    @property
    def lesson(self) -> Lesson:
        """Return what it teaches, whoever said it."""
        return Lesson(kind=self.kind, subject=self.subject, value=self.value, scope=self.scope, when=self.when)


class Taught(BaseModel):
    """What came of a statement that somebody made to teach something."""

    say: str
    """The answer, in one sentence: what was understood, or that nothing was."""
    learned: Preference | None = None
    """What holds from now on; None where nothing was learned."""
    known: list[Preference] = Field(default_factory=list)
    """What the person asked to be told."""
    forgot: int = 0
    """How many preferences the person had forgotten."""
    question: Question | None = None
    """What is asked next, where the person wants to be asked about their preferences."""
    understood: bool = True
    """Whether the text was taken as a statement, a command or an answer at all."""
    refused: str | None = None
    """Why what was understood is not learned; None where nothing forbids it."""

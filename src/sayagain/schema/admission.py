"""What is admitted at the door: records that every log and every state database can hold.

It is asked where something enters (``server.bodies``, ``log.ingest``, ``Layer``), not where it is read: a log of an
earlier release, which holds what would be refused today, is read as it is.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from sayagain.errors import TurnError
from sayagain.schema.turn import Turn

R = TypeVar("R", bound=BaseModel)

MOST_NAME = 512
"""Characters of what names something: PostgreSQL takes keys of 2,704 bytes, and a character takes four at the most."""

MOST_TEXT = 4_000_000
"""Characters of any other text: far beyond what anybody says, and one turn of it still fits into memory many times."""

DEEPEST = 100
"""Levels of records and lists within each other: what writes JSON gives up at a thousand."""

AHEAD = timedelta(days=1)
"""How far ahead of its arrival a turn may be dated: a clock that runs in a zone of its own is half a day off."""

NAMES = frozenset({
    "turn", "session", "user", "device", "domain", "intent", "name", "status", "stage", "device_type",
})  # fmt: skip
"""Fields that name something, in whichever record they stand; so do the names of unknown fields. An entity is text:
"all lights" may resolve to a long list of them."""

PLAIN = frozenset({bool, int, float, datetime})
"""Types of known fields that hold nothing to be refused."""

Place = tuple[int | str, ...]
"""Where in a record something stands, as Pydantic writes it: ``("asr", 0, "text")``."""

Wrong = list[tuple[Place, str]]


def admitted(record: R) -> R:
    """Return a record as it is.

    Raises:
        ValidationError: something in it cannot be kept; it names the field, and not what stands there.
    """
    wrong: Wrong = []
    _check_record(record, (), wrong)
    if wrong:
        raise _refusal(record, wrong)
    return record


def valid(turn: Turn) -> Turn:
    """Return a turn as if it had been made anew: what ``model_copy`` puts into one, nobody has looked at.

    Its identifier stays, given or not.

    Raises:
        TurnError: a field holds something else than it is for.
    """
    try:
        made = Turn.model_validate({**turn.__dict__, **(turn.__pydantic_extra__ or {})})
    except ValidationError as error:
        raise TurnError(f"The turn is wrong: {wrong_fields(error)}", "Correct it, and try again") from None
    object.__setattr__(made, "__pydantic_fields_set__", set(turn.__pydantic_fields_set__))
    return made


def admit(turn: Turn) -> Turn:
    """Let a turn in that is observed; return it as if it had been made anew.

    Raises:
        TurnError: the turn holds something that cannot be kept.
    """
    made = valid(turn)
    try:
        return admitted(made)
    except ValidationError as error:
        raise TurnError(f"The turn cannot be kept: {wrong_fields(error)}", "Correct it, and observe it again") from None


def timely(turn: Turn, now: datetime) -> Turn:
    """Return a turn as it is.

    Raises:
        ValidationError: it is dated more than ``AHEAD`` after ``now``: it would come after all that is said until then.
    """
    if (turn.end_time or turn.time) - now <= AHEAD:
        return turn
    field = "time" if turn.time - now > AHEAD else "end_time"
    raise _refusal(turn, [((field,), f"more than {AHEAD.days} day ahead of the clock here")])


def arrived(turn: Turn) -> Turn:
    """Return a turn that arrives now, as it is.

    Raises:
        ValidationError: it is not admitted, or dated ahead.
    """
    return timely(admitted(turn), datetime.now(UTC))


def wrong_fields(error: ValidationError) -> str:
    """Say what is wrong by the names of fields, without repeating any content."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'turn'}: {each['msg']}" for each in found)


Admitted = Annotated[R, AfterValidator(admitted)]
"""A record that was let in, as a type: ``Admitted[Turn]``."""

Arrived = Annotated[Turn, AfterValidator(arrived)]
"""A turn that tells what happened, let in as it arrives."""


def _check_record(record: BaseModel, at: Place, wrong: Wrong) -> None:
    """Add what of a record cannot be kept. Most of most turns is short plain text, which is asked about no further."""
    for name, value in record.__dict__.items():
        if value is None or type(value) in PLAIN:
            continue
        if isinstance(value, str):
            if len(value) > MOST_NAME or not value.isascii() or "\0" in value:
                _check_text(value, MOST_NAME if name in NAMES else MOST_TEXT, (*at, name), wrong)
        else:
            _check(value, (*at, name), wrong)
    if record.__pydantic_extra__:
        _check(record.__pydantic_extra__, at, wrong)


def _check(value: Any, at: Place, wrong: Wrong) -> None:
    """Add what of any value cannot be kept."""
    if len(at) > DEEPEST:
        wrong.append((at[:1], f"more than {DEEPEST} levels"))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _check(each, (*at, place), wrong)
    elif isinstance(value, dict):
        for name, each in value.items():
            before = len(wrong)
            _check_text(name, MOST_NAME, (*at, "…"), wrong)
            if len(wrong) == before:
                _check(each, (*at, name), wrong)
    elif isinstance(value, str):
        _check_text(value, MOST_TEXT, at, wrong)
    elif isinstance(value, float):
        if not math.isfinite(value):
            wrong.append((at, "must be a finite number"))
    elif isinstance(value, BaseModel):
        _check_record(value, at, wrong)
    elif value is not None and not isinstance(value, int):
        wrong.append((at, "only text, numbers, true, false, null, lists and records can be kept"))


def _check_text(text: Any, most: int, at: Place, wrong: Wrong) -> None:
    if not isinstance(text, str):
        wrong.append((at, "must be text"))
        return
    if len(text) > most:
        wrong.append((at, f"more than {most:,} characters"))
    if "\0" in text:
        wrong.append((at, "text cannot hold the character U+0000"))
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        wrong.append((at, "text cannot hold half of a surrogate pair"))


def _refusal(record: BaseModel, wrong: Wrong) -> ValidationError:
    errors = [InitErrorDetails(type=PydanticCustomError("refused", why), loc=at, input=None) for at, why in wrong]
    return ValidationError.from_exception_data(type(record).__name__, errors, hide_input=True)

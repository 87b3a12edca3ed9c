"""The addresses of preferences: teaching, what somebody taught, and forgetting it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Query, Request, Response
from pydantic import BaseModel

from sayagain.errors import StateError
from sayagain.schema.person import person_of
from sayagain.schema.preference import Preference, Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Turn
from sayagain.server.bodies import ANSWER_BODY, SESSION_BODY, TEACHING_BODY
from sayagain.server.caller import Caller
from sayagain.server.models import Asked, ForgottenPreferences, PreferenceList, Session
from sayagain.server.refused import Refused
from sayagain.server.service import Service

T = TypeVar("T")

User = Annotated[str, Query(description="As in the field user of their turns.")]
Id = Annotated[str | None, Query(description="Identifier of a preference; all where none is given.")]
At = Annotated[
    str | None, Query(description="A local time (ISO 8601): only what is in force then, as choose takes it.")
]


async def teach(service: Service, request: Request) -> Response:
    """Take in what a person says to hold from now on, or asks to be told or forgotten; answered when it is kept."""
    caller, said = Caller.of(request), TEACHING_BODY.parse(await request.body())
    user = None if said.user is None else caller.user(said.user)
    turn = None if said.turn is None else caller.turn(await service.redacting.record(said.turn))
    text = await service.redacting.text(said.text)
    if user is not None:
        await service.caught_up(user)
    return _json(_told(caller, await _done(service, lambda: service.layer.teach(user, text, turn, device=said.device))))


async def ask(service: Service, request: Request) -> Response:
    """Say whether this is a moment to ask the person something, and what; mostly it is not."""
    caller, given = Caller.of(request), SESSION_BODY.parse(await request.body())
    session = Session(turns=await service.redacting.records(given.turns))
    turns = [caller.turn(each) for each in session.turns]
    if len({person_of(each.user) for each in turns}) > 1:
        raise Refused(422, "The turns are of several people", "Send the session of one")
    found = await _done(service, lambda: service.layer.ask(turns))
    own = (
        None
        if found is None
        else found.model_copy(update={"user": session.turns[-1].user, "about": _own(found, session)})
    )
    return _json(Asked(question=own))


def _own(found: Question, session: Session) -> Turn | None:
    """Return the turn of a question as the caller named it."""
    told = found.about
    return (
        None
        if told is None
        else next((each for each in session.turns if each.time == told.time and each.text == told.text), None)
    )


async def answer(service: Service, request: Request) -> Response:
    """Take in the answer to a question; what it teaches is kept when this is answered."""
    caller, said = Caller.of(request), ANSWER_BODY.parse(await request.body())
    about = said.question.about and caller.turn(await service.redacting.record(said.question.about))
    question = said.question.model_copy(update={"user": caller.user(said.question.user), "about": about})
    turn = caller.turn(await service.redacting.record(said.turn))
    if person_of(question.user) != person_of(turn.user) or (about and person_of(about.user) != person_of(turn.user)):
        raise Refused(422, "The question was asked somebody else", "Send the question with its person's answer")
    return _json(_told(caller, await _done(service, lambda: service.layer.answer(question, turn))))


async def listed(
    service: Service,
    request: Request,
    user: User = "",
    at: At = None,
    place: str | None = None,
    device: str | None = None,
) -> Response:
    """Return what somebody taught and holds, the oldest first; with ``at`` what of it is in force then."""
    person = _person(request, user)
    if at is None:
        taught = await _done(service, lambda: service.layer.taught(person))
        return _json(PreferenceList(preferences=_shortly(Caller.of(request), taught)))
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        raise Refused(422, "at is no time", "Write it as 2026-01-31T20:00:00") from None
    found = await _done(service, lambda: service.layer.preferences(person, time, place, device))
    return _json(PreferenceList(preferences=_shortly(Caller.of(request), found)))


async def forget(service: Service, request: Request, user: User = "", id: Id = None) -> Response:
    """Forget one thing that somebody taught, or all, for good."""
    person = _person(request, user)

    def work() -> int:
        ids = [each.id for each in service.layer.taught(person)] if id is None else [id]
        return service.layer.unlearn(person, ids)

    return _json(ForgottenPreferences(forgot=await _done(service, work)))


def _shortly(caller: Caller, preferences: Sequence[Preference]) -> list[Preference]:
    """Return preferences with the names by which the caller calls the people."""
    return [each.model_copy(update={"user": caller.short(each.user)}) for each in preferences]


def _told(caller: Caller, taught: Taught) -> Taught:
    """Return what came of a statement with the names by which the caller calls the people."""
    learned, question = taught.learned, taught.question
    return taught.model_copy(
        update={
            "learned": learned and _shortly(caller, [learned])[0],
            "known": _shortly(caller, taught.known),
            "question": question and question.model_copy(update={"user": caller.short(question.user)}),
        }
    )


def _person(request: Request, user: str) -> str:
    if not user.strip() or "\0" in user or any("\ud800" <= letter <= "\udfff" for letter in user):
        raise Refused(422, "Whose preferences is not said", "Name the person: ?user=")
    caller = Caller.of(request)
    caller.person = caller.user(user)
    return caller.person


async def _done(service: Service, work: Callable[[], T]) -> T:
    """Do what may have to wait for the database.

    Raises:
        Refused: 503, the database cannot be used.
    """
    try:
        return await asyncio.to_thread(work)
    except StateError as error:
        raise Refused.because(error, 503, service.settings.retry_after) from None


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")

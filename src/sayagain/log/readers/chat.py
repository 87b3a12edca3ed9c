"""Conversations, each one object with a list of its messages: Vapi, LiveKit, Chatwoot, OpenAI and the like.

Which list it is, and what its fields are called, is found by their names: a message has somebody who speaks and
something said. A file is one conversation, an array of them, or one a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sayagain.log.readers.contract import Hints, Read, Rejected, unmapped
from sayagain.log.readers.lines import BROKEN, WrongRowError, json_records, object_of, reason
from sayagain.log.readers.mapping import ABSENT
from sayagain.log.readers.roles import (
    ASSISTANT,
    NO_REQUEST,
    NO_SPEAKER,
    OTHER,
    USER,
    Conversations,
    speaker_of,
)
from sayagain.log.readers.rows import fitted, spoken
from sayagain.log.readers.times import clock_of, zone_missing
from sayagain.schema import Turn
from sayagain.schema.turn import ONE_USER

DEEP = 4
"""Levels of a conversation in which its messages are looked for."""
ROLES = ("role", "sender_type", "message_type", "author", "sender", "from", "speaker", "type")
CONTENTS = ("content", "text", "message", "transcript", "body", "parts", "value")
TIMES = ("created_at", "createdAt", "create_time", "timestamp", "time", "sent_at", "date", "start_time")
CONVERSATIONS = (
    "conversation_id",
    "session_id",
    "thread_id",
    "call_id",
    "conversationId",
    "callId",
    "id",
    "room_id",
    "room",
)
USERS = ("user_id", "user", "customer", "contact", "contact_id", "caller", "participant", "sender_id")
NAMES = ("id", "number", "identifier", "name")
"""What a person is known by, where it is an object."""
EDITS = ("edited_at", "editedAt", "deleted_at", "deletedAt", "edited")
BEGINS = ("started_at", "startedAt", *TIMES)
CHATWOOT = {0: USER, 1: ASSISTANT}
"""Kinds of message of Chatwoot, as numbers; the others say what happened to the conversation."""

Message = Mapping[str, Any]


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read the requests of each conversation, with the replies to them."""
    unmapped("chat", hints)
    return _read(path, hints)


def _read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    for number, record in json_records(path, encoding=hints.encoding):
        try:
            conversation = object_of(record)
        except WrongRowError as error:
            yield Rejected(str(path), number, str(error))
            continue
        for place, one in enumerate(conversations_of(conversation)):
            name = f"{path.name}/{number}" + (f".{place}" if one is not conversation else "")
            try:
                found = messages_of(one)
                if found is None:
                    raise WrongRowError("no list of messages that say who speaks")
                yield from _turns(path, number, name, one, found, hints)
            except BROKEN as error:
                yield Rejected(str(path), number, reason(error))


def conversations_of(value: dict[str, Any], deep: int = DEEP) -> list[dict[str, Any]]:
    """Return the conversations in an object: those of a list in it, where several have messages of their own.

    >>> said = {"messages": [{"role": "user", "content": "stop"}]}
    >>> len(conversations_of({"version": 2, "conversations": [said, said]})), len(conversations_of(said))
    (2, 1)
    """
    for inside in value.values() if deep else ():
        if isinstance(inside, list):
            objects = [each for each in inside if isinstance(each, dict) and _message(each) is None]
            if len(objects) > 1 and all(messages_of(each) is not None for each in objects):
                return objects
        elif isinstance(inside, dict) and len(found := conversations_of(inside, deep - 1)) > 1:
            return found
    return [value]


def messages_of(value: Any, deep: int = DEEP) -> list[Message] | None:
    """Return the messages of a conversation: the longest list, or tree, of objects in which somebody says something.

    >>> messages_of({"id": 7, "call": {"messages": [{"role": "bot", "message": "Hello"}]}})
    [{'role': 'bot', 'message': 'Hello'}]
    """
    if not deep or not isinstance(value, Mapping | list):
        return None
    inside = list(value.values()) if isinstance(value, Mapping) else value
    own = [_message(each) for each in inside if _message(each) is not None]
    said = [each for each in own if each is not None]
    if said and 2 * len(said) >= len([each for each in inside if isinstance(each, Mapping)]):
        return said
    lists = [found for each in inside if (found := messages_of(each, deep - 1)) is not None]
    return max(lists, key=len, default=None)


def _message(value: Any) -> Message | None:
    """Return a message: an object that says who speaks; a node of a tree holds one."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("message"), Mapping):
        return _message(value["message"])
    if _is_call(value):
        return value
    return value if _speaker(value, {}) is not None and _content(value) is not None else None


def _is_call(value: Message) -> bool:
    return value.get("type") == "function_call" and isinstance(value.get("name"), str)


def _speaker(message: Message, told: Mapping[str, str]) -> str | None:
    for name in ROLES:
        word = message.get(name)
        if name == "message_type" and isinstance(word, int):
            return CHATWOOT.get(word, OTHER)
        if (speaker := speaker_of(word, told)) is not None:
            return speaker
    return None


def _content(message: Message) -> Any:
    return next((message[name] for name in CONTENTS if message.get(name) is not None), None)


def _first(value: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((value[name] for name in names if value.get(name) not in (None, "")), ABSENT)


def _named(value: Any) -> str | None:
    """Return what a person or a conversation is called."""
    if isinstance(value, Mapping):
        value = _first(value, NAMES)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _turns(
    path: Path, number: int, name: str, conversation: dict[str, Any], messages: list[Message], hints: Hints
) -> Iterator[Read | Rejected]:
    session = _named(_first(conversation, CONVERSATIONS)) or name
    common = {"session": session, "user": _named(_first(conversation, USERS)) or session or ONE_USER}
    times = [_first(each, TIMES) for each in messages]
    known = [each for each in times if each is not ABSENT]
    clock, written = clock_of(path, known, hints.time_format, hints.timezone)
    hints.found.update(zone_missing(known, written, hints.timezone))
    if written:
        hints.found["times"] = written
    began, pairing = _first(conversation, BEGINS), Conversations(backward=False)
    if clock is not None:
        times, began = (
            [each if each is ABSENT else clock(each) for each in times],
            clock(began) if began is not ABSENT else began,
        )
    complete = list[dict[str, Any]]()
    for message, time in _in_order(messages, times):
        speaker = ASSISTANT if _is_call(message) else _speaker(message, hints.roles)
        if hints.roles:
            hints.met.update(hints.roles.keys() & {str(message.get(name)).strip().casefold() for name in ROLES})
        if _is_call(message):
            pairing.did(session, message["name"])
        elif speaker in (USER, ASSISTANT):
            hints.left_out[NO_REQUEST] += speaker == ASSISTANT
            moment = began if time is ABSENT else time
            values = {**common, **({} if moment is ABSENT else {"time": moment}), **_said(message)}
            complete += [each for _, each in pairing.take(number, speaker or USER, values)]
        else:
            hints.left_out[NO_SPEAKER] += 1
    complete += [each for _, each in pairing.end()]
    for each in complete:
        try:
            yield Read(Turn.model_validate(fitted(each)))
        except BROKEN as error:
            yield Rejected(str(path), number, reason(error))


def _in_order(messages: list[Message], times: list[Any]) -> Iterator[tuple[Message, Any]]:
    """Yield messages with their times, the first said first: some exports begin with the last."""
    both = list(zip(messages, times, strict=True))
    known = [time for time in times if time is not ABSENT]
    backward = len(known) > 1 and type(known[0]) is type(known[-1]) and known[0] > known[-1]
    return iter(both[::-1] if backward else both)


def _said(message: Message) -> dict[str, Any]:
    """Return what a message is for a turn: its text; how sure the recogniser was; whether it was interrupted; whether,
    or when, it was taken back."""
    text = spoken(_content(message))
    said: dict[str, Any] = {"text": text}
    if isinstance(score := _first(message, ("transcript_confidence", "confidence")), int | float):
        said["asr"] = [{"text": text, "score": score}]
    if isinstance(interrupted := message.get("interrupted"), bool):
        said["interrupted"] = interrupted
    if isinstance(edited := _first(message, EDITS), bool | str | int | float):
        said["undone_after"] = edited
    return said

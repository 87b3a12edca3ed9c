"""Files with one row a message: who speaks in a row, and which reply belongs to which request.

The rows of the person are turns. The next row of the assistant in the same conversation is the response.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sayagain.log.readers.names import ROLE, ROLE_NAMES, spelled
from sayagain.schema import Turn

USER, ASSISTANT, OTHER = SPEAKERS = ("user", "assistant", "other")
"""Who speaks: the person, the assistant, or neither (a system, a tool)."""

_WORDS = {
    USER: "user human customer client caller visitor guest contact end_user enduser person participant prompter "
    "incoming inbound me you customer_transcript lead member kunde kundin benutzer nutzer anrufer besucher "
    "cliente usuario utilisateur appelant utente klant gebruiker пользователь клиент 用户 ユーザー",
    ASSISTANT: "assistant bot agent ai model chatbot gpt chatgpt claude operator outgoing outbound robot machine "
    "virtual_assistant va ivr agent_bot alexa_response support representative assistent berater asistente "
    "agente assistente medewerker ассистент бот 助手 アシスタント",
    OTHER: "system tool function developer function_call function_call_output tool_calls tool_call_result activity "
    "template private note log event handoff",
}  # fmt: skip
"""Words for who speaks, by whom they mean."""
_MEANING = {word: speaker for speaker, words in _WORDS.items() for word in words.split()}

UNANSWERED_AT_ONCE = 10_000
"""Conversations with a request that still waits for its reply; beyond that the oldest is taken to have none."""

NO_REQUEST = "said by the assistant"
NO_SPEAKER = "said by neither person nor assistant"


def speaker_of(word: Any, told: Mapping[str, str]) -> str | None:
    """Return who speaks by the word for it; None for one that is not known.

    >>> speaker_of("Customer", {}), speaker_of({"role": "model"}, {}), speaker_of("Pip", {"pip": ASSISTANT})
    ('user', 'assistant', 'assistant')
    """
    if isinstance(word, Mapping):
        word = word.get("role") or word.get("type")
    if not isinstance(word, str):
        return None
    plain = spelled(word)
    return told.get(word.strip().casefold()) or _MEANING.get(plain)


def role_column(rows: Sequence[Mapping[str, Any]], told: Mapping[str, str]) -> str | None:
    """Return the column that tells who speaks, by its name and its words; None where there is none."""
    for column in _candidates(rows):
        speakers = {speaker_of(word, told) for row in rows if (word := row.get(column)) not in (None, "")}
        if None not in speakers and {USER, ASSISTANT} <= speakers:
            return column
    return None


def may_be_role(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return a column whose name says that it tells who speaks; None where there is none."""
    return next(
        (column for column in _candidates(rows) if spelled(column) in (ROLE, "sender_type", "author_role")), None
    )


def _candidates(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = dict.fromkeys(column for row in rows for column in row)
    named = [column for column in columns if spelled(column) in ROLE_NAMES]
    return sorted(named, key=lambda column: ROLE_NAMES.index(spelled(column)))


@dataclass
class _Waiting:
    line: int
    values: dict[str, Any]


class Conversations:
    """Requests on their way to their replies, as rows come in."""

    def __init__(self, *, backward: bool) -> None:
        """Begin; ``backward``: the file begins with what was said last, so that replies come before requests."""
        self._backward = backward
        self._waiting: dict[str, _Waiting] = {}
        self._replies: dict[str, dict[str, Any]] = {}

    def take(self, line: int, speaker: str, values: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Take one row; yields the requests that are now complete, as (line, values of a turn)."""
        conversation = str(values.get("session", values.get("user", "")))
        if speaker == ASSISTANT and self._backward:
            self._replies[conversation] = values
        elif speaker == ASSISTANT:
            if (asked := self._waiting.pop(conversation, None)) is not None:
                yield asked.line, answered(asked.values, values)
        elif self._backward:
            yield line, answered(values, self._replies.pop(conversation, {}))
        else:
            if (before := self._waiting.pop(conversation, None)) is not None:
                yield before.line, answered(before.values, {})
            self._waiting[conversation] = _Waiting(line, values)
            if len(self._waiting) > UNANSWERED_AT_ONCE:
                oldest = self._waiting.pop(next(iter(self._waiting)))
                yield oldest.line, answered(oldest.values, {})

    def did(self, conversation: str, action: str) -> None:
        """Say what the assistant did about the request that waits for a reply in a conversation."""
        if (asked := self._waiting.get(conversation)) is not None:
            asked.values["action"] = action

    def end(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the requests that nobody answered."""
        for each in self._waiting.values():
            yield each.line, answered(each.values, {})


def answered(asked: dict[str, Any], reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a turn: a request, and the reply to it (empty where there was none)."""
    told = {
        "response": reply.get("text"),
        "end_time": reply.get("time") if _is_later(reply.get("time"), asked.get("time")) else None,
        "status": reply.get("status"),
        "action": reply.get("action"),
        "barge_in": reply.get("interrupted"),
        **{name: reply.get(name) for name in Turn.promoted},
    }
    request = {name: value for name, value in asked.items() if name != "interrupted"}
    return {**{name: value for name, value in told.items() if value is not None}, **request}


def _is_later(reply: Any, asked: Any) -> bool:
    """Return whether a reply came after the request, where both have a time of one kind."""
    for kind in (datetime, int | float, str):
        if isinstance(reply, kind) and isinstance(asked, kind):
            return bool(reply >= asked)  # type: ignore[operator]
    return False

"""The figures of asking in homes: whether questions were worth it, what was missed, and how people took them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sayagain.assistant.dialogue import SESSION
from sayagain.assistant.simulate import SIMULATION_START
from sayagain.evaluation.online.homes import Days
from sayagain.schema.truth import Truth
from sayagain.schema.turn import Turn

SAID_BESIDE = ("teach", "answer")
"""Kinds of what is said that is no request."""


def requests(days: Days) -> list[tuple[Turn, Truth]]:
    """Return the requests of a home, in the order of time."""
    rows = (row for row in days.values() if row[1].kind not in SAID_BESIDE)
    return sorted(rows, key=lambda row: row[0].time)


@dataclass(frozen=True)
class Asked:
    """What there is to count of one home: numbers that add up."""

    turns: int
    questions: int
    worth: int
    """Questions that were worth it."""
    moments: int
    """Sessions in which a question would have been worth it."""
    caught: int
    """Those of them in which such a question was asked."""
    unwelcome: tuple[int, ...]
    """Questions of each week that were ignored, or answered with "stop asking"."""
    asked: tuple[int, ...]
    """Questions of each week."""


def asked(days: Days, weeks: int) -> Asked:
    """Count the questions of one home.

    Worth it is what the truth says of the request: the same goal had failed within a week, the person shows that the
    answer was wrong, a name was not known; or that a later request for the same was put in the words that were taught
    and met.
    """
    rows = requests(days)
    questions = [row for row in rows if row[1].asked is not None]
    worth = [bool(row[1].worth_asking) or _helped(row, rows) for row in questions]
    unwelcome, every = [0] * weeks, [0] * weeks
    for turn, truth in questions:
        week = min((turn.time - SIMULATION_START).days // 7, weeks - 1)
        every[week] += 1
        unwelcome[week] += truth.taken != "answered"
    good = {turn.turn for (turn, _), is_worth in zip(questions, worth, strict=True) if is_worth}
    sessions = list(_sessions(rows))
    moments = [each for each in sessions if any(truth.worth_asking or turn.turn in good for turn, truth in each)]
    caught = sum(any(turn.turn in good for turn, _ in each) for each in moments)
    return Asked(len(rows), len(questions), sum(worth), len(moments), caught, tuple(unwelcome), tuple(every))


def _helped(question: tuple[Turn, Truth], rows: Sequence[tuple[Turn, Truth]]) -> bool:
    """Return whether what the answer taught changed a later outcome."""
    about, known = question
    return known.taken == "answered" and any(
        turn.time > about.time
        and turn.user == about.user
        and truth.kind == known.kind
        and truth.meaning == known.meaning
        and truth.met
        and turn.layer is not None
        and turn.layer.source == "taught"
        for turn, truth in rows
    )


def _sessions(rows: Sequence[tuple[Turn, Truth]]) -> Iterator[list[tuple[Turn, Truth]]]:
    """Yield each person's requests by session, cut at silences as the assistant cuts them."""
    by_person: dict[str, list[tuple[Turn, Truth]]] = {}
    for row in rows:
        by_person.setdefault(row[0].user, []).append(row)
    for mine in by_person.values():
        session = mine[:1]
        for row in mine[1:]:
            if row[0].time - session[-1][0].time > SESSION:
                yield session
                session = []
            session.append(row)
        yield session

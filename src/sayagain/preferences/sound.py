"""Sound: what was read of a statement is left where it is nonsense, for nothing is better than something else.

Such are a time between two days in the place of one, a rule without a deed, and a number that is to be another number,
which no request would ever use.
"""

from __future__ import annotations

import re

from sayagain.preferences.conditions import stand
from sayagain.preferences.times import NUMBERS, duration
from sayagain.preferences.tokens import kept, plain, tokens
from sayagain.schema.preference import Lesson

_JOINED = re.compile(r"^(?:and|or|but) | (?:and|or|but)$|\b(?:weekdays|weekends)\b")
"""Values that are of two: "nine", of "seven on weekdays and nine on weekends"."""
_NO_DEED = re.compile(r"^(?:never|always|only) (?:\d|not(?: |$))")
_INSTEAD = re.compile(r"^ (?:use|play|take|pick|choose|go with|put on) .* instead of(?P<before> .+)$")
"""What says that one is used, and not another."""
_EVENING = re.compile(r"^after 0?(?P<hour>[6-9]|1[01]):(?P<minute>[0-5]\d)$")
_MARKED = re.compile(r" (?:am|pm|morning|evening|night|noon|afternoon|\d?\d:\d\d|breakfast|school|work)(?= |$)")


def sound(lesson: Lesson, text: str) -> Lesson | None:
    """Return a lesson as its statement means it; None where what was read of that is nonsense.

    >>> sound(Lesson(kind="value", subject="ten minutes", value="20 minutes"), "ten minutes means twenty minutes")
    >>> sound(Lesson(kind="value", subject="seven", value="07:00"), "seven means seven in the morning").value
    '07:00'
    """
    said = plain(stand(plain(tokens(text)))[0])
    if any(reason(lesson, said) for reason in _NONSENSE):
        return None
    return _in_the_evening(lesson, said)


def _of_two(lesson: Lesson, _said: str) -> bool:
    return lesson.kind in ("value", "default") and _JOINED.search(lesson.value) is not None


def _without_deed(lesson: Lesson, _said: str) -> bool:
    return lesson.kind == "rule" and (bool(_NO_DEED.search(lesson.value)) or " that is" in lesson.subject)


def _reversed(lesson: Lesson, said: str) -> bool:
    """Return whether what is used is taken for what is not: "use the floor lamp instead of the ceiling lamp"."""
    found = _INSTEAD.match(said)
    return found is not None and f" {lesson.value} " in f" {kept(found['before'])} "


def _number_for_another(lesson: Lesson, _said: str) -> bool:
    """Return whether a number is to mean another one; that seven is seven in the morning says something."""
    if lesson.kind != "value":
        return False
    if duration(f" {lesson.subject}") is not None and "couple" not in lesson.subject:
        return True
    number = NUMBERS.get(lesson.subject, lesson.subject)
    if not str(number).isdecimal():
        return False
    clock = re.search(r"(\d\d):00", lesson.value)
    return clock is None or int(clock[1]) % 12 != int(number) % 12


def _never_asked_for(lesson: Lesson, _said: str) -> bool:
    """Return whether a rule is about the assistant's own questions, which are no deed: "never ask things"."""
    return lesson.kind == "rule" and lesson.value in ("never ask", "only ask") and lesson.subject in _QUESTIONS


_QUESTIONS = frozenset(["", "me", "things", "questions", "stuff", "anything", "so many questions", "me things"])
_NONSENSE = (_of_two, _without_deed, _reversed, _number_for_another, _never_asked_for)


def _in_the_evening(lesson: Lesson, said: str) -> Lesson:
    """Return a ban from an hour on as one in the evening: "do not disturb me after nine" bans no whole day."""
    found = _EVENING.match(lesson.when.time or "")
    if lesson.kind != "rule" or not lesson.value.startswith("never") or found is None or _MARKED.search(said):
        return lesson
    time = f"after {int(found['hour']) + 12}:{found['minute']}"
    return lesson.model_copy(update={"when": lesson.when.model_copy(update={"time": time})})

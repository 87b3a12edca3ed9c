"""What was taught of what a request leaves open: "wake me up tomorrow" with its person's time, "play some music" with
what they like.

How an assistant wants to be asked is not known here: of a few usual ways the first is taken that it understands,
the plainest first. It goes through the same guards as the words that a person gave a meaning (``taught.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sayagain.online.bare import bare
from sayagain.online.taught import decided
from sayagain.preferences.domains import domain_of
from sayagain.preferences.in_force import Moment, in_force
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema.meaning import slots_of
from sayagain.schema.preference import Preference
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

_WAKING = re.compile(
    r"^(?:(?:wake|waking|get|getting) (?:me )?up|wake me|dont let me (?:over ?sleep|sleep in)|"
    r"do not let me (?:over ?sleep|sleep in)|set (?:an|my|the) alarm)"
    r"(?: for)?(?P<day>(?: (?:tomorrow|to morrow|in the morning|tomorrow morning|the morning))*)$"
)
"""Requests to be woken that name no time."""
_MUSIC = re.compile(
    r"^(?:(?:play|put on|start)(?: me)?(?: (?:some|any|a bit of|a little|my))? (?:music|songs|tunes|something)"
    r"|(?:some )?music|put (?:something|some music) on|i want(?: to hear)?(?: some)? music)$"
)
"""Requests for music that name none."""
_OF_WAKING = re.compile(r"\b(?:wak\w*|woken?|alarms?|get(?:ting)? up|ris(?:e|ing)|(?:over)?sleep\w*|mornings?)\b")
"""What a lesson about the time to get up is about."""
_CLOCK = re.compile(r"(\d\d):(\d\d)")
ALARM, MUSIC = "alarm", "music"


@dataclass(frozen=True)
class _Known:
    """What may be looked at to complete a request."""

    request: Turn
    now: datetime
    """In the person's own time."""
    lessons: Sequence[Preference]
    profile: UserProfile
    context: RetrievalContext


def completed(
    request: Turn, now: datetime, lessons: Sequence[Preference], profile: UserProfile, context: RetrievalContext
) -> Decision | None:
    """Return a request with what its person set for what it leaves open; None where it leaves nothing open like that.

    Args:
        request: as it was heard.
        now: its time, as its person has it.
        lessons: what was taught that reaches its person, whenever it holds.
        profile: what is known of them.
        context: what everyone does, and the rules.
    """
    form = bare(form_of(request.text))
    known = _Known(request, now, lessons, profile, context)
    for pattern, plainly, complete in _OPEN.values():
        if (open_ := pattern.match(form)) is None:
            continue
        ways = map(form_of, complete(form, open_, known))
        found = next(filter(context.understands, ways), None)
        if found is not None:
            return decided(request, found, profile, context, plainly)
    return None


def leaves_open(text: str) -> str | None:
    """Return what a request leaves open that a person may set once for all: ``alarm`` or ``music``; None for neither.

    >>> leaves_open("Wake me up tomorrow, please"), leaves_open("put something on"), leaves_open("play some jazz")
    ('alarm', 'music', None)
    """
    form = bare(form_of(text))
    return next((what for what, (pattern, _, _) in _OPEN.items() if pattern.match(form)), None)


def _with_time(form: str, open_: re.Match[str], known: _Known) -> Iterator[str]:
    """Yield ways to ask to be woken at the time that holds on the morning that is meant."""
    tomorrow = known.now + timedelta(days=1)
    times = {day: _time_on(day, known) for day in (known.now, tomorrow)}
    today = times[known.now]
    over = today is None or known.now.strftime("%H:%M") >= today
    at = times[tomorrow] if open_["day"] or over else today
    if at is None:
        return
    hour, minute = at.split(":")
    clock = str(int(hour)) + (f" {minute}" if minute != "00" else "")
    day = " tomorrow" if open_["day"] or over else ""
    yield f"set an alarm for {clock}{day}"
    yield f"wake me up at {clock}{day}"
    yield f"{form} at {clock}"


def _time_on(day: datetime, known: _Known) -> str | None:
    """Return when a person wants to be woken on a day: what is said of fewer days goes before what is said of all."""
    about = [(each, time) for each in known.lessons if (time := _waking(each)) is not None]
    fitting = [
        (each.when.day is not None, each.since, time)
        for each, time in about
        for hour, minute in [time.split(":")]
        if in_force([each], Moment(day.replace(hour=int(hour), minute=int(minute)), device=known.request.device))
    ]
    return max(fitting)[-1] if fitting else None


def _waking(lesson: Preference) -> str | None:
    """Return the time at which a lesson says that its person is woken; None where it says none."""
    if lesson.kind == "rule":  # "wake me at seven from now on"
        time = lesson.when.time if _OF_WAKING.search(lesson.value) and lesson.value.startswith("always") else None
    else:
        time = lesson.value if lesson.kind in ("value", "default") and _OF_WAKING.search(lesson.subject) else None
    return time if time is not None and _CLOCK.fullmatch(time) else None


def _with_music(_form: str, _open: re.Match[str], known: _Known) -> Iterator[str]:
    """Yield ways to ask for what this person likes, what they said last first."""
    held = in_force(known.lessons, Moment(known.now, device=known.request.device))
    liked = [each for each in held if each.kind in ("like", "default") and (not each.subject or _of_music(each))]
    for each in sorted(liked, key=lambda each: each.since, reverse=True):
        way = f"play {each.value}"
        if (each.subject and not _is_medium(each)) or _plays(way, known):
            yield way


def _of_music(lesson: Preference) -> bool:
    """Return whether a lesson is about music, by any word for it: "my favourite band is Queen"."""
    return domain_of(f" {lesson.subject}") == MUSIC


def _is_medium(lesson: Preference) -> bool:
    """Return whether a default says on or with what music is played, and not which."""
    if lesson.kind != "default":
        return False
    value = re.escape(form_of(lesson.value))
    told = rf"\b(?:on|in|from|through|via|with|using|use|over|by) (?:the |my |our )?{value}\b"
    return re.search(told, form_of(lesson.evidence)) is not None


def _plays(way: str, known: _Known) -> bool:
    """Return whether what is liked is known to be played: somebody asked for it with success, in whatever words."""
    index, form = known.context.global_index, form_of(way)
    played = {
        slot
        for number in index.served.tolist()
        if index.forms[number].startswith("play ")
        for slot, _ in slots_of(index.meanings[number])
    }
    return bool(played & index.values.get(form.removeprefix("play "), frozenset())) or form in known.profile.phrases


_Complete = Callable[[str, "re.Match[str]", _Known], Iterator[str]]
_OPEN: Mapping[str, tuple[re.Pattern[str], str, _Complete]] = {
    ALARM: (_WAKING, "wake me up", _with_time),
    MUSIC: (_MUSIC, "play music", _with_music),
}
"""What may be left open, in plain words ("don't let me oversleep" reverses nothing), and how it is completed."""

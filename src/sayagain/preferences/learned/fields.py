"""Fields: words of a statement in the form in which a record keeps them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sayagain.preferences.conditions import restricted
from sayagain.preferences.learned.words import MARKS, spoken
from sayagain.preferences.statement import Statement, Whole, trimmed
from sayagain.preferences.times import DAYS, Clock, digits
from sayagain.preferences.tokens import ARTICLES, kept
from sayagain.preferences.verbs import E_VERBS, PARTICIPLES, SWITCHING, base
from sayagain.schema.preference import ALWAYS

FILLERS = frozenset(["um", "umm", "uh", "er", "erm", "ah", "eh", "hmm", "like", "well", "so", "right", "ok"])
"""Words that may stand within what is kept without being part of it."""


def measured(words: Sequence[str], clock: Clock, subject: str) -> str | None:
    """Return a time, number, duration or day as it is kept; None where words are none.

    >>> measured(["two", "tablespoons"], Clock(False), "splash"), measured(["fridays"], Clock(False), "date night")
    ('2 tablespoons', 'friday')
    """
    said = " ".join(word for word in words if word not in MARKS)
    whole = Whole("person", False, clock, (), "", None)
    if (found := Statement("", ALWAYS, whole).measured(_COLON.sub(r"\1:\2", said), subject)) is not None:
        return found
    if said.removesuffix("s") in DAYS:
        return said.removesuffix("s")
    return _quantity(said)


_COLON = re.compile(r"(?<![\d.])(\d{1,2})\.([0-5]\d)(?![\d.])")
_AMOUNT = re.compile(
    r"(?:about |around |exactly |roughly |anything |anything that is |a |an )*"
    r"(?P<side>(?:under|below|less than|above|over|more than|at least|at most|up to) )?(?:a )?(?P<number>\d+(?:\.\d+)?)"
    r"(?P<th>st|nd|rd|th)?(?P<unit>(?: [a-z%]+){0,3})"
)


def _quantity(said: str) -> str | None:
    """Return a number with its unit, "2 tablespoons", or on one side of it, "below 16"."""
    found = _AMOUNT.fullmatch(digits(said))
    if found is None or not (found["side"] or found["th"] or found["unit"]):
        return None
    unit = re.sub(r" degrees?(?: celsius| fahrenheit)?$", "", found["unit"]).replace(" percent", "%")
    return f"{found['side'] or ''}{found['number']}{found['th'] or ''}{unit}"


def condition(name: str, words: Sequence[str], clock: Clock) -> str | None:
    """Return a field of a condition, as the templates give it; where they know none, its words.

    >>> condition("time", ["before", "nine"], Clock(False)), condition("day", ["sundays"], Clock(False))
    ('before 09:00', 'sunday')
    >>> condition("place", ["my", "shed"], Clock(False)), condition("day", ["a", "school", "night"], Clock(False))
    ('shed', 'weekdays')
    """
    said = spoken(words) if name != "time" else " ".join(word for word in words if word not in MARKS)
    for lead in _LEADS[name]:
        left, when = restricted(f" {lead}{said}", clock, frozenset([name]))
        found = when.said.get(name)
        if found is not None and not left.strip(" ,"):
            return found
    if name == "time" and (found := clock.range(f" {said}")) is not None:
        return found
    left = kept(_LEADING.sub("", said))
    if name == "day":
        left = _DAYS.get(left) or (left.removesuffix("s") if left.removesuffix("s") in DAYS else left)
    return left or None


_LEADING = re.compile(
    r"^(?:(?:in|on|at|by|during|with|for|over|while|when|if|whenever|it is|we are|i am|every|each|come|only|around|"
    r"the|my|our|a|an|any|all) )+(?=.)"
)
"""What leads to when or where something holds."""
_LEADS = {"time": ("", "at ", "in the ", "during ", "every "), "day": ("", "on "), "place": ("", "in the ", "in "),
          "device": ("", "on the ")}  # fmt: skip
_WEEKDAYS = (
    "school night", "school nights", "school day", "school days", "schooldays", "work night", "work nights", "workdays",
    "working days", "mon to fri", "week", "working week", "every weekday",
)  # fmt: skip
_DAYS = {
    **dict.fromkeys(_WEEKDAYS, "weekdays"), "sat and sun": "weekends", "weekend": "weekends",
    "mon": "monday", "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "thu": "thursday", "thurs": "thursday",
    "fri": "friday", "sat": "saturday", "sun": "sunday",
}  # fmt: skip
"""Days by other names, where it is known that a day is spoken of."""


_ROOTS = {"using": "use", "adding": "add", "added": "add", "going": "go", "doing": "do", "goes": "go", "comes": "come",
          "stays": "stay", "gets": "get"}  # fmt: skip
"""Verbs of which ``base`` does not find the base form."""
_SWITCHED = SWITCHING | {"go", "come", "shut", "knock", "get"}
"""Verbs that say with "on" or "off" that something is switched."""
SWITCHES = frozenset(["on", "off"])


def root(word: str) -> str:
    """Return the base form of a verb.

    >>> root("woken"), root("adding"), root("keep")
    ('wake', 'add', 'keep')
    """
    return _ROOTS.get(word) or PARTICIPLES.get(word) or base(word)


def verb(words: Sequence[str]) -> list[str]:
    """Return words of a deed with its verb in the base form, and one word for all ways of switching.

    >>> verb(["switching", "off"]), verb(["goes", "off"]), verb(["off"]), verb(["keep", "short"])
    (['turn', 'off'], ['turn', 'off'], ['turn', 'off'], ['keep', 'short'])
    """
    if not words:
        return []
    if words[0] in SWITCHES:
        return ["turn", *words]
    first = root(words[0])
    switched = first in _SWITCHED and words[1:2] in (["on"], ["off"])
    put = first == "put" and len(words) > 2  # "put on loudspeaker"
    return ["turn" if switched and not put else first, *words[1:]]


def forms(word: str) -> frozenset[str]:
    """Return the forms that a word of a statement may have in a record: those of verbs, and without a plural's s."""
    found = {word, word.strip("'."), root(word)}
    if root(word) in _SWITCHED:
        found.add("turn")
    if word.endswith("s") and len(word) > 3:
        found |= {word[:-1], word[:-2]} if word.endswith("es") else {word[:-1]}
    if word.endswith("ing") and word[:-3] not in E_VERBS:
        found.add(word[:-3])
    return frozenset(found)


def whole_words(words: Sequence[str]) -> bool:
    """Return whether words name something: not only articles, marks and fillers."""
    return any(word not in MARKS and word not in ARTICLES for word in words)


def tidy(words: Sequence[str]) -> str:
    """Return a name as it is kept, without fillers at its ends."""
    return trimmed(spoken(words))


_SORTS = {
    **dict.fromkeys(("song", "songs", "tune", "tunes", "track", "tracks"), "music"),
    **dict.fromkeys(("movie", "movies", "films"), "film"),
    **dict.fromkeys(("telly", "television", "show", "shows", "tv show", "tv shows"), "tv"),
    **dict.fromkeys(("texts", "text messages"), "messages"),
    **dict.fromkeys(("novel", "novels", "books"), "book"),
    **dict.fromkeys(("phone calls", "phone call"), "calls"),
    **dict.fromkeys(("forecast", "weather forecast"), "weather"),
    **dict.fromkeys(("route", "routes", "navigation"), "directions"),
    **dict.fromkeys(("station", "radio station"), "radio"),
    **{f"{each}s": each for each in ("podcast", "timer", "alarm", "audiobook", "temperature", "voice", "volume")},
    "groceries": "shopping", "headlines": "news", "reminder": "reminders", "unit": "units",
}  # fmt: skip
"""Sorts of things by other names → as the templates name them."""
_PLURALS = frozenset(_SORTS.values()) | {"series", "sports"}


def sort_of(words: str, kind: str) -> str:
    """Return the sort of thing that words name; of a taste in the singular.

    >>> sort_of("tunes", "default"), sort_of("recipes", "like"), sort_of("events", "default")
    ('music', 'recipe', 'events')
    """
    if words in _SORTS or words in _PLURALS or kind == "default":
        return _SORTS.get(words, words)
    before, space, last = words.rpartition(" ")
    if last.endswith("ies") and len(last) > 5:
        last = f"{last[:-3]}y"
    elif last not in _PLURALS and not last.endswith(("ss", "us", "is", "'s")):
        last = last.removesuffix("s")
    return f"{before}{space}{last}"

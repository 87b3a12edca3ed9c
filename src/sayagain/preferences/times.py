"""Times, durations and numbers of a statement, as they are kept: ``07:00``, ``after 22:00``, ``10 minutes``, ``30%``.

A parser of dates was tried first (dateparser 1.5): of ten such phrases it read three as they are meant. "Half past
six", "two to three pm", "quarter to eight", "weekdays" and "every monday" it does not know, of "after ten" it loses the
"after", and it makes a date of a time that recurs. What recurs in a statement is a closed set of phrases: it is here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from text_to_num import alpha2digit

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
         "ninety": 90}  # fmt: skip
NUMBERS = {
    **{word: number for number, word in enumerate(_SMALL)},
    **_TENS,
    **{f"{tens} {_SMALL[unit]}": value + unit for tens, value in _TENS.items() for unit in range(1, 10)},
    "hundred": 100, "one hundred": 100, "a hundred": 100, "a couple of": 2, "a couple": 2, "couple of": 2,
}  # fmt: skip
"""Number words → numbers, as far as people use them for what they teach."""

NUMBER = rf"(?: (?:\d+(?:\.\d+)?|{'|'.join(sorted((re.escape(each) for each in NUMBERS), key=len, reverse=True))}))"
_HOUR = rf"(?: (?:{'|'.join(sorted(_SMALL[1:13], key=len, reverse=True))}|[01]?\d|2[0-4]))"
_MINUTES = (
    r"(?: (?:oh five|five|ten|fifteen|twenty five|twenty|thirty five|thirty|forty five|forty|fifty five|fifty|"
    r"[0-5]\d|5))"
)
_MARK = r"(?: (?:am|pm|in the morning|in the afternoon|in the evening|at night|of the morning|morning|evening|tonight))"
CLOCK = (
    rf"(?:(?: at)?(?: about| around| exactly)?(?:(?:(?: a)?(?: half| quarter|{_MINUTES}(?: minutes)?)(?: past| "
    rf"to| after| before)"
    rf"{_HOUR}| half{_HOUR}|{_HOUR}{_MINUTES}| \d?\d:\d\d|{_HOUR})(?: oclock| sharp)?{_MARK}?| noon| midday| "
    rf"midnight))(?= |$)"
)
"""Regular expression of a time of day, over tokens."""
_UNITS = r"(?: (?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?))"
DURATION = rf"(?: half an hour| (?:a )?quarter of an hour| an hour(?: and a half)?| a minute|{NUMBER}{_UNITS})(?= |$)"
EVENING = re.compile(r" (?:pm|afternoons?|evenings?|nights?|tonight|dinner|dinnertime|supper|bedtime)(?= |$)")
MORNING = re.compile(r" (?:am|mornings?|breakfast)(?= |$)")
WAKING = re.compile(
    r" (?:wakes?|woken|waking|(?:get|gets|getting|am|are|be) up|up (?:at|by|before)|early|dawn|sunrise|alarms?|"
    r"lie in|elevenses)(?= |$)"
)
LATE = re.compile(
    r" (?:late|later|bed|sleep|asleep|lock|lights out|curfew|quiet|screens?|films?|movies?|sunset|sundown|tea ?time|"
    r"after (?:work|school)|after (?:half |quarter past |quarter to )?(?:six|seven|eight|nine|ten|eleven|[6-9]|10|11))"
    r"(?= |$)"
)
"""What an hour that could be of either half of the day is of the second for: "no music after ten"."""
_ALONE = re.compile(rf"(?<!twenty)(?<!thirty)(?<!forty)(?<!fifty){CLOCK}(?!{_UNITS}| percent| degrees| times)")
FIRST_HOURS = range(1, 6)
"""Hours that nobody speaks of before noon, but for waking: "after two"."""

_CLOCK = re.compile(
    rf"(?: at)?(?: about| around| exactly)?(?:(?P<word> noon| midday| midnight)"
    rf"|(?: a)?(?P<offset> half| quarter|{_MINUTES})(?: minutes)?(?P<side> past| to| after| before)(?P<of>{_HOUR})"
    rf"|(?P<half> half)(?P<halved>{_HOUR})|(?P<digits> \d?\d:\d\d)|(?P<hour>{_HOUR})(?P<minutes>{_MINUTES})?)"
    rf"(?: oclock| sharp)?(?P<mark>{_MARK})?"
)
_RANGE = re.compile(rf"(?: from| between)?(?P<start>{CLOCK})(?: to| till| until| and| through)(?P<end>{CLOCK})")
_TO_THE_HOUR = re.compile(rf" (?:five|ten|twenty|twenty five|5|10|20|25) to{_HOUR}")
"""Minutes to an hour, and no range: "ten to seven" is 6:50."""
_SIDES = {"before": "before", "until": "before", "till": "before", "earlier than": "before", "up to": "before",
          "any time before": "before", "anything before": "before", "after": "after", "from": "after", "past": "after",
          "later than": "after", "any time after": "after", "anything after": "after", "anything past": "after",
          "onwards": "after", "since": "after", "starting at": "after"}  # fmt: skip
_SIDED = re.compile(
    rf"(?: (?P<side>{'|'.join(sorted(_SIDES, key=len, reverse=True))}))(?P<clock>{CLOCK})(?: on| onwards| onward)?"
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = re.compile(rf"(?: on)? (?P<day>{'|'.join(DAYS)}|weekdays|weekends)")


@dataclass(frozen=True)
class Clock:
    """Reads times of day in one statement: an hour without a marker is of the part of the day that is spoken of."""

    evening: bool
    """Whether an hour without a marker of its own is one after noon."""

    @classmethod
    def of(cls, text: str) -> Clock:
        """Read what a whole statement (tokens) speaks of.

        Of 415 times that people set (those that the tagger learns from) this gives the half of the day of 0.96, and of
        0.74 by ``EVENING`` and ``MORNING`` alone; it was made with these in view.

        >>> [Clock.of(text).evening for text in (" pick up is at three", " wake me at five", " no music after ten")]
        [True, False, True]
        """
        if EVENING.search(text):
            return cls(not MORNING.search(text))
        if MORNING.search(text) or WAKING.search(text):
            return cls(False)
        return cls(bool(LATE.search(text)) or any(map(_early, _ALONE.finditer(text))))

    def time(self, words: str) -> str | None:
        """Return a time of day, None where it is none.

        >>> Clock(False).time(" half past six"), Clock(True).time(" ten"), Clock(True).time(" seven in the morning")
        ('06:30', '22:00', '07:00')
        """
        found = _CLOCK.fullmatch(words)
        if found is None:
            return None
        if word := found["word"]:
            return "00:00" if word.strip() == "midnight" else "12:00"
        hour, minute = _hour_and_minute(found)
        if hour > 24 or minute > 59:
            return None
        at = (self._marked(hour, (found["mark"] or "").strip(), bool(found["digits"])) * 60 + minute) % 1440
        return f"{at // 60:02}:{at % 60:02}"

    def _marked(self, hour: int, mark: str, digits: bool) -> int:
        if mark in ("am", "in the morning", "of the morning", "morning"):
            return hour % 12
        if mark == "at night" and hour in (12, 1, 2, 3):
            return hour % 12
        if mark or (self.evening and 1 <= hour <= 11 and not (digits and hour == 0)):
            return hour % 12 + 12 if hour <= 12 else hour
        return hour

    def range(self, words: str) -> str | None:
        """Return a time, a range or a side of one, None where it is none.

        >>> Clock(True).range(" after ten at night"), Clock(True).range(" two to three pm")
        ('after 22:00', '14:00-15:00')
        >>> Clock(False).range(" ten to seven"), Clock(False).range(" noon to two")
        ('06:50', '12:00-14:00')
        """
        if _TO_THE_HOUR.fullmatch(words):
            return self.time(words)
        if found := _RANGE.fullmatch(words):
            start, end = self._both(found["start"], found["end"])
            return f"{start}-{end}" if start and end else None
        if found := _SIDED.fullmatch(words):
            time = self.time(found["clock"])
            return f"{_SIDES[found['side']]} {time}" if time else None
        return self.time(words)

    def _both(self, start: str, end: str) -> tuple[str | None, str | None]:
        """Return both ends; "two to three pm" are both after noon, "nine to five" and "noon to two" pass noon."""
        first, last = self.time(start), self.time(end)
        if first and last and self.evening and not re.search(_MARK, start) and first > last:
            first = Clock(False).time(start)
        if first and last and last < first <= "12:59" and not re.search(_MARK, end):
            last = f"{int(last[:2]) + 12:02}{last[2:]}"
        return first, last

    def value(self, words: str) -> str | None:
        """Return a time, range, duration, number or day as it is kept, None where words are none of them.

        >>> Clock(False).value(" ten minutes"), Clock(False).value(" thirty percent"), Clock(False).value(" friday")
        ('10 minutes', '30%', 'friday')
        """
        day = _DAY.fullmatch(words)
        return duration(words) or quantity(words) or (day and day["day"]) or self.range(words)


def _early(said: re.Match[str]) -> bool:
    """Return whether a time of day has an hour of ``FIRST_HOURS``."""
    found = _CLOCK.fullmatch(said[0])
    return found is not None and found["word"] is None and _hour_and_minute(found)[0] in FIRST_HOURS


def duration(words: str) -> str | None:
    """Return a duration as it is kept.

    >>> duration(" half an hour"), duration(" two hours"), duration(" an hour")
    ('30 minutes', '2 hours', '1 hour')
    """
    if re.fullmatch(DURATION, words) is None:
        return None
    fixed = {
        "half an hour": "30 minutes",
        "an hour": "1 hour",
        "a minute": "1 minute",
        "an hour and a half": "90 minutes",
    }
    if words.strip() in fixed:
        return fixed[words.strip()]
    if "quarter" in words:
        return "15 minutes"
    number, unit = words.strip().rsplit(" ", 1)
    unit = {
        "min": "minutes",
        "mins": "minutes",
        "sec": "seconds",
        "secs": "seconds",
        "hr": "hours",
        "hrs": "hours",
    }.get(unit, unit)
    return f"{_number(number)} {unit}"


def quantity(words: str) -> str | None:
    """Return degrees, a percentage or a level as it is kept.

    >>> quantity(" 21 degrees celsius"), quantity(" level four"), quantity(" fifty percent"), quantity(" half")
    ('21', '4', '50%', None)
    """
    found = re.fullmatch(
        rf"(?: (?:about|around|level|exactly|number))*(?P<number>{NUMBER})(?P<percent> percent)?(?: "
        rf"degrees?)?(?: celsius| fahrenheit)?"
        r"(?: out of ten)?",
        words,
    )
    if found is None or not re.search(r" percent| degrees?| level| number| out of", words):
        return None
    return _number(found["number"].strip()) + ("%" if found["percent"] else "")


def digits(said: str) -> str:
    """Return words with digits in the place of written numbers."""
    return str(alpha2digit(said, "en", threshold=0)) if said else said


def numbered(words: Sequence[str]) -> list[str]:
    """Return words with digits in the place of written numbers; "first" is no number there.

    >>> numbered("never above twenty two".split()), numbered("below fifty percent".split())
    (['never', 'above', '22'], ['below', '50%'])
    """
    found = digits(" ".join(words))
    if re.search(r"\d(?:st|nd|rd|th)\b", found):
        return list(words)
    return re.sub(r"(?<=\d) percent\b", "%", found).split()


def bare(words: str) -> str | None:
    """Return a number that stands alone as it is kept, None where it is none."""
    return _number(words.strip()) if re.fullmatch(NUMBER, words) else None


def _number(word: str) -> str:
    return str(NUMBERS.get(word, word))


def _int(word: str) -> int:
    word = word.strip().removeprefix("oh ")
    return int(word) if word.isdecimal() else NUMBERS[word]


def _hour_and_minute(found: re.Match[str]) -> tuple[int, int]:
    if found["digits"]:
        hour, minute = found["digits"].strip().split(":")
        return int(hour), int(minute)
    if found["half"]:
        return _int(found["halved"]), 30
    if found["of"]:
        offset = {"half": 30, "quarter": 15}.get(found["offset"].strip()) or _int(found["offset"])
        hour = _int(found["of"])
        return (hour, offset) if found["side"].strip() in ("past", "after") else ((hour - 1) % 24 or 12, 60 - offset)
    return _int(found["hour"]), _int(found["minutes"]) if found["minutes"] else 0

"""Fillings for the frames of a language, from locale data (CLDR): quantities, weekdays, months, parts of the day."""

from __future__ import annotations

import random
from collections.abc import Sequence

from babel import Locale
from babel.units import format_unit
from hassil.numbers import get_rbnf_engine

from sayagain.evaluation.safety.tables import Table

Two = tuple[str, str]

TIME_PAIRS = (
    ((10, "hour"), (10, "minute")), ((5, "minute"), (5, "second")), ((2, "week"), (2, "day")),
    ((15, "minute"), (50, "minute")), ((12, "minute"), (20, "minute")),
)  # fmt: skip
"""Another unit, or another number."""
NUMBER_PAIRS = ((13, 30), (14, 40), (15, 50), (16, 60), (2, 12))
"""Numbers whose words sound alike."""
PARTS_OF_DAY = ("morning1", "afternoon1", "evening1", "night1")
"""Parts of the day in the locale data; the morning is taken for each other part, as those run into each other."""
WEEKDAY_PAIRS, MONTH_PAIRS, DAYPART_PAIRS = 3, 2, 3
"""Pairs that are drawn of each."""


def fillings(language: str, table: Table, filler: str, draw: random.Random) -> list[Two]:
    """Return pairs of fillings that must not be confused."""
    if filler == "durations":
        return [
            (_unit(language, f"duration-{u}", n), _unit(language, f"duration-{v}", m)) for (n, u), (m, v) in TIME_PAIRS
        ]
    if filler == "temperatures":
        celsius, fahrenheit = (_unit(language, f"temperature-{scale}", 20) for scale in ("celsius", "fahrenheit"))
        return [(fahrenheit, celsius), (_unit(language, "temperature-celsius", 12), celsius)]
    if filler == "words":
        spell = get_rbnf_engine(language)
        return [(spell.format_number(a).text, spell.format_number(b).text) for a, b in NUMBER_PAIRS]
    locale = Locale.parse(language)
    if filler == "weekdays":
        return _drawn([str(locale.days["format"]["wide"][day]) for day in table.weekdays], WEEKDAY_PAIRS, draw)
    if filler == "months":
        return _drawn([str(name) for name in locale.months["stand-alone"]["wide"].values()], MONTH_PAIRS, draw)
    morning, *others = table.dayparts or _dayparts(locale)
    pairs = [pair for other in others for pair in ((morning, other), (other, morning))]
    return draw.sample(pairs, min(DAYPART_PAIRS, len(pairs)))


def _unit(language: str, unit: str, number: int) -> str:
    return format_unit(number, unit, length="long", locale=language).replace("\xa0", " ")


def _dayparts(locale: Locale) -> list[str]:
    wide = locale.day_periods["format"]["wide"]
    return list(dict.fromkeys(str(wide[name]) for name in PARTS_OF_DAY if name in wide))


def _drawn(names: Sequence[str], count: int, draw: random.Random) -> list[Two]:
    pairs = [(a, b) for a in names for b in names if a != b]
    return draw.sample(pairs, min(count, len(pairs)))

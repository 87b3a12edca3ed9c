"""Words of times, units and numbers from CLDR: ``babel`` for names, ``unicode-rbnf`` for numbers written out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from sayagain.guards.forms import plain

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
RELATIVE = {-2: "before yesterday", -1: "yesterday", 0: "today", 1: "tomorrow", 2: "after tomorrow"}
PERIODS = ("midnight", "noon", "morning", "afternoon", "evening", "night", "am", "pm")
UNITS = {
    **{f"duration-{unit}": unit for unit in ("year", "month", "week", "day", "hour", "minute", "second")},
    "duration-millisecond": "millisecond",
    **{f"temperature-{unit}": unit for unit in ("celsius", "fahrenheit", "kelvin")},
    "temperature-generic": "degree",
    "concentr-percent": "percent",
    "length-kilometer": "kilometre",
    "length-meter": "metre",
    "length-centimeter": "centimetre",
    "length-millimeter": "millimetre",
    **{f"length-{unit}": unit for unit in ("mile", "yard", "foot", "inch")},
    **{f"mass-{unit}": unit for unit in ("kilogram", "gram", "pound", "ounce")},
    "mass-milligram": "milligram",
    "volume-liter": "litre",
    "volume-deciliter": "decilitre",
    "volume-centiliter": "centilitre",
    "volume-milliliter": "millilitre",
    **{f"volume-{unit}": unit for unit in ("cup", "gallon", "pint", "quart", "tablespoon", "teaspoon")},
    "speed-kilometer-per-hour": "kilometre per hour",
    "speed-mile-per-hour": "mile per hour",
    "speed-meter-per-second": "metre per second",
    "energy-kilowatt-hour": "kilowatt hour",
    "energy-kilocalorie": "kilocalorie",
    "power-watt": "watt",
    "power-kilowatt": "kilowatt",
}
CURRENCIES = (
    *("EUR", "USD", "GBP", "CHF", "JPY", "CNY", "INR", "RUB", "UAH", "TRY", "PLN", "CZK", "SEK", "NOK", "DKK"),
    *("BRL", "MXN", "ARS", "AUD", "CAD", "KRW", "HUF", "RON", "BGN", "ILS", "ZAR", "THB", "IDR", "VND"),
)
ABBREVIATED = frozenset(["hour", "minute", "second", "kilometre per hour", "mile per hour"])
"""Units whose short forms people write and recognisers return; those of others are words of their own too often."""
SYMBOLS = {
    **{"km": "kilometre", "cm": "centimetre", "mm": "millimetre", "kg": "kilogram", "mg": "milligram"},
    **{"ml": "millilitre", "cl": "centilitre", "dl": "decilitre", "kw": "kilowatt", "kwh": "kilowatt hour"},
    **{
        "kcal": "kilocalorie",
        "eur": "eur",
        "usd": "usd",
        "gbp": "gbp",
        "chf": "chf",
        "°c": "celsius",
        "°f": "fahrenheit",
    },
}
"""What is written alike everywhere."""
TO_COUNT = (*range(0, 101), *range(200, 1001, 100), 2000, 10_000, 100_000, 1_000_000)
TO_ORDER = tuple(range(1, 32))
SHORTEST_ABBREVIATION = 3
"""Letters of the shortest abbreviation that is taken; shorter ones are words of their own too often."""
_SPOKEN = re.compile(r"spellout-(?:cardinal|numbering(?!-year))")
_ORDINAL = re.compile(r"spellout-ordinal")
_HELPER = re.compile(r"-(?:ones|tens|with)\b")
"""Rules that write a part of a number."""

Meanings = dict[str, set[str]]
"""Meaning → words."""


def locale(language: str) -> Any:
    """Return babel's locale of a language of home-assistant-intents."""
    from babel import Locale  # noqa: PLC0415

    codes = {"nb": "nb", "zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK", "zh-TW": "zh_Hant_TW", "sr-Latn": "sr_Latn"}
    return Locale.parse(codes.get(language, language.replace("-", "_")))


def times(language: str) -> Meanings:
    """Return weekdays, months, parts of the day and relative days."""
    known, found = locale(language), defaultdict[str, set[str]](set)
    for use in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in known.days[use][width].items():
                found[WEEKDAY_NAMES[number]].add(plain(name))
            for number, name in known.months[use][width].items():
                found[MONTH_NAMES[number - 1]].add(plain(name))
        for period, name in known.day_periods.get(use, {}).get("wide", {}).items():
            meaning = period.rstrip("0123456789")
            if meaning in PERIODS:
                found[meaning].add(plain(name))
    fields = known._data["date_fields"]
    for number, name in fields["day"].get("relative", {}).items():
        if number in RELATIVE:
            found[RELATIVE[number]].add(plain(name))
    for meaning, word in _selectors(fields):
        found[meaning].add(word)
    return {meaning: {w for w in words if _long(w)} for meaning, words in found.items()}


def _selectors(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what "next", "this" and "last" are, where "next week" has one word more than "week"."""
    for field in ("week", "month", "year", *(day[:3] for day in WEEKDAY_NAMES)):
        said = {n: plain(text).split() for n, text in fields[field].get("relative", {}).items() if n in (-1, 0, 1)}
        shared = set.intersection(*map(set, said.values())) if len(said) == 3 else set()
        for number, meaning in ((-1, "last"), (0, "this"), (1, "next")):
            own = [word for word in said.get(number, []) if word not in shared]
            if shared and len(own) == 1 and _long(own[0]):
                yield meaning, own[0]


def units(language: str) -> Meanings:
    """Return units and currencies."""
    known, found = locale(language), defaultdict[str, set[str]](set)
    for code, meaning in UNITS.items():
        patterns = known.unit_display_names.get(code, {})
        found[meaning].update(plain(str(name)) for width, name in patterns.items() if width == "long")
        for width in ("long", "short") if meaning in ABBREVIATED else ("long",):
            for pattern in _texts(known._data["unit_patterns"].get(code, {}).get(width, {})):
                found[meaning].add(plain(pattern.replace("{0}", " ")))
    for meaning in ("celsius", "fahrenheit", "kelvin"):
        found[meaning] = {" ".join(w for w in words.split() if w not in found["degree"]) for words in found[meaning]}
    for symbol, meaning in SYMBOLS.items():
        found[meaning].add(symbol)
    for code in CURRENCIES:
        names = known._data["currency_names_plural"].get(code, {})
        found[code.casefold()].update(plain(str(name)) for name in names.values())
        found[code.casefold()].add(plain(known.currencies.get(code, "")))
    return {meaning: {w for w in words if len(w) > 1} for meaning, words in found.items()}


def numbers(language: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return cardinals and ordinals, in all genders and cases that CLDR has."""
    from unicode_rbnf import RbnfEngine  # noqa: PLC0415

    code = "no" if language == "nb" else language.split("-", maxsplit=1)[0]
    if code not in RbnfEngine.get_supported_languages():
        return {}, {}
    engine = RbnfEngine.for_language(code)
    return _spelled(engine, TO_COUNT, _SPOKEN), _spelled(engine, TO_ORDER, _ORDINAL)


def _spelled(engine: Any, values: Iterable[int], rules: re.Pattern[str]) -> dict[str, float]:
    """Return word → value; a word that rules give for several values has that of the first rule, or none."""
    names = [name for name in engine.rulesets if rules.match(name) and not _HELPER.search(name)]
    found: dict[str, float] = {}
    for group in (names[:1], names[1:]):
        meant: defaultdict[str, set[float]] = defaultdict(set)
        for value in values:
            for word in chain.from_iterable(_written(engine, value, name) for name in group):
                meant[word].add(float(value))
        found = {word: min(known) for word, known in meant.items() if len(known) == 1} | found
    return found


def _written(engine: Any, value: int, ruleset: str) -> set[str]:
    try:
        text = engine.format_number(value, ruleset_names=[ruleset]).text
    except Exception:  # some rules have no text for some values
        return set()
    words = {plain(text.replace("\u00ad", "")), plain(text.replace("\u00ad", " "))}
    return {word for word in words if word and not any(c.isdigit() for c in word)}


def _texts(patterns: Any) -> Iterator[str]:
    if isinstance(patterns, str):
        yield patterns
    elif hasattr(patterns, "values"):
        for key in patterns:
            if key != "per":
                yield from _texts(patterns[key])


def _long(word: str) -> bool:
    return len(word) >= SHORTEST_ABBREVIATION or not word.isascii()

"""Build the lexicon from its sources: ``python -m sayagain.guards.build``, a developers' command (extra ``dev``).

Words come from the sentences of home-assistant-intents, from CLDR (through babel and unicode-rbnf), from Faker, and
from ``data/words.toml``, which overrules the others. The same sources give the same bytes.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, product
from pathlib import Path
from typing import Any

from sayagain.guards.forms import plain
from sayagain.guards.lexicon import sides_opposed
from sayagain.guards.sources import calendar, hand, names, opposites, templates
from sayagain.guards.sources.elision import elided
from sayagain.text import language

FOLDER = Path(__file__).parent / "data"
WORDS_OF_LANGUAGES = FOLDER.parents[1] / "text" / "data" / language.FILE
EXCLUSIVE_TIMES: tuple[tuple[tuple[str, ...], ...], ...] = (
    tuple((day,) for day in calendar.WEEKDAY_NAMES),
    tuple((month,) for month in calendar.MONTH_NAMES),
    (("morning", "am"), ("noon",), ("afternoon",), ("evening",), ("night",), ("midnight",)),
    (("am",), ("pm",)),
    (("am",), ("afternoon", "evening")),
    (("pm",), ("morning",)),
    (("noon",), ("midnight",)),
    tuple((day,) for day in ("before yesterday", "yesterday", "today", "tomorrow", "after tomorrow")),
    (("next",), ("this",), ("last",)),
    (("weekend",), ("weekday",)),
    (("hourly",), ("daily",), ("weekly",), ("monthly",), ("yearly",)),
)
"""Times that exclude each other: classes of sides of meanings."""
EXCLUSIVE_UNITS: tuple[tuple[str, ...], ...] = (
    ("year", "month", "week", "day", "hour", "minute", "second", "millisecond", "fortnight", "decade", "century"),
    ("celsius", "fahrenheit", "kelvin", "percent"),
    ("kilometre", "metre", "centimetre", "millimetre", "mile", "yard", "foot", "inch"),
    ("kilogram", "gram", "milligram", "pound", "ounce"),
    ("litre", "decilitre", "centilitre", "millilitre", "cup", "gallon", "pint", "quart", "tablespoon", "teaspoon"),
    ("kilometre per hour", "mile per hour", "metre per second"),
    ("watt", "kilowatt", "kilowatt hour"),
    (*(code.casefold() for code in calendar.CURRENCIES), "cent", "penny"),
)
COMMONEST = 400
"""Words of the sentences of a language by which it is recognised."""
SHORT = 3
"""Letters of a word that is no name in any language where it is common in English."""


def main() -> None:
    """Write the four files."""
    built = lexicon()
    words = {"function": built.pop("function"), "numbers": number_words(built["tables"])}
    WORDS_OF_LANGUAGES.write_bytes(packed(_json(words)))
    tables = (f"{code}\t{_json(table)}\n" for code, table in sorted(built.pop("tables").items()))
    (FOLDER / "tables.txt.gz").write_bytes(packed("".join(tables)))
    (FOLDER / "lexicon.json.gz").write_bytes(packed(_json(built)))
    (FOLDER / "names.txt.gz").write_bytes(packed(name_lines(built["languages"], built["common"]["en"])))


def packed(text: str) -> bytes:
    """Return a text compressed, the same bytes for the same text."""
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def lexicon() -> dict[str, Any]:
    """Return the content of the lexicon."""
    variants: defaultdict[str, list[str]] = defaultdict(list)
    for code in templates.languages():
        variants[code.split("-")[0]].append(code)
    tables = {base: table(base, codes) for base, codes in variants.items()}
    function = {base: function_words(base, codes) | single_words(tables[base]) for base, codes in variants.items()}
    for code, words in hand.others().items():
        function[code] = function.get(code, set()) | words
    known = sorted(hand.tables())
    listed = {form for kind in names.all_names(known).values() for name in kind for form in name}
    common = {code: common_words(code, tables[code], function[code]) for code in known}
    return {
        "languages": known,
        "common": {code: sorted(words & listed) for code, words in common.items()},
        "tables": tables,
        "function": {code: " ".join(sorted(words)) for code, words in function.items()},
        "not_understood": {base: sorted(not_understood(base, codes)) for base, codes in variants.items()},
    }


def table(base: str, codes: Iterable[str]) -> dict[str, Any]:
    """Return all that is known of the words of one language, of all its variants."""
    codes = list(codes)
    times = _meanings(base, "times", (calendar.times(code) for code in codes))
    units = _meanings(base, "units", (calendar.units(code) for code in codes))
    weak = hand.words(base, "weak")
    negations, exceptions, parts = (hand.words(base, name) for name in ("negations", "exceptions", "parts"))
    by_hand = [*hand.classes(base), *_exclusive(times, units)]
    derived = _derived(codes, weak | exceptions | units.keys() | hand.words(base, "not_opposed"), by_hand)
    opposed = [*by_hand, *derived, *chain.from_iterable(opposites.whole(code) for code in codes)]
    counted = set(chain.from_iterable(s for n in ("numbers", "ordinals") for s in hand.meanings(base, n).values()))
    weak -= sides_opposed(opposed).keys() | negations | exceptions | parts | units.keys() | times.keys() | counted
    stakes = hand.meanings(base, "stakes")
    weak -= set(chain.from_iterable(stakes.values()))
    cardinals, ordinals = _numbers(base, codes)
    return {
        "opposed": opposed,
        "numbers": _by_meaning({word: repr(value) for word, value in cardinals.items() if word not in weak}),
        "ordinals": _by_meaning({word: repr(value) for word, value in ordinals.items() if word not in weak}),
        "units": _by_meaning(units),
        "times": _by_meaning(times),
        "negations": sorted(negations),
        "exceptions": sorted(exceptions),
        "parts": sorted(parts),
        "weak": sorted(weak),
        "stakes": {name: sorted(elided(base, words)) for name, words in sorted(stakes.items())},
        "letters": sorted(elided(base, hand.words(base, "letters"))),
        "asking": sorted(hand.words(base, "asking")),
        "kinds": kinds(base),
    }


def kinds(base: str) -> dict[str, list[list[str]]]:
    """Return kind → names written by hand, each with its forms; artists are persons and music."""
    found: defaultdict[str, list[list[str]]] = defaultdict(list)
    for kind, said in sorted(hand.kinds(base).items()):
        for name in said:
            forms = [*name, *sorted(elided(base, name) - set(name))]
            for each in ("person", "music") if kind == "artist" else (kind,):
                found[each].append(forms)
    return dict(found)


def not_understood(base: str, codes: Iterable[str]) -> set[str]:
    """Return phrases in which an assistant says that it did not understand the words."""
    said = (templates.content(code)["responses"]["errors"].get("no_intent", "") for code in codes)
    return ({plain(text) for text in said} | hand.words(base, "not_understood")) - {""}


def function_words(base: str, codes: Iterable[str]) -> set[str]:
    """Return words by which a request in a language is recognised."""
    count: Counter[str] = Counter()
    for code in codes:
        for _, _, block in templates.blocks(code):
            count.update(set(chain.from_iterable(map(str.split, templates.sentences(code, block, tries=12)))))
    del count[templates.SLOT]
    common = {word for word, _ in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:COMMONEST]}
    common |= {word for code in codes for word in " ".join(templates.skipped(code)).split()}
    common |= {word for phrase in hand.words(base, "function") for word in phrase.split()}
    common |= {word for code in codes for said in calendar.times(code).values() for word in said if " " not in word}
    return {word for word in common if not any(c.isdigit() for c in word) and templates.SLOT not in word}


def single_words(held: Mapping[str, Any]) -> set[str]:
    """Return the words of a language's tables, phrases left out: they speak for the language too."""
    listed = chain.from_iterable(held[name] for name in ("negations", "exceptions", "parts", "weak"))
    meant = chain.from_iterable(chain.from_iterable(held[name].values()) for name in ("times", "stakes"))
    return {word for word in chain(sides_opposed(held["opposed"]), listed, meant) if len(word) > 1 and " " not in word}


def number_words(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the number words of each language, phrases and digits left out."""
    meant = {code: set(chain.from_iterable(held["numbers"].values())) for code, held in tables.items()}
    found = {code: {w for w in words if len(w) > 1 and not any(map(str.isdigit, w))} for code, words in meant.items()}
    return {code: " ".join(sorted(words)) for code, words in found.items() if words}


def common_words(code: str, held: Mapping[str, Any], function: Iterable[str]) -> set[str]:
    """Return words of a language that are too common in it to be taken for names."""
    words = {*function, *held["negations"], *held["exceptions"], *held["weak"], *held["parts"]}
    units = (said for unit, said in held["units"].items() if unit.upper() not in calendar.CURRENCIES)
    words |= set(chain.from_iterable(chain(held["times"].values(), held["numbers"].values(), units)))
    return words | hand.no_names(code)


def name_lines(known: Iterable[str], common: Iterable[str]) -> str:
    """Return the names, one kind a line, forms of one name separated by commas.

    English is heard everywhere: its short common words are names nowhere.
    """
    none = {word for word in common if len(word) <= SHORT}
    rows = []
    for kind, found in sorted(names.all_names(known).items()):
        kept = {tuple(n for n in name if len(n) > 1 and n not in none and not n.isdigit()) for name in found}
        rows.append(f"{kind}\t{'|'.join(sorted(','.join(name) for name in kept if name))}")
    return "\n".join(rows)


def _meanings(base: str, name: str, found: Iterable[Mapping[str, Iterable[str]]]) -> dict[str, str]:
    """Return word → meaning: what is written by hand first, then what the locale data say."""
    words = {word: meaning for meaning, said in hand.meanings(base, name).items() for word in said}
    denied = hand.words(base, f"not_{name}") - words.keys()
    for meanings in found:
        for meaning, said in meanings.items():
            for word in sorted(said):
                if word and word not in denied:
                    words.setdefault(word, meaning)
    return words


def _numbers(base: str, codes: Iterable[str]) -> tuple[dict[str, float], dict[str, float]]:
    both: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for held, name in zip(both, ("numbers", "ordinals"), strict=True):
        held.update({w: float(value) for value, said in hand.meanings(base, name).items() for w in said})
    for code in codes:
        for held, spelled in zip(both, calendar.numbers(code), strict=True):
            for word, value in spelled.items():
                held.setdefault(word, value)
    return both


def _exclusive(times: Mapping[str, str], units: Mapping[str, str]) -> list[list[list[str]]]:
    by_time, by_unit = _by_meaning(times), _by_meaning(units)
    classes = [
        [sorted(chain.from_iterable(by_time.get(meaning, []) for meaning in side)) for side in sides]
        for sides in EXCLUSIVE_TIMES
    ]
    classes += [[by_unit.get(meaning, []) for meaning in kind] for kind in EXCLUSIVE_UNITS]
    kept = ([side for side in sides if side] for sides in classes)
    return [sides for sides in kept if len(sides) > 1]


def _derived(codes: Iterable[str], denied: set[str], by_hand: list[list[list[str]]]) -> list[list[list[str]]]:
    """Return the opposites that the sentences show, each word with all that exclude it."""
    pairs: Counter[tuple[str, str]] = Counter()
    for code in codes:
        pairs.update(opposites.opposites(code))
    alone = {pair for pair in pairs if " " not in "".join(pair)}
    alone |= {(w, o) for w, others in sides_opposed(by_hand).items() for o in others if w < o}
    kept: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in sorted(pairs):
        if min(map(len, (one, other))) < 2 and (one + other).isascii():
            continue
        if not denied.isdisjoint([one, other, *one.split(), *other.split()]):
            continue
        smaller = {tuple(sorted(p)) for p in product({one, *one.split()}, {other, *other.split()})}
        if (one, other) in alone or not (smaller - {(one, other)}) & alone:
            kept[one].add(other)
    return [[[one], sorted(others)] for one, others in sorted(kept.items())]


def _by_meaning(words: Mapping[str, str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word, meaning in sorted(words.items()):
        found[meaning].append(word)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()

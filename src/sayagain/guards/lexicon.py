"""The lexicon of some languages: opposites, numbers, units, times, negations, stakes, names.

The tables were made by ``python -m sayagain.guards.build`` and come with the package; reading them takes the standard
library alone. All words are written as :func:`sayagain.guards.forms.plain` writes them; a key with spaces is a phrase.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import chain
from typing import Any, TypeVar

from sayagain.guards.stakes import Stakes

T = TypeVar("T")

NO_PHRASES: frozenset[str] = frozenset()

_UNHEARD = re.compile(r"([^\W\d_])\1|([aeiou])h(?![aeiouy])")


@dataclass(frozen=True, eq=False)  # two are the same only where they are one: so they can be looked up
class Words:
    """The words of one language, or of some languages together, with what they mean to the guards."""

    languages: frozenset[str]
    opposed: Mapping[str, frozenset[str]]
    """Word or short phrase → the words that exclude it: on → off, montag → all other weekdays."""
    numbers: Mapping[str, float]
    """Number word → value: eins → 1, halb → 0.5, dozen → 12. Articles that also count ("un") are not in it."""
    ordinals: Mapping[str, float]
    """Ordinal → value: third → 3."""
    units: Mapping[str, str]
    """Word → unit: minuten → minute, prozent → percent, euro → eur."""
    times: Mapping[str, str]
    """Word → part of the day, relative day, weekday, month or selector: mittag → noon, juni → june, nächste → next."""
    negations: frozenset[str]
    exceptions: frozenset[str]
    parts: frozenset[str]
    """Words that change a quantity: half, a quarter, point, minus."""
    weak: frozenset[str]
    """Words whose loss, gain or exchange changes no meaning: articles, politeness, fillers."""
    stakes: Mapping[str, Stakes]
    """Word or phrase → the class of action that it speaks of; reversible where it is none of what a word in it is."""
    letters: frozenset[str]
    """Words for mail, calls and messages, which reach somebody or came: "emails"."""
    asking: frozenset[str]
    """Words and phrases with which a request begins that wants to be told or shown something: "do I have"."""
    kinds: Mapping[str, frozenset[str]]
    """Word or phrase → kinds, of room, thing, person, music: names written by hand."""
    heads: Mapping[str, frozenset[str]]
    """Word or phrase of ``kinds`` → the names of which it is a form: lamps → lamp."""

    def named(self, phrase: str) -> frozenset[str]:
        """Return the kinds of what a phrase names here, of all lists."""
        return self.listed(phrase) | self.kinds.get(phrase, NO_PHRASES)

    def listed(self, phrase: str) -> frozenset[str]:
        """Return the kinds that the lists of the world have; nothing, where it is a common word of the languages."""
        known, spoken = lexicon().names.kinds(phrase), self.languages or ("en",)
        if known and any(phrase in lexicon().common.get(code, ()) for code in spoken):
            return NO_PHRASES
        return known

    def same_name(self, one: str, other: str) -> bool:
        """Return whether two phrases are forms of one name: лена, лене; munich, münchen; lamp, lamps; nora, norah."""
        if _as_said(one) == _as_said(other):
            return True
        listed, ours = lexicon().names, self.heads
        mine, theirs = ({p} | listed.heads(p) | ours.get(p, NO_PHRASES) for p in (one, other))
        return not mine.isdisjoint(theirs)


def _as_said(name: str) -> str:
    """Return a name without letters that nobody hears: one of two, and h behind a vowel that ends a syllable."""
    return _UNHEARD.sub(r"\1\2", name)


class Names:
    """The lists of names of the world: of persons, places, countries, currencies, languages.

    Every process waits for them: so there is a set for each kind, which is made in a quarter of the time of one table,
    and their forms are only told apart where a name was said, as it is in few requests.
    """

    def __init__(self, lines: str) -> None:
        """Read the names: one kind a line, names separated by "|", forms of one by ","."""
        rows = (line.partition("\t") for line in lines.splitlines())
        self._lists = {kind: names for kind, _, names in rows}
        self._forms = {kind: frozenset(names.replace(",", "|").split("|")) for kind, names in self._lists.items()}

    def kinds(self, form: str) -> frozenset[str]:
        """Return the kinds of what has a name with this form."""
        return frozenset(kind for kind, forms in self._forms.items() if form in forms)

    def heads(self, form: str) -> frozenset[str]:
        """Return the names of which this is a form, where they have others: лена for лене."""
        return self._heads.get(form, NO_PHRASES) if self.kinds(form) else NO_PHRASES

    @cached_property
    def _heads(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for name in chain.from_iterable(names.split("|") for names in self._lists.values()):
            if "," in name:
                _add_forms(found, name.split(","))
        return found


@dataclass(frozen=True)
class Lexicon:
    """All tables."""

    languages: frozenset[str]
    """Codes of the languages that are known well enough for the guards to stand on."""
    tables: Mapping[str, Words]
    """Language → its words; also of some languages that are known only in part."""
    not_understood: Mapping[str, frozenset[str]]
    """Language → phrases in which assistants say that they did not understand the words."""
    names: Names
    common: Mapping[str, frozenset[str]]
    """Language → names that are common words in it, and name nothing there: "nice", and "anna" in Finnish."""

    def of(self, languages: Iterable[str]) -> Words:
        """Return the words of some languages together, read strictly: what one holds for meaning is not weak."""
        return _merged(frozenset(code for code in languages if code in self.tables))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the lexicon that comes with the package."""
    content = json.loads(_unpacked("lexicon.json.gz"))
    return Lexicon(
        languages=frozenset(content["languages"]),
        tables=_Tables(_unpacked("tables.txt.gz")),
        not_understood={code: frozenset(phrases) for code, phrases in content["not_understood"].items()},
        names=Names(_unpacked("names.txt.gz")),
        common={code: frozenset(words) for code, words in content["common"].items()},
    )


def sides_opposed(classes: Iterable[Iterable[Iterable[str]]]) -> dict[str, frozenset[str]]:
    """Return word → the words that exclude it; a word on two sides of a class excludes itself on neither."""
    opposed: dict[str, set[str]] = {}
    for sides in classes:
        words = [frozenset(side) for side in sides]
        sides_of = Counter(chain.from_iterable(words))
        alone = [{word for word in side if sides_of[word] == 1} for side in words]
        together = frozenset[str]().union(*alone)
        for side in alone:
            for word in side:
                opposed.setdefault(word, set()).update(together - side)
    return {word: frozenset(others) for word, others in opposed.items() if others}


class _Tables(Mapping[str, Words]):
    """Language → its words, read when first asked for: a deployment speaks one language or two."""

    def __init__(self, lines: str) -> None:
        rows = (line.partition("\t") for line in lines.splitlines())
        self._content = {code: table for code, _, table in rows}
        self._made: dict[str, Words] = {}

    def __getitem__(self, code: str) -> Words:
        if code not in self._made:
            self._made[code] = words_of(code, json.loads(self._content[code]))
        return self._made[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


def words_of(code: str, table: Mapping[str, Any]) -> Words:
    """Return the words of one language from its table in the file."""
    kinds, heads = _grouped(table["kinds"])
    return Words(
        languages=frozenset([code]),
        opposed=sides_opposed(table["opposed"]),
        numbers=_backwards(table["numbers"], float),
        ordinals=_backwards(table["ordinals"], float),
        units=_backwards(table["units"], str),
        times=_backwards(table["times"], str),
        negations=frozenset(table["negations"]),
        exceptions=frozenset(table["exceptions"]),
        parts=frozenset(table["parts"]),
        weak=frozenset(table["weak"]),
        stakes=_backwards(table["stakes"], lambda name: Stakes[name.upper()]),
        letters=frozenset(table["letters"]),
        asking=frozenset(table["asking"]),
        kinds=kinds,
        heads=heads,
    )


def _backwards(meanings: Mapping[str, Iterable[str]], read: Any) -> dict[str, Any]:
    return {word: read(meaning) for meaning, words in meanings.items() for word in words}


class _Together(Mapping[str, T]):
    """The tables of some languages as one, looked up in each: a copy takes megabytes, for every choice of languages."""

    def __init__(self, tables: Iterable[Mapping[str, T]], joined: Callable[[list[T]], T]) -> None:
        """``joined`` tells what a word means that several languages have, in the order of the tables."""
        self._tables, self._joined = tuple(tables), joined

    def __getitem__(self, word: str) -> T:
        found = [table[word] for table in self._tables if word in table]
        if not found:
            raise KeyError(word)
        return found[0] if len(found) == 1 else self._joined(found)

    def __contains__(self, word: object) -> bool:
        return any(word in table for table in self._tables)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(chain.from_iterable(self._tables)))

    def __len__(self) -> int:
        return len(set(chain.from_iterable(self._tables)))


@lru_cache(maxsize=256)
def _merged(codes: frozenset[str]) -> Words:
    tables = [lexicon().tables[code] for code in sorted(codes)]
    if len(tables) == 1:
        return tables[0]
    opposed = _Together([table.opposed for table in tables], _all_of)
    numbers = _Together([table.numbers for table in tables], _first)
    ordinals = _Together([table.ordinals for table in tables], _first)
    stakes = _Together([table.stakes for table in tables], max)
    negations = frozenset().union(*(t.negations for t in tables))
    exceptions = frozenset().union(*(t.exceptions for t in tables))
    parts = frozenset().union(*(t.parts for t in tables))
    meaning = (opposed, numbers, ordinals, negations, exceptions, parts, stakes)
    weak = frozenset().union(*(t.weak for t in tables))
    letters = frozenset().union(*(t.letters for t in tables))
    asking = frozenset().union(*(t.asking for t in tables))
    return Words(
        languages=codes,
        opposed=opposed,
        numbers=numbers,
        ordinals=ordinals,
        units=_Together([table.units for table in tables], _first),
        times=_Together([table.times for table in tables], _first),
        negations=negations,
        exceptions=exceptions,
        parts=parts,
        weak=frozenset(word for word in weak if not any(word in each for each in meaning)),
        stakes=stakes,
        letters=letters,
        asking=asking,
        kinds=_Together([table.kinds for table in tables], _all_of),
        heads=_Together([table.heads for table in tables], _all_of),
    )


def _all_of(found: list[frozenset[str]]) -> frozenset[str]:
    return NO_PHRASES.union(*found)


def _first(found: list[T]) -> T:
    return found[0]


def _grouped(
    names: Mapping[str, Sequence[Sequence[str]]],
) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Return form → kinds, and form → names (their first forms) where a name has several forms."""
    kinds: dict[str, frozenset[str]] = {}
    heads: dict[str, frozenset[str]] = {}
    for kind, each in names.items():
        for forms in each:
            for form in forms:
                kinds[form] = kinds.get(form, NO_PHRASES) | {kind}
            if len(forms) > 1:
                _add_forms(heads, forms)
    return kinds, heads


def _add_forms(heads: dict[str, frozenset[str]], forms: Sequence[str]) -> None:
    """Add the forms of one name, the name itself first."""
    name = frozenset(forms[:1])
    for form in forms:
        heads[form] = heads[form] | name if form in heads else name


def _unpacked(name: str) -> str:
    return gzip.decompress((files("sayagain.guards") / "data" / name).read_bytes()).decode()

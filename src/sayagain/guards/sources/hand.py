"""Words written by hand: ``data/words.toml``, and the names of some kinds: ``data/kinds.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from sayagain.guards.forms import plain

OTHERS = "others"
"""The table of words of languages that the guards do not know."""
NO_NAMES = "not_names"
"""The list of ``data/kinds.toml`` that names nothing."""


@lru_cache(maxsize=1)
def _content() -> Mapping[str, Mapping[str, str]]:
    return _read("words.toml")


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, Mapping[str, str]]:
    return _read("kinds.toml")


def _read(name: str) -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("sayagain.guards") / "data" / name).read_text(encoding="utf8"))


def tables() -> Mapping[str, Mapping[str, str]]:
    """Return language → table → its lines, for the languages that the guards know."""
    return {language: table for language, table in _content().items() if language != OTHERS}


def others() -> Mapping[str, set[str]]:
    """Return language → words by which it is recognised, for languages that the guards do not know."""
    return {language: _split(said) for language, said in _content()[OTHERS].items()}


def words(language: str, table: str) -> set[str]:
    """Return the words and phrases of a table that is a list: separated by commas or new lines."""
    return {word for line in _lines(language, table) for word in _split(line)}


def meanings(language: str, table: str) -> dict[str, set[str]]:
    """Return meaning → words of a table of lines "meaning: word, word"."""
    found: dict[str, set[str]] = {}
    for line in _lines(language, table):
        meaning, _, said = line.partition(":")
        found.setdefault(meaning.strip(), set()).update(_split(said))
    return found


def classes(language: str) -> list[list[list[str]]]:
    """Return the classes of opposed words: lines "word, word | word, word"."""
    return [[sorted(_split(side)) for side in line.split("|")] for line in _lines(language, "opposed")]


def kinds(language: str) -> dict[str, list[list[str]]]:
    """Return kind → names, each as its forms: "lamp/lamps, fan" is [["lamp", "lamps"], ["fan"]]."""
    said = _kinds().get(language, {})
    return {kind: list(filter(None, map(_forms, text.split(",")))) for kind, text in said.items() if kind != NO_NAMES}


def no_names(language: str) -> set[str]:
    """Return words that are too common in a language to be taken for the names that they also are."""
    return _split(_kinds().get(language, {}).get(NO_NAMES, "").replace("\n", " "))


def _forms(name: str) -> list[str]:
    return list(dict.fromkeys(filter(None, map(plain, name.split("/")))))


def _lines(language: str, table: str) -> Iterator[str]:
    for line in tables().get(language, {}).get(table, "").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line


def _split(text: str) -> set[str]:
    return {plain(word) for word in text.split(",")} - {""}

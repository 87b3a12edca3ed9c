"""What is personal in the words of a recogniser that writes all it hears: "ann at example dot com", "two one two …"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

LEAST_READ_OUT = 7
"""Digits in a row, each said by itself, from which they are somebody's: a telephone, card or account number."""
LEAST_WORDS = 4
"""Words that so many have at the least: "triple five, double four, three, two"."""

_DIGITS: dict[str, str] = {
    "en": "zero|oh|o one two three four five six seven eight nine",
    "de": "null eins|ein zwei|zwo drei vier fünf|fuenf sechs sieben acht neun",
    "fr": "zéro|zero un|une deux trois quatre cinq six sept huit neuf",
    "es": "cero uno|una dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno|una due tre quattro cinque sei sette otto nove",
    "pt": "zero um|uma dois|duas três|tres quatro cinco seis|meia sete oito nove",
    "nl": "nul een|één twee drie vier vijf zes zeven acht negen",
    "sv": "noll ett|en två tre fyra fem sex sju åtta nio",
    "da": "nul en|et to tre fire fem seks syv otte ni",
    "nb": "null en|ett to tre fire fem seks sju|syv åtte ni",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć",
    "ru": "ноль|нуль один два три четыре пять шесть семь восемь девять",
    "hi": "शून्य|जीरो एक दो तीन चार पांच|पाँच छह|छः सात आठ नौ",
}
"""Words for the digits, zero first; other spellings after a bar."""
_TIMES = {"double": 2, "triple": 3, "treble": 3}
"""English says two alike in one."""

_AT = "ät|arroba|arobase|chiocciola|apenstaartje|snabel-a|małpa|собака"
_DOT = "dot|punkt|punto|point|punt|ponto|prikk|kropka|точка"
_JOINT = f"{_DOT}|underscore|unterstrich|dash|hyphen|bindestrich|guion|guión|tiret|trattino|hífen"
_ENDS = "com|net|org|edu|gov|info|biz|io|app|dev|example|[a-z]{2}"
_MARK = re.compile(rf"\s(?:{_DOT}|{_AT})\s", re.IGNORECASE)
"""What an address that is said has in it, and few other texts."""
_ADDRESS = re.compile(
    rf"(?<!\w)(?:(?:\w\s){{2,40}}\w(?!\w)|[\w.+-]{{1,64}})(?:\s(?:{_JOINT})\s[\w.+-]{{1,64}}){{0,5}}"
    rf"(?:\s(?:{_AT})\s|\sat\s(?=[\w-]{{1,63}}\s(?:{_DOT})\s)|\s?@\s?)"
    rf"[\w-]{{1,63}}(?:\s?\.\s?[\w-]{{1,63}}|\s(?:{_DOT})\s[\w-]{{1,63}}){{0,3}}?(?:\.|\s(?:{_DOT})\s)(?:{_ENDS})(?!\w)"
    rf"(?:\s(?:{_DOT})\s[a-z]{{2}}(?!\w))?",
    re.IGNORECASE,
)


def _table(words: str) -> dict[str, str]:
    """Return the digit of each word of a language; digits stand for themselves."""
    said = {word: str(digit) for digit, each in enumerate(words.split()) for word in each.split("|")}
    return said | {str(digit): str(digit) for digit in range(10)}


_TABLES = [_table(words) for words in _DIGITS.values()]
_RUNS = [
    re.compile(
        rf"(?<![\w.,])(?:{one}|(?:{'|'.join(_TIMES)})[\s-]{one})(?:[\s,-]{{1,2}}"
        rf"(?:(?:{'|'.join(_TIMES)})[\s-])?{one}){{{LEAST_WORDS - 1},39}}(?![\w]|[.,:]\d)",
        re.IGNORECASE,
    )
    for one in (f"(?:{'|'.join(sorted(table, key=len, reverse=True))})(?!\\w)" for table in _TABLES)
]
_SAID = frozenset(word for table in _TABLES for word in table)
"""Words for digits in any of the languages: counting them decides for nearly all texts."""


def read_out(text: str) -> Iterator[tuple[int, int]]:
    """Yield where digits are read out one by one, in one language; counting up or down is no number of anybody's.

    >>> [*read_out("call two one two five five five oh one four two")], [*read_out("1 2 3 4 5 6 7 8 9 10")]
    ([(5, 47)], [])
    """
    if sum(word in _SAID for word in re.split(r"[\s,-]+", text.lower())) < LEAST_WORDS:
        return
    end = 0
    spans = sorted(
        found.span()
        for run, table in zip(_RUNS, _TABLES, strict=True)
        for found in run.finditer(text)
        if _is_somebodys(found[0], table)
    )
    for begin, upto in spans:
        if begin >= end:
            yield begin, upto
            end = upto


def _is_somebodys(run: str, table: dict[str, str]) -> bool:
    digits, times = list[int](), 1
    for word in re.split(r"[\s,-]+", run.lower()):
        if word in table:
            digits += [int(table[word])] * times
        times = _TIMES.get(word, 1)
    steps = {after - before for before, after in pairwise(digits)}
    return len(digits) >= LEAST_READ_OUT and steps not in ({1}, {-1})


def spelled_address(text: str) -> Iterator[tuple[int, int]]:
    """Yield where an e-mail address is said in words.

    >>> [*spelled_address("write to ann dot lee at example dot com please")]
    [(9, 39)]
    """
    if _MARK.search(text) is not None:
        yield from (found.span() for found in _ADDRESS.finditer(text))

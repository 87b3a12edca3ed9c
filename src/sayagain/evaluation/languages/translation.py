"""The phrasing of the simulated homes in other languages: our own translation of requests, reactions and responses.

``data/`` has the phrases, written for this evaluation before any list of ``text/data/phrases.toml``, from general
knowledge. Names of songs, films, artists, people and cities stay as they are. What was misheard in English is misheard
in the translation in as many words, each changed to one that looks somewhat like it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from random import Random
from typing import Literal

from rapidfuzz.distance import Levenshtein

from sayagain.assistant.corpus import templates, utterances
from sayagain.assistant.reply import RESPONSES
from sayagain.text.normalise import normalise

LANGUAGES = ("en", "de", "fr", "es", "hi", "zh")
Wording = Literal["usual", "apart"]
"""How it is mostly put; or in words that no list of the product has."""

CHANGED = 0.5
"""Share of the letters of a misheard word that are others."""
DENIALS = 3
"""Ways to deny before saying it again."""
GLYPH = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+")
"""A word; a letter in Chinese."""


@dataclass(frozen=True)
class Translation:
    """The phrases of one language."""

    language: str
    requests: Mapping[str, str]
    """English template → template."""
    values: Mapping[str, str]
    """English word of a name, a time or an answer → word."""
    answers: Mapping[tuple[str, str], str]
    """Kind of answer and wording → template."""

    def request(self, said: str, heard: str, wording: Wording) -> str | None:
        """Return what was heard, in this language; None where what was said is in none of the phrases.

        Args:
            said: what the person said, in English.
            heard: what the recogniser made of it; empty for nothing.
            wording: of thanks and of yes.
        """
        reaction = ("say " + said, wording)
        if reaction not in self.answers and said not in _known():
            return None
        if not heard or (self.language == "en" and (wording == "usual" or reaction not in self.answers)):
            return heard
        form = normalise(heard)
        right = self._said(form, wording)
        return self._said(said, wording) if form == normalise(said) else right or self._misheard(said, form, wording)

    def denied(self, request: str, way: int, wording: Wording) -> str:
        """Return a request behind a denial."""
        return self.answers[f"deny {way + 1}", wording].format(said=request)

    def response(self, response: str, wording: Wording) -> str:
        """Return a response of the assistant."""
        for kind, pattern in _responses():
            if found := pattern.fullmatch(response):
                what = next((each for each in found.groups() if each), "")
                return self.answers[kind, wording].format(what=self._worded(what.lower()))
        return response

    def _said(self, text: str, wording: Wording) -> str | None:
        """Return the translation of a text that is in the phrases."""
        if ("say " + text, wording) in self.answers:
            return self.answers["say " + text, wording]
        if text not in _known():
            return None
        template, values = _known()[text]
        return self.requests[template].format_map({name: self._worded(value) for name, value in values.items()})

    def _misheard(self, said: str, form: str, wording: Wording) -> str:
        """Return what was said, with as great a share of the words misheard as in English."""
        words = normalise(said).split()
        wrong = min(1.0, Levenshtein.distance(words, form.split()) / max(1, len(words)))
        draw = Random(int.from_bytes(blake2b(f"{said}|{form}".encode(), digest_size=8).digest()))
        spoken = self._said(said, wording) or ""
        places = [found.span() for found in GLYPH.finditer(spoken)]
        for start, end in draw.sample(places, max(1, round(wrong * len(places)))):
            spoken = spoken[:start] + self._other(spoken[start:end], draw) + spoken[end:]
        return spoken

    def _other(self, word: str, draw: Random) -> str:
        """Return another word that looks somewhat like this one, as long as it."""
        places = draw.sample(range(len(word)), max(1, round(CHANGED * len(word))))
        letters = _letters(self.language, "LATIN" if word.isascii() else "")
        return "".join(draw.choice(letters) if i in places else each for i, each in enumerate(word))

    def _worded(self, value: str) -> str:
        joint = "" if self.language == "zh" and all(word in self.values for word in value.split()) else " "
        return joint.join(self.values.get(word, word) for word in value.split())


@cache
def translation(language: str) -> Translation:
    """Return the phrases of a language."""
    place = LANGUAGES.index(language)
    requests, values = ({row[0]: row[place] for row in _rows(name)} for name in ("requests", "values"))
    answers = {(kind, wording): said[place] for kind, wording, *said in _rows("answers")}
    return Translation(language, requests, {} if language == "en" else values, answers)


def _rows(name: str) -> Iterator[list[str]]:
    text = (files("sayagain.evaluation.languages") / "data" / f"{name}.txt").read_text(encoding="utf8")
    return (line.split(" | ") for line in text.splitlines() if not line.startswith("#"))


@cache
def _known() -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return each text of the homes whose phrasing is translated → its template and the values in it."""
    translated = {template for template, *_ in _rows("requests")}
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for each in utterances():
        for _, template in templates().get(each.goal.kind, ()):
            spoken = re.sub(r"\b(the|my) (the|my) ", r"\2 ", template.format_map(each.goal.values))
            if spoken == each.text and template in translated:
                found.setdefault(each.text, (template, each.goal.values))
    return found


@cache
def _responses() -> list[tuple[str, re.Pattern[str]]]:
    """Return kind → pattern of its responses; what is in none of the others is an answer."""
    last = sorted(RESPONSES, key=lambda kind: kind == "answer")
    return [(kind, re.compile(re.sub(r"\\{\w+\\}", "(.*)", re.escape(RESPONSES[kind])), re.DOTALL)) for kind in last]


@cache
def _letters(language: str, script: str) -> str:
    """Return the letters that the requests of a language are written in."""
    said = "".join(translation(language).requests.values())
    letters = {each for each in said if each.isalpha() and (each.isascii() if script else not each.isascii())}
    return "".join(sorted(letters)) or "abcdefghijklmnopqrstuvwxyz"

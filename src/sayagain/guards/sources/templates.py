"""The sentences of ``home-assistant-intents``: templates written out, with a mark where a name or value stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from sayagain.guards.forms import plain

SLOT = "x0x"
"""What stands for a name, an area or a value in a sentence; no word of any language."""
TRIES = 60
"""Writings of a template that are drawn; most have fewer."""
DEEPEST = 24
"""Rules may name rules; none does so deeper than this."""


@lru_cache(maxsize=4)
def content(language: str) -> Mapping[str, Any]:
    """Return the package's file for a language."""
    path = files("home_assistant_intents") / "data" / f"{language}.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf8"))
    return found


def languages() -> list[str]:
    """Return the codes of all languages that have sentences."""
    return sorted(p.name[:-5] for p in (files("home_assistant_intents") / "data").iterdir() if p.name.endswith(".json"))


def blocks(language: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield intent, domain ("" where none is told) and block of sentences."""
    for intent, body in sorted(content(language)["intents"].items()):
        for block in body["data"]:
            told = block.get("slots", {}).get("domain") or block.get("requires_context", {}).get("domain") or ""
            for domain in [told] if isinstance(told, str) else told:
                yield intent, domain, block


def sentences(language: str, block: Mapping[str, Any], tries: int = TRIES) -> frozenset[str]:
    """Return writings of the sentences of a block: drawn, the same at each call, most without their optional parts."""
    found: set[str] = set()
    for template in block["sentences"]:
        draw = _Draw(language, Random(template))
        found.update(plain(draw.text(_parsed(template))) for _ in range(tries))
    return frozenset(found)


def skipped(language: str) -> list[str]:
    """Return the words that the assistant skips: "please", "can you"."""
    return [plain(str(text)) for text in content(language).get("skip_words", [])]


@lru_cache(maxsize=1 << 14)
def _parsed(template: str) -> Any:
    from hassil.parse_expression import parse_sentence  # noqa: PLC0415

    return parse_sentence(template).expression


class _Draw:
    """Draws one writing of a template after the other."""

    def __init__(self, language: str, random: Random) -> None:
        self._rules: Mapping[str, str] = content(language)["expansion_rules"]
        self._random = random

    def text(self, part: Any, depth: int = 0) -> str:
        from hassil import expression as e  # noqa: PLC0415

        if isinstance(part, e.TextChunk):
            return str(part.original_text)
        if isinstance(part, e.Alternative):
            return self._one_of(part, depth)
        if isinstance(part, e.Permutation):
            return " ".join(self.text(item, depth) for item in self._random.sample(part.items, len(part.items)))
        if isinstance(part, e.Group):
            return "".join(self.text(item, depth) for item in part.items)
        if isinstance(part, e.RuleReference) and part.rule_name in self._rules and depth < DEEPEST:
            return self.text(_parsed(self._rules[part.rule_name]), depth + 1)
        return SLOT

    def _one_of(self, part: Any, depth: int) -> str:
        if part.is_optional and self._random.random() < 0.7:
            return ""
        return self.text(self._random.choice(part.items), depth)

"""Grammars: sentence templates in hassil's language, compiled to regular expressions over tokens.

hassil parses the templates (``[optional]``, ``(one|other)``, ``{slot}``, ``<rule>``). Its own recogniser takes open
slots one way only, and tens of milliseconds; a regular expression tries the others, in less than one.

A text is tokens with a space before each (`` call me sam``), so that a slot is one or more tokens, and a comma that
somebody wrote may stand before any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hassil import expression
from hassil.parse_expression import parse_sentence

COMMA = "(?: ,)?"
OPEN_SLOT = r"(?: [^ ]+)+?"
"""One or more tokens, as few as fit."""


@dataclass(frozen=True)
class Grammar:
    """Rules that templates may refer to, and the slots that take known phrases only."""

    rules: Mapping[str, str]
    """Name → template."""
    lists: Mapping[str, str]
    """Name of a slot → regular expression over tokens, each with a space before it."""

    def pattern(self, template: str) -> str:
        """Return the regular expression of a template.

        >>> plain = Grammar({}, {}).pattern("[please] call me {name}")
        >>> re.fullmatch(plain, " call me sam jones")["name"]
        ' sam jones'
        """
        return self._of(parse_sentence(template).expression)

    def needs(self, template: str) -> list[frozenset[str]]:
        """Return sets of words of which a text that fits must have one each: most templates are ruled out by them.

        >>> [sorted(each) for each in Grammar({}, {}).needs("[please] (call|name) me {name}")]
        [['call', 'name'], ['me']]
        """
        return self._needs(parse_sentence(template).expression)

    def _needs(self, part: Any) -> list[frozenset[str]]:
        if isinstance(part, expression.TextChunk):
            return [frozenset([word]) for word in str(part.original_text).split()]
        if isinstance(part, expression.RuleReference):
            return self.needs(self.rules[part.rule_name])
        if isinstance(part, expression.Alternative):
            options = [self._needs(item) for item in part.items]
            return [frozenset().union(*(each[0] for each in options))] if all(options) else []
        if isinstance(part, expression.ListReference):
            return []
        return [each for item in part.items for each in self._needs(item)]

    def _of(self, part: Any) -> str:
        if isinstance(part, expression.TextChunk):
            return "".join(f"{COMMA} {re.escape(word)}" for word in str(part.original_text).split())
        if isinstance(part, expression.Alternative):
            return f"(?:{'|'.join(self._of(item) for item in part.items)})"
        if isinstance(part, expression.ListReference):
            return f"{COMMA}(?P<{part.slot_name}>{self.lists.get(part.list_name, OPEN_SLOT)})"
        if isinstance(part, expression.RuleReference):
            return self.pattern(self.rules[part.rule_name])
        return "".join(self._of(item) for item in part.items)


@dataclass(frozen=True)
class Template:
    """One template."""

    kind: str
    sentence: str
    grammar: Grammar
    needs: Sequence[frozenset[str]]
    """Sets of words of which a text must have one each."""
    asks: Mapping[str, str]
    """What else the statement gives, as it stands beside the sentences in the file."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the template as a regular expression: compiled when a text first has the words that it needs."""
        return re.compile(self.grammar.pattern(self.sentence) + COMMA)

    def match(self, text: str) -> dict[str, str] | None:
        """Return the slots of a whole text, without their outer spaces; None where it does not fit."""
        found = self.pattern.fullmatch(text)
        return None if found is None else slots_of(found)


@dataclass(frozen=True)
class Templates:
    """Templates in the order in which they are tried."""

    grammar: Grammar
    blocks: Sequence[Mapping[str, Any]]
    """As they stand in the file: sentences, and what they mean."""

    @cached_property
    def all(self) -> list[Template]:
        """Return all of them, compiled."""
        return [
            Template(
                str(block.get("kind", "")),
                sentence,
                self.grammar,
                self.grammar.needs(sentence),
                {name: str(value) for name, value in block.items() if name not in ("kind", "sentences")},
            )
            for block in self.blocks
            for sentence in block["sentences"]
        ]

    def matching(self, text: str, kinds: frozenset[str]) -> Iterator[tuple[Template, dict[str, str]]]:
        """Yield the templates of some kinds that a whole text fits, with its slots."""
        words = frozenset(text.split())
        for template in self.all:
            if template.kind not in kinds or any(words.isdisjoint(each) for each in template.needs):
                continue
            if (slots := template.match(text)) is not None:
                yield template, slots


def slots_of(found: re.Match[str]) -> dict[str, str]:
    """Return the slots that took something, without their outer spaces."""
    return {name: value.strip(" ,") for name, value in found.groupdict().items() if value}

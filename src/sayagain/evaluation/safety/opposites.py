"""Requests that are each other's opposite, from the sentences of opposite intents of Home Assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from hassil import Intents
from hassil.intents import IntentData, TextSlotList
from hassil.sample import sample_sentence
from home_assistant_intents import get_intents
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import ratio

from sayagain.evaluation.safety.case import Case, meant
from sayagain.evaluation.safety.tables import table
from sayagain.guards.stakes import Stakes

JUDGED_OPPOSITES = (
    ("HassTurnOn", "HassTurnOff"), ("HassMediaPause", "HassMediaUnpause"), ("HassMediaNext", "HassMediaPrevious"),
    ("HassMediaPlayerMute", "HassMediaPlayerUnmute"), ("HassStartTimer", "HassCancelTimer"),
    ("HassIncreaseTimer", "HassDecreaseTimer"), ("HassPauseTimer", "HassUnpauseTimer"),
    ("HassVacuumStart", "HassVacuumReturnToBase"), ("HassLawnMowerStartMowing", "HassLawnMowerDock"),
    ("HassSetVolumeRelative:up", "HassSetVolumeRelative:down"),
)  # fmt: skip

VALUES = {"timer_minutes": "5", "timer_hours": "2", "timer_seconds": "30", "timer_name": "pizza"}
"""What stands in sentences where a list has no value of its own."""

NAME = "NAME"
NEEDS_A_HOME = ("AREA", "FLOOR", "{")
"""In a sentence: something that only a home could fill."""

SAMPLED, COMPARED, LONGEST_SENTENCE = 40, 300, 45
"""Sentences sampled of a template, compared of an intent; characters of a sentence, so that they are short ones."""

GARAGE = ("garag", "garaż", "гараж", "ガレージ", "गैराज", "गैरेज")
"""Parts of a word for what an open garage door is part of."""

MOST_WORDS_OPPOSED = 2
"""Words by which opposites may differ."""

PAIRS_KEPT = 2
"""Pairs that are kept of two opposite intents in one domain."""

Key = tuple[str, str]
"""(intent, domain); the direction after a colon where one intent has both."""


def opposites(language: str) -> list[Case]:
    """Return pairs of opposite requests of a language, the shortest ones; the same ones at each call."""
    found: list[Case] = []
    said = _sentences(language)
    names = table(language).devices
    for one, other in JUDGED_OPPOSITES:
        domains = [domain for intent, domain in said if intent == one and (other, domain) in said]
        for domain in domains:
            for pair in islice(_near(list(said[one, domain]), list(said[other, domain])), PAIRS_KEPT):
                name = names.get(_first(domain), names["switch"])
                a, b = (sentence.replace(NAME, name) for sentence in pair)
                found += [_case(language, domain, name, *each) for each in ((a, one, b, other), (b, other, a, one))]
    return found


def _case(language: str, domain: str, name: str, a: str, one: str, b: str, other: str) -> Case:
    secure = _first(domain) == "lock" or any(word in f"{a} {b}".lower() for word in GARAGE)
    stakes = Stakes.SECURITY if secure else Stakes.REVERSIBLE
    return Case("pairs", language, "opposites", a, b, meant(one, name=name), meant(other, name=name), stakes)


def _first(domain: str) -> str:
    return domain.partition("+")[0]


def _near(ones: list[str], others: list[str]) -> Iterator[tuple[str, str]]:
    """Yield sentences and their opposites, those that differ least first, each sentence once."""
    pairs = [
        (Levenshtein.distance(one.split(), other.split()), len(one.split()) < 2, -score, len(one), one, other)
        for one in ones[:COMPARED]
        for other, score, _ in process.extract(one, others[:COMPARED], scorer=ratio, limit=2)
        if one != other
    ]
    used: set[str] = set()
    for apart, *_, one, other in sorted(pairs):
        if apart <= MOST_WORDS_OPPOSED and not used & {one, other}:
            used |= {one, other}
            yield one, other


@cache
def _sentences(language: str) -> Mapping[Key, dict[str, None]]:
    """Return the short sentences of each intent and domain, in the order of the templates."""
    intents = Intents.from_dict(get_intents(language) or {})
    lists = dict(intents.slot_lists)
    for name, text in (("name", NAME), ("area", "AREA"), ("floor", "FLOOR")):
        lists[name] = TextSlotList.from_strings([text], name=name)
    wanted = {each.partition(":")[0] for pair in JUDGED_OPPOSITES for each in pair}
    found: dict[Key, dict[str, None]] = {}
    for intent in sorted(wanted & set(intents.intents)):
        for block in intents.intents[intent].data:
            rules = {**intents.expansion_rules, **(block.expansion_rules or {})}
            for template in block.sentences:
                drawn = sample_sentence(template, lists, rules, language, expand_ranges=False, skip_optionals=True)
                for text in map(_filled, islice(drawn, SAMPLED)):
                    if len(text) <= LONGEST_SENTENCE and not any(mark in text for mark in NEEDS_A_HOME):
                        found.setdefault(_key(intent, block), {})[text] = None
    return found


def _filled(sentence: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: VALUES.get(name[1], name[0]), sentence).strip()


def _key(intent: str, block: IntentData) -> Key:
    slots: Mapping[str, Any] = block.slots or {}
    step = slots.get("volume_step")
    domain: Any = (block.requires_context or {}).get("domain") or slots.get("domain") or ""
    if isinstance(domain, dict):
        domain = domain.get("value")
    return f"{intent}:{step}" if step else intent, domain if isinstance(domain, str) else "+".join(domain or ())

"""One goal, from the first words to success or giving up: what is said, and what it should have come to."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import blake2b
from itertools import accumulate

import numpy as np

from sayagain.assistant.action import Action
from sayagain.assistant.chain import Gold
from sayagain.assistant.circumstances import Memory
from sayagain.assistant.corpus import GoalKey, Style, Utterance, by_goal, corrections
from sayagain.assistant.home import Speaker
from sayagain.assistant.intents import domain_of
from sayagain.assistant.people import Person
from sayagain.assistant.stages import Parse, Understanding


@dataclass(frozen=True, slots=True)
class Pursuit:
    """A goal that a person pursues, at one attempt."""

    id: str
    """Unique in the simulation; also the seed of all that is drawn for it."""
    person: Person
    key: GoalKey
    speaker: Speaker
    attempt: int = 1
    style: Style | None = None
    """How it is said again; None at first."""
    before: str = ""
    """The text said last."""
    failed: str | None = None
    """Turn id of the attempt before, if the assistant heard it at all."""
    goal: Action | None = None
    """What would meet it, settled by the circumstances of the first attempt."""

    def again(self, style: Style, said: str, turn: str | None, goal: Action | None) -> Pursuit:
        """Return the next attempt."""
        return replace(self, attempt=self.attempt + 1, style=style, before=said, failed=turn or self.failed, goal=goal)

    def named(self, key: GoalKey | None) -> Pursuit:
        """Return this attempt at the same, by other words: those for ``key``, if one is given."""
        return replace(self, key=key) if key is not None else self

    def answered(self, said: str, goal: Action | None) -> Pursuit:
        """Return the next attempt: yes, to the question whether to do what is wanted."""
        then = replace(self, key=GoalKey("yes"), attempt=self.attempt + 1, goal=goal)
        return replace(then, style="answer", before=said, failed=None)

    def start(self, rng: np.random.Generator) -> None:
        """Put ``rng`` (a PCG64) at the start of this attempt's own stream: a new one takes six times as long."""
        digest = blake2b(f"{self.id}/{self.attempt}/draws".encode(), digest_size=32).digest()
        state = {"state": int.from_bytes(digest[:16]), "inc": int.from_bytes(digest[16:]) | 1}
        rng.bit_generator.state = {"bit_generator": "PCG64", "state": state, "has_uint32": 0, "uinteger": 0}

    def turn(self, key: bytes) -> str:
        """Return the identifier of this attempt's turn: without ``key`` it tells nothing of goal or other attempts."""
        return blake2b(f"{self.id}/{self.attempt}".encode(), digest_size=8, key=key).hexdigest()


USUAL = 0.6
"""Chance that a person who once found words that worked uses them again. Assumed: people form habits of wording."""

RARE_STYLE = 0.02
"""Ease of a style that is only a reaction (the entity alone, a correction), beside shares that add up to 1."""


AVOIDED = 1
"""Failures in a row after which words are dropped for others, where there are others. Assumed."""

HOPE, LEAST_HOPE = 0.4, 0.03
"""Chance to ask again for what failed last time, at each failure in a row, and at the least. Assumed: what never works
here is hardly asked for any more."""


Ways = Mapping[GoalKey, Sequence[Utterance]]
"""The phrasings of goals."""


def choose(pursuit: Pursuit, memory: Memory, rng: np.random.Generator, known: Ways) -> Utterance | None:
    """Return what the person says, of the texts there are recordings of; None when it is not said (again).

    ``known`` has the phrasings of every goal. People remember what worked and what failed; who cannot think of other
    words gives up. Four numbers are drawn, whatever comes of it.
    """
    hope, habit, style, which = rng.random(4).tolist()
    recorded = pursuit.person.texts
    if pursuit.style is None and hope >= max(HOPE ** memory.failed[pursuit.key], LEAST_HOPE):
        return None
    ways = [one for one in known.get(pursuit.key, ()) if one.text in recorded]
    slow = pursuit.style == "slow"
    usual = pursuit.before if slow else memory.worked.get(pursuit.key)
    if (slow or (habit < USUAL and usual != pursuit.before)) and (same := [one for one in ways if one.text == usual]):
        return same[0]
    ways = [one for one in ways if one.text != pursuit.before]
    if pursuit.style is None:
        ways = [one for one in ways if memory.failed[one.text] < AVOIDED] or ways
    elif pursuit.style == "correction":
        ways = [one for one in corrections(pursuit.key) if one.text in recorded] or ways
    ways = [one for one in ways if one.style == pursuit.style] or ways
    return _readiest(pursuit.person, ways, style, which)


def _readiest(person: Person, ways: Sequence[Utterance], style: float, which: float) -> Utterance | None:
    """Return one of ``ways``: first a style, as readily as this person uses it, then one of its texts."""
    if not ways:
        return None
    ease = dict(person.styles)
    styles = list(dict.fromkeys(one.style for one in ways))
    upto = list(accumulate(ease.get(each, RARE_STYLE) for each in styles))
    chosen = styles[min(bisect(upto, style * upto[-1]), len(styles) - 1)]
    texts = [one for one in ways if one.style == chosen]
    return texts[int(which * len(texts))]


class GoldParses:
    """Gold outputs of requests, each with the assistant's own parse of the wording that it knows best."""

    def __init__(self, understanding: Understanding, known: Ways | None = None) -> None:
        """Read with ``understanding``; ``known`` has the phrasings of every goal."""
        self._understanding, self._known = understanding, by_goal() if known is None else known
        self._read = cache(self._find)

    def gold(self, said: str, key: GoalKey, action: Action | None) -> Gold:
        """Return the gold output of every stage for a request."""
        if key.kind == "not_meant":
            return Gold(said, Parse("", ""), None, addressed=False)
        if action is None:
            return Gold(said, Parse("unsupported", "unsupported"), None)
        return Gold(said, self._read(key, key.kind if key.kind == "yes" else action.intent), action)

    def _find(self, key: GoalKey, intent: str) -> Parse:
        plain_first = sorted(self._known.get(key, ()), key=lambda one: one.style != "plain")
        for one in plain_first:
            for parse in self._understanding.understand(one.text):
                if parse.intent == intent:
                    return parse
        return Parse(domain_of(intent), intent, tuple(sorted(key.values.items())))

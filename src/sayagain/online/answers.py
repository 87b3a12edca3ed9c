"""Answers: whether what somebody says to a question answers it, so that nothing else is learned of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from sayagain.preferences.nothing import QUESTION
from sayagain.preferences.statement import LISTS
from sayagain.preferences.times import Clock
from sayagain.preferences.tokens import kept, plain, tokens
from sayagain.preferences.verbs import IMPERATIVES
from sayagain.schema.question import Question

MOST_NAME_WORDS, MOST_ANSWER_WORDS = 3, 6
_DOES_NOT_KNOW = re.compile(
    r"^(?: (?:i|we))?(?: (?:really|just|honestly))* (?:do not|can not|did not)"
    r" (?:know|remember|care|mind|mean|say|tell|want)"
    r"|^ (?:(?:i have )?no idea|not sure|i am not sure|whatever|who knows|dunno|none of your|mind your own|why|huh"
    r"|pardon|never mind|nothing|something)(?= |$)"
)
"""Answers of those who do not know, or do not want to say."""
_SAYS_I = re.compile(r"(?:^| )(?:i|we|you|it|that|this|he|she|they)(?= |$)")
_LEAD = re.compile(r"^ (?:in|on|at|from|by|with|it is|use|around|about|through)(?: the| my| our)?(?= )")
_UNIT = re.compile(rf"(?: the| my)?{LISTS['unit']}(?: units| please)?")
_PLACE = re.compile(
    r" (?:speakers?|room|kitchen|bedroom|bathroom|hall|lounge|den|office|study|garage|garden|house|home|tv|television"
    r"|radio|stereo|sonos|headphones|phone|tablet|display|everywhere|upstairs|downstairs)(?= |$)"
)
"""Where music may be played."""


def is_answer(question: Question, answer: str, names: Collection[str] = frozenset()) -> bool:
    """Return whether an answer to a guided question, or to one about a meaning, can be one.

    Args:
        question: what was asked.
        answer: what was said to it.
        names: names that the assistant knows, as ``known_names`` gives them.

    >>> guided = Question(id="q", user="ann", kind="guided", say="When?", subject="alarm")
    >>> is_answer(guided, "half past six"), is_answer(guided, "bananas")
    (True, False)
    """
    said = tokens(answer)
    if answer.rstrip().endswith("?") or QUESTION.match(said) or _DOES_NOT_KNOW.match(said) or not kept(said):
        return False
    if question.kind != "guided":
        return True
    fits, bare = _FITS.get(question.subject), _LEAD.sub("", plain(said)).replace(" ,", "")
    return fits is None or fits(bare) or (fits is _a_place and kept(bare) in names)


def _a_name(said: str) -> bool:
    words = said.split()
    measured = _a_time(said) or _UNIT.fullmatch(said) is not None or any(word.isdecimal() for word in words)
    return len(words) <= MOST_ANSWER_WORDS and not measured and not _SAYS_I.search(said) and words[:1] != []


def _a_persons_name(said: str) -> bool:
    words = said.split()
    return _a_name(said) and len(words) <= MOST_NAME_WORDS and not IMPERATIVES & set(words)


def _a_time(said: str) -> bool:
    return Clock.of(said).time(said) is not None


def _a_unit(said: str) -> bool:
    return _UNIT.fullmatch(said) is not None


def _a_place(said: str) -> bool:
    return _PLACE.search(said) is not None and len(said.split()) <= MOST_ANSWER_WORDS


_FITS: Mapping[str, Callable[[str], bool]] = {
    "name": _a_persons_name, "music": _a_place, "news": _a_name, "units": _a_unit, "weather": _a_name, "alarm": _a_time,
    "food": _a_name,
}  # fmt: skip
"""Domain of the guided series → what answers its question."""

"""What was never said: what one person said next, twice, is no proof of words that stand nowhere in their request.

"Remind me of the meeting" fails, and they set an alarm for nine; next day again. That is how they help themselves, and
may be what they meant; but nobody said nine, and tomorrow it may be ten. So they are asked. What several people go on
to, far oftener than by chance, and what was misheard is not judged here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sayagain.guards.difference import Change, Difference, words_of
from sayagain.guards.evidence import Evidence, Kind, kind_of, telling
from sayagain.guards.lexicon import Words
from sayagain.guards.side import Side
from sayagain.guards.values import UNSAID, values_of
from sayagain.text.normalise import form_of

OTHER_WORDS = "says little of what was heard: what one person said next is only asked about"
INVENTED = "names a value that nobody said"
"""Reasons why a rewrite is only offered."""

SEVERAL = 2
"""People from whom what they say next is no habit of one."""

MOST_OF_IT = 0.5
"""Share of what was heard that the target must say again, for one person's next requests to carry it."""


def unsaid(change: Difference, known: Words, evidence: Evidence, target: Side) -> str | None:
    """Return why one person's next requests do not carry a rewrite; None where they do, or others stand behind it."""
    if evidence.people >= SEVERAL or evidence.hypothesis or kind_of(change, known) is Kind.RESPELLED:
        return None
    if _invented(change, known) or any(_nowhere(value, change, known) for value in _spoken(target)):
        return INVENTED
    return None if _says_again(change, known) else OTHER_WORDS


def _invented(change: Difference, known: Words) -> bool:
    """Return whether the target names a number, a time or the like that was not said."""
    come = values_of(change.target, known) - values_of(change.source, known)
    return not UNSAID.keys() >= come.keys()


def _spoken(target: Side) -> Iterator[tuple[str, ...]]:
    """Yield the values of a target that stand in its words: an assistant may have others for what was said."""
    said = set(words_of(target.words))
    for value in target.slots.values():
        words = words_of(form_of(value))
        if words and said.issuperset(words):
            yield words


def _nowhere(value: Sequence[str], change: Difference, known: Words) -> bool:
    """Return whether no word of a value was said, not even misheard, nor the same number."""
    numbers = values_of(value, known)
    if numbers and not numbers - values_of(change.source, known):
        return False
    return not any(_said(word, change.source, known) for word in value)


def _says_again(change: Difference, known: Words) -> bool:
    """Return whether a target says again what was heard: half of it in the same words, or more of it alike."""
    source, target = (telling(side, known) for side in (change.source, change.target))
    same = sum(word in target for word in source)
    alike = sum(_said(word, target, known) for word in source)
    return alike > len(source) * MOST_OF_IT or (same > 0 and alike >= len(source) * MOST_OF_IT)


def _said(word: str, among: Collection[str], known: Words) -> bool:
    """Return whether a word was said: it, one that it may be misheard as, or the same number."""
    number = values_of([word], known)
    return word in among or any(
        Change((word,), (each,), "", "").alike_in(known.languages) or (number and number == values_of([each], known))
        for each in among
    )

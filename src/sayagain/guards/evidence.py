"""Evidence for a rewrite: that the words were misheard, or that people who say them mean the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt

from sayagain.guards.difference import RESEMBLES, SAME_FRAME, Change, Difference
from sayagain.guards.lexicon import Words
from sayagain.guards.places import Places
from sayagain.guards.side import phrases
from sayagain.guards.values import heard_in_pieces, same_number
from sayagain.text.similarity import likeness


class Kind(StrEnum):
    """How the target differs from the source."""

    RESPELLED = "respelled"
    """What differs may be misheard, says nothing (articles, politeness), or is one number in two spellings."""
    SUBSTITUTED = "substituted"
    """The same request with another word in it, or without one that other requests have: it names another thing."""
    ADDED = "added"
    """The target says more, and all that the source says."""
    REWORDED = "reworded"
    """Other words altogether."""


@dataclass(frozen=True)
class Evidence:
    """Evidence for a rewrite: how many people went from source to target, and how often; all zero where nobody did."""

    people: int = 0
    """Distinct people."""
    days: int = 0
    """Distinct days on which they did."""
    turns: int = 0
    """Turns that said the source."""
    oftener: float = 0.0
    """How many times oftener than by chance people went on to the target, at least (:func:`oftener`)."""
    share: float = 0.0
    """Share of the turns that said the source from which people went on to the target, at least (:func:`share`)."""
    own: float = 0.0
    """How often (expected) the person who asks did."""
    own_days: int = 0
    """Distinct days on which this person did."""
    hypothesis: bool = False
    """Whether the recogniser thought of the target, too."""
    not_understood: bool = False
    """Whether the assistant itself understood nothing in the source."""
    works: bool = False
    """Whether the source works: for this person, or elsewhere in the log."""


NAMES_ANOTHER = "names another thing"
NOTHING_SHOWS = "too little speaks for it: no clear mishearing, and too few people went on to it"
"""Reasons why the evidence does not carry a rewrite."""

ALIKE_WHOLE = 0.7
"""Likeness of two whole requests from which one may be the other misheard, where the assistant understands nothing."""

LEAST_LETTERS = 5
"""Letters of a request below which another one is alike by chance: "and" is no misheard "any"."""

LOST_SHARE = 0.5
"""Share of a request's turns in which the assistant understood nothing, from which it is not understood."""

ONCE = 0.5
"""Expected times from which a person said it once."""

REPEATEDLY = 2
"""Days on which a person must have said another request in the place of one that failed, where they do not sound alike:
once it may have been the next thing that they wanted."""

PEOPLE_FACTOR = 2
"""Times the people that stand behind any rewrite, where the assistant believes that it understood the request."""

MINIMAL = 2
"""Words on either side in which two requests differ that are else one, however short."""

LEAST_DAYS = 2
"""Days over which the people behind a rewrite for everyone must be spread."""


FAR_OFTENER = 3.0
"""Times oftener than by chance that people must go on to quite other words: what many ask next, whatever was said
before, is the next thing that they want. On real calls (docs/real-calls.md) such ways are at most as frequent as chance
lets expect, those that mend at least three times, those of replayed recordings thirty times."""


BEYOND_CHANCE = 10.0
"""The same, from which those who stand behind any rewrite are enough, though the assistant believes it understood."""


MANY = 5
"""Times the people that stand behind any rewrite, from which they may show that another thing is meant."""

SHARE_OF_MANY = 0.3
"""Share of those who say a request that must end well with another thing, at the least: half of those who fail give up
silently. On the replay over SLURP three requests were lost by pairs below it, and by those above none on eight seeds
(docs/guards.md)."""


MAIN_SHARE = 0.5
"""Share of those who say a request from which the way that they go is its meaning, however common it is elsewhere."""


def oftener(went: float, turns: float, meant: float, everything: float) -> float:
    """Return how many times oftener than by chance people go on from one request to another, at least.

    By chance, what follows does not depend on what was said before: it is as frequent as anywhere else. What
    ``MAIN_SHARE`` go on to is always far oftener.

    Args:
        went: turns (expected) that said the one and were followed by the other; lowered by its standard error.
        turns: turns that said the one.
        meant: turns that mean the other, wherever.
        everything: all turns.
    """
    elsewhere = max(meant - went, 1.0) / max(everything - turns, 1.0)
    return share(went, turns) / min(elsewhere, MAIN_SHARE / FAR_OFTENER)


def share(went: float, turns: float) -> float:
    """Return the share of the turns that said a request from which people went on to another, at least."""
    return max(went - sqrt(went), 0.0) / turns


def kind_of(change: Difference, known: Words) -> Kind:
    """Return how the target differs from the source."""
    real = [each for each in change.changes if not known.weak.issuperset((*each.lost, *each.found))]
    if all(each.alike_in(known.languages) or same_number(each, change) for each in real) or heard_in_pieces(change):
        return Kind.RESPELLED
    if not _same_frame(change, real, known):
        return Kind.REWORDED
    if all(not each.lost or each.alike_in(known.languages) for each in real):
        return Kind.ADDED
    return Kind.SUBSTITUTED


def _same_frame(change: Difference, real: Sequence[Change], known: Words) -> bool:
    """Return whether one request is the other with something exchanged.

    They share half of their words; or their first one; or they differ in no more than two, and share any ("please" will
    do); or one says all that the other says.
    """
    source, target = (telling(side, known) for side in (change.source, change.target))
    shared = not set(source).isdisjoint(target)
    all_of_one = set(change.source) <= set(change.target) or set(change.target) <= set(change.source)
    whole = shared and all_of_one
    few = max(sum(len(each.lost) for each in real), sum(len(each.found) for each in real)) <= MINIMAL
    return (
        change.frame >= SAME_FRAME
        or whole
        or (few and change.shared > 0)
        or (shared and (few or source[0] == target[0]))
    )


def misheard(
    change: Difference, known: Words, evidence: Evidence, places: Places, values: frozenset[str] | None
) -> bool:
    """Return whether what was heard is surely not what was said.

    It is never meant here, and the recogniser thought of the target too, or the assistant is lost and it sounds alike.
    What only says less than the target was cut short: a value that is missing may have been another one.

    Args:
        change: how the target differs.
        known: words of the language.
        evidence: what is known of the request, and of people who said the target instead.
        places: what working requests say where.
        values: words of the values that the assistant understands in the target; None where that is not known.
    """
    cut_short = not any(each.lost for each in change.changes)
    sides = change.source, change.target
    source, target = (" ".join(side if cut_short else telling(side, known)) for side in sides)
    alike = len(source) >= LEAST_LETTERS and likeness(source, target) >= ALIKE_WHOLE
    guessed = cut_short and (values is None or any(word in values for each in change.changes for word in each.found))
    surely = evidence.hypothesis or (evidence.not_understood and alike and not guessed)
    return surely and not evidence.works and not meant(change, known, places)


def telling(words: Sequence[str], known: Words) -> Sequence[str]:
    """Return the words of a request without those that say nothing; all where there are no others."""
    return [word for word in words if word not in known.weak] or words


def meant(change: Difference, known: Words, places: Places) -> bool:
    """Return whether what was heard is meant where it stands: working requests have it there, or it is a name."""
    return any(places.has(each) or _names_something(each, known) for each in change.changes)


def worth_asking(change: Difference, known: Words, evidence: Evidence, places: Places) -> bool:
    """Return whether the target may have been meant, though nothing shows it.

    What was heard is meant by nobody here, and it is alike, or the assistant is lost and this person once said the
    target next. The latter only in known languages: elsewhere nobody knows whether the target pays or unlocks.
    """
    alike = kind_of(change, known) is Kind.RESPELLED
    once = bool(known.languages) and evidence.not_understood and evidence.own >= ONCE
    return (alike or once) and not evidence.works and not meant(change, known, places)


def _names_something(change: Change, known: Words) -> bool:
    """Return whether what is lost has a name of which what comes in its place is no form: "lights" may be "light".

    Spaces are not heard: "steh lampe" names no lamp where "stehlampe" was said.
    """
    if change.rejoined:
        return False
    found = list(phrases(change.found))
    named = (name for name in phrases(change.lost) if known.named(name))
    return any(not any(known.same_name(name, other) or _one_of(name, other) for other in found) for name in named)


def _one_of(one: str, other: str) -> bool:
    """Return whether two words are one but for the ending of the plural that many languages have."""
    return one.removesuffix("s") == other.removesuffix("s")


def names_nothing(change: Difference, names: frozenset[str]) -> bool:
    """Return whether none of the words that differ stands in a name of the catalogue; without one, nobody knows."""
    return bool(names) and names.isdisjoint(word for each in change.changes for word in (*each.lost, *each.found))


def supported(
    change: Difference,
    known: Words,
    places: Places,
    names: frozenset[str],
    evidence: Evidence,
    min_people: int,
    values: frozenset[str] | None,
) -> str | None:
    """Return why the evidence does not carry a rewrite; None where it does.

    Words that were misheard once are mended once, even badly, where what was heard is understood nowhere. Other words
    must have been said in their place repeatedly: what people say next may be the next thing. What is else the same
    request names another thing, unless the recogniser thought of it, none that differ name what the assistant knows, or
    many people show that they mean it.
    """
    kind = kind_of(change, known)
    lost = misheard(change, known, evidence, places, values)
    if lost and (evidence.hypothesis or kind is not Kind.SUBSTITUTED):
        return None
    if kind is Kind.RESPELLED:
        days = 1 if min_people == 1 else LEAST_DAYS
        carried = evidence.own >= ONCE or (evidence.people >= min_people and evidence.days >= days)
    else:
        garbled = evidence.not_understood and _resembles(change, known) and not meant(change, known, places)
        if kind is Kind.SUBSTITUTED and not garbled and not names_nothing(change, names):
            return None if _shown_by_many(change, evidence, places, min_people) else NAMES_ANOTHER
        days = 1 if kind is Kind.SUBSTITUTED and garbled else REPEATEDLY
        own = evidence.not_understood and evidence.own >= ONCE and evidence.own_days >= days
        carried = own or _people_mean(kind, evidence, min_people)
    return None if carried else NOTHING_SHOWS


def _people_mean(kind: Kind, evidence: Evidence, min_people: int) -> bool:
    """Return whether people mean other words, which they go on to on several days, far oftener than by chance.

    Where the assistant believes that it understood the request, that must be many, or further beyond chance the fewer
    they are; what is else the same request must be many.
    """
    least = min_people
    if kind is Kind.SUBSTITUTED and not evidence.not_understood:
        least = max(PEOPLE_FACTOR * min_people, PEOPLE_FACTOR)
    times = FAR_OFTENER if evidence.not_understood else _beyond_chance(evidence.people / max(min_people, 1))
    return evidence.people >= least and evidence.days >= LEAST_DAYS and evidence.oftener >= times


def _shown_by_many(change: Difference, evidence: Evidence, places: Places, min_people: int) -> bool:
    """Return whether so many people go on to what names another thing, of those who say this, that they mean it.

    A recogniser mishears many people alike: "give me a kitchen twitter" was "a cooking tutorial" for all of them. What
    was heard works for nobody, and no working request has it there. Not in a household, where nobody is many.
    """
    heard_elsewhere = evidence.works or any(map(places.has, change.changes))
    return (
        min_people > 1
        and not heard_elsewhere
        and evidence.people >= MANY * min_people
        and evidence.days >= LEAST_DAYS
        and evidence.share >= SHARE_OF_MANY
        and evidence.oftener >= FAR_OFTENER
    )


def _beyond_chance(times_people: float) -> float:
    """Return how many times oftener than by chance people must go on, by how many of those behind any rewrite they are.

    A straight line of logarithms from ``BEYOND_CHANCE`` of them to ``FAR_OFTENER`` of ``PEOPLE_FACTOR`` times as many.
    """
    share = min(max(log(times_people, PEOPLE_FACTOR), 0.0), 1.0) if times_people > 0 else 0.0
    return float(BEYOND_CHANCE * (FAR_OFTENER / BEYOND_CHANCE) ** share)


def _resembles(change: Difference, known: Words) -> bool:
    """Return whether all that gives way may be badly misheard."""
    gone = [each for each in change.changes if not known.weak.issuperset(each.lost)]
    return bool(gone) and all(each.alike_in(known.languages, RESEMBLES, RESEMBLES) for each in gone)

"""The candidates for a turn's label: texts that it may have been, each with what such a text means here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sayagain.labels.known import Known, Seen, Way
from sayagain.labels.meant import Meant
from sayagain.labels.told import Told
from sayagain.text.normalise import normalise
from sayagain.text.phrasebook import phrasebook

SOURCES = ("own", "alternative", "hypothesis", "rephrase", "nearest")
"""Where a candidate comes from: the turn's own interpretation; another one that the assistant considered; another
hypothesis of the recogniser, looked up among requests that work; a later turn that may say it again; the requests that
work and are nearest to a hypothesis."""

LATER = 4
"""Later turns that may say a request again: what lies further hardly ever does."""

LATEST = 3 * 3600.0
"""Seconds beyond which they do not."""

WAYS = 3
"""Meanings of a known request that are looked at, the commonest here."""

SURELY_WORKED = 0.97
"""P(correct) from which nothing but the turn's own interpretation is a candidate: most turns of a log, so that what
takes time is done for few."""


@dataclass(frozen=True)
class Candidate:
    """A text that may have been said, with what it means; None where nothing here tells."""

    text: str
    form: str
    """In normal form."""
    meant: Meant | None
    source: str
    seen: Seen | None = None
    """How often this meaning of this text worked, for candidates that were looked up."""
    of: Seen | None = None
    """The same of all meanings of the text."""
    later: int | None = None
    """The later turn that it is from."""


def candidates(
    told: Told, place: int, known: Known, near: dict[str, list[str]], without: Collection[str] = ()
) -> list[Candidate]:
    """Return the candidates of a turn, without repetition.

    Args:
        told: the turns.
        place: of the turn.
        known: requests that work.
        near: for each hypothesis in normal form, the known requests nearest to it.
        without: sources that are left out, as if they said nothing.
    """
    found: dict[tuple[str, object], Candidate] = {}
    for each in _all(told, place, known, near, alone="own" not in without):
        if each.source not in without:
            found.setdefault((each.form, each.meant.key if each.meant else None), each)
    return list(found.values())


LATER_AND_OWN = frozenset({"own", "alternative", "rephrase"})
"""What is left out where requests that work are held against the rest."""


def _all(told: Told, place: int, known: Known, near: dict[str, list[str]], alone: bool) -> Iterator[Candidate]:
    each = told.said[place]
    yield Candidate(each.text, each.form, told.own[place], "own")
    if alone and surely_worked(told, place):
        return
    yield from _others(told, place)
    yield from _later(told, place)
    yield from _known(told, place, known, near)


def surely_worked(told: Told, place: int) -> bool:
    """Return whether a turn has no candidate but itself."""
    return told.worked(place) >= SURELY_WORKED and told.own[place] is not None


def _others(told: Told, place: int) -> Iterator[Candidate]:
    each = told.said[place]
    for means in told.others[place]:
        yield Candidate(each.text, each.form, means, "alternative")
    for text in told.texts[place][1:]:
        yield Candidate(text, normalise(text), None, "hypothesis")


def _later(told: Told, place: int) -> Iterator[Candidate]:
    for other in range(place + 1, min(place + 1 + LATER, told.ends[place])):
        after = told.said[other]
        if after.time - told.said[place].time > LATEST:
            return
        means, own = told.own[other], told.own[place]
        if means is None:
            continue
        if own is not None and phrasebook().act(after.form) == "assent":
            means = replace(own, action=means.action)
        yield Candidate(after.text, after.form, means, "rephrase", later=other)


def _known(told: Told, place: int, known: Known, near: dict[str, list[str]]) -> Iterator[Candidate]:
    heard = list(dict.fromkeys(map(normalise, told.texts[place])))
    looked_up = list(dict.fromkeys([*heard, *(form for each in heard for form in near.get(each, ()))]))
    for form in looked_up:
        yield from _ways(told, place, known, form, "hypothesis" if form in heard else "nearest")


def _ways(told: Told, place: int, known: Known, form: str, source: str) -> Iterator[Candidate]:
    each, home = told.said[place], told.homes[place]
    own = told.own[place]
    added = told.worked(place) if own is not None and each.form == form else 0.0

    def seen(way: Way) -> Seen:
        mine = added if own is not None and way.meant.key == own.key else 0.0
        return known.seen(way, home, each.user, each.device, mine)

    counted = sorted(((seen(way), way) for way in known.ways.get(form, {}).values()), key=lambda pair: pair[0])[::-1]
    total = Seen(*map(sum, zip(*(one for one, _ in counted), strict=True))) if counted else None
    for one, way in counted[:WAYS]:
        if one.everyone > LEAST_SEEN:
            yield Candidate(way.text, form, known.settled(way.meant, home), source, one, total)


LEAST_SEEN = 0.4
"""Expected number of other turns in which a request worked, at the least."""


def wanted(told: Told, places: Sequence[int], without: Collection[str] = ()) -> dict[str, list[str]]:
    """Return, by household, the hypotheses whose nearest known requests are asked for."""
    found: dict[str, dict[str, None]] = {}
    for place in places:
        if "own" in without or not surely_worked(told, place):
            found.setdefault(told.homes[place], {}).update(dict.fromkeys(map(normalise, told.texts[place])))
    return {home: list(forms) for home, forms in found.items()}

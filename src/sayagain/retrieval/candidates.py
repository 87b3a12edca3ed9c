"""Candidates: what a request as heard could have been, from this person's profile and from what everyone says.

Asked of every hypothesis, not only the first: what was said often stands further down. A request that mostly fails is a
way in too: what people say after it is a candidate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from heapq import nlargest

import numpy as np
from rapidfuzz import fuzz, process

from sayagain.guards.side import phrases, side
from sayagain.guards.slots import SERVED_SHARE, replaces_a_name
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.global_index import Behind, GlobalIndex
from sayagain.retrieval.user_profile import UserProfile, around, look_and_sound
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of
from sayagain.text.phonetics import sound
from sayagain.text.similarity import likeness

MOST_HYPOTHESES = 5
"""Hypotheses looked at; what was said is hardly ever further down."""

HYPOTHESES_ASKED = {"words": 2, "vectors": 1}
"""Hypotheses that each index is asked about. A second vector costs a fifth of the time and mends one more in a
hundred."""

NEAREST_REQUESTS = 8
"""Requests taken from each index for each hypothesis."""

MOST_CANDIDATES = 16
"""Candidates that are ranked."""

LED = 0.9
"""Worth of what people said after the request had failed, as a likeness."""

PERSONAL = 0.2
"""What a person's own phrases have ahead when the pool is cut."""

NEAR_SOURCE = 0.8
"""Likeness to a request that failed before from which what was said after it is a candidate here too."""

SERVED_OWN = 0.55
"""Share of good ends, with one good and one bad besides, above which a person's own phrase is one that works: once
surely well, or mostly."""

DUE = 4
"""Habits of this time of day that are candidates, however little alike."""

LEAST_ALIKE = 55
"""Likeness (0 to 100) below which a person's own phrase is no candidate: strangers share as much by chance."""

WAS_TAKEN_BACK = "somebody took it back"
RENAMED = "replaces a name that was heard and is known"
SAME_MEANING = "means what was heard"
"""Why a candidate is dropped before it is ranked."""


@dataclass(frozen=True)
class Request:
    """A request as ranking sees it."""

    turn: Turn
    forms: tuple[str, ...]
    """Normal forms of the hypotheses, the first first, each once; at least one."""
    texts: tuple[str, ...]
    scores: tuple[float | None, ...]
    around: Mapping[str, str] = field(default_factory=dict)
    """Circumstances, as ``user_profile.around`` returns them."""

    @classmethod
    def of(cls, turn: Turn) -> Request:
        """Read the hypotheses of a turn; its text is the first."""
        found: dict[str, tuple[str, float | None]] = {}
        first = turn.asr[0].score if turn.asr else None
        for text, score in [(turn.text, first), *((one.text, one.score) for one in turn.asr)]:
            if len(found) < MOST_HYPOTHESES:
                found.setdefault(form_of(text), (text, score))
        texts, scores = zip(*found.values(), strict=True)
        return cls(turn, tuple(found), texts, scores, around(turn))


@dataclass
class Candidate:
    """A request that may have been meant."""

    form: str
    text: str
    meaning: str | None
    number: int | None = None
    """Its number among the requests of everyone; None where only this person says it."""
    way: float = 0.0
    """Share of everyone's turns with the heard form after which people said this meaning."""
    own_way: float = 0.0
    """How often this person said it after the heard form (or one very like it) had failed."""
    near: float = 0.0
    """Likeness of the heard form to the request that led here, where that was not the candidate itself."""
    bm25: float = 0.0
    cosine: float = 0.0
    precomputed: str | None = None
    """Identifier of the precomputed rewrite that leads here."""
    found: set[str] = field(default_factory=set)
    """Where it was found: personal, everyone, precomputed, catalogue."""
    led_by: dict[str, Behind] = field(default_factory=dict)
    """Requests after which people said this meaning, and what stands behind that."""
    own_led_by: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Requests after which this person said it, when they had failed: how often (expected), on how many days."""


def gather(
    request: Request, profile: UserProfile, context: RetrievalContext, due: Mapping[str, float]
) -> list[Candidate]:
    """Return what a request may have been, at most ``MOST_CANDIDATES``; never what was heard. Rules are asked later.

    ``due`` says how due each of the person's habits is.
    """
    return [candidate for candidate, dropped in considered(request, profile, context, due) if dropped is None]


def considered(
    request: Request, profile: UserProfile, context: RetrievalContext, due: Mapping[str, float]
) -> Iterator[tuple[Candidate, str | None]]:
    """Yield what a request may have been, and why it is dropped; None where it is not."""
    pool: dict[str, Candidate] = {}
    _personal(request, profile, due, pool)
    _everyones(request, profile, context, pool)
    pool.pop(request.forms[0], None)
    return screened(request, _promising(request, list(pool.values())), profile, context)


def screened(
    request: Request, promising: Sequence[Candidate], profile: UserProfile, context: RetrievalContext
) -> Iterator[tuple[Candidate, str | None]]:
    """Yield candidates, and why they are dropped; None where they are not.

    A name that was heard and that the assistant or this person knows is not replaced: "north" never becomes "south".
    """
    heard = request.forms[0]
    meaning = meaning_of_form(heard, profile, context.global_index)
    forms, unmeant = taken_back(heard, [each.form for each in promising], profile, context)
    names = [name for name in phrases(heard.split()) if name in context.global_index.values or name in profile.values]
    slots = {
        name: context.global_index.values.get(name, frozenset()) | profile.values.get(name, set()) for name in names
    }
    for each in promising:
        if each.form in forms or each.meaning in unmeant:
            yield each, WAS_TAKEN_BACK
        elif each.precomputed is None and replaces_a_name(slots, side(each.form, each.meaning)):
            yield each, RENAMED  # what was precomputed passed the guards when it was learned
        else:
            yield each, SAME_MEANING if meaning is not None and each.meaning == meaning else None


def taken_back(
    heard: str, forms_found: Sequence[str], profile: UserProfile, context: RetrievalContext
) -> tuple[Set[str], Set[str]]:
    """Return the forms and the meanings that a request must not become: this person, or several, took them back."""
    forms, unmeant = profile.taken_back(heard) if profile.blocked else (set(), set())
    forms |= set(context.stopped(heard, forms_found))
    meanings = (meaning_of_form(form, profile, context.global_index) for form in forms)
    return forms, unmeant | {meaning for meaning in meanings if meaning is not None}


def asked(request: Request, profile: UserProfile, count: int) -> list[str]:
    """Return the forms that an index is asked about: the first ``count`` hypotheses, and what failed just before."""
    return list(dict.fromkeys(form for form in (*request.forms[:count], *profile.recent[-1:]) if form))


def meaning_of_form(form: str, profile: UserProfile, global_index: GlobalIndex) -> str | None:
    """Return what a form is understood as, as far as is known."""
    if form in profile.phrases and profile.phrases[form].meaning is not None:
        return profile.phrases[form].meaning
    number = global_index.number.get(form)
    return None if number is None else global_index.meanings[number]


def _promising(request: Request, pool: Sequence[Candidate]) -> list[Candidate]:
    """Return the pool by a rough worth, best first, cut to what can be ranked in time."""
    if not pool:
        return []
    forms = [each.form for each in pool]
    looks = process.cdist(request.forms, forms, scorer=fuzz.ratio).max(axis=0)
    sounds = process.cdist([sound(form) for form in request.forms], [sound(form) for form in forms], scorer=fuzz.ratio)
    alike = np.maximum(looks, sounds.max(axis=0)) / 100

    def worth(place: int) -> float:
        each = pool[place]
        led = max(each.near, LED) if each.own_way or each.way or each.precomputed else each.near
        return max(float(alike[place]), led, each.cosine) + (PERSONAL if "personal" in each.found else 0.0)

    return [pool[place] for place in nlargest(MOST_CANDIDATES, range(len(pool)), key=worth)]


def _personal(request: Request, profile: UserProfile, due: Mapping[str, float], pool: dict[str, Candidate]) -> None:
    def add(form: str) -> Candidate | None:
        phrase = profile.phrases.get(form)
        if phrase is None or phrase.success <= SERVED_OWN or (phrase.meaning is None and profile.habits):
            return None
        candidate = pool.setdefault(form, Candidate(form, phrase.text, phrase.meaning))
        candidate.found.add("personal")
        return candidate

    for failed, near in _failed_alike(request.forms[0], profile):
        for form, weight in profile.meant[failed].items():
            if (candidate := add(form)) is not None:
                candidate.own_way += weight
                candidate.own_led_by[failed] = (weight, profile.days_of(failed, form))
                candidate.near = max(candidate.near, near)
    for meaning in nlargest(DUE, due, key=due.__getitem__):
        if (usual := profile.habits[meaning].form) is not None:
            add(usual)
    forms = list(profile.phrases)
    for place in _nearest(look_and_sound(request.forms[0]), profile.looks_and_sounds.values()):
        add(forms[place])


def _failed_alike(heard: str, profile: UserProfile) -> list[tuple[str, float]]:
    """Return the requests that failed before and are at least ``NEAR_SOURCE`` alike, with their likeness."""
    failed = list(profile.meant)
    if not failed:
        return []
    looks = process.cdist([heard], failed, scorer=fuzz.ratio)
    sounds = process.cdist([sound(heard)], [sound(each) for each in failed], scorer=fuzz.ratio)
    near = np.maximum(looks, sounds)[0] / 100
    return [(failed[place], float(near[place])) for place in np.flatnonzero(near >= NEAR_SOURCE)]


def _nearest(asked: str, among: Collection[str]) -> list[int]:
    """Return the places of the ``NEAREST_REQUESTS`` to what is asked, in order, none below ``LEAST_ALIKE``."""
    if not among:
        return []
    (alike,) = process.cdist([asked], among, scorer=fuzz.ratio, dtype=np.uint8)
    enough = np.flatnonzero(alike >= LEAST_ALIKE)
    return sorted(enough[np.argsort(alike[enough], kind="stable")[-NEAREST_REQUESTS:]].tolist())


def _everyones(request: Request, profile: UserProfile, context: RetrievalContext, pool: dict[str, Candidate]) -> None:
    global_index = context.global_index

    def add(number: int) -> Candidate:
        form = global_index.forms[number]
        candidate = pool.setdefault(form, Candidate(form, global_index.texts[number], global_index.meanings[number]))
        candidate.number = number
        candidate.found.add("everyone")
        return candidate

    def lead(source: str, near: float) -> None:
        for meaning, share in global_index.ways.get(source, {}).items():
            if (best := global_index.best.get(meaning)) is not None:
                candidate = add(best)
                candidate.way = max(candidate.way, share * near)
                candidate.near = max(candidate.near, near)
                candidate.led_by[source] = global_index.behind[source][meaning]

    heard = request.forms[0]
    for form in request.forms:
        number = global_index.number.get(form)
        if number is not None and global_index.success[number] > SERVED_SHARE:
            add(number)
        lead(form, 1.0 if form == heard else likeness(form, heard))
    if heard in context.precomputed:
        mined = context.precomputed[heard]
        meaning = meaning_of_form(mined.form, UserProfile(), global_index)
        candidate = pool.setdefault(mined.form, Candidate(mined.form, mined.text, meaning))
        candidate.number = global_index.number.get(mined.form)
        candidate.precomputed = mined.id
        candidate.found.add("precomputed")
    for name, index, count in (
        ("bm25", context.words, HYPOTHESES_ASKED["words"]),
        ("cosine", context.vectors, HYPOTHESES_ASKED["vectors"]),
    ):
        for hits in index.search(asked(request, profile, count), NEAREST_REQUESTS):
            for number, score in hits:
                if global_index.success[number] > SERVED_SHARE:
                    candidate = add(number)
                    setattr(candidate, name, max(getattr(candidate, name), score))
                else:
                    lead(global_index.forms[number], likeness(heard, global_index.forms[number]))

"""Putting a request in the terms that its person taught: a whole request for a whole one, a name for a name.

What a name stands for is put only where a thing can be meant: a lamp that is called Fred is not called up, and "the
light in the kitchen" is not the one on the desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sayagain.online.bare import unadorned
from sayagain.preferences import verbs as spoken
from sayagain.preferences.tokens import ARTICLES, kept, tokens
from sayagain.preferences.words import words as listed
from sayagain.retrieval.catalogue import Catalogue
from sayagain.schema.preference import Preference
from sayagain.text.normalise import form_of

BEFORE = spoken.PREPOSITIONS | spoken.PARTICLES | spoken.IMPERATIVES | {"the", "my", "our", "a", "an", "in", "and"}
AFTER = spoken.PREPOSITIONS | spoken.PARTICLES | spoken.COMPLEMENTS | {"in", "and", "please", "is", "be"}
"""Words beside which a taught word stands alone: in "the kitchen light" and "light switch" the light is another."""

OWN = frozenset(["my", "our"])
KIN = listed("kin") | {"wife", "husband", "sister", "brother", "son", "daughter", "friend", "partner", "neighbour"}
PEOPLE = frozenset(["contact", "contacts", "person", "people", "friend", "recipient", "callee", "who"])
"""Kinds of entries of a catalogue that are people."""

TO_PEOPLE, TO_THINGS = listed("to_people"), listed("to_things")
DEVICES = listed("devices")
NOT_DONE = [[verb] for verb in listed("not_to_devices")]
"""What is done to no lamp: "play Fred" is no request for one."""
TO_WHOM = frozenset(["for", "with", "about"])
"""Words before somebody for whom, or with whom, something is done: "set an alarm for Fred"."""
PLACING = frozenset(["in", "at"])
PARTS_OF_DAY = frozenset(["morning", "afternoon", "evening", "night", "noon", "midnight", "dark", "a", "an"])


@dataclass(frozen=True)
class Put:
    """A request put in the terms that a person taught, and the lessons that did it."""

    form: str
    by: tuple[Preference, ...]


def put(heard: str, aliases: Iterable[Preference], catalogue: Catalogue, *, as_said: bool = True) -> Put | None:
    """Return the normal form of a request with taught words replaced, the longest first; None where it has none.

    Args:
        heard: the request.
        aliases: what words mean, by what its person taught.
        catalogue: the names that the assistant knows.
        as_said: whether a whole request has the small words with which it was taught.
    """
    form = form_of(heard)
    words, whole = form.split(), unadorned(heard)
    by: list[Preference] = []
    for alias in sorted(aliases, key=lambda each: -len(each.subject)):
        if is_request(alias):
            meant = _asked_for(form, whole, alias, as_said=as_said) if not by else None
        else:
            meant = _replaced(words, alias, catalogue)
        if meant is not None:
            words, by = meant, [*by, alias]
    found = " ".join(words)
    return Put(found, tuple(by)) if found != form else None


def is_request(alias: Preference) -> bool:
    """Return whether words mean a whole request, and not a thing: "the water heater" is one."""
    if alias.value.split()[0] not in spoken.IMPERATIVES | spoken.ASKING:
        return False
    return _spoken(alias)[0] not in ARTICLES


def of_a_thing(alias: Preference, catalogue: Catalogue) -> bool:
    """Return whether words are the name of a thing or a place, and of no person."""
    value = form_of(alias.value)
    if is_request(alias) or KIN & set(value.split()):
        return False
    kinds = {entry.kind for entry in catalogue.entries if value in map(form_of, entry.ways) and entry.kind}
    return kinds.isdisjoint(PEOPLE) if kinds else _spoken(alias)[0] in ARTICLES


def _asked_for(form: str, whole: str, alias: Preference, *, as_said: bool) -> list[str] | None:
    """Return the words of a request that another one means, where it is all that was said."""
    if whole != form_of(kept(alias.subject)) and not _told(form.split(), alias):
        return None
    return form_of(_spoken(alias)[1] if as_said else alias.value).split()


def _told(words: Sequence[str], alias: Preference) -> bool:
    """Return whether a request is what a statement says means another one, with all its small words.

    "When I say it's dirty in here, start the vacuum" was kept as what "dirty" means, by releases before.
    """
    subject, evidence = form_of(alias.subject).split(), form_of(alias.evidence).split()
    told = _at(evidence, words) is not None and set(subject) <= set(words)
    return told and not set(alias.value.split()) & set(words)


def _spoken(alias: Preference) -> tuple[str, str]:
    """Return the word before a meaning in its statement, and the meaning with its small words; else as it is kept."""
    words, value = tokens(alias.evidence).replace(" ,", "").split(), alias.value.split()
    for start in range(len(words)):
        end = next((end for end in range(start + 1, len(words) + 1) if _kept(words[start:end]) == value), None)
        if end is not None and _kept(words[start : start + 1]):
            return (words[start - 1] if start else ""), " ".join(words[start:end])
    return "", alias.value


def _kept(words: Sequence[str]) -> list[str]:
    return kept(" ".join(words)).split()


def _replaced(words: Sequence[str], alias: Preference, catalogue: Catalogue) -> list[str] | None:
    """Return words with a name in them replaced, where it stands for what is meant."""
    subject, value = form_of(alias.subject).split(), form_of(alias.value).split()
    at = _at(words, subject)
    if not subject or not value or at is None or _at(words, value) is not None:
        return None
    before, after = words[:at], words[at + len(subject) :]
    if (before and before[-1] not in BEFORE) or (after and not (after[0] in AFTER or after[0].isdecimal())):
        return None
    if of_a_thing(alias, catalogue):
        senseless = value[-1] in DEVICES and [word for word in before if word not in ARTICLES][:2] in NOT_DONE
        if senseless or _reaches_people(words, before) or _placed(words, after):
            return None
    if before and before[-1] in OWN:
        before = [*before[:-1], "the"]
    return [*before, *value, *after]


def _reaches_people(words: Sequence[str], before: Sequence[str]) -> bool:
    """Return whether a name stands where somebody is meant: "tell Fred", "a timer for Fred"."""
    if TO_WHOM & set(before[-1:]) or words[:2] == ["pick", "up"]:
        return True
    told = next((at for at, word in enumerate(words) if word in TO_PEOPLE), None)
    return told is not None and words[told + 1 : told + 2] not in (["me"], ["us"])


def _placed(words: Sequence[str], after: Sequence[str]) -> bool:
    """Return whether a request says where else the thing is that it is about."""
    if words[0] not in TO_THINGS or not after or after[0] not in PLACING:
        return False
    where = [word for word in after[1:] if word not in ARTICLES]
    return bool(where) and not where[0].isdecimal() and not PARTS_OF_DAY & {where[0], *after[1:2]}


def _at(words: Sequence[str], run: Sequence[str]) -> int | None:
    places = range(len(words) - len(run) + 1)
    return next((at for at in places if list(words[at : at + len(run)]) == list(run)), None)

"""The rules of one deployment: what may be done with a request that might become another.

In this order: the owner's "never"; what pays or unlocks; contrasts and values, which no repetition lifts; then the
evidence that the words were misheard or mean the target, the more of it the higher the stakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal, Self

from sayagain.guards import contrasts
from sayagain.guards.costs import asks_about, asks_for_mail, heaviest
from sayagain.guards.difference import Difference, difference, words_of
from sayagain.guards.evidence import NAMES_ANOTHER, NOTHING_SHOWS, ONCE, Evidence, misheard, supported, worth_asking
from sayagain.guards.language import known_languages
from sayagain.guards.lexicon import Words, lexicon
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.side import Side, side
from sayagain.guards.slots import SERVED_SHARE, Catalogue, catalogue, names_another
from sayagain.guards.stakes import Stakes
from sayagain.guards.unsaid import unsaid
from sayagain.guards.values import changes_a_value
from sayagain.schema.meaning import intent_of
from sayagain.text.canonical import folded
from sayagain.text.intents import spaced
from sayagain.text.language import languages_of
from sayagain.text.normalise import form_of, normalise

Do = Literal["rewrite", "offer", "alone"]

UNKNOWN_LANGUAGE = "the language is not known to the guards"
WRITTEN = "is written prose, and nobody misheard it"

MOST_SPOKEN = 20
"""Words of a request beyond which it was written: nobody misheard it."""

LANGUAGE_SAMPLE = 5_000
"""Requests from which the languages of a deployment are told."""

TURNS_ABOVE_REVERSIBLE, DAYS_ABOVE_REVERSIBLE = 7, 3
"""Turns and days behind a rewrite for everyone of what is not undone for nothing: six turns are soon invented."""


@dataclass(frozen=True)
class Ruling:
    """The ruling on a rewrite: the most that may be done, and the reason why it is not more."""

    do: Do
    reason: str | None = None


WORD_RULES: tuple[Callable[[Difference, Words], str | None], ...] = (
    contrasts.opposite, contrasts.negation, changes_a_value, contrasts.one_sided, contrasts.order, contrasts.names,
)  # fmt: skip
"""What is refused whatever was observed."""


@dataclass(frozen=True)
class Rules:
    """The rules of one deployment."""

    languages: frozenset[str] = frozenset(["en"])
    """Languages of its requests that the guards know; with none, rewrites are offered or wait for review."""
    owner: OwnerPolicy = NO_POLICY
    """What the owner forbids, and what they say of the cost of a mistake."""
    entries: Catalogue = field(default_factory=dict)
    places: Places = field(default_factory=lambda: Places.of(()))
    min_people: int = 1
    """People who must stand behind what one does for others; 1 in a household."""

    @classmethod
    def of(
        cls,
        forms: Sequence[str],
        meanings: Sequence[str | None],
        success: Sequence[float],
        owner: OwnerPolicy,
        min_people: int = 1,
        places: Places | None = None,
    ) -> Self:
        """Read the rules off the requests of a deployment, what they mean, and their shares of good ends."""
        works = (form for form, share in zip(forms, success, strict=True) if share > SERVED_SHARE)
        return cls(
            languages=known_languages(forms[:: max(1, len(forms) // LANGUAGE_SAMPLE)]),
            owner=owner,
            entries=catalogue(map(side, forms, meanings), success),
            places=Places.of(works) if places is None else places,
            min_people=min_people,
        )

    @cached_property
    def words(self) -> Words:
        """Return what is known of the words of the deployment's languages."""
        return _words_of(self.languages)

    def words_for(self, target: str) -> Words:
        """Return what is known of the words of a pair, by its target: what is misheard may seem to be of any language.

        Its languages are those of the deployment, or where it is surely of others, these too; none if none is known.
        """
        languages = languages_of(target)
        if not languages or languages & self.languages:
            return self.words
        known = languages & lexicon().languages
        return _words_of(self.languages | known if known else frozenset())

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the words of the names in the catalogue, without those that name nothing by themselves."""
        words = _words_of_values(value for values in self.entries.values() for value in values)
        return words - self.words.weak - self.words.opposed.keys()

    def stakes(self, form: str, meaning: str | None = None) -> Stakes:
        """Return the class of action that a request asks for, by the words of its own language, and by the owner."""
        intent = intent_of(meaning)
        return self.owner.rate(Side(form, intent), self._heaviest(form, intent)[0])

    def reverses(self, source: Side, target: Side) -> str | None:
        """Return why the target does not say the source again: it reverses it, or is no request."""
        languages = self.words_for(target.words).languages
        return contrasts.answer(source.words, target.words) or _of_words(source.words, target.words, languages)

    def refuses(self, source: Side, target: Side) -> str | None:
        """Return why a request must not become another, whatever was observed; None where nothing forbids it."""
        return (
            self.owner.untouchable(source, target)
            or contrasts.redacted(target.words)
            or contrasts.lookalikes(target.words)
            or self.reverses(source, target)
            or names_another(source, target, self.entries)
        )

    def forbids(self, source: Side, target: Side) -> str | None:
        """Return why a request may neither become another nor be asked about it, whatever the evidence."""
        stakes = self.stakes_of(source, target)
        costly = self._costly(stakes, source, target) if stakes >= Stakes.MONEY else None
        return self.refuses(source, target) or costly

    def stakes_of(self, source: Side, target: Side) -> Stakes:
        """Return what a mistake between two requests would cost.

        What costs something to undo is not done where the target only asks: nothing is lost by an answer.
        """
        of_source, of_target = (self.stakes(each.words, each.intent) for each in (source, target))
        answered = of_source is Stakes.COSTLY and of_source in asks_about(target.intent)
        return of_target if answered else max(of_source, of_target)

    def _costly(self, stakes: Stakes, source: Side, target: Side) -> str:
        """Return stakes as a reason, with the word of the lexicon that speaks of them; an owner knows their own."""
        heaviest = (self._heaviest(each.words, each.intent) for each in (source, target))
        word = next((word for known, word in heaviest if known is stakes), "")
        return f"stakes: {stakes.name.lower()}" + (f" ({word})" if word else "")

    def _heaviest(self, form: str, intent: str | None) -> tuple[Stakes, str]:
        languages = self.words_for(form).languages | self.languages
        return max(_stakes(text, intent, languages) for text in frozenset([form, folded(form)]))

    def ruling(self, source: Side, target: Side, evidence: Evidence) -> Ruling:
        """Return what may be done with a request that might become another."""
        if reason := self.forbids(source, target):
            return Ruling("alone", reason)
        change = difference(source.words, target.words)
        if len(change.source) > MOST_SPOKEN and not evidence.hypothesis:
            return Ruling("alone", WRITTEN)
        words = self.words_for(target.words)
        values = None if target.intent is None else _words_of_values(target.slots.values())
        if reason := supported(change, words, self.places, self.names, evidence, self.min_people, values):
            asked = worth_asking(change, words, evidence, self.places)
            return Ruling("offer" if asked else "alone", reason)
        reason = self.too_costly(source, target, evidence)
        if reason is None and not misheard(change, words, evidence, self.places, values):
            reason = unsaid(change, words, evidence, target)
        if reason:
            return Ruling("offer", reason)
        if words.languages or source.words == target.words:  # another spelling means the same in any language
            return Ruling("rewrite")
        return Ruling("offer", UNKNOWN_LANGUAGE)

    def too_costly(self, source: Side, target: Side, evidence: Evidence) -> str | None:
        """Return why a rewrite is at most offered for what a mistake would cost; None where the evidence carries it.

        What costs something to undo needs many turns, or the person's own. A call that was made and a thing that was
        deleted are not undone: there the person is asked.
        """
        stakes = self.stakes_of(source, target)
        many = evidence.turns >= TURNS_ABOVE_REVERSIBLE and evidence.days >= DAYS_ABOVE_REVERSIBLE
        own = evidence.own >= ONCE
        carried = stakes is Stakes.COSTLY and (own or (many and evidence.people >= self.min_people))
        return None if stakes is Stakes.REVERSIBLE or carried else self._costly(stakes, source, target)


def may_be_approved(reason: str) -> bool:
    """Return whether a person may put a rewrite in use that is refused for a reason.

    They know what the log does not show, and may spend their own money. What reverses or unlocks, what the owner
    forbids, and what too few people said stays refused.
    """
    unproven = reason in (NAMES_ANOTHER, NOTHING_SHOWS, WRITTEN)
    return unproven or reason.startswith(f"stakes: {Stakes.MONEY.name.lower()}")


def _words_of_values(values: Iterable[str]) -> frozenset[str]:
    """Return the words of slot values."""
    return frozenset(word for value in values for word in words_of(form_of(value)))


@lru_cache(maxsize=256)
def _words_of(languages: frozenset[str]) -> Words:
    """Return the words of languages; English is heard everywhere. In a language that is not known no word is weak."""
    words = lexicon().of(languages | {"en"})
    return replace(words, languages=languages, weak=words.weak if languages else frozenset())


@lru_cache(maxsize=1 << 15)
def _of_words(source: str, target: str, languages: frozenset[str]) -> str | None:
    known = _words_of(languages)
    pairs = {(source, target), (folded(source), folded(target))}
    found = (rule(difference(*pair), known) for pair in sorted(pairs) for rule in WORD_RULES)
    return next((reason for reason in found if reason), None)


@lru_cache(maxsize=1 << 15)
def _stakes(form: str, intent: str | None, languages: frozenset[str]) -> tuple[Stakes, str]:
    """Return the highest class that a word or phrase speaks of, and which one it is.

    Of mail that came, an intent must say so too, where there is one: "email_query". What an intent only asks about is
    neither done nor paid.
    """
    known = _words_of(languages)
    said, named = words_of(form), words_of(normalise(spaced(intent or "")))
    asks = asks_for_mail(said, known)
    queried = asks and not known.asking.isdisjoint(named)
    found = max(heaviest(said, known, asks=asks), heaviest(named, known, asks=queried))
    return (Stakes.REVERSIBLE, "") if found[0] in asks_about(intent) else found

"""Rulings on candidates: what the rules of the deployment allow, by the evidence of the log and the person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

from rapidfuzz import fuzz

from sayagain.guards.difference import difference
from sayagain.guards.evidence import Evidence, Kind, kind_of
from sayagain.guards.language import known_languages
from sayagain.guards.rules import Rules, Ruling
from sayagain.guards.side import Side, side
from sayagain.guards.slots import SERVED_SHARE
from sayagain.retrieval.candidates import SERVED_OWN, Candidate, Request, meaning_of_form
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.user_profile import UserProfile

THOUGHT_OF = 90
"""Likeness (0 to 100) of another hypothesis to the target from which the recogniser thought of the target."""

LAST_REQUESTS = 20
"""Of a person alone: their last requests, from which their languages are told."""


@dataclass(frozen=True)
class Heard:
    """A request as it was heard, with what the rules need to know of it, whatever it may become."""

    source: Side
    others: tuple[str, ...]
    """Normal forms of the other hypotheses."""
    works: bool
    """Whether it works: for this person, or elsewhere in the log."""
    not_understood: bool
    """Whether the assistant understands nothing in it."""
    rules: Rules

    @classmethod
    def of(cls, request: Request, profile: UserProfile, context: RetrievalContext, *, not_understood: bool) -> Self:
        """Read what is known of a request now."""
        heard = request.forms[0]
        source = side(heard, meaning_of_form(heard, profile, context.global_index))
        works = works_here(heard, profile, context)
        return cls(source, request.forms[1:], works, not_understood, rules_for(heard, profile, context))

    def ruling(self, candidate: Candidate) -> Ruling:
        """Return what may be done at the most with the request, if it might become a candidate.

        What was published as a rewrite passed the rules with the evidence of the whole log when it was learned.
        """
        if candidate.precomputed is not None:
            return Ruling("rewrite")
        return self.rules.ruling(self.source, side(candidate.form, candidate.meaning), self.evidence(candidate))

    def evidence(self, candidate: Candidate) -> Evidence:
        """Return what is known of people who went from what was heard to a candidate.

        A request that differs from what was heard by no more than a mishearing leads where that leads.
        """
        near = {lead: self._respelled(lead) for lead in (*candidate.led_by, *candidate.own_led_by)}
        led = [behind for lead, behind in candidate.led_by.items() if near[lead]]
        own = [behind for lead, behind in candidate.own_led_by.items() if near[lead]]
        return Evidence(
            people=max((each.people for each in led), default=0),
            days=max((each.days for each in led), default=0),
            oftener=max((each.oftener for each in led), default=0.0),
            own=sum(weight for weight, _ in own),
            own_days=max((days for _, days in own), default=0),
            hypothesis=any(self._is(form, candidate.form) for form in self.others),
            works=self.works,
            not_understood=self.not_understood,
        )

    def _is(self, hypothesis: str, target: str) -> bool:
        """Return whether a hypothesis is the target, misheard at most in what is alike: of long ones, most is so."""
        return fuzz.ratio(hypothesis, target) >= THOUGHT_OF and self._misheard_as(Side(hypothesis), target)

    def _respelled(self, lead: str) -> bool:
        return lead == self.source.words or self._misheard_as(self.source, lead)

    def _misheard_as(self, source: Side, target: str) -> bool:
        """Return whether two requests differ by no more than a mishearing."""
        respelled = kind_of(difference(source.words, target), self.rules.words) is Kind.RESPELLED
        return respelled and self.rules.reverses(source, Side(target)) is None


def rules_for(heard: str, profile: UserProfile, context: RetrievalContext) -> Rules:
    """Return the rules that hold for a request; the languages of a person alone are those of what they said."""
    if context.global_index.forms:
        return context.rules
    return replace(context.rules, languages=known_languages([heard, *_last(profile)]))


def works_here(heard: str, profile: UserProfile, context: RetrievalContext) -> bool:
    """Return whether a request works: for this person, or for everyone."""
    mine = profile.phrases.get(heard)
    number = context.global_index.number.get(heard)
    return (mine is not None and mine.success > SERVED_OWN) or (
        number is not None and bool(context.global_index.success[number] > SERVED_SHARE)
    )


def fails_here(heard: str, profile: UserProfile, context: RetrievalContext) -> bool:
    """Return whether a request is known to fail: for this person, or where they never said it, for everyone."""
    if heard in profile.phrases:
        return not profile.works(heard)
    number = context.global_index.number.get(heard)
    return number is not None and bool(context.global_index.success[number] <= SERVED_SHARE)


def _last(profile: UserProfile) -> Iterator[str]:
    return islice(reversed(profile.phrases), LAST_REQUESTS)

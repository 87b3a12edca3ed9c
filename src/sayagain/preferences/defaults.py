"""Defaults: what is used in a domain where nothing is named, and what a person is called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sayagain.preferences import domains
from sayagain.preferences.conditions import restricted
from sayagain.preferences.statement import Statement
from sayagain.preferences.words import words
from sayagain.schema.preference import Lesson

NO_NAMES = words("no_names")
"""Words with which "call me …" asks for a call, or a taxi."""
MOST_NAME_WORDS = 3
MOST_DOMAIN_WORDS = 5

_OF_HEAT = frozenset(["celsius", "fahrenheit", "centigrade"])
_NEGATED = re.compile(r"^(?: (?:you|i|please))*(?: (?:never|do not|not|stop|no|only))(?= )")
_NO_DEFAULT = re.compile(r" remind (?:me|us)| favourites?(?= |$)")
_NO_CHOICE = words("no_choice")
"""Words that are no part of what is chosen."""
_DANGLING = frozenset(["for", "is", "are", "as", "to", "in", "on", "at", "with", "the", "from"])
_LEADS = re.compile(
    r"^(?:(?:i|we|you|always|only|just|use|from|on|to|in|play|it|them|is|should|want|be|via|through|for|about|"
    r"the ones? (?:in|on|from)|"
    r"asking about|go with|out of|played|make|turned to|set to|taken from|make it|set it to|have it) )+(?=[^ ])"
)
_TAILS = re.compile(
    r" (?:app|service|units|for (?:that|it|them|this|me|us)|from me|in my contacts|every time|each time|whenever "
    r"possible|if possible|instead|first)$"
)


def name(statement: Statement) -> Lesson | None:
    """Return what a person is to be called."""
    for _, slots in statement.matching("name"):
        words = slots["value"].split()
        if len(words) <= MOST_NAME_WORDS and not NO_NAMES & set(words):
            return statement.lesson("default", "name", slots["value"])
    return None


def default(statement: Statement) -> Lesson | None:
    """Return what a statement says to use where nothing is named."""
    if _NEGATED.match(statement.text) or _NO_DEFAULT.search(statement.text):
        return None
    for template, slots in statement.matching("default"):
        if statement.stands or "lasting" not in template.asks:
            lesson = _default(statement, slots, template.asks)
            if lesson is not None:
                return lesson
    return None


def _default(statement: Statement, slots: Mapping[str, str], asks: Mapping[str, str]) -> Lesson | None:
    if "language" in slots:
        return statement.lesson("default", "language", slots["language"])
    domain = _domain(statement, slots, asks)
    if domain is None:
        return None
    if "unit" in slots:
        return statement.lesson("default", domain, slots["unit"])
    if "quantity" in slots:
        found = statement.measured(slots["quantity"], "")
        return None if found is None else statement.lesson("default", domain, found)
    return used(statement, domain, slots["value"])


def _domain(statement: Statement, slots: Mapping[str, str], asks: Mapping[str, str]) -> str | None:
    if "domain" not in slots:
        if "hinted" in asks:
            return statement.whole.hint
        return "temperature" if slots.get("unit") in _OF_HEAT else "voice" if " voice" in statement.text else "units"
    if len(slots["domain"].split()) > MOST_DOMAIN_WORDS:
        return None
    domain = domains.domain_of(f" {slots['domain']}")
    if domain == "name":
        return None
    if "lasting" in asks and not domains.has_noun(f" {slots['domain']}"):
        return None
    return domain


def _recurs(statement: Statement, value: str) -> bool:
    """Return whether words tell when something is done, and not what is used: "in the morning"."""
    left, when = restricted(f" in {value}", statement.clock, frozenset(["time", "day"]))
    return not left.strip(" ,") and bool(when.said)


def used(statement: Statement, domain: str, value: str) -> Lesson | None:
    """Return a default: a name, or the number or time that words say."""
    value = _LEADS.sub("", value.replace(" ,", ""))
    words = value.split()
    if not set(words) - _NO_CHOICE or _NO_CHOICE & set(words) or words[-1] in _DANGLING or _recurs(statement, value):
        return None
    measured = statement.measured(value, "time" if domain in ("alarm", "reminders") else "")
    return statement.lesson("default", domain, measured or _TAILS.sub("", value))

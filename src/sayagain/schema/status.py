"""How an assistant itself saw the outcome of a request: five words, and the spellings that others have for them."""

from __future__ import annotations

import re

OK, ERROR, UNSUPPORTED, CLARIFY, CANCELLED = STATUSES = ("ok", "error", "unsupported", "clarify", "cancelled")
"""The statuses that learning knows. Any other word is kept in the log, and read as no status at all."""

_SPELLINGS = {
    OK: "okay success successful succeeded done action_done query_answer complete completed executed fulfilled "
    "handled resolved pass passed true yes y ja oui sí sim",
    ERROR: "err fail failed failure faulted exception exceptions crash crashed timeout timed_out fault false no n "
    "nein non não nee fehler erreur "
    "partial_action_done no_match nomatch no_intent_match not_found offline unavailable invalid rejected "
    "denied internal_error",
    UNSUPPORTED: "not_supported unhandled out_of_scope oos out_of_domain ood not_implemented unknown_intent fallback",
    CLARIFY: "clarification clarifying need_clarification needs_clarification confirm ambiguous disambiguation "
    "disambiguate elicit_slot confirm_intent reprompt",
    CANCELLED: "canceled cancel aborted abort interrupted",
}  # fmt: skip
"""Other spellings by the status that they mean, in lower case with underscores between words: words of Home
Assistant, Google, Alexa, Lex, Rasa and of programs in general."""
_MEANING = {word: status for status, words in _SPELLINGS.items() for word in (status, *words.split())}
_BETWEEN = re.compile(r"[\s.\-_]+")
_HTTP = re.compile(r"([245])\d\d(?:_0)?")
"""A code of HTTP that says how it ended; spreadsheets write 200.0."""


def folded(word: str) -> str:
    """Return the status that a word stands for; the word itself where it stands for none.

    >>> folded("SUCCESS"), folded("Error"), folded("404"), folded("not supported"), folded("splendid")
    ('ok', 'error', 'error', 'unsupported', 'splendid')
    """
    plain = _BETWEEN.sub("_", word.strip().casefold())
    code = _HTTP.fullmatch(plain)
    if code is not None:
        return OK if code[1] == "2" else ERROR
    return _MEANING.get(plain, word)

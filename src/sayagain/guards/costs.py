"""What a mistake would cost: the class of action that the words of a request speak of, and the word that does.

A word is read where it stands. "Book" in "the audio book" books nothing, 15 after another number is no emergency line,
and mail reaches nobody where a request asks for what came. What the assistant takes for a question costs nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from sayagain.guards.lexicon import Words
from sayagain.guards.side import MOST_PHRASE_WORDS
from sayagain.guards.stakes import Stakes
from sayagain.text.intents import words_of_intent

QUESTIONS: Mapping[str, frozenset[Stakes]] = {
    **dict.fromkeys(("query", "status"), frozenset({Stakes.COSTLY, Stakes.MONEY})),
    **dict.fromkeys(("check", "get", "list", "read", "show", "state"), frozenset({Stakes.COSTLY})),
}
"""Word with which the name of an intent begins or ends that only asks → what it asks about for nothing: "alarm_query",
"list_alarms", "HassGetState". That nobody pays is believed of fewer of them: "get_ride" may order one."""

DEEDS = frozenset({
    "add", "book", "buy", "call", "cancel", "change", "clear", "close", "create", "delete", "disable", "edit", "enable",
    "make", "move", "off", "on", "open", "order", "pay", "play", "put", "remove", "schedule", "send", "set", "snooze",
    "start", "stop", "toggle", "turn", "update",
})  # fmt: skip
"""Words of an intent's name that does something, whatever else it has: "list_add"."""


def asks_about(intent: str | None) -> frozenset[Stakes]:
    """Return the classes of action that an intent only asks about, so that it costs nothing.

    >>> sorted(each.name for each in asks_about("alarm_query")), asks_about("list_add")
    (['COSTLY', 'MONEY'], frozenset())
    """
    words = words_of_intent((intent or "").rpartition(".")[2])  # without its domain
    if not words or not DEEDS.isdisjoint(words):
        return frozenset()
    return QUESTIONS.get(words[0], frozenset()) | QUESTIONS.get(words[-1], frozenset())


def heaviest(words: Sequence[str], known: Words, *, asks: bool = False) -> tuple[Stakes, str]:
    """Return the highest class that a word or phrase of a request speaks of, and which one it is; "" where none does.

    Args:
        words: of the request.
        known: words of its languages.
        asks: whether mail in it is mail that came.
    """
    runs = [(start, end, phrase, known.stakes[phrase]) for start, end, phrase in _spoken(words, known.stakes)]
    harmless = {at for start, end, _, stakes in runs if not stakes for at in range(start, end)}
    counted = (
        (stakes, phrase)
        for start, end, phrase, stakes in runs
        if not harmless.issuperset(range(start, end))
        and not (asks and stakes is Stakes.PEOPLE and phrase in known.letters)
        and not (phrase.isdecimal() and _beside_a_number(words, start))
    )
    return max(counted, default=(Stakes.REVERSIBLE, ""))


def asks_for_mail(words: Sequence[str], known: Words) -> bool:
    """Return whether a request wants to be told or shown what mail there is: "do I have new email from Ann".

    It begins so, but for words that say nothing, and speaks of mail in one place: a second one may be sent ("check my
    email and email Bob").
    """
    letters = {at for start, end, _ in _spoken(words, known.letters) for at in range(start, end)}
    if sum(at - 1 not in letters for at in letters) != 1:
        return False
    empty = {at for start, end, _ in _spoken(words, known.weak) for at in range(start, end)}
    first = next((at for at in range(len(words)) if at not in empty), 0)
    return any(start <= first for start, _, _ in _spoken(words, known.asking))


def _spoken(words: Sequence[str], phrases: Container[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where each of the phrases begins and ends in a request, and it."""
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_PHRASE_WORDS, len(words)) + 1):
            phrase = " ".join(words[start:end])
            if phrase in phrases:
                yield start, end, phrase


def _beside_a_number(words: Sequence[str], at: int) -> bool:
    return any(word.isdecimal() for word in (*words[max(at - 1, 0) : at], *words[at + 1 : at + 2]))

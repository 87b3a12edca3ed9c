"""What a person said about words of a file that no row has: a slip of theirs, mostly."""

from __future__ import annotations

from sayagain.log.readers import Hints
from sayagain.log.tidy import Tidy
from sayagain.schema.status import STATUSES, folded
from sayagain.text.shell import quoted


def _is_new(status: str) -> bool:
    """Return whether a status means nothing until a person says what: the others are read before they are looked at."""
    return folded(status) not in STATUSES


def unmet(hints: Hints, tidy: Tidy) -> dict[str, str]:
    """Return the options whose word was in no row, for what is told of an import; nothing where each was in some."""
    statuses = [(word, meant) for word, meant in tidy.statuses.items() if _is_new(word)]
    options = [
        *(("role", f"{speaker}={word}") for word, speaker in hints.roles.items() if word not in hints.met),
        *(("status", f"{meant}={word}") for word, meant in statuses if word not in tidy.met),
        *(("wake-word", word) for word in tidy.wake_words if word.casefold() not in tidy.met),
    ]
    told = ", ".join(f"--{option} {quoted(value)}" for option, value in options)
    return {"without effect": f"{told}: no row has the word"} if told else {}

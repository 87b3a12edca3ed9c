"""The meaning of a request: an intent and its slots, with one canonical text form that is written and read here alone.

``media.play|artist=queen;song=innuendo``: the slots in order, in lower case. What separates them stands in a name or a
value as a backslash with a letter, so that every meaning is read back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from sayagain.schema.turn import Interpretation

Slots = tuple[tuple[str, str], ...]
"""Names and values, in the order of how they are written; a name may stand several times."""

_WRITTEN = str.maketrans({"\\": r"\b", "|": r"\p", ";": r"\s", "=": r"\e"})
_READ = {"b": "\\", "p": "|", "s": ";", "e": "="}


@dataclass(frozen=True)
class Meaning:
    """What a request is understood as."""

    intent: str
    """With its domain before it and a dot between, where there is one."""
    slots: Slots = ()

    @classmethod
    def of(cls, interpretation: Interpretation | None) -> Self | None:
        """Return what an interpretation means; None without an intent."""
        if interpretation is None or interpretation.intent is None:
            return None
        domain = f"{interpretation.domain}." if interpretation.domain else ""
        slots = ((slot.name.lower(), slot.value.lower()) for slot in interpretation.slots)
        return cls(domain + interpretation.intent, tuple(sorted(slots, key=_pair)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read :attr:`text` back."""
        intent, _, slots = text.partition("|")
        return cls(_read(intent), parse_slots(slots))

    @property
    def text(self) -> str:
        """Return the canonical text.

        >>> Meaning("media.play", (("artist", "queen"), ("song", "one; two=three"))).text
        'media.play|artist=queen;song=one\\\\s two\\\\ethree'
        """
        return f"{self.intent.translate(_WRITTEN)}|{slots_text(self.slots)}"


def slots_text(slots: Iterable[tuple[str, str]]) -> str:
    """Return the part of a meaning's text that stands for its slots."""
    return ";".join(sorted(map(_pair, slots)))


@lru_cache(maxsize=1 << 16)
def parse_slots(text: str) -> Slots:
    """Read back what :func:`slots_text` wrote."""
    pairs = (pair.partition("=") for pair in text.split(";") if pair)
    return tuple((_read(name), _read(value)) for name, _, value in pairs)


def meaning_text(interpretation: Interpretation | None) -> str | None:
    """Return the text of what an interpretation means; None without an intent.

    >>> meaning_text(Interpretation(domain="media", intent="play", slots={"song": "Shine"}))
    'media.play|song=shine'
    """
    meaning = Meaning.of(interpretation)
    return None if meaning is None else meaning.text


def joined(intent: str | None, slots: str | None) -> str | None:
    """Return the text of a meaning from its intent and the text of its slots; None without an intent."""
    return None if intent is None else f"{intent.translate(_WRITTEN)}|{slots or ''}"


def slots_of(meaning: str | None) -> Slots:
    """Return the slots of a meaning's text; none of None.

    >>> slots_of("media.play|artist=queen;song=innuendo")
    (('artist', 'queen'), ('song', 'innuendo'))
    """
    return () if meaning is None else parse_slots(meaning.partition("|")[2])


def intent_of(meaning: str | None) -> str | None:
    """Return the intent of a meaning's text."""
    return None if meaning is None else _read(meaning.partition("|")[0])


def _pair(slot: tuple[str, str]) -> str:
    name, value = slot
    return f"{name.translate(_WRITTEN)}={value.translate(_WRITTEN)}"


def _read(text: str) -> str:
    if "\\" not in text:
        return text
    first, *others = text.split("\\")
    return first + "".join(_READ.get(each[:1], "\\" + each[:1]) + each[1:] for each in others)

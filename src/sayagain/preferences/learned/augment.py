"""Augmenting: statements as they might have been said too, drawn while the tagger learns. So it learns how people say
things, and not which things some of them spoke of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sayagain.preferences.learned.scheme import (
    BEHIND,
    NOTHING,
    OUTSIDE,
    SUBJECT,
    UNKNOWN,
    VALUE,
    Marks,
)
from sayagain.preferences.learned.words import MARKS, QUESTION

SWAPPED = 0.4
"""Share of statements in which another thing takes the place of the one that is spoken of."""
UNMARKED = 0.35
"""Share of statements without commas and marks, as recognisers write them."""
FRAMED = 0.15
"""Share of statements with words before or behind that teach nothing."""
CORRECTED = 0.08
"""Share of statements in which another value is said first, and taken back."""
UNTAUGHT = 0.06
"""Share of statements that others are said to have made, or that hold for once: they teach nothing then."""
FORGOTTEN_NAMES = 0.3
"""Share of statements of which no name is known: a catalogue may lack them."""

BEFORE = (
    "hey", "ok so", "um", "well ,", "by the way", "please remember that", "just so you know ,", "look ,", "so",
    "right ,", "listen ,", "note that", "one thing ,", "honestly ,", "uh", "for your information ,", "and", "actually",
    "can you remember that", "from now on", "you should know", "keep in mind that", "let me tell you", "hey there ,",
)  # fmt: skip
AFTER = (
    "please", "thanks", ", ok", "by the way", ", thank you", "remember that", ", got it questionmark", "from now on",
    "please remember", ", just so you know", "you know", ", will you", ", cheers", "if you do not mind", ", right",
)  # fmt: skip
TAKEN_BACK = (
    "no wait", ", no ,", "sorry", ", no sorry ,", "i mean", ", scratch that ,", "no", "uh no", ", wait ,", "er",
    ", or rather ,", "no make that", ", i meant ,",
)  # fmt: skip
OTHERS = (
    "my mum says", "he said", "she told me", "my brother always says ,", "they say", "my wife thinks", "someone said",
    "the man on the radio said", "in the film he says ,", "my friend told me that", "did you know that", "what if",
    "i wonder whether", "why", "imagine that", "if only", "the kids say", "i read that",
)  # fmt: skip
ONCE = ("just for tonight", "only this once", "for now", "just today", "this time", "until tomorrow", "tonight",
        "for the next hour", "just this evening", "today only", "for the moment", "right now")  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A statement with what the tagger should say of it."""

    words: tuple[str, ...]
    named: tuple[bool, ...]
    marks: Marks

    def run(self, tag: int) -> tuple[int, int] | None:
        """Return where the words of a tag begin and end; None where they do not stand together, or stand twice."""
        places = [place for place, each in enumerate(self.marks.tags) if each == tag]
        if not places or places[-1] - places[0] + 1 != len(places) or UNKNOWN in self.marks.tags:
            return None
        return places[0], places[-1] + 1


@dataclass(frozen=True)
class Piece:
    """Words of one tag in a statement."""

    words: tuple[str, ...]
    named: tuple[bool, ...]


class Augmenter:
    """Draws other forms of examples."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._pieces: dict[tuple[str, ...], list[Piece]] = {}
        for each in examples:
            for tag in (SUBJECT, VALUE):
                run, sort = each.run(tag), _sort(each.marks, tag)
                if run is not None and sort is not None:
                    piece = Piece(each.words[slice(*run)], each.named[slice(*run)])
                    self._pieces.setdefault(sort, []).append(piece)

    def other(self, example: Example, draw: random.Random) -> Example:
        """Return an example as it might have been said too."""
        taught = example.marks.kind != NOTHING
        if taught:
            for tag in (SUBJECT, VALUE):
                if draw.random() < SWAPPED:
                    example = self._swapped(example, tag, draw)
            if draw.random() < CORRECTED:
                example = self._corrected(example, draw)
            if draw.random() < UNTAUGHT:
                return _unmarked(_untaught(example, draw), draw)
        if draw.random() < FRAMED:
            example = _framed(example, draw)
        if draw.random() < FORGOTTEN_NAMES:
            example = replace(example, named=(False,) * len(example.words))
        return _unmarked(example, draw)

    def _drawn(self, marks: Marks, tag: int, draw: random.Random) -> Piece | None:
        sort = _sort(marks, tag)
        pieces = self._pieces.get(sort) if sort is not None else None
        return draw.choice(pieces) if pieces else None

    def _swapped(self, example: Example, tag: int, draw: random.Random) -> Example:
        run, piece = example.run(tag), self._drawn(example.marks, tag, draw)
        return example if run is None or piece is None else _put(example, *run, piece, tag)

    def _corrected(self, example: Example, draw: random.Random) -> Example:
        run, piece = example.run(VALUE), self._drawn(example.marks, VALUE, draw)
        if run is None or piece is None or piece.words == example.words[slice(*run)]:
            return example
        words = (*piece.words, *draw.choice(TAKEN_BACK).split())
        named = (*piece.named, *([False] * (len(words) - len(piece.words))))
        return _put(example, run[0], run[0], Piece(words, named), OUTSIDE)


def _sort(marks: Marks, tag: int) -> tuple[str, ...] | None:
    """Return among which pieces another may take the place of those with a tag."""
    kind = marks.kind
    if tag == SUBJECT:
        return None if kind == "rule" else (("word",) if kind in ("alias", "value") else ("of", kind))
    if kind == "rule" or BEHIND in marks.tags:
        return None
    if kind in ("like", "dislike"):
        return ("taste", str(marks.subject))
    return (kind, str(marks.polarity if kind == "alias" else marks.subject if kind == "default" else marks.evening))


def _put(example: Example, start: int, end: int, piece: Piece, tag: int) -> Example:
    """Return an example with other words from ``start`` to ``end``."""
    tags = list(example.marks.tags)
    return Example(
        (*example.words[:start], *piece.words, *example.words[end:]),
        (*example.named[:start], *piece.named, *example.named[end:]),
        replace(example.marks, tags=[*tags[:start], *([tag] * len(piece.words)), *tags[end:]]),
    )


def _outside(said: str) -> Piece:
    words = tuple(said.split())
    return Piece(words, (False,) * len(words))


def _framed(example: Example, draw: random.Random) -> Example:
    if draw.random() < 0.5:
        return _put(example, 0, 0, _outside(draw.choice(BEFORE)), OUTSIDE)
    if example.words[-1:] == (QUESTION,):
        return example
    return _put(example, len(example.words), len(example.words), _outside(draw.choice(AFTER)), OUTSIDE)


def _untaught(example: Example, draw: random.Random) -> Example:
    if draw.random() < 0.5:
        example = _put(example, 0, 0, _outside(draw.choice(OTHERS)), OUTSIDE)
    else:
        place = draw.choice((0, len(example.words)))
        example = _put(example, place, place, _outside(draw.choice(ONCE)), OUTSIDE)
    return replace(example, marks=Marks(NOTHING, tags=[UNKNOWN] * len(example.words)))


def _unmarked(example: Example, draw: random.Random) -> Example:
    if draw.random() >= UNMARKED:
        return example
    kept = [place for place, word in enumerate(example.words) if word not in MARKS]
    if not kept:
        return example
    tags = list(example.marks.tags)
    return Example(
        tuple(example.words[place] for place in kept),
        tuple(example.named[place] for place in kept),
        replace(example.marks, tags=[tags[place] for place in kept]),
    )

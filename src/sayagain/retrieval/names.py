"""Names inside of requests: a run of words that names nothing, and is like a name of the catalogue.

"turn on the bed lamb" → *where*: of all runs of words, the one that is most like any name ("bed lamb", "bed lamp");
*which*: what stands in that place in every hypothesis, and in what was said just before in vain, is held against the
catalogue, and counts together; what comes of it is the request with the name put right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sayagain.guards.difference import LEAST_LOOKS, RESEMBLES, SAME_SOUND
from sayagain.retrieval.catalogue import Catalogue, Entry, Match
from sayagain.retrieval.name_index import Spoken
from sayagain.text.confusions import Confusions
from sayagain.text.normalise import form_of

MOST_WORDS = 5
"""Words of the longest run that may be a misheard name."""

COMPARED = 200
"""Ways to say an entry that the runs of words of a request are compared with."""

SAME_LENGTH = 2 / 3
"""Share of the letters of the longer that the shorter of a run and a name must have: a "lamp" is no "bed lamp"."""

LEAST_LETTERS = 4
"""Letters of a run, and of a name, below which they are alike by chance."""


@dataclass(frozen=True)
class PutRight:
    """A request with a name put right, or a name by itself."""

    text: str
    heard: str
    """The words that stood there."""
    entry: Entry
    probability: float
    """Probability that this entry was meant, if one was."""
    again: bool = False
    """Whether something like it was said in vain just before."""


@dataclass(frozen=True)
class _Place:
    """A run of words of a request."""

    words: tuple[str, ...]
    start: int
    end: int

    @property
    def text(self) -> str:
        return " ".join(self.words[self.start : self.end])


def put_right(
    forms: Sequence[str],
    before: Sequence[str],
    catalogue: Catalogue,
    confusions: Confusions,
    works: Callable[[str], bool],
) -> PutRight | None:
    """Return a request with the misheard name in it put right; None where nothing in it is like a name.

    Names that were heard as they are stay, and so does each word of which ``works`` says that it stands in requests
    that work.

    Args:
        forms: normal forms of the hypotheses, the first first; at least one.
        before: what was said in vain within the last minutes; what is like none of the names does not count.
        catalogue: the names.
        confusions: how likely letters are misheard.
        works: of a word.
    """
    places = _may_be_misheard(forms[0], catalogue, works)
    if not places or not catalogue.entries:
        return None
    near = catalogue.index.nearest(Spoken.of([*forms, *before]), COMPARED)
    near = near[[len(catalogue.way(way)) >= LEAST_LETTERS for way in near.tolist()]]
    if not len(near):
        return None
    alike = catalogue.index.likeness(Spoken.of([each.text for each in places]), near)
    letters = np.array([len(catalogue.way(way)) for way in near.tolist()])
    heard = np.array([[len(each.text)] for each in places])
    whole = np.minimum(letters, heard) >= SAME_LENGTH * np.maximum(letters, heard)
    worth = np.where(whole & (alike >= SAME_SOUND), (alike - LEAST_LOOKS) * letters, 0.0)  # rather the longer name
    best = (np.unravel_index(flat, worth.shape) for flat in np.argsort(-worth, axis=None, kind="stable").tolist())
    pairs = ((places[at], catalogue.way(int(near[name]))) for at, name in best if worth[at, name])
    place, way = next((pair for pair in pairs if _stays(*pair, works)), (None, ""))
    if place is None:
        return None
    first = [place.text, *(run for form in forms[1:] if (run := _most_like(way, form)) is not None)]
    others = [[run] for form in before if (run := _most_like(way, form)) is not None]
    found = catalogue.meant([first, *others], confusions, near)[0]
    name = _spoken_name(found.entry, place.text)
    words = [*place.words[: place.start], name, *place.words[place.end :]]
    return PutRight(" ".join(words), place.text, found.entry, found.probability, again=bool(others))


def answered(
    forms: Sequence[str], before: Sequence[str], catalogue: Catalogue, confusions: Confusions
) -> PutRight | None:
    """Return the entry that was meant by an answer that is one, misheard; None where it is like none, or is one.

    The arguments are those of :func:`put_right`.
    """
    if forms[0] in catalogue.said_as:
        return None
    answers = [[form] for form in before if _like_an_entry(form, catalogue)]
    found = catalogue.meant([forms, *answers], confusions)
    if not found or _likest(forms, found[0]) < LEAST_LOOKS:
        return None
    return PutRight(found[0].entry.name, forms[0], found[0].entry, found[0].probability)


def _runs(form: str) -> Iterator[_Place]:
    words = tuple(form.split())
    for length in range(min(MOST_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield _Place(words, start, start + length)


def _may_be_misheard(form: str, catalogue: Catalogue, works: Callable[[str], bool]) -> list[_Place]:
    """Return the runs of words that are no part of a name, and not all of words that work; the longest first."""
    runs = list(_runs(form))
    named = {at for run in runs if run.text in catalogue.said_as for at in range(run.start, run.end)}
    found = (run for run in runs if named.isdisjoint(range(run.start, run.end)) and len(run.text) >= LEAST_LETTERS)
    return [run for run in found if not all(map(works, run.words[run.start : run.end]))]


def _stays(place: _Place, way: str, works: Callable[[str], bool]) -> bool:
    """Return whether the words of a place that work stand in the name as well: none of them gives way."""
    named = way.split()
    return all(word in named or not works(word) for word in place.words[place.start : place.end])


def _most_like(way: str, form: str) -> str | None:
    """Return the run of words of a form that is most like a name; None where none is like it."""
    runs = [each.text for each in _runs(form)]
    if not runs:
        return None
    alike = Spoken.of(runs).likeness(Spoken.of([way]))[:, 0]
    best = int(alike.argmax())
    return runs[best] if alike[best] >= SAME_SOUND else None


def _like_an_entry(form: str, catalogue: Catalogue) -> bool:
    """Return whether something said before was an answer as well: it is like an entry; the request before is not."""
    said = Spoken.of([form])
    near = catalogue.index.nearest(said, COMPARED)
    return bool((catalogue.index.likeness(said, near) >= RESEMBLES).any())


def _spoken_name(entry: Entry, heard: str) -> str:
    """Return the way to say an entry that is most like what was heard."""
    alike = Spoken.of([heard]).likeness(Spoken.of([form_of(way) for way in entry.ways]))[0]
    return entry.ways[int(alike.argmax())]


def _likest(forms: Sequence[str], match: Match) -> float:
    return float(Spoken.of(forms).likeness(Spoken.of([form_of(way) for way in match.entry.ways])).max())

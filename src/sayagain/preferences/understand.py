"""Understanding: a statement → the lesson it teaches, or none.

The tagger decides whether a statement teaches, and reads it. What templates read counts where the tagger finds that
nearly as probable: they keep to the form of what they know, and the tagger to what was said.
"""

from __future__ import annotations

from collections.abc import Collection

from sayagain.preferences.by_templates import MOST_TOKENS, by_templates, filtered
from sayagain.preferences.conditions import stand
from sayagain.preferences.learned.reader import Reading, read
from sayagain.preferences.sound import sound
from sayagain.preferences.tokens import plain, tokens
from sayagain.schema.preference import Lesson

ALONE, FITTING, LASTING, AGREED = 0.99, 0.7, 0.2, 0.05
"""Probability of teaching from which a statement is learned: where no template fits, where one does, where that says
too that it lasts ("from now on", "always"), and where it gives the tagger's own record. What a filter of ``nothing.py``
holds back is never learned. Of 0.9 to 0.995 and 0.3 to 0.7, with an author whom the tagger had not seen (``author_n``):
0.87 of the records exact, nothing recorded for nothing; below 0.99 it takes more real requests for lessons (HWU64)."""
NEARLY = 3.0
"""How much less probable, in logarithms, the templates' record may be than the tagger's own; of 0 to 5 the best."""
USED_NEARLY = 8.0
"""The same for the pairs of ``USED``."""
USED = frozenset([("default", "rule"), ("default", "value"), ("alias", "default")])
"""Kinds, of the templates and of the tagger, of which the first is used more: a choice takes up the default of "always
play music on the kitchen speaker" and of "my alarm is at seven", requests are made by the alias of "use the floor lamp
instead of the ceiling lamp"."""


def understand(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what a statement teaches, or None where it teaches nothing.

    Args:
        text: in English, as it was said or recognised.
        names: names that the assistant knows, as ``known_names`` gives them.

    >>> lesson = understand("by my light I mean the desk lamp")
    >>> lesson.kind, lesson.subject, lesson.value
    ('alias', 'light', 'desk lamp')
    >>> understand("turn on the light") is None
    True
    """
    if not 0 < len(tokens(text).split()) <= MOST_TOKENS:
        return None
    found = read(text, names)
    other = by_templates(text, names) if found.teaches > AGREED else None
    least = ALONE
    if other is not None:
        said = plain(tokens(text))
        lasts = stand(said)[1] or said.startswith(" let us call ")
        least = AGREED if other == found.lesson else LASTING if lasts else FITTING
    if found.teaches <= least or (other is None and filtered(text)):
        return None
    ways = (_chosen(found, other), other)
    return next((lesson for each in ways if each and (lesson := sound(each, text)) is not None), None)


def _chosen(found: Reading, other: Lesson | None) -> Lesson | None:
    """Return the tagger's record or the templates', whichever says it better."""
    if found.lesson is None or other is None:
        return found.lesson or other
    if not found.lesson.subject and other.model_copy(update={"subject": ""}) == found.lesson:
        return other  # the same, but it says what it is of: "my favourite band is abba" is of music
    if (other.kind, found.lesson.kind) == ("alias", "like") and other.subject in other.value.split():
        return other  # "my fan is the desk fan"
    used = (other.kind, found.lesson.kind) in USED
    return other if found.behind(other) < (USED_NEARLY if used else NEARLY) else found.lesson


def by_tagger(text: str, names: Collection[str] = frozenset()) -> Lesson | None:
    """Return what the tagger alone reads in a statement, without templates and filters."""
    found = read(text, names)
    return found.lesson if found.teaches > ALONE else None

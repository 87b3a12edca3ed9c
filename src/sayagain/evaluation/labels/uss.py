"""User satisfaction simulation (USS; Sun et al., SIGIR 2021): dialogues, ratings, and the prefixes that are published.

The rule from ratings to the three classes is not written down anywhere; it was found by matching the published
prefixes with the rated dialogues that they were cut from: the mean of the ratings is below 3, 3, or above 3. It gives
the published class of each of the 2,720 of 2,726 prefixes whose words are found in the rated dialogues.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayagain.errors import FormatError
from sayagain.log.readers.lines import lines

BETWEEN = "|||"
"""Stands between the person's words and the system's reply in a published prefix."""
FIRST_JUDGED, WINDOW = 4, 16
"""Published prefixes end with the fourth request or a later one, and show at most this many exchanges."""
MIDDLE = 3
"""The rating that is neither satisfied nor dissatisfied."""
CLASSES = ("dissatisfied", "neutral", "satisfied")
SATISFACTION_SETS = ("mwoz", "sgd", "redial")

Exchange = tuple[str, str]
"""What the person said, and what the system answered."""


@dataclass(frozen=True)
class Prefix:
    """What was said up to a request, and what raters thought of the system there."""

    exchanges: tuple[Exchange, ...]
    """The last has no answer: it is the request at which the system is judged."""
    label: int
    """Number of a class."""
    dialogue: str
    ratings: tuple[int, ...] = ()
    """1 to 5, one a rater; none in published prefixes."""


def label_of(ratings: Sequence[int]) -> int:
    """Return the class that ratings give together.

    >>> [CLASSES[label_of(each)] for each in ([3, 3, 4], [3, 3, 3], [2, 4, 3], [2, 3, 3])]
    ['satisfied', 'neutral', 'neutral', 'dissatisfied']
    """
    return int(np.sign(sum(ratings) - MIDDLE * len(ratings))) + 1


def dialogues(path: Path) -> Iterator[list[tuple[str, str, tuple[int, ...]]]]:
    """Yield the exchanges of each dialogue of a rated file, each with the ratings of its request.

    A system's words in several lines are joined; what it says before the first request is left out, since published
    prefixes begin with a request.

    Raises:
        FormatError: a line is not of this format.
    """
    found = list[tuple[str, str, tuple[int, ...]]]()
    for number, line in _text_lines(path):
        if not line.strip():
            if found:
                yield found
            found = []
            continue
        try:
            speaker, text, _, ratings = line.split("\t")
            if speaker == "USER":
                found.append((text, "", tuple(int(each) for each in ratings.split(","))))
            elif found:
                said, answer, given = found[-1]
                found[-1] = said, f"{answer} {text}".strip(), given
        except ValueError as error:
            raise FormatError(
                f"{path}, line {number} is not a rated line", "Each is SPEAKER, text, act and ratings, between tabs"
            ) from error
    if found:
        yield found


def rated_prefixes(path: Path) -> list[Prefix]:
    """Cut a rated file into prefixes as those that are published: ``FIRST_JUDGED``, ``WINDOW``.

    Raises:
        FormatError: the file is missing, of another format, or no dialogue is long enough.
    """
    found = list[Prefix]()
    for number, dialogue in enumerate(dialogues(path)):
        for end in range(FIRST_JUDGED, len(dialogue) + 1):
            shown = dialogue[max(0, end - WINDOW) : end]
            said, _, ratings = shown[-1]
            exchanges = (*((text, answer) for text, answer, _ in shown[:-1]), (said, ""))
            found.append(Prefix(exchanges, label_of(ratings), str(number), ratings))
    if not found:
        raise FormatError(f"{path} has no dialogue of {FIRST_JUDGED} requests", "Name a file of rated dialogues")
    return found


def published_prefixes(path: Path) -> list[Prefix]:
    """Read a file of published prefixes: a list of ``said|||answered``, a list of acts and a class, between tabs.

    Nothing says which prefixes are of one dialogue: one that does not go on from the one before begins another.

    Raises:
        FormatError: the file is missing, empty, or a line is not of this format.
    """
    found = list[Prefix]()
    dialogue = 0
    for number, line in _text_lines(path):
        if not line.strip():
            continue
        try:
            history, _, label = line.split("\t")
            exchanges = tuple(_exchange(each) for each in ast.literal_eval(history))
            exchanges = (*exchanges[:-1], (exchanges[-1][0], ""))
            if label not in ("0", "1", "2"):
                raise ValueError
        except (ValueError, SyntaxError, IndexError, TypeError, AttributeError) as error:
            raise FormatError(
                f"{path}, line {number} is not a prefix",
                f"Each is a list of 'said{BETWEEN}answered', a list of acts and a class (0, 1, 2), between tabs",
            ) from error
        if not found or not _goes_on(found[-1].exchanges, exchanges):
            dialogue += 1
        found.append(Prefix(exchanges, int(label), str(dialogue)))
    if not found:
        raise FormatError(
            f"{path} has no prefixes", "Name a file of published prefixes, such as asap_valid_mwoz.txt.gz"
        )
    return found


def _exchange(text: str) -> Exchange:
    said, _, answer = text.partition(BETWEEN)
    return said, answer


def _goes_on(before: Sequence[Exchange], after: Sequence[Exchange]) -> bool:
    """Return whether one prefix ends one request after another; a full window has lost its first."""
    earlier = [said for said, _ in before]
    later = [said for said, _ in after[:-1]]
    return earlier[-len(later) :] == later if len(later) < len(earlier) else earlier == later


def _text_lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in lines(path):
        try:
            yield number, (line or b"").decode("utf8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise FormatError(f"{path}, line {number} is not UTF-8", "Name a file of rated dialogues") from error


def groups_of(prefixes: Sequence[Prefix]) -> npt.NDArray[np.str_]:
    """Return the dialogue of each prefix: what a split never parts."""
    return np.array([each.dialogue for each in prefixes], dtype=np.str_)


def labels_of(prefixes: Sequence[Prefix]) -> npt.NDArray[np.intp]:
    """Return the class of each prefix."""
    return np.array([each.label for each in prefixes], dtype=np.intp)

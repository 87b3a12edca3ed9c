"""Numbers of the turns of a call: how sure recogniser and understander were, what was before, what came after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sayagain.evaluation.failures.labelled import Floats
from sayagain.schema import Turn
from sayagain.text.normalise import normalise
from sayagain.text.similarity import likeness

HERE, BEFORE, AFTER = "here", "before", "after"

ACTS = (
    "inform", "request", "confirm", "affirm", "negate", "deny", "reqalts", "repeat", "bye", "thankyou", "ack", "hello",
)  # fmt: skip
"""Acts of a caller that are told apart."""
ANSWERS = (
    "offer", "request", "inform", "expl-conf", "impl-conf", "select", "repeat", "canthelp", "reqmore", "welcomemsg",
    "confirm-domain",
)  # fmt: skip
"""Acts of the assistant that are told apart."""
STATUSES = ("ok", "clarify", "error", "unsupported")
LEAST_SCORE = -20.0
"""In the place of a score of a hypothesis that there is not."""
NO_GAP = 60.0
"""Seconds in the place of a gap to a turn that there is not."""


def numbers(turns: Sequence[Turn]) -> dict[str, Floats]:
    """Return the numbers of the turns of one call: ``here``, ``before`` and ``after``, one row a turn each."""
    here = np.array([_here(turn) for turn in turns])
    answers = np.array([_answer(turn) for turn in turns])
    mean = here.mean(axis=0)[:8]
    nothing = [0.0] * (here.shape[1] + answers.shape[1])
    sides: dict[str, list[list[float]]] = {BEFORE: [], AFTER: []}
    for at, turn in enumerate(turns):
        before = turns[at - 1] if at else None
        after = turns[at + 1] if at + 1 < len(turns) else None
        of_before = [*here[at - 1], *answers[at - 1]] if at else nothing
        sides[BEFORE].append([*of_before, *_between(before, turn), at, *mean])
        of_after = here[at + 1] if after is not None else np.zeros(here.shape[1])
        later = turns[at + 2] if at + 2 < len(turns) else None
        of_later = [*_between(turn, later), len(turns) - at]
        sides[AFTER].append([*of_after, *answers[at], *_between(turn, after), *_echoed(turn), *of_later])
    return {HERE: here, BEFORE: np.array(sides[BEFORE]), AFTER: np.array(sides[AFTER])}


def _here(turn: Turn) -> list[float]:
    """Return how sure recogniser and understander were, how far their choices differ, and what was understood."""
    scores = [each.score if each.score is not None else LEAST_SCORE for each in turn.asr]
    first, second = [*scores, LEAST_SCORE, LEAST_SCORE][:2]
    texts = [normalise(each.text) for each in turn.asr]
    read = [each for each in (turn.interpretation, *turn.alternatives) if each is not None]
    sure = [each.confidence or 0.0 for each in read]
    best, other = [*sure, 0.0, 0.0][:2]
    values = {(slot.name, slot.value) for slot in (read[0].slots if read else [])}
    rival = {(slot.name, slot.value) for slot in (read[1].slots if len(read) > 1 else [])}
    acts = set(((read[0].intent if read else None) or "").split("+"))
    chances = np.exp(np.array(scores or [LEAST_SCORE]))
    agreeing = sum(chance for text, chance in zip(texts, chances, strict=False) if text == texts[0])
    text = normalise(turn.text)
    return [
        first, first - second, best, best - other, len(sure), 1 - sum(sure), float(chances.sum()), float(agreeing),
        len(text.split()), len(text), float(not text), likeness(texts[0], texts[1]) if len(texts) > 1 else 1.0,
        min((likeness(text, each) for each in texts[1:4]), default=1.0),
        len(values), len(values - rival), len(rival - values),
        sum(value not in text and value != "dontcare" for _, value in values),
        (turn.end_time - turn.time).total_seconds() if turn.end_time else 0.0,
        *(float(act in acts) for act in ACTS), float(acts == {""}),
    ]  # fmt: skip


def _answer(turn: Turn) -> list[float]:
    """Return what the assistant said of it, and whether the caller cut in."""
    action = turn.action or ""
    return [
        float(turn.response is not None), float(bool(turn.barge_in)), len((turn.response or "").split()),
        *(float(turn.status == status) for status in STATUSES), *(float(f"{act}(" in action) for act in ANSWERS),
    ]  # fmt: skip


def _between(first: Turn | None, later: Turn | None) -> list[float]:
    """Return how alike two turns in a row are, in words and in what was understood."""
    if first is None or later is None:
        return [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NO_GAP, 0.0]
    one, other = normalise(first.text), normalise(later.text)
    said = [normalise(each.text) for each in first.asr[:3]] or [one]
    again = [normalise(each.text) for each in later.asr[:3]] or [other]
    meant = {(slot.name, slot.value) for slot in (first.interpretation.slots if first.interpretation else [])}
    then = {(slot.name, slot.value) for slot in (later.interpretation.slots if later.interpretation else [])}
    changed = {name for name, _ in meant - then} & {name for name, _ in then - meant} - {"slot"}
    gap = (later.time - (first.end_time or first.time)).total_seconds()
    return [
        1.0, likeness(one, other), max(likeness(a, b) for a in said for b in again),
        float(len(meant & then)), float(len(changed)), float(bool(meant) and meant == then), gap,
        len(set(one.split()) & set(other.split())) / max(1, len(set(one.split()))),
    ]  # fmt: skip


def _echoed(turn: Turn) -> list[float]:
    """Return whether the answer takes up what was understood, and what it names beside."""
    action = turn.action or ""
    values = {slot.value for slot in (turn.interpretation.slots if turn.interpretation else [])}
    return [float(sum(value in action for value in values)), float(action.count("=")), float(len(values))]

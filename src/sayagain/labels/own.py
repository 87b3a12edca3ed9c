"""What is known of a turn by itself, as numbers: how it was heard, understood, resolved, answered and taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import log1p, nan

from rapidfuzz import fuzz

from sayagain.labels.exchange import Exchange
from sayagain.schema.status import STATUSES
from sayagain.text.phrasebook import AT_A_LOSS, SORRY

OWN_NUMBERS = (
    "hypotheses", "score", "margin", "margin_of_other", "forms_heard", "likeness_of_others",
    "words", "letters", "repeated_words", "lasted", "asks", "wake",
    "confidence", "understood", "slots", "others", "lead", "same_intent", "covered",
    "unsaid", "resolved", "unresolved", "entities", "targets",
    *(f"status_{name}" for name in sorted(STATUSES)), "status_none",
    "result_failed", "result_empty", "sorry", "at_a_loss", "answer_length",
    "answer_names_target", "answer_has_target", "request_names_target", "answer_echoes",
    "screen", "idle", "hour", "undone", "engaged", "interrupted", "helpful",
)  # fmt: skip
"""Names of the numbers, in their order; NaN where a log does not tell."""

_SORRY, _AT_A_LOSS = re.compile(SORRY), re.compile(AT_A_LOSS)
_STATUSES = sorted(STATUSES)


def own_numbers(each: Exchange) -> list[float]:
    """Return ``OWN_NUMBERS`` of a turn."""
    return [*_heard(each), *_understood(each), *_answered(each), *_around(each)]


def _heard(each: Exchange) -> list[float]:
    scores = [score for _, score in each.heard if score is not None]
    others = [(form, score) for form, score in each.heard if form != each.form]
    words = each.form.split()
    return [
        float(len(each.heard)),
        scores[0] if scores else nan,
        scores[0] - scores[1] if len(scores) > 1 else nan,
        scores[0] - (others[0][1] or 0.0) if others and scores else nan,
        float(len({form for form, _ in each.heard})),
        sum(fuzz.ratio(each.form, form) for form, _ in others) / 100 / len(others) if others else nan,
        float(len(words)),
        float(len(each.form)),
        1 - len(set(words)) / len(words) if words else nan,
        each.lasted if each.lasted is not None else nan,
        float(each.text.rstrip().endswith("?")),
        _sure(each.stages, "wake"),
    ]


def _understood(each: Exchange) -> list[float]:
    words = len(each.form.split())
    _, sure = each.stages.get("entity", ("", None))
    known = each.confidence if each.confidence is not None else nan
    second = next((one for _, one in each.others if one is not None), None)
    return [
        known,
        float(each.intent is not None),
        float(len(each.values)),
        float(len(each.others)),
        known - second if second is not None else nan,
        float(each.others[0][0] == each.intent) if each.others else nan,
        sum(len(value.split()) for value in each.values.values()) / words if words else nan,
        _unsaid(each),
        sure if sure is not None else nan,
        float(bool(each.values) and not each.entities),
        float(len(each.entities)),
        float(len(each.targets)),
    ]


def _answered(each: Exchange) -> list[float]:
    output, _ = each.stages.get("result", ("", None))
    names = [name_of(one) for one in each.targets or each.entities]
    sorry, lost = _admits(each.response.lower())
    return [
        *(float(each.status == name) for name in _STATUSES),
        float(each.status is None),
        float(output == "error"),
        float(output == "no_match"),
        float(sorry),
        float(lost),
        log1p(len(each.response)),
        max((fuzz.partial_ratio(name, each.told) / 100 for name in names), default=nan),
        max((float(name in each.told) for name in names), default=nan),
        max((fuzz.partial_ratio(name, each.form) / 100 for name in names), default=nan),
        fuzz.token_set_ratio(each.form, each.told) / 100 if each.told else nan,
    ]


def _around(each: Exchange) -> list[float]:
    return [
        float(each.device_type == "screen") if each.device_type else nan,
        float(each.device_state == "idle") if each.device_state else nan,
        float(each.hour) if each.hour is not None else nan,
        log1p(each.undone_after) if each.undone_after is not None else nan,
        log1p(each.engaged_for) if each.engaged_for is not None else nan,
        float(each.barge_in) if each.barge_in is not None else nan,
        float(each.helpful) if each.helpful is not None else nan,
    ]


def _unsaid(each: Exchange) -> float:
    """Return the share of slot values that the request has no words for: the assistant chose them."""
    values = each.values.values()
    return sum(value.lower() not in each.form for value in values) / len(values) if values else nan


@lru_cache(maxsize=65_536)
def name_of(entity: str) -> str:
    """Return the last part of an identifier, as words.

    >>> name_of("light.living_room.floor_lamp")
    'floor lamp'
    """
    return entity.rpartition(".")[2].replace("_", " ")


@lru_cache(maxsize=65_536)
def _admits(told: str) -> tuple[bool, bool]:
    return bool(_SORRY.search(told)), bool(_AT_A_LOSS.search(told))


def _sure(stages: Mapping[str, tuple[str, float | None]], stage: str) -> float:
    _, confidence = stages.get(stage, ("", None))
    return confidence if confidence is not None else nan

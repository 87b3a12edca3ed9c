"""Rates of what real callers do after a wrong and after a right turn, measured from the truth of DSTC2 and SAIF.

DSTC2 (calls to a restaurant line): a turn that asks for something is wrong when the live system's best
interpretation differs from the human one. SAIF (commands to a phone assistant): a command is wrong when the
person corrected it, or when the assistant answered that it could not do it. docs/replay.md says what does not
translate.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.homes.seen import ASKING_ACTS
from sayagain.evaluation.replay.people import DEFAULT_PEOPLE, People

HALF_DAY = 12 * 3600.0
"""Seconds after which the clock in the names of SAIF recordings comes round."""

LONGEST_GAP = 300.0
"""Seconds after which the next request belongs to another session (``log.tables.SESSION_GAP``)."""

_FAILED = re.compile(r"\s*(?:sorry|not sure|i don't|i do not)", re.IGNORECASE)


@dataclass
class Tally:
    """Counts of one data set by (outcome, what came next), and gaps in seconds."""

    after: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Keys: ("wrong" or "right", "same_heard", "same_words", "other_words", "else")."""
    barged: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Keys: ("wrong" or "right", whether the response was interrupted)."""
    again_gaps: list[float] = field(default_factory=list)
    next_gaps: list[float] = field(default_factory=list)

    def rates(self) -> dict[str, float]:
        """Return the rates of People that this data set can tell."""
        wrong = Counter({key: n for (outcome, key), n in self.after.items() if outcome == "wrong"})
        right = Counter({key: n for (outcome, key), n in self.after.items() if outcome == "right"})
        again = wrong.total() - wrong["else"]
        rates = {
            "again_after_wrong": again / wrong.total(),
            "same_heard": wrong["same_heard"] / again,
            "same_words": wrong["same_words"] / again,
            "repeat_after_right": (right["same_heard"] + right["same_words"]) / right.total(),
        }
        for outcome in ("wrong", "right"):
            if asked := self.barged[outcome, True] + self.barged[outcome, False]:
                rates[f"barge_in_after_{outcome}"] = self.barged[outcome, True] / asked
        for name, gaps in (("again", self.again_gaps), ("next", self.next_gaps)):
            if gaps:
                rates[f"{name}_median"] = float(np.median(gaps))
                rates[f"{name}_spread"] = float(np.log(gaps).std())
        return rates


@dataclass(frozen=True)
class Fit:
    """The measured rates of each data set, and the people they amount to."""

    dstc2: dict[str, float]
    saif: dict[str, float]
    people: People

    def table(self) -> list[dict[str, str | float | None]]:
        """Return one row a rate: rate, dstc2, saif (None where the data set cannot tell), fitted and frozen."""
        return [
            {
                "rate": name,
                "dstc2": self.dstc2.get(name),
                "saif": self.saif.get(name),
                "fitted": getattr(self.people, name),
                "frozen": getattr(DEFAULT_PEOPLE, name),
            }
            for name in {**self.dstc2, **self.saif}
        ]


def fit(dstc2_file: Path, saif_file: Path) -> Fit:
    """Measure both data sets and join them: the mean where both can tell (of the logarithm for gaps).

    Raises:
        FormatError: a file is missing or not what it should be.
    """
    dstc2, saif = measure_dstc2(dstc2_file).rates(), measure_saif(saif_file).rates()
    joined = {
        name: _mean(name, [found[name] for found in (dstc2, saif) if name in found]) for name in {**dstc2, **saif}
    }
    return Fit(dstc2, saif, People(**cast(Any, joined)))


def _mean(name: str, values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(values))) if name.endswith("median") else np.mean(values))


def measure_dstc2(path: Path) -> Tally:
    """Tally DSTC2 calls. The next turn there answers a prompt, so gaps to unrelated goals are not taken."""
    tally = Tally()
    for call in _lines(path, "turns"):
        turns = call["turns"]
        for turn, after in pairwise(turns):
            meant = _acts(turn["label"]["semantics"]["json"])
            if not meant:
                continue
            taken = _acts(turn["input"]["live"]["slu-hyps"][0]["slu-hyp"]) if _heard(turn) else frozenset()
            outcome = "right" if taken == meant else "wrong"
            wanted = (meant - taken) or meant
            again = bool(wanted & _acts(after["label"]["semantics"]["json"]))
            tally.after[outcome, _manner(turn, after) if again else "else"] += 1
            tally.barged[outcome, bool(after["output"]["aborted"])] += 1
            gap = after["input"]["start-time"] - turn["input"]["start-time"]
            if again and outcome == "wrong" and 0 < gap < LONGEST_GAP:
                tally.again_gaps.append(gap)
    return tally


def _acts(acts: list[dict[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((act["act"], json.dumps(slot)) for act in acts for slot in (act["slots"] or [[]])
                     if act["act"] in ASKING_ACTS)  # fmt: skip


def _heard(turn: dict[str, Any]) -> str:
    hypotheses = turn["input"]["live"]["asr-hyps"]
    return hypotheses[0]["asr-hyp"] if hypotheses and turn["input"]["live"]["slu-hyps"] else ""


def _manner(turn: dict[str, Any], after: dict[str, Any]) -> str:
    if _heard(turn) == _heard(after):
        return "same_heard"
    same = turn["label"]["transcription"].casefold() == after["label"]["transcription"].casefold()
    return "same_words" if same else "other_words"


def measure_saif(path: Path) -> Tally:
    """Tally SAIF pairs. Interruptions are not recorded there."""
    manners = {"asr_correction": "same_words", "command_correction": "other_words", "new_command": "else"}
    tally = Tally()
    for pair in _lines(path, "agent_response"):
        manner = manners[pair["label"]]
        corrected = manner != "else"
        wrong = corrected or _FAILED.match(pair["agent_response"]) is not None
        if pair["first_asr"].casefold() == pair["second_asr"].casefold() and (corrected or not wrong):
            manner = "same_heard"
        tally.after["wrong" if wrong else "right", manner] += 1
        gap = (_moment(pair["second_wav"]) - _moment(pair["first_wav"])) % HALF_DAY
        if 0 < gap < LONGEST_GAP:
            (tally.again_gaps if corrected else tally.next_gaps).append(gap)
    return tally


def _moment(recording: str) -> float:
    """Return the second at which a SAIF recording was made, from its name (12-hour clock); NaN if it does not tell."""
    stamp = re.match(r"InputAt(\d{6})-(\d{6})\.", recording)
    try:
        return datetime.strptime("".join(stamp.groups()), "%d%m%y%I%M%S").timestamp() if stamp else float("nan")
    except ValueError:
        return float("nan")


def _lines(path: Path, needed: str) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise FormatError(f"There is no file at {path}", "Check the path")
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            if needed not in row:
                raise FormatError(
                    f"{path}, line {number}: no field {needed}", "Give the DSTC2 calls and the SAIF pairs"
                )
            yield row

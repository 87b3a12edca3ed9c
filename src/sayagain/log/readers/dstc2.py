"""Reader of DSTC2 calls (Henderson et al., 2014): one call a line, a restaurant assistant on the phone.

The system's output of turn k comes *before* the caller's input k, so what the assistant made of input k (response,
acts, barge-in) is in output k+1; the last input of a call has none. Only what ran live is in the log: the batch
recogniser worked offline, and transcripts, semantics, goals and success are truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import json_lines
from sayagain.schema import Context, Hypothesis, Interpretation, Slot, Turn
from sayagain.schema.truth import Truth

Acts = list[dict[str, Any]]

_STATUS = {
    "repeat": "error",
    "canthelp": "unsupported",
    "canthelp.exception": "unsupported",
    "canthelp.missing_slot_value": "unsupported",
    "expl-conf": "clarify",
    "select": "clarify",
    "confirm-domain": "clarify",
}
"""What a system act says about the request it answers; any other act carries the dialogue on."""
_GRAVEST = ("error", "unsupported", "clarify", "ok")


def read(path: Path) -> Iterator[Read | Rejected]:
    """Read the turns of the calls in a file; a broken call is rejected as a whole."""
    return json_lines(path, _call)


def _call(call: dict[str, Any]) -> Iterator[Read]:
    began = datetime.fromisoformat(f"{call['session-date']}T{call['session-time']}")
    conditions = call["system-specific"]
    common = {
        "session": call["session-id"],
        "user": call["caller-id"],
        "context": Context(device_type="phone"),
        "dialog_manager": conditions["dialog-manager"],
        "acoustic_condition": conditions["acoustic-condition"],
    }
    task = call["task-information"]
    feedback = task["feedback"]
    known = {
        "goal": _goal(task["goal"]),
        "fold": call["caller-id"],
        "success": feedback["success"],
        "questionnaire": feedback["questionnaire"],
    }
    answers = [turn["output"] for turn in call["turns"][1:]]
    for turn, answer in zip_longest(call["turns"], answers):
        name = f"{call['session-id']}-{turn['turn-index']:03d}"
        label = turn["label"]
        gold = label["semantics"]["json"]
        live = turn["input"]["live"]
        yield Read(
            Turn(turn=name, **common, **_asked(turn["input"], began), **_answered(answer, turn["input"], began)),
            Truth(
                turn=name,
                said=label["transcription"],
                meaning=canonical(gold),
                defect=meant(live["slu-hyps"][0]["slu-hyp"]) != meant(gold),
                **known,
            ),
        )


def _asked(heard: dict[str, Any], began: datetime) -> dict[str, Any]:
    """Return what the assistant heard and understood."""
    live = heard["live"]
    asr = [Hypothesis(text=each["asr-hyp"], score=each["score"]) for each in live["asr-hyps"]]
    first, *others = (_interpretation(each["slu-hyp"], each["score"]) for each in live["slu-hyps"])
    return {
        "time": began + timedelta(seconds=heard["start-time"]),
        "text": asr[0].text,
        "asr": asr,
        "interpretation": first,
        "alternatives": others,
        "audio": heard["audio-file"],
    }


def _answered(output: dict[str, Any] | None, heard: dict[str, Any], began: datetime) -> dict[str, Any]:
    """Return what the assistant did about it; after the last input of a call the line went dead."""
    if output is None:
        return {"end_time": began + timedelta(seconds=heard["end-time"])}
    statuses = {_STATUS.get(act["act"], "ok") for act in output["dialog-acts"]}
    return {
        "end_time": began + timedelta(seconds=output["end-time"]),
        "action": canonical(output["dialog-acts"]),
        "status": next((status for status in _GRAVEST if status in statuses), None),
        "response": output["transcript"],
        "barge_in": output["aborted"],
    }


def _interpretation(acts: Acts, score: float) -> Interpretation:
    intent = "+".join(sorted({act["act"] for act in acts})) or None
    slots = [Slot(name=str(name), value=str(value)) for act in acts for name, value in act["slots"]]
    return Interpretation(intent=intent, slots=slots, confidence=score)


def meant(acts: Acts) -> frozenset[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return the acts with their slots as a set: neither order nor repetition changes what is meant."""
    return frozenset((act["act"], _pairs(act["slots"])) for act in acts)


def canonical(acts: Acts) -> str:
    """Return one string for a meaning, such as ``inform(area=south) request(slot=phone)``."""
    return " ".join(f"{act}({','.join(f'{a}={b}' for a, b in slots)})" for act, slots in sorted(meant(acts)))


def _pairs(slots: Iterable[tuple[Any, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((str(name), str(value)) for name, value in slots))


def _goal(goal: dict[str, Any]) -> str:
    wanted = ",".join(f"{name}={value}" for name, value in _pairs(goal["constraints"]))
    return f"{wanted}?{','.join(sorted(goal['request-slots']))}"

"""Labels on disk: parts of a log one after the other, so that a run that was killed goes on, then what leaves.

``OUT/_parts`` holds all labels, a file a part; ``OUT/labels.jsonl`` those that are sure enough. With ``share``, what
fewer people stand behind is in neither.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from sayagain.errors import SayAgainError
from sayagain.labels.confidence import Point, Scale, Tally
from sayagain.labels.exports.formats import FORMATS
from sayagain.labels.label import Label
from sayagain.learning.label_plan import LABELS, PARTS, SUMMARY, planned, written_before
from sayagain.learning.label_review import answered, answers_in, reviewed
from sayagain.learning.labelling import Labelled, Labelling
from sayagain.log.anonymity import Public, public
from sayagain.log.requests import Requests
from sayagain.log.store import Log
from sayagain.schema.meaning import slots_text
from sayagain.text.normalise import normalise

FAILED = 0.5
"""Probability from which a turn counts as failed: these have a threshold of their own, since labels of what worked are
surer than labels of what did not."""

GROUPS = ("worked", "failed")

Told = Callable[[int], None]


@dataclass(frozen=True)
class Asked:
    """What is to be labelled, and how."""

    precision: float = 0.95
    """Of the labels that leave, of turns that worked and of those that failed each, as far as confidences tell."""
    min_people: int | None = None
    """People that must stand behind every text and value; None where labels stay with who may read the log."""
    formats: Sequence[str] = ()
    """Formats beside JSON lines, names of ``FORMATS``."""


class Notes(NamedTuple):
    """What is to be said of a run beside its figures."""

    dropped_answers: int = 0
    """Answers of a review whose turns are no longer in the log."""
    lacks: tuple[str, ...] = ()
    """What the log does not tell of any turn: ``intents``, ``actions``."""


NOTHING = Notes()


@dataclass(frozen=True)
class Summary:
    """What a run came to."""

    turns: int
    labels: int
    sources: dict[str, int]
    """Labels by where they come from."""
    points: dict[str, Point]
    """Where turns are labelled, of those that worked and those that failed."""
    curves: dict[str, list[Point]]
    """Throughput against precision, estimated without labels: of all turns, and of those that failed."""
    kept_answers: int = 0
    """What people answered in reviews."""
    notes: Notes = NOTHING

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "turns": self.turns,
            "labels": self.labels,
            "sources": self.sources,
            "points": {name: one._asdict() for name, one in self.points.items()},
            "curves": {name: [one._asdict() for one in curve] for name, curve in self.curves.items()},
            "answers": {"kept": self.kept_answers, "dropped": self.notes.dropped_answers},
            "lacks": list(self.notes.lacks),
        }


def label_log(
    log: Log, to: Path, asked: Asked, stage: Callable[[str], None] = lambda stage: None, done: Told = lambda turns: None
) -> Summary:
    """Label a log; where a run with the same arguments was killed, go on where it stopped.

    Args:
        log: what is labelled.
        to: the directory that labels go to.
        asked: how.
        stage: is told the name of each stage as it begins.
        done: is told how many more turns are labelled.

    Raises:
        LogError: the log is empty or damaged.
        SayAgainError: ``to`` is the directory of something else, or of labels that are not to be shared, or cannot be
            written.
    """
    with TemporaryDirectory() as spill:
        labelling = Labelling(log, Path(spill), stage)
        notes = Notes(planned(labelling.tables.turns, log, to, asked.min_people, asked.formats), labelling.lacks)
        shown = None if asked.min_people is None else _public(labelling, asked.min_people)
        for number, part in enumerate(labelling.parts()):
            path = to / PARTS / f"{number:05}.jsonl"
            if not path.with_suffix(".json").exists():
                stage("labelling")
                _write_part(path, part(), labelling, shown)
            done(json.loads(path.with_suffix(".json").read_text(encoding="ascii"))["turns"])
    stage("writing")
    return finish(to, asked, notes)


def _public(labelling: Labelling, min_people: int) -> Public:
    turns = labelling.tables.turns
    return Public.of(public(turns, Requests.of(turns), min_people))


def _write_part(path: Path, labelled: Labelled, labelling: Labelling, shown: Public | None) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf8") as file:
        for each in labelled.labels(labelling.calibration):
            kept = each if shown is None else _shared(each, shown)
            if kept is not None:
                file.write(json.dumps(kept.to_json(), ensure_ascii=False) + "\n")
    os.replace(draft, path)
    failed = int(sum(labelled.told.worked(place) < FAILED for place in range(len(labelled.told.said))))
    path.with_suffix(".json").write_text(json.dumps({"turns": len(labelled.told.said), "failed": failed}))


def _shared(each: Label, shown: Public) -> Label | None:
    """Return what may leave of a label: texts, meanings and values that enough people stand behind, and of no turn."""
    text = shown.shown.get(normalise(each.transcript))
    values = (slots_text([(slot.name.lower(), slot.value.lower())]) for slot in each.slots)
    if text is None or each.meaning.text not in shown.meant or not all(value in shown.values for value in values):
        return None
    slots = tuple(slot._replace(entity=None) for slot in each.slots)
    return replace(each, turn="", heard=text, transcript=text, slots=slots, action=None, said_again_by=None)


def parts_of(to: Path) -> list[Path]:
    """Return the files of all labels of a finished run.

    Raises:
        SayAgainError: there are none.
    """
    found = sorted((to / PARTS).glob("*.jsonl"))
    if not found:
        raise SayAgainError(f"There are no labels in {to}", f"Make them: sayagain label LOG --out {to}")
    return found


def labels_in(path: Path) -> Iterator[Label]:
    """Yield the labels of a file."""
    with path.open(encoding="utf8") as lines:
        for line in lines:
            yield Label.from_json(json.loads(line))


def finish(to: Path, asked: Asked, notes: Notes = NOTHING) -> Summary:
    """Write what leaves: labels that are sure enough, in JSON lines and in other formats."""
    scale = reviewed(to)
    tallies = {name: Tally() for name in (*GROUPS, "all")}
    for part in parts_of(to):
        confidence, failed = _numbers(part, scale)
        counted = json.loads(part.with_suffix(".json").read_text(encoding="ascii"))
        tallies["all"].add(confidence, counted["turns"])
        tallies["failed"].add(confidence[failed], counted["failed"])
        tallies["worked"].add(confidence[~failed], counted["turns"] - counted["failed"])
    points = {name: tallies[name].point(asked.precision) for name in GROUPS}
    said = answers_in(to)
    sources, answers = Counter[str](), {each["turn"]: each for each in said if each["turn"]}
    with (to / LABELS).open("w", encoding="utf8") as file:
        for part in parts_of(to):
            for each in labels_in(part):
                sure = float(scale.of(np.array([each.confidence]))[0])
                found = answered(replace(each, confidence=sure), answers.get(each.turn))
                if found.confidence >= points["failed" if each.failed > FAILED else "worked"].threshold:
                    sources[found.source] += 1
                    file.write(json.dumps(found.to_json(), ensure_ascii=False) + "\n")
    for name in dict.fromkeys([*asked.formats, *written_before(to)]):
        FORMATS[name](to / LABELS, to)
    curves = {name: tallies[name].curve() for name in ("all", "failed")}
    summary = Summary(
        tallies["all"].turns, sources.total(), dict(sources.most_common()), points, curves, len(said), notes
    )
    (to / SUMMARY).write_text(json.dumps(summary.to_json(), indent=1), encoding="ascii")
    return summary


def _numbers(part: Path, scale: Scale) -> tuple[np.ndarray[Any, np.dtype[np.float64]], np.ndarray[Any, Any]]:
    found = np.array([(each.confidence, each.failed > FAILED) for each in labels_in(part)]).reshape(-1, 2)
    return scale.of(found[:, 0]), found[:, 1].astype(bool)

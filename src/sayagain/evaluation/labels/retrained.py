"""An understander retrained on labels that nobody annotated, on later traffic, beside the one before.

SLURP (real recordings, replayed): later traffic of the same people, and recordings never learned from; the model
is asked what each was heard as. Homes (simulated): the same people go on in the same homes. Either way once with the
understanding as it was, once with a small model retrained on the assistant's own outputs, once with it retrained on
labels; the small model is asked first, and the understanding as it was where it is not sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, lives
from sayagain.assistant.stages import Parse, Understanding
from sayagain.assistant.write import write
from sayagain.evaluation.replay.people import PEOPLE_PRESETS
from sayagain.evaluation.replay.recordings import Recordings as Replayed
from sayagain.evaluation.replay.recordings import frame
from sayagain.evaluation.replay.traffic import LEARNING, REPLAY_WEEKS, World
from sayagain.evaluation.replay.write import write_log
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import Draws, Floats, interval, resampled
from sayagain.labels.understander import Understander
from sayagain.labels.understander_fit import Taught, by_label, fit
from sayagain.learning.label_files import Asked, label_log, labels_in
from sayagain.learning.label_plan import LABELS
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.schema import Interpretation, Turn
from sayagain.schema.meaning import Meaning
from sayagain.schema.truth import Truth

HOMES, WEEKS_BEFORE, WEEKS_AFTER = 10, 3, 2
"""Simulated homes, weeks that are learned from, and weeks that are judged."""

SURE = 0.6
"""Confidence of the small model from which it is believed rather than the understanding as it was."""


class Swapped:
    """An understanding in whose place another is put."""

    def __init__(self, inner: Understanding) -> None:
        self.inner = inner

    def understand(self, text: str) -> tuple[Parse, ...]:
        """Return what the one that is in place says."""
        return tuple(self.inner.understand(text))


class Learned:
    """The small model, and the understanding as it was where that is not sure."""

    def __init__(self, model: Understander, before: Understanding) -> None:
        self._model, self._before = model, before
        self._asked: dict[str, tuple[Parse, ...]] = {}

    def understand(self, text: str) -> tuple[Parse, ...]:
        """Return the parses of a text, the best first."""
        if text not in self._asked:
            before = tuple(self._before.understand(text))
            found = self._model.understand(text)
            sure = found is not None and found.confidence >= SURE
            self._asked[text] = (_parse(found.meaning, found.confidence), *before) if found and sure else before
        return self._asked[text]


def _parse(meaning: Meaning, confidence: float) -> Parse:
    domain, _, intent = meaning.intent.rpartition(".")
    return Parse(domain, intent, meaning.slots, round(confidence, 3))


def homes(seed: int) -> Iterator[Row]:
    """Yield the share of requests that fail on later traffic, and how many fewer than before."""
    clips = Recordings.read(SHIPPED_RECORDINGS, held_out=True)
    before = understanding()
    with TemporaryDirectory() as folder:
        at = Path(folder)
        first = _live(clips, seed, before)
        write(first, at, clips.features)
        log = Log.open(at / "log")
        label_log(log, at / "labels", Asked(precision=0.9))
        fit(by_label(_labels(at / "labels" / LABELS)), at / "by_labels")
        fit(_own(log), at / "by_outputs")
        failed = {
            "before": _failed(clips, seed, before),
            "retrained_on_own_outputs": _failed(clips, seed, Learned(Understander(at / "by_outputs"), before)),
            OURS: _failed(clips, seed, Learned(Understander(at / "by_labels"), before)),
        }
    draws = Draws.of(np.array([str(home) for home in range(HOMES)]), seed)
    rates = {
        name: resampled(np.array(counts)[:, 0], draws) / resampled(np.array(counts)[:, 1], draws)
        for name, counts in failed.items()
    }
    yield from _rows("retrained-homes", rates, int(sum(of for _, of in failed[OURS])))


def slurp(path: Path, seed: int) -> Iterator[Row]:
    """Yield the same on replayed recordings; an error is an intent or entity that is not the gold one.

    Raises:
        FormatError: the recordings cannot be read.
    """
    recordings = Replayed.read(path)
    world = World.create(recordings, PEOPLE_PRESETS["default"], REPLAYED_TURNS, seed)
    known, unseen = recordings.subset(~recordings.held_out), recordings.subset(recordings.held_out)
    with TemporaryDirectory() as folder:
        at = Path(folder)
        write_log(world.traffic(known, LEARNING, REPLAYED_TURNS), at / "log")
        log = Log.open(at / "log")
        label_log(log, at / "labels", Asked(precision=UNSURE))
        fit(by_label(_labels(at / "labels" / LABELS)), at / "by_labels")
        fit(_own(log), at / "by_outputs")
        models = {OURS: Understander(at / "by_labels"), "retrained_on_own_outputs": Understander(at / "by_outputs")}
    many = REPLAYED_TURNS // 4
    for name, period in (
        ("retrained-slurp", world.traffic(known, "later", many, after_weeks=REPLAY_WEEKS)),
        ("retrained-slurp_unseen", world.traffic(unseen, "unseen", many, after_weeks=REPLAY_WEEKS)),
    ):
        wrong = {"before": ~period.recordings.right}
        wrong |= {method: ~_right(period.recordings, model) for method, model in models.items()}
        draws = Draws.of(period.person.astype(np.str_), seed)
        every = resampled(np.ones(many), draws)
        yield from _rows(
            name,
            {
                method: resampled(each[period.recording].astype(np.float64), draws) / every
                for method, each in wrong.items()
            },
            many,
        )


UNSURE = 0.0
"""Precision of the labels that teach there: all of them, each as heavy as it is sure; none is sure enough at 0.9."""

REPLAYED_TURNS = 10_000
"""Turns of replayed traffic that are learned from."""


def _right(recordings: Replayed, model: Understander) -> npt.NDArray[np.bool_]:
    """Return for each recording whether the gold frame is found: by the model, or by what was before."""
    found = []
    for row, before, gold in zip(recordings.rows, recordings.right, recordings.gold, strict=True):
        said = model.understand(row["asr_text"])
        if said is None or said.confidence < SURE:
            found.append(bool(before))
        else:
            entities = [[name, value] for name, value in said.meaning.slots]
            found.append(frame(said.meaning.intent, entities) == recordings.frames[gold])
    return np.array(found)


def _rows(set_name: str, rates: Mapping[str, Floats], n: int) -> Iterator[Row]:
    for name, rate in rates.items():
        role: Role = "ours" if name == OURS else "baseline"
        yield Row(set_name, name, role, "failed", *interval(rate), n=n)
        if name != "before":
            yield Row(set_name, name, role, "errors_saved", *interval(1 - rate / rates["before"]), n=n)
    over = 1 - rates[OURS] / rates["retrained_on_own_outputs"]
    yield Row(set_name, OURS, "ours", "errors_saved_over_own_outputs", *interval(over), n=n)


def _live(clips: Recordings, seed: int, means: Understanding) -> Iterator[list[tuple[Turn, Truth]]]:
    return (life.on(7 * WEEKS_BEFORE, None) for life in lives(Means(clips, means), HOMES, 9000 + seed))


def _failed(clips: Recordings, seed: int, after: Understanding) -> list[tuple[float, float]]:
    """Return for each home how many requests of the later weeks failed, of how many that were meant and served."""
    found = []
    swapped = Swapped(understanding())
    as_it_was = swapped.inner
    for life in lives(Means(clips, swapped), HOMES, 9000 + seed):
        swapped.inner = as_it_was
        life.on(7 * WEEKS_BEFORE, None)
        swapped.inner = after
        truths = [truth for _, truth in life.on(7 * WEEKS_AFTER, None)]
        judged = [truth for truth in truths if truth.failure_point != "false_wake" and not truth.unsupported]
        found.append((float(sum(bool(truth.defect) for truth in judged)), float(len(judged))))
    return found


def _labels(path: Path) -> Iterator[tuple[str, str, Meaning, float]]:
    return ((each.heard, each.transcript, each.meaning, each.confidence) for each in labels_in(path))


def _own(log: Log) -> Iterable[Taught]:
    """Yield what the assistant's own outputs teach."""
    with TemporaryDirectory() as spill:
        turns = log.turns(connect(Path(spill)))
        rows = turns.select("text", "interpretation").to_pyarrow().to_pylist()
    for row in rows:
        own = row["interpretation"]
        kept = {name: own[name] for name in ("domain", "intent", "slots")} if own else None
        meaning = Meaning.of(Interpretation(**kept) if kept else None)
        if meaning is not None:
            yield Taught(row["text"], meaning, 1.0)

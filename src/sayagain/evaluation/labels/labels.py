"""Labels against the truth: ours, without one source of candidates each, and what one would do otherwise.

Baselines: the assistant's own interpretation, believed as far as the label model believes the turn; the nearest request
that worked; a classifier over sentence vectors that learned from what worked; for transcripts the first hypothesis, the
hypothesis that is most often said here, and the text of the next turn where it says the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.labels.label_figures import Given, Truth, estimated_rows, label_rows, word_error_rows
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.labels.candidates import SOURCES
from sayagain.labels.known import Known
from sayagain.labels.meant import Meant
from sayagain.labels.ranker import Pick
from sayagain.learning.label_files import FAILED
from sayagain.learning.labelling import Labelled, Labelling
from sayagain.log.store import Log
from sayagain.text.encoder import shipped
from sayagain.text.normalise import normalise
from sayagain.text.similarity import likeness

Floats = npt.NDArray[np.float64]

Right = tuple[bool, bool, bool]
"""Whether the intent is right; with it the slots; with these the values."""

NOTHING: Right = (False, False, False)

ABLATED = tuple(source for source in SOURCES if source != "own")
"""Sources of candidates without each of which ours is measured too."""

RIDGE = 1.0
"""Penalty of the classifier over sentence vectors."""


@dataclass(frozen=True)
class Case:
    """A log with its truth."""

    name: str
    log: Log
    judge: Callable[[str, Meant | None], Right]
    """Of a turn and what it is said to mean."""
    said: Mapping[str, str]
    """What was said in each turn that is judged, in normal form."""
    failed: Mapping[str, bool]
    group: Mapping[str, str]


def evaluate(case: Case, seed: int) -> Iterator[Row]:
    """Yield the figures of one log."""
    with TemporaryDirectory() as spill:
        labelling = Labelling(case.log, Path(spill))
        parts = [part() for part in labelling.parts()]
        judged = [_Judged(case, labelling, part) for part in parts]
        turns = [turn for each in judged for turn in each.turns]
        truth = Truth(np.array([case.failed[turn] for turn in turns]), np.array([case.group[turn] for turn in turns]))
        methods: dict[tuple[str, Role], Given] = {
            (OURS, "ours"): _joined([each.ours(part.picks, True) for each, part in zip(judged, parts, strict=True)]),
            ("uncalibrated", "ablation"): _joined(
                [each.ours(part.picks, False) for each, part in zip(judged, parts, strict=True)]
            ),
            ("own", "baseline"): _joined([each.own() for each in judged]),
            ("nearest_request", "baseline"): _joined([each.nearest() for each in judged]),
            ("encoder_classifier", "baseline"): _joined([each.classified() for each in judged]),
        }
        for source in ABLATED:
            name = f"without_{source}"
            methods[name, "ablation"] = _joined([each.without(source) for each in judged])
        read_failed = np.concatenate([each.read_failed for each in judged])
        yield from label_rows(case.name, truth, methods, seed, (OURS, "uncalibrated"))
        yield from estimated_rows(case.name, truth, methods[OURS, "ours"], read_failed, OURS, "ours")
        yield from _word_errors(case, truth, [text for each in judged for text in each.texts()], turns, seed)


def _word_errors(
    case: Case, truth: Truth, texts: Sequence[tuple[str, str, str, str]], turns: Sequence[str], seed: int
) -> Iterator[Row]:
    chosen = [i for i, turn in enumerate(turns) if truth.failed[i] and case.said[turn]]
    roles: list[tuple[str, Role]] = [
        ("first_hypothesis", "baseline"), ("commonest_hypothesis", "baseline"), ("rephrase_text", "baseline"),
        (OURS, "ours"),
    ]  # fmt: skip
    columns = {role: [texts[i][at] for i in chosen] for at, role in enumerate(roles)}
    said = [case.said[turns[i]] for i in chosen]
    yield from word_error_rows(f"{case.name}_failed", said, columns, "first_hypothesis", truth.groups[chosen], seed)


def _joined(parts: Sequence[Given]) -> Given:
    return Given(*(np.concatenate([getattr(each, name) for each in parts]) for name in Given.__dataclass_fields__))


class _Judged:
    """The turns of one part that are judged, and what each method says of them."""

    def __init__(self, case: Case, labelling: Labelling, part: Labelled) -> None:
        self._case, self._labelling, self._part = case, labelling, part
        self._told, self._picks = part.told, part.picks
        self._places = [place for place, each in enumerate(part.told.said) if each.turn in case.said]
        self._known: Known = part.told.known()

    @property
    def turns(self) -> list[str]:
        return [self._told.said[place].turn for place in self._places]

    @property
    def read_failed(self) -> npt.NDArray[np.bool_]:
        return np.array([self._told.worked(place) < 1 - FAILED for place in self._places])

    def ours(self, picks: Sequence[Pick | None], calibrated: bool) -> Given:
        sure = np.array([pick.confidence if pick else 0.0 for pick in picks])
        if calibrated:
            sources = np.array([pick.meant.source if pick else "" for pick in picks], dtype=np.str_)
            sure = np.where(sure > 0, self._labelling.calibration.of(sure, sources), 0.0)
        return self._given([pick.meant.meant if pick else None for pick in picks], sure, self.read_failed)

    def without(self, source: str) -> Given:
        """Ours, where the candidates of one source are not looked at; those that agree with them are still told so."""
        kept = [[each for each in found if each.source != source] for found in self._part.found]
        rows = np.array([each.source != source for found in self._part.found for each in found])
        return self.ours(self._labelling.ranker.picks(kept, self._part.numbers[rows]), False)

    def own(self) -> Given:
        return self._given(self._told.own, 1 - self._told.defect)

    def nearest(self) -> Given:
        """The own interpretation where the assistant says that it served, else that of the nearest request that did."""
        told = self._told
        sure = 1 - told.defect
        means = list(told.own)
        for home in set(told.homes):
            places = [i for i in range(len(told.said)) if told.homes[i] == home and sure[i] < 0.5]
            near = self._known.nearest([told.said[i].form for i in places], home)
            for place in places:
                for form in near[told.said[place].form][:1]:
                    way = max(self._known.ways[form].values(), key=lambda way: way.everyone)
                    means[place] = self._known.settled(way.meant, home)
                    sure[place] = 0.5 * likeness(told.said[place].form, form)
        return self._given(means, sure)

    def classified(self) -> Given:
        """A ridge regression of meanings on sentence vectors, learned from turns that worked by the label model."""
        told = self._told
        texts = [each.text for each in told.said]
        known = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        vectors = shipped().encode(list(known)).astype(np.float64)[[known[text] for text in texts]]
        vectors = np.hstack([vectors, np.ones((len(vectors), 1))])
        worked = [i for i in range(len(texts)) if told.defect[i] < 0.5 and told.own[i] is not None]
        keys = {means.key: means for i in worked if (means := told.own[i]) is not None}
        number = {key: at for at, key in enumerate(keys)}
        aim = np.zeros((len(worked), len(keys)))
        for row, i in enumerate(worked):
            means = told.own[i]
            aim[row, number[means.key if means else None]] = 1
        seen = vectors[worked]
        weights = np.linalg.solve(seen.T @ seen + RIDGE * np.eye(seen.shape[1]), seen.T @ aim)
        scores = vectors @ weights
        best = scores.argmax(axis=1)
        every = list(keys.values())
        return self._given([every[at] for at in best], np.clip(scores.max(axis=1), 1e-6, 1))

    def texts(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield the normal forms of each turn's transcript: first, commonest hypothesis, of the rephrase, ours."""
        told = self._told
        counts = {form: sum(way.everyone for way in ways.values()) for form, ways in self._known.ways.items()}
        place_of = {each.turn: place for place, each in enumerate(told.said)}
        for place in self._places:
            heard = list(map(normalise, told.texts[place]))
            again = told.again[place]
            rephrase = told.said[place_of[again]].form if again in place_of else heard[0]
            commonest = max(heard, key=lambda form: (counts.get(form, 0.0) >= 1, form == heard[0]))
            pick = self._picks[place]
            yield heard[0], commonest, rephrase, pick.said.form if pick else heard[0]

    def _given(self, means: Sequence[Meant | None], sure: Floats, failed: npt.NDArray[np.bool_] | None = None) -> Given:
        turns = [self._told.said[place].turn for place in self._places]
        right = [self._case.judge(turn, means[place]) for turn, place in zip(turns, self._places, strict=True)]
        there = np.array([means[place] is not None for place in self._places])
        read = self._told.defect[self._places] > FAILED if failed is None else failed
        flags = np.array(right, dtype=bool).reshape(-1, 3)
        return Given(np.where(there, sure[self._places], 0.0), flags[:, 0], flags[:, 1], flags[:, 2], read)

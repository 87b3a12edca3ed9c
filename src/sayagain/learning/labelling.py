"""From a log to labels: households read, candidates ranked, confidences calibrated by what the log itself shows.

The first part of a log, households drawn by a hash, is what calibration rests on, and what all parts know of the
requests of others; every part is then labelled by itself, so that memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from sayagain.labels.candidates import LATER_AND_OWN, Candidate
from sayagain.labels.confidence import Calibration, fitted
from sayagain.labels.encode import encode
from sayagain.labels.exchange import exchange
from sayagain.labels.known import Known
from sayagain.labels.label import Label, label
from sayagain.labels.ranker import Pick, Ranker, described, shipped_ranker
from sayagain.labels.reader import rows_of, shipped_reader
from sayagain.labels.sound import sounds
from sayagain.labels.told import Told
from sayagain.labels.wording import kept
from sayagain.learning.log_tables import LogTables
from sayagain.learning.reading import held_against, taught_by, trust_in
from sayagain.learning.settings import Settings
from sayagain.log.store import Log

Floats = npt.NDArray[np.float32]

LOOKED_UP = ("hypothesis", "nearest")
"""Sources of labels that can be held against the log's own evidence: hidden, what worked must be found again."""

SURE = 0.95
"""Confidence of a label from which it is what others are held against."""

MOST_CHECKS = 1_500
"""Turns of each kind that are hidden and found again: for two numbers enough."""

LEAST_CHECKS = 30
"""Checks below which nothing is calibrated."""


@dataclass(frozen=True)
class Labelled:
    """The turns of one part with their likeliest labels."""

    told: Told
    found: Sequence[Sequence[Candidate]]
    """The candidates of each turn."""
    numbers: Floats
    """What describes them, one row a candidate."""
    picks: Sequence[Pick | None]

    def labels(self, calibration: Calibration) -> Iterator[Label]:
        """Yield the label of each turn that has one; where nobody wanted anything the best candidate is none."""
        chosen = [(place, pick) for place, pick in enumerate(self.picks) if pick is not None and pick.confidence > 0]
        sure = calibration.of(
            np.array([pick.confidence for _, pick in chosen], dtype=np.float64),
            np.array([pick.meant.source for _, pick in chosen], dtype=np.str_),
        )
        for (place, pick), confidence in zip(chosen, sure, strict=True):
            yield label(self.told, place, pick, float(confidence))


class Labelling:
    """A log that is being labelled."""

    def __init__(
        self,
        log: Log,
        spill: Path,
        stage: Callable[[str], None] = lambda stage: None,
        ranker: Ranker | None = None,
    ) -> None:
        """Take a log; ``spill`` is a folder for what memory does not hold.

        Raises:
            LogError: the log is empty or damaged.
        """
        self.log, self._stage, self._given = log, stage, ranker
        self.tables = LogTables(log, spill, Settings(min_people=1), stage, carry=("turn",))
        self._sound = sounds(log.path)
        self._trust: float | None = None
        self._lent: Known | None = None

    def parts(self) -> Iterator[Callable[[], Labelled]]:
        """Yield each part of the log, in the same order every time; it is labelled when it is called."""
        _ = self.first  # what the others lend from
        for number, (rows, homes) in enumerate(rows_of(self.tables.turns)):
            if number == 0:
                yield lambda: self.first
            else:
                yield partial(self._labelled, rows, homes)

    def told(self) -> Iterator[Told]:
        """Yield the turns of each part with what is read of them."""
        for rows, homes in rows_of(self.tables.turns):
            yield self._told(rows, homes)

    @property
    def ranker(self) -> Ranker:
        """What ranks candidates."""
        return self._given or shipped_ranker()

    @cached_property
    def first(self) -> Labelled:
        """The first part."""
        labelled = self._labelled(*next(rows_of(self.tables.turns)))
        self._lent = self._known(labelled.told)
        return labelled

    @cached_property
    def calibration(self) -> Calibration:
        """What the log shows of how far confidences can be believed.

        Where a failed turn's label is beyond doubt, as it was said again and then worked, its own interpretation and
        what was said again are hidden; what other requests that work say of its hypotheses is held against the label.
        """
        told, picks = self.first.told, self.first.picks
        self._stage("checking what can be found again")
        sure = {place: pick for place, pick in enumerate(picks) if pick and _beyond_doubt(told, place, pick)}
        checked = list(sure)[:: max(1, len(sure) // MOST_CHECKS)]
        said_again = {sure[place].meant.later or place for place in checked}
        found = self.ranker.picks(*described(told, told.known(said_again), checked, LATER_AND_OWN))
        scales = {}
        for source in LOOKED_UP:
            pairs = [
                (pick.confidence, float(_key(pick) == _key(sure[place])))
                for place, pick in zip(checked, found, strict=True)
                if pick is not None and pick.meant.source == source
            ]
            if len(pairs) >= LEAST_CHECKS:
                scales[source] = fitted(*np.array(pairs).T)
        return Calibration(scales)

    def _labelled(self, rows: Sequence[Mapping[str, Any]], homes: Mapping[str, str]) -> Labelled:
        told = self._told(rows, homes)
        found, numbers = described(told, self._known(told), range(len(told.said)))
        picks = self.ranker.picks(found, numbers)
        if (self._trust or 0.0) < BORNE_OUT:  # the first candidate is the request as it was heard
            picks = [pick and pick._replace(said=each[0]) for pick, each in zip(picks, found, strict=True)]
        else:
            picks = [pick and self._settled(told, place, pick, found[place]) for place, pick in enumerate(picks)]
        return Labelled(told, found, numbers, picks)

    def _settled(self, told: Told, place: int, pick: Pick, found: Sequence[Candidate]) -> Pick:
        """Return a pick that says nothing where nobody wanted anything, and words that its slots bear."""
        if told.unwanted(place) > UNWANTED:
            pick = pick._replace(confidence=0.0)
        return kept(pick, found[0], told.worked(place) >= WENT_WELL)

    def _known(self, told: Told) -> Known:
        known = told.known()
        if self._lent is not None and told is not self.first.told:
            known.lend(self._lent)
        return known

    def _told(self, rows: Sequence[Mapping[str, Any]], homes: Mapping[str, str]) -> Told:
        reader = shipped_reader()
        encoded = encode([exchange(row) for row in rows], homes, self._sound, reader.encoder)
        own, served = self._taught(encoded.turns)
        found = reader.read(encoded)
        if self._trust is None:
            self._trust = trust_in(found, own)
        read = held_against(found, own, served, self._trust)
        defect = np.array([own.get(turn, UNKNOWN) for turn in encoded.turns])
        return Told.of(rows, homes, read, defect, self.acting if self._trust >= BORNE_OUT else None)

    @cached_property
    def lacks(self) -> tuple[str, ...]:
        """What the log does not tell of any turn, of what labels are made of."""
        turns = self.tables.turns
        kept = {"intents": turns.interpretation.intent, "actions": turns.action.nullif("")}
        counts = turns.aggregate(**{name: column.count() for name, column in kept.items()}).to_pyarrow().to_pylist()
        return tuple(name for name, count in counts[0].items() if not count)

    @cached_property
    def acting(self) -> frozenset[str]:
        """The intents that led to an action somewhere in the log."""
        turns = self.tables.turns
        done = turns.filter((turns.action != "") & turns.interpretation.intent.notnull())
        return frozenset(done.select(intent=done.interpretation.intent).distinct().to_pyarrow()["intent"].to_pylist())

    def _taught(self, turns: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
        """Return P(defect) by the log's own signals, and how far a request is served here, by turn."""
        some = ibis.memtable({"turn": list(turns)})
        return taught_by(self.tables.linked, lambda linked: linked.semi_join(some, "turn"))


BORNE_OUT = 0.5
"""Trust in the reader, which learned from homes as the ranker did, below which what holds in homes is not taken to hold
here. The first hypothesis stays the transcript: on calls (DSTC2, where trust is 0) the choice had a tenth more word
errors than it. And that nothing is told of actions does not make labels surer: on SLURP's recordings (trust 0, no
actions) 37 % of turns were labelled then, 42 % of them right."""

UNWANTED = 0.5
"""Probability of a false wake, or of what no assistant here serves, above which a turn has no label, however sure: what
it would mean ("order me a pizza": close the garage door) is not what anybody wanted."""

WENT_WELL = 0.5
"""P(correct) from which what was heard stays the transcript, if the slots of the label are in it."""

UNKNOWN = 0.5
"""P(defect) of a turn that the log's signals do not judge."""


def _beyond_doubt(told: Told, place: int, pick: Pick) -> bool:
    return pick.meant.source == "rephrase" and pick.confidence >= SURE and told.worked(place) < 1 - SURE


def _key(pick: Pick) -> Hashable:
    return pick.meant.meant.key if pick.meant.meant else None

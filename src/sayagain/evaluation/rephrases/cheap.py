"""Baseline: the pairwise scorer (``rephrases.pairwise``), run over a log as ``learn`` runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from sayagain.defects.requests import by_request
from sayagain.defects.votes import judge
from sayagain.evaluation.rephrases.method import Method, Reading
from sayagain.evaluation.rephrases.pairs import readings
from sayagain.learning.log_tables import likened
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.rephrases.excerpt import Excerpt, Marked, Said, within
from sayagain.rephrases.pairwise import link
from sayagain.schema import Hypothesis, Interpretation, Turn
from sayagain.text.normalise import normalise

SESSION_START = datetime(2026, 1, 1, tzinfo=UTC)
"""When every session of the log begins: learning looks only at the time between turns."""

STATUS = {True: "error", False: "ok", None: None}
"""The status of a turn by whether it failed."""


def learn(train: Sequence[Marked], valid: Sequence[Marked]) -> Method:
    """Return the pairwise scorer, which learns from no answers."""
    return Cheap()


class Cheap:
    """Scores the next turn by ``p_rephrase``; later ones, of which the pairwise scorer knows nothing, by 0.

    The excerpts that are read are the log that defects and associations are learned from: a session and a person each.
    """

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        if not excerpts:
            return []
        kept = [within(each) for each in excerpts]
        turns = [_turn(f"{i:07}", place, said) for i, each in enumerate(kept) for place, said in enumerate(each)]
        probability = _linked(turns)
        scores = [
            probability[f"{i:07}/0"] if place == 1 else 0.0
            for i, each in enumerate(kept)
            for place in range(1, len(each))
        ]
        return readings(excerpts, np.array(scores, dtype=np.float64))


def _turn(session: str, place: int, said: Said) -> Turn:
    return Turn(
        turn=f"{session}/{place}",
        session=session,
        user=session,
        time=SESSION_START + timedelta(seconds=said.after),
        text=said.text,
        asr=[Hypothesis(text=said.text, score=said.score)] if said.score is not None else [],
        # An excerpt does not say which intent was found: each request is taken to mean only itself.
        interpretation=Interpretation(intent=normalise(said.text)) if said.understood else None,
        status=STATUS[said.failed],
        response=said.response,
        barge_in=said.barge_in,
    )


def _linked(turns: Sequence[Turn]) -> dict[str, float]:
    """Return ``p_rephrase`` of each turn, by its name."""
    with TemporaryDirectory() as folder:
        log = Log.create(Path(folder) / "log")
        log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], schema=Turn.arrow_schema())])
        table = log.turns(connect(Path(folder) / "spill"))
        judged, _ = judge(likened(table, carry=["turn"]).turns)
        found = link(by_request(judged)).select("turn", "p_rephrase").to_pyarrow()
    return dict(zip(found["turn"].to_pylist(), found["p_rephrase"].to_pylist(), strict=True))

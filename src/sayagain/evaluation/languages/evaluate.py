"""Are defects found in other languages? The same simulated weeks in six languages, judged without truth.

Real recognition in English, simulated people, and our own translation of their phrasing (``translation``): a simulated
figure. Turns whose phrasing is not translated are left out of all languages. Who says a wrong action again denies first
in some cases, which the homes themselves have no recordings for.

A log is judged as it is (``status``) and as a list of texts and answers (``words``: no status, no meaning, no score).
``apart`` is the phrasing that none of the lists has. The span model is not asked: it reads English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.assistant.parses import understanding
from sayagain.assistant.reactions import DEFAULT_RATES
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.defects.votes import judge
from sayagain.errors import FormatError
from sayagain.evaluation.defects.discrimination import Floats, Ranking
from sayagain.evaluation.languages.translation import DENIALS, LANGUAGES, Translation, Wording, translation
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import Draws, interval
from sayagain.learning.log_tables import Likened, likened
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

HOMES, WEEKS = 20, 4
MIN_PEOPLE = 3
"""People who must stand behind a phrase that is learned: homes are households of strangers."""
DENIES = DEFAULT_RATES.correction_after_wrong
"""Share of those who say a wrong action again that deny first. Assumed, as in the homes."""

Kept = Literal["status", "words"]
WORDINGS: tuple[Wording, ...] = ("usual", "apart")
Ways = Mapping[str, tuple[Role, Callable[..., Likened]]]
"""Method → its role, and how it reads a log."""
READ: Ways = {
    OURS: ("ours", likened),
    "lists_only": ("ablation", partial(likened, learns=False)),
    "learned_only": ("ablation", partial(likened, languages=())),
    "english_only": ("baseline", partial(likened, languages=("en",), learns=False)),
}
"""Ways to read a log; the last is what releases before did."""


@dataclass(frozen=True)
class _Lived:
    """What was lived, beside its truth; entry i of each list is about one turn."""

    turns: Sequence[Turn]
    truth: Sequence[Truth]

    @property
    def folds(self) -> npt.NDArray[np.str_]:
        """The home of each turn."""
        return np.array([each.home for each in self.truth], dtype=np.str_)


def evaluate(languages: Sequence[str], seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return AUC in each language, and how it compares to that in English in usual words.

    Args:
        languages: some of ``LANGUAGES``, or ``all``.
        seed: of homes, people and resampling.
        stage: is told what is being done.

    Raises:
        FormatError: a language is not translated.
    """
    languages = LANGUAGES if "all" in languages else languages
    if unknown := [each for each in languages if each not in LANGUAGES]:
        raise FormatError(f"There is no translation into {unknown[0]}", f"Known languages: {', '.join(LANGUAGES)}")
    stage(f"{HOMES} homes live")
    means = Means(Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())
    lived = _translated_turns([turn for home in live(means, HOMES, WEEKS, seed) for turn in home])
    draws = Draws.of(lived.folds, seed)
    english: dict[str, Floats] = {}
    rows: list[Row] = []
    for language in dict.fromkeys(["en", *languages]):
        for kept in ("status", "words"):
            for wording in WORDINGS:
                stage(f"{language}, {kept}, {wording}")
                ways = READ if kept == "words" else {name: READ[name] for name in (OURS, "english_only")}
                put = _put(lived, translation(language), kept, wording)
                found = _judged(put, lived.truth, draws, ways)
                auc = {method: ranking.roc_auc() for method, ranking in found}
                english.setdefault(kept, auc[OURS])
                rows.extend(_rows(f"homes_{language}_{kept}_{wording}", auc, english[kept], len(lived.turns)))
    return rows


def _rows(name: str, auc: Mapping[str, Floats], english: Floats, n: int) -> Iterator[Row]:
    for method, values in auc.items():
        yield Row(name, method, READ[method][0], "roc_auc", *interval(values), n=n)
        yield Row(name, method, READ[method][0], "auc_of_english", *interval(values / english), n=n)


def _translated_turns(lived: Sequence[tuple[Turn, Truth]]) -> _Lived:
    """Return the turns whose phrasing is translated."""
    said = [(turn, truth) for turn, truth in lived if truth.said is not None and _in_english(turn, truth) is not None]
    return _Lived([turn for turn, _ in said], [truth for _, truth in said])


def _in_english(turn: Turn, truth: Truth) -> str | None:
    return translation("en").request(truth.said or "", turn.text, "usual")


def _put(lived: _Lived, phrases: Translation, kept: Kept, wording: Wording) -> list[Turn]:
    """Return the turns in a language, with all that a log may hold of them or with texts and answers alone."""
    both = [*zip(lived.turns, lived.truth, strict=True)]
    wrong = {truth.turn for turn, truth in both if truth.defect and turn.status == "ok"}
    bare: dict[str, Any] = {
        "status": None,
        "interpretation": None,
        "alternatives": [],
        "asr": [],
        "trace": [],
        "action": None,
    }
    put = []
    for turn, truth in both:
        text = phrases.request(truth.said or "", turn.text, wording) or ""
        draw = int.from_bytes(blake2b(turn.turn.encode(), digest_size=8).digest())
        if text and truth.rephrases in wrong and draw % 1_000 < DENIES * 1_000:
            text = phrases.denied(text, draw // 1_000 % DENIALS, wording)
        told = {"text": text, "response": phrases.response(turn.response, wording) if turn.response else None}
        put.append(turn.model_copy(update=told | (bare if kept == "words" else {})))
    return put


def _judged(turns: Sequence[Turn], truth: Sequence[Truth], draws: Draws, ways: Ways) -> Iterator[tuple[str, Ranking]]:
    """Yield how well each way to read a log tells defects."""
    defect = np.array([bool(each.defect) for each in truth])
    with TemporaryDirectory() as folder:
        log = Log.create(Path(folder) / "log")
        log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
        for method, (_, read) in ways.items():
            table = log.turns(connect(Path(folder) / method))
            judged, _ = judge(read(table, carry=["turn"], min_people=MIN_PEOPLE).turns.cache())
            found = judged.select("turn", "p_defect").to_pyarrow()
            probability = dict(zip(found["turn"].to_pylist(), found["p_defect"].to_pylist(), strict=True))
            yield method, Ranking.of(np.array([probability[each.turn] for each in truth]), defect, draws)

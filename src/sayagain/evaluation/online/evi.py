"""Which entry was meant: EVI's callers say a postcode, a name and a date of birth, up to three times each.

A knowledge base of 10,000 profiles holds what may be meant; the assistant asked for one item, so the others are no
candidates. Ours is the catalogue, with confusions of letters learned from other callers, without labels. The ranker is
the layer's: what everyone says are the values of the knowledge base, in all the ways to say them, and what the caller
said a moment ago are the attempts before. Every method knows the same ways to say a value, and a value heard right at
once is right for every method. Guards are off: a number is what is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Self, TypeVar
from zlib import crc32

import numpy as np
import numpy.typing as npt
import xgboost as xgb
from rapidfuzz import fuzz, process

from sayagain.errors import FormatError
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.statistics import bootstrap
from sayagain.log.readers import evi
from sayagain.log.readers.contract import Read
from sayagain.retrieval.catalogue import Catalogue, Entry, learned_confusions
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.fit import Example, boosted, meant_set
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.index import VectorIndex, WordIndex
from sayagain.retrieval.rank import SHARED_RANKER, RankingInput, predict, ranking_input
from sayagain.retrieval.rank import shipped as ranker
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import Scale
from sayagain.schema import Turn
from sayagain.schema.meaning import Meaning
from sayagain.text.confusions import Confusions
from sayagain.text.encoder import shipped as encoder
from sayagain.text.normalise import form_of

T = TypeVar("T")

ATTEMPTS = 3
SURE_VALUE = 0.5
"""Probability from which ours names a value: it is right more often than not."""

SAID_TIMES, SAID_SUCCESS = 10, 0.95
"""How often each value is taken to be said, and how often that works: the same for all."""

Guess = tuple[str, float]
"""A value, and how sure a method is."""

NO_GUESS: Guess = ("", 0.0)


def _postcode(value: str) -> tuple[str, ...]:
    return (" ".join(value.replace(" ", "")),)


def _name(value: str) -> tuple[str, ...]:
    return (value,)


def _birthday(value: str) -> tuple[str, ...]:
    day = date.fromisoformat(value)
    month, year = f"{day:%B}", day.year
    return (
        f"{_nth(day.day)} of {month} {year}",
        f"{_nth(day.day)} {month} {year}",
        f"{month} {_nth(day.day)} {year}",
        f"{_nth(day.day)} of the {_nth(day.month)} {year}",
        f"{day.day} {day.month} {year}",
        f"{day:%d %m} {year}",
        f"{day:%d%m} {year}",
    )


def _nth(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


AS_SAID: dict[str, Callable[[str], tuple[str, ...]]] = {"postcode": _postcode, "name": _name, "dob": _birthday}
"""The ways to say a value of each item."""


@dataclass(frozen=True)
class Base:
    """The values of one item that the knowledge base holds."""

    catalogue: Catalogue
    context: RetrievalContext
    values: Mapping[str, str]
    """Normal form → value."""

    @classmethod
    def of(cls, item: str, values: Sequence[str]) -> Self:
        """Index the values of an item."""
        entries = []
        for value in sorted(set(values)):
            first, *others = AS_SAID[item](value)
            entries.append(Entry(name=first, aliases=tuple(others), id=value))
        catalogue = Catalogue(entries)
        said = {form: str(entry.id) for form, entry in catalogue.said_as.items()}
        forms = list(said)
        count = len(forms)
        global_index = GlobalIndex(
            forms,
            forms,
            [Meaning(item, ((item, value),)).text for value in said.values()],
            np.full(count, SAID_TIMES, dtype=np.int32),
            np.full(count, SAID_TIMES, dtype=np.int32),
            np.full(count, SAID_SUCCESS, dtype=np.float32),
            np.zeros(count, dtype=np.float32),
            {},
            {},
        )
        words = WordIndex.build(forms, range(count))
        vectors = VectorIndex.build(forms, range(count), encoder())
        return cls(
            catalogue,
            RetrievalContext(
                global_index, words, vectors, matcher=lambda texts: [form_of(text) in said for text in texts]
            ),
            said,
        )


@dataclass(frozen=True)
class Asked:
    """One item that one caller was asked for, with the attempts at it."""

    caller: str
    item: str
    meant: str
    attempts: tuple[Turn, ...]


@dataclass(frozen=True)
class Attempt:
    """One attempt beside the values that it may be."""

    turn: Turn
    item: str
    base: Base
    heard: tuple[str, ...]
    """Its hypotheses, the best first."""
    ranking_input: RankingInput
    exact: str | None
    """The value that was heard, where it is one."""


def attempts(asked: Asked, base: Base) -> list[Attempt]:
    """Gather what each attempt may have been; what was said before at the same item failed."""
    found = []
    for number, turn in enumerate(asked.attempts):
        before = [form for each in asked.attempts[:number] if (form := form_of(each.text))]
        heard = tuple(one.text for one in turn.asr)
        each = ranking_input(turn, UserProfile(recent=before), base.context, Scale())
        found.append(Attempt(turn, asked.item, base, heard, each, base.values.get(form_of(turn.text))))
    return found


Guesser = Callable[[Sequence[Attempt]], Guess]
"""Names a value after some attempts at one item."""


def _surest(guess: Callable[[Attempt], Guess]) -> Guesser:
    """Return what names the surest of the values that ``guess`` gives for each attempt."""
    return lambda attempts: max(map(guess, attempts), key=_score)


def _by_catalogue(confusions: Confusions | None) -> Guesser:
    """Name the likeliest entry by all attempts together."""

    def guess(attempts: Sequence[Attempt]) -> Guess:
        found = attempts[0].base.catalogue.meant([attempt.heard for attempt in attempts], confusions)
        return (str(found[0].entry.id), found[0].probability) if found else NO_GUESS

    return guess


def _by_ranker(meant: xgb.Booster) -> Guesser:
    """Rank by a model of P(meant)."""

    def guess(attempt: Attempt) -> Guess:
        if not attempt.ranking_input.candidates:
            return NO_GUESS
        p = predict(meant, attempt.ranking_input.rows)
        best = int(np.argmax(p))
        return attempt.base.values[attempt.ranking_input.candidates[best].form], float(p[best])

    return _surest(guess)


def _wratio(attempt: Attempt) -> Guess:
    best = process.extractOne(form_of(attempt.turn.text), attempt.base.context.global_index.forms, scorer=fuzz.WRatio)
    return (attempt.base.values[best[0]], best[1] / 100) if best else NO_GUESS


def _ratio_of_all(attempt: Attempt) -> Guess:
    forms = attempt.base.context.global_index.forms
    heard = [form for one in attempt.turn.asr if (form := form_of(one.text))]
    found = [best for form in heard if (best := process.extractOne(form, forms, scorer=fuzz.ratio))]
    return max(((attempt.base.values[form], score / 100) for form, score, _ in found), key=_score, default=NO_GUESS)


def _nearest(attempt: Attempt) -> Guess:
    form, context = form_of(attempt.turn.text), attempt.base.context
    hits = context.vectors.search([form], 1)[0] if form else []
    return (attempt.base.values[context.global_index.forms[hits[0][0]]], hits[0][1]) if hits else NO_GUESS


def _score(guess: Guess) -> float:
    return guess[1]


EVI_PEERS: dict[str, Guesser] = {
    "wratio": _surest(_wratio),
    "ratio, every hypothesis": _surest(_ratio_of_all),
    "encoder_nearest": _surest(_nearest),
}


def evaluate(data: Path, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return how often each method finds the value that was meant, after one, two and three attempts.

    ``top1_N``: it is right. ``named_N``: it is right, and so sure that no more of the items are named wrongly
    (``wrong_N``) than by ours from ``SURE_VALUE`` on: each of the others has the threshold that is best for it on these
    very calls.

    Raises:
        FormatError: the dialogues or, beside them, the profiles cannot be read.
    """
    stage("reading")
    asked = read(data)
    if not (profiles := list(evi.profiles(data).values())):
        raise FormatError(f"There are no profiles beside {data}", "Keep records.LANGUAGE.csv.gz beside the dialogues")
    bases = {item: Base.of(item, [profile[item] for profile in profiles]) for item in AS_SAID}
    stage("gathering what each attempt may have been")
    tried = [attempts(each, bases[each.item]) for each in asked]
    callers = np.array([each.caller for each in asked])
    meant = np.array([each.meant for each in asked])
    methods: dict[str, tuple[Role, list[Guesser]]] = {
        OURS: ("ours", [_by_catalogue(each) for each in _confusions(tried, callers)]),
        "unlearned confusions": ("ablation", [_by_catalogue(Confusions.unlearned())] * FOLDS),
        "letters alone": ("ablation", [_by_catalogue(None)] * FOLDS),
        "learned ranker": ("ablation", list(map(_by_ranker, _learned(tried, callers)))),
        "shipped ranker": ("ablation", [_by_ranker(ranker(SHARED_RANKER).meant)] * FOLDS),
        **{name: ("baseline", [peer] * FOLDS) for name, peer in EVI_PEERS.items()},
    }
    rows: list[Row] = []
    wrong = np.zeros(ATTEMPTS)
    for name, (role, guessers) in methods.items():
        stage(f"asking {name}")
        guesses = [
            [_named(guessers[fold], each[: number + 1]) for number in range(ATTEMPTS)]
            for each, fold in zip(tried, folds(callers), strict=True)
        ]
        for number in range(ATTEMPTS):
            value, score = zip(*(each[number] for each in guesses), strict=True)
            right, sure = np.array(value) == meant, np.array(score)
            if name == OURS:
                wrong[number] = (~right & (sure >= SURE_VALUE)).mean()
                rows.append(Row("evi", name, role, f"wrong_{number + 1}", float(wrong[number]), n=len(asked)))
            named = right & (sure >= _least(right, sure, wrong[number]))
            for metric, hits in {"top1": right, "named": named}.items():
                ends = bootstrap(partial(_share, hits), callers, seed)
                rows.append(Row("evi", name, role, f"{metric}_{number + 1}", float(hits.mean()), *ends, n=len(asked)))
    return rows


def _named(guesser: Guesser, attempts: Sequence[Attempt]) -> Guess:
    """Return the value that was heard, where one was; otherwise what a method names."""
    heard = next((one.exact for one in attempts if one.exact), None)
    return guesser(attempts) if heard is None else (heard, 1.0)


def folds(callers: npt.NDArray[np.str_]) -> list[int]:
    """Return the part of each caller."""
    return [crc32(caller.encode()) % FOLDS for caller in callers.tolist()]


def _learned(tried: Sequence[Sequence[Attempt]], callers: npt.NDArray[np.str_]) -> list[xgb.Booster]:
    """Return, for each part of the callers, a model that learned from the others, without labels.

    Where one attempt at an item was heard as a value of the knowledge base, that is what the others had meant.
    """
    examples: list[list[Example]] = [[] for _ in range(FOLDS)]
    for fold, each in zip(folds(callers), tried, strict=True):
        value = _meant(each)
        for one in each:
            if value is not None and one.exact is None and one.ranking_input.candidates:
                right = np.array([one.base.values[it.form] == value for it in one.ranking_input.candidates])
                examples[fold].append(Example(one.ranking_input, 1.0, right))
    return [boosted(meant_set(each, np.random.default_rng(1))) for each in _others(examples)]


def _confusions(tried: Sequence[Sequence[Attempt]], callers: npt.NDArray[np.str_]) -> list[Confusions]:
    """Return, for each part of the callers, confusions learned from the others, as the ranker is."""
    pairs: list[list[tuple[str, str]]] = [[] for _ in range(FOLDS)]
    for fold, each in zip(folds(callers), tried, strict=True):
        if (value := _meant(each)) is not None:
            ways = [form_of(way) for way in AS_SAID[each[0].item](value)]
            heard = [form for one in each if (form := form_of(one.turn.text))]
            pairs[fold] += [(max(ways, key=lambda way: fuzz.ratio(way, form)), form) for form in heard]
    return [learned_confusions(each) for each in _others(pairs)]


def _meant(attempts: Sequence[Attempt]) -> str | None:
    """Return what was meant by all attempts, where at least one was heard as a value, and none as another."""
    heard = {one.exact for one in attempts if one.exact}
    return heard.pop() if len(heard) == 1 else None


def _others(parts: Sequence[list[T]]) -> list[list[T]]:
    """Return, for each part, what the other parts hold."""
    return [[each for other, part in enumerate(parts) if other != at for each in part] for at in range(len(parts))]


def _share(hits: npt.NDArray[np.bool_], at: npt.NDArray[np.intp]) -> float:
    return float(hits[at].mean())


def _least(right: npt.NDArray[np.bool_], sure: npt.NDArray[np.float64], wrong: float) -> float:
    """Return the least score from which on no more than ``wrong`` of all are named wrongly."""
    scores = np.sort(sure[~right])[::-1]
    allowed = int(np.floor(wrong * len(right) + 1e-9))
    return float(np.nextafter(scores[allowed], np.inf)) if allowed < len(scores) else float("-inf")


def read(data: Path) -> list[Asked]:
    """Return the items that callers were asked for and that their profile has, in the order of the file."""
    turns: dict[str, list[Read]] = defaultdict(list)
    for each in evi.read(data):
        if isinstance(each, Read) and each.truth is not None and each.truth.meaning is not None:
            turns[str(each.truth.goal)].append(each)
    found = []
    for reads in turns.values():
        item, _, meant = str(reads[0].truth.meaning if reads[0].truth else "").rstrip(")").partition("(")
        found.append(Asked(reads[0].turn.user, item, meant, tuple(each.turn for each in reads[:ATTEMPTS])))
    return found

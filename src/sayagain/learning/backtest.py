"""The backtest: the last part of a log gone through again, with what was known before it, and without labels.

What was known is what a bundle of the turns before would hold; then the turns are taken in the order of time, each
person's profile as it was at the moment. Every expert says what it would have made of each turn. What people said next
tells what that would have been worth (``policies``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.end_model import judge_again
from sayagain.defects.failing import share_fine
from sayagain.defects.requests import by_request
from sayagain.defects.scorer import DefectScorer
from sayagain.learning.global_tables import meaning_of
from sayagain.learning.log_tables import LogTables
from sayagain.learning.training_examples import context_of
from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.log.tables import DAY_SECONDS, in_order
from sayagain.online.user_tracker import UserTracker
from sayagain.rephrases.excerpt import EXCERPT_WINDOW
from sayagain.rephrases.pairwise import link
from sayagain.retrieval.candidates import Candidate
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.fit import Example, enough, fit
from sayagain.retrieval.options import Options
from sayagain.retrieval.rank import SHARED_RANKER, Ranker, shipped
from sayagain.retrieval.views import Scale
from sayagain.schema.meaning import meaning_text
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

Reals = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LAST_SHARE = 0.3
"""Share of the turns, the last in time, that policies are judged on."""

MOST_TURNS = 15_000
"""Turns that are gone through at the most, with all that some people said; the last of these are judged."""

MOST_COUNTED = 500_000
"""Turns by which it is told how each request goes, at the most: those of some people."""

LEAST_TURNS, LEAST_DAYS = 1_500, 14
"""Of a log whose last part is smaller, or that is younger, nothing is said: half of that part is bounded on, one turn
in a hundred or so is rewritten there, and of fewer than seven no share is known; and people have habits of a week."""

LEAST_LEFT_ALONE = 0.02
"""Least probability with which a stage leaves a turn alone: what a log says beyond is no draw of ours."""

SURE_LINK = 0.5
"""Probability from which a later turn says an earlier one again."""

LAST_SAID = 6
"""Later turns of a person that are looked at: nobody says a thing again oftener within the window."""


@dataclass(frozen=True)
class Known:
    """What is known when a backtest begins: what everyone says, and the ranker."""

    context: RetrievalContext
    ranker: Ranker


@dataclass(frozen=True)
class Judged:
    """The judged turns in the order of time, and what each expert would have made of them; n turns, e experts."""

    turns: Sequence[Turn]
    request: Ints
    """Number of the request of each turn, shape (n,)."""
    person: Ints
    day: Ints
    weight: Reals
    """How many turns each stands for: one that a draw left alone, for those like it that were rewritten, too."""
    fine: Reals
    """Expected share of the turns of the request that went well, shape (n,)."""
    again: Reals
    """Probability that it was said again, shape (n,)."""
    sureness: Reals
    """Of each expert's surest proposal that the rules allow, shape (n, e); minus infinity where it has none."""
    right: Reals
    """Probability that this was said again in the end, and that it worked, shape (n, e)."""
    same: npt.NDArray[np.bool_]
    """Whether it means what the turn was understood as, shape (n, e)."""
    texts: Sequence[Sequence[str | None]]
    """What each expert would have put in the place of each turn."""
    usual: float
    """The ranker's own threshold."""


class _Said(NamedTuple):
    """What became of a turn, as the log tells it."""

    person: int
    day: int
    request: int
    fine: float
    again: float
    worked: float
    """Share of good ends of what was said in the end."""
    form: str | None
    meaning: str | None
    """What was said in the end; None where nothing was said again."""


def large_enough(log_tables: LogTables) -> bool:
    """Return whether a log is large and old enough for a backtest to say something."""
    own = log_tables.linked.filter(~log_tables.linked.rewritten)
    found = own.aggregate(turns=_.count(), days=_.day.max() - _.day.min()).to_pyarrow().to_pylist()[0]
    return bool(found["turns"] * LAST_SHARE >= LEAST_TURNS and found["days"] >= LEAST_DAYS)


def last_day(log_tables: LogTables) -> int:
    """Return the day (since 1970) on which the part of a log begins that policies are judged on."""
    days = log_tables.linked.group_by("day").aggregate(turns=_.count()).order_by("day").to_pyarrow()
    upto = np.cumsum(days["turns"].to_numpy())
    return int(days["day"][int(np.searchsorted(upto, (1 - LAST_SHARE) * upto[-1]))].as_py()) + 1


def known_before(log_tables: LogTables, examples: Sequence[Example], scale: Scale, day: int) -> Known:
    """Return what a bundle that was learned from the turns before a day would hold.

    ``examples`` are those of the whole log; what is later than the day is not learned from.
    """
    before = link(judge_again(by_request(log_tables.judged.filter(log_tables.judged.day < day))))
    context = context_of(log_tables, before, held=False)
    earlier = [each for each in examples if each.ranking_input.request.turn.time.timestamp() < day * DAY_SECONDS]
    known = enough(earlier, log_tables.settings.min_people)
    return Known(context, fit(earlier, scale) if known else shipped(SHARED_RANKER).scaled(scale))


def judged(log_tables: LogTables, known: Known, day: int, least: Mapping[str, float]) -> Judged:
    """Go through a log in the order of time; judge what was said from a day on.

    Args:
        log_tables: the log.
        known: what experts know of everyone; of each person they know what that one said before.
        day: since 1970.
        least: sureness below which no policy asks an expert.
    """
    log_tables.stage("backtesting policies")
    log = with_person(log_tables.turns)
    turns = log.count().to_pyarrow().as_py()
    some = log.filter(_some(log.person, MOST_TURNS / turns)).mutate(key=_.turn.hash())
    rows = some.order_by(in_order(some)).drop("person").to_pyarrow()
    said = _said(log_tables, rows, day, MOST_COUNTED / turns)
    scorer = DefectScorer.of(log_tables.published_model.summary())
    people: dict[str, UserTracker] = {}
    found: list[tuple[Turn, _Said, list[_Proposal]]] = []
    for row in rows.to_pylist():
        after, turn = said.get(row.pop("key")), Turn.from_row(row)
        person = people.setdefault(turn.user, UserTracker())
        person.judge_previous(scorer, turn)
        if after is not None and form_of(turn.text):
            options = Options(turn, person.profile, known.context, known.ranker)
            found.append((turn, after, list(_proposals(options, after, least))))
            if len(found) % 500 == 0:
                log_tables.stage(f"backtesting policies: {len(found):,} turns")
        person.observe(scorer, turn)
    return _columns(found, known.ranker.thresholds.rewrite)


def _some(person: ir.IntegerValue, share: float) -> ir.BooleanValue:
    """Return whether a person, by the hash of their name (``with_person``), is of a share of all people.

    Those of a smaller share are of every larger one, too.
    """
    return (person % 10_000).abs() < max(1, round(10_000 * share))


class _Proposal(NamedTuple):
    """What an expert would have made of a turn."""

    sureness: float = -np.inf
    right: float = 0.0
    same: bool = False
    text: str | None = None


def _proposals(options: Options, after: _Said, least: Mapping[str, float]) -> Iterator[_Proposal]:
    """Yield, for each expert, the surest of its proposals that the rules allow."""
    allowed: dict[int, bool] = {}

    def allows(place: int) -> bool:
        if place not in allowed:
            allowed[place] = options.found.allowed(place) == "rewrite"
        return allowed[place]

    for name, expert in EXPERTS.items():
        sure = ((place, sureness) for place, sureness in expert(options) if sureness >= least[name])
        made = next(((place, sureness) for place, sureness in sure if allows(place)), None)
        yield _Proposal() if made is None else _judged(options, options.found.candidates[made[0]], made[1], after)


def _judged(options: Options, each: Candidate, sureness: float, after: _Said) -> _Proposal:
    meant = each.form == after.form or (each.meaning is not None and each.meaning == after.meaning)
    same = each.meaning is not None and each.meaning == meaning_text(options.turn.interpretation)
    return _Proposal(sureness, after.again * after.worked * meant, same, each.text)


def _columns(found: Sequence[tuple[Turn, _Said, Sequence[_Proposal]]], usual: float) -> Judged:
    def of_turn(name: str, kind: type) -> npt.NDArray[Any]:
        return np.array([getattr(after, name) for _, after, _ in found], dtype=kind)

    def of_expert(name: str, kind: type) -> npt.NDArray[Any]:
        rows = [[getattr(each, name) for each in made] for _, _, made in found]
        return np.array(rows, dtype=kind).reshape(len(found), len(EXPERTS))

    return Judged(
        turns=[turn for turn, _, _ in found],
        request=of_turn("request", np.int64),
        person=of_turn("person", np.int64),
        day=of_turn("day", np.int64),
        weight=np.array([_weight(turn) for turn, _, _ in found]),
        fine=of_turn("fine", np.float64),
        again=of_turn("again", np.float64),
        sureness=of_expert("sureness", np.float64),
        right=of_expert("right", np.float64),
        same=of_expert("same", np.bool_),
        texts=[[each.text for each in made] for _, _, made in found],
        usual=usual,
    )


def _weight(turn: Turn) -> float:
    """Return the inverse of the probability with which a turn was left alone (Horvitz and Thompson 1952)."""
    action = turn.layer
    if action is None or action.withheld is None or action.propensity is None:
        return 1.0
    return 1 / max(action.propensity, LEAST_LEFT_ALONE)


def _said(log_tables: LogTables, rows: pa.Table, day: int, share: float) -> dict[int, _Said]:
    """Return what became of the turns from a day on that the layer did not rewrite, by the hashes of their ids.

    Args:
        log_tables: the log.
        rows: the turns that are gone through, in order.
        day: since 1970.
        share: of the people, by whose turns it is told how a request goes.
    """
    own = log_tables.judged.select("key", own="p_defect")
    linked = log_tables.linked.filter(_some(log_tables.linked.user, share)).join(own, "key")
    columns = ("key", "user", "day", "state", "own", "p_rephrase", "target", "target_rewritten", "rewritten")
    table = linked.select(*columns).to_pyarrow()
    state, rewritten = table["state"].to_numpy(), table["rewritten"].to_numpy()
    said_again = np.nan_to_num(table["p_rephrase"].to_numpy())
    failed = 1 - (1 - table["own"].to_numpy()) * (1 - said_again)
    fine = np.zeros(len(state))  # how a request goes, its turns tell that were left alone
    fine[~rewritten] = share_fine(state[~rewritten], failed[~rewritten])
    echoed = pc.fill_null(table["target_rewritten"], False).to_numpy()  # what a rewrite led to shows nothing of people
    again = np.where(echoed, 0.0, said_again)
    place = {key: number for number, key in enumerate(table["key"].to_pylist())}
    order = [place[key] for key in rows["key"].to_pylist()]
    time = np.zeros(len(place))
    time[order] = [each.timestamp() for each in rows["time"].to_pylist()]
    user, target = table["user"].to_numpy(), table["target"].to_pylist()
    ends, sure = _ends(order, time, user, state, target, again)
    requests: Requests = log_tables.requests
    days = table["day"].to_pylist()
    found = {}
    for key, number in zip(rows["key"].to_pylist(), order, strict=True):
        if days[number] < day or rewritten[number]:
            continue
        end = int(state[ends[number]]) if sure[number] else None
        found[key] = _Said(
            person=int(user[number]),
            day=days[number],
            request=int(state[number]),
            fine=float(fine[number]),
            again=float(sure[number]),
            worked=float(fine[ends[number]]),
            form=None if end is None else requests.states[end],
            meaning=None if end is None else meaning_of(requests, end),
        )
    return found


def _ends(
    order: Sequence[int],
    time: Reals,
    user: npt.NDArray[np.integer],
    state: npt.NDArray[np.integer],
    target: Sequence[int | None],
    again: Reals,
) -> tuple[Ints, Reals]:
    """Follow what people say again to the end; return that turn of each turn, and how likely it says the first again.

    Whoever is not understood says it again until it works, or until they give up: only the end tells what was meant.
    """
    ends, sure = np.arange(len(time)), np.zeros(len(time))
    later: dict[int, list[int]] = {}
    for number in reversed(order):
        mine = later.setdefault(int(user[number]), [])
        if again[number] >= SURE_LINK:
            near = (each for each in reversed(mine[-LAST_SAID:]) if time[each] - time[number] <= EXCERPT_WINDOW)
            following = next((each for each in near if state[each] == target[number]), None)
            if following is not None:
                ends[number] = ends[following]
                sure[number] = again[number] * (sure[following] if ends[following] != following else 1.0)
        mine.append(number)
    return ends, sure

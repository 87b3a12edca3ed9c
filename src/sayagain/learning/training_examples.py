"""Training examples for the ranker, from going through a log again in the order of time.

The ranker learns from turns as they were at the time: some people's turns are gone through in their order, candidates
are gathered from their profile so far and from what *other* people say, and what became of the turn is the label.
The code that gathers and remembers is the one that runs online.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir

from sayagain.bundle.manifest import LearnedFrom
from sayagain.defects.scorer import DefectScorer
from sayagain.guards.slots import SERVED_SHARE
from sayagain.learning.counting import Counts, meanings_of
from sayagain.learning.global_tables import indices, meaning_of, tables
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.log.tables import in_order
from sayagain.online.user_tracker import UserTracker
from sayagain.retrieval.context import Precomputed, RetrievalContext, nobody, rules_of
from sayagain.retrieval.fit import LEAST_EXAMPLES, Example
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.rank import RankingInput, ranking_input
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import Scale
from sayagain.rewrites.counts import organic, outcomes, transitions, uses, ways
from sayagain.rewrites.credit import credited
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

MOST_TURNS = 15_000
"""Turns that are gone through at the most; about a thousandth of a second each. Twice as many mend one request more in
a hundred (docs/performance.md)."""


PARTS = 3
"""Parts of the people: each is gone through beside what the others say, which takes long to index: of a large log no
more parts are gone through than hold ``MOST_TURNS``."""


SHARE_KEPT = 0.15
"""Share of the turns that went well that become examples: there are many, and they say all the same."""


SHARE_NEW = 0.2
"""Share of the examples in which the person is taken as new, so that people without a past are served as well."""


SYNTHETIC_WEIGHT = 0.5
"""Weight of a request as it could have been heard: a lower hypothesis is nearer to what was said than most errors."""


SURE_OUTCOME = 0.6
"""Probability from which the turn that says a failed one again says what was meant."""


def examples_from_log(log_tables: LogTables, scale: Scale, *, alone: bool = False) -> list[Example]:
    """Return examples of all parts of the people, in the order of time; none of a log too small to learn from.

    ``alone`` goes through them as if each household had nobody else to learn from.
    """
    if log_tables.linked.count().to_pyarrow().as_py() < LEAST_EXAMPLES:
        return []
    settings = log_tables.settings
    scorer = DefectScorer.of(log_tables.signals)
    examples: list[Example] = []
    gone = 0

    def done() -> None:
        nonlocal gone
        gone += 1
        if gone % 500 == 0:
            log_tables.stage(f"gathering examples for ranking: {gone:,} turns")

    enough = min(float(PARTS), PARTS * MOST_TURNS / log_tables.turns.count().to_pyarrow().as_py())
    for number in range(ceil(enough)):
        turns = turns_of_part(log_tables.turns, number, enough / ceil(enough))
        others = nobody(settings.owner) if alone else _others(log_tables, number)
        if turns and (alone or others.global_index.forms):
            outcome = outcomes_of(log_tables.linked, log_tables.requests, [key for key, _ in turns])
            examples += examples_from_turns(turns, outcome, others, scorer, scale, done)
    return sorted(examples, key=lambda each: each.ranking_input.request.turn.time)


def _others(log_tables: LogTables, number: int) -> RetrievalContext:
    """Return what the people outside a part say, as the bundle would hold it had only they been there."""
    return context_of(log_tables, log_tables.linked.filter(~part(log_tables.linked.user, number)))


def context_of(log_tables: LogTables, linked: ir.Table, *, held: bool = True) -> RetrievalContext:
    """Return what is said in some of the turns of a log, as the bundle would hold it had there been no others.

    ``held`` says whether rewrites that wait for a person are made, too.
    """
    settings, requests = log_tables.settings, log_tables.requests
    some = organic(linked).cache()
    meanings = meanings_of(requests)
    gone = ways(some, ibis.memtable(meanings)).to_pyarrow()
    global_index = GlobalIndex.of(*tables(some, gone, requests, log_tables.public, settings.min_people))
    counts = Counts(
        requests=log_tables.public.worded(requests.table()),
        public=log_tables.public_table,
        outcomes=credited(outcomes(some).to_pyarrow(), uses(linked).to_pyarrow()),
        transitions=transitions(some).to_pyarrow(),
        ways=gone,
        meanings=meanings,
        signals={},
        learned_from=LearnedFrom(),
    )
    published = [each for each in mine(counts, settings)[1] if each.refused is None and (held or each.held is None)]
    return RetrievalContext(
        global_index,
        *indices(global_index, log_tables.encoder),
        precomputed={
            each.source: Precomputed(each.id, each.target, each.target_state, each.lift_low) for each in published
        },
        rules=rules_of(global_index, settings.owner, settings.min_people),
    )


def part(user: ir.IntegerValue, number: int) -> ir.BooleanValue:
    """Return whether a person, by the hash of their name (``with_person``), is of part ``number``."""
    return (user % (PARTS * 1000)).abs() % PARTS == number


def turns_of_part(log: ir.Table, number: int, share: float) -> list[tuple[int, Turn]]:
    """Return the turns of a ``share`` of a part's people, in the order of time, with the hashes of their ids."""
    log = with_person(log)
    some = (log.person % (PARTS * 1000)).abs() // PARTS < round(1000 * share)
    chosen = log.filter(part(log.person, number) & some).drop("person")
    rows = chosen.mutate(key=_.turn.hash()).order_by(in_order(chosen)).to_pyarrow()
    return [(row.pop("key"), Turn.from_row(row)) for row in rows.to_pylist()]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a turn, as the log tells it: P(defect), and what was meant."""

    p_defect: float
    meant: str | None
    """The normal form that says what was meant: the turn's own where it went well; None where nobody knows."""
    meaning: str | None
    """What that form is understood as."""


def outcomes_of(linked: ir.Table, requests: Requests, keys: Sequence[int]) -> dict[int, Outcome]:
    """Return what became of some turns, by the hashes of their ids; nothing of turns that the layer rewrote.

    A request that failed was said again in vain where its target mostly fails too: nobody knows then what was meant.
    """
    own = linked.filter(~linked.rewritten)  # what a rewrite led to shows nothing of the words that were said
    rows = own.select("key", "state", "target", "p_defect", "p_rephrase").to_pyarrow()
    states, defects = rows["state"].to_numpy(), rows["p_defect"].to_numpy()
    served = np.bincount(states, 1 - defects) > SERVED_SHARE * np.bincount(states)
    some = rows.filter(pc.is_in(rows["key"], pa.array(keys, pa.int64())))
    return {row["key"]: _outcome(row, requests, served) for row in some.to_pylist()}


def _outcome(row: Mapping[str, Any], requests: Requests, served: npt.NDArray[np.bool_]) -> Outcome:
    good = row["p_defect"] <= 1 - SURE_OUTCOME
    again = row["p_defect"] >= SURE_OUTCOME and row["p_rephrase"] >= SURE_OUTCOME
    state = row["state"] if good else row["target"] if again else None
    if state is None or state >= len(served) or not (good or served[state]):
        return Outcome(row["p_defect"], None, None)
    return Outcome(row["p_defect"], requests.states[state], meaning_of(requests, state))


def examples_from_turns(
    turns: Iterable[tuple[int, Turn]],
    outcome: Mapping[int, Outcome],
    context: RetrievalContext,
    scorer: DefectScorer,
    scale: Scale,
    done: Callable[[], None] = lambda: None,
) -> list[Example]:
    """Go through turns in the order of time; return examples of those whose outcome is known.

    Args:
        turns: (hash of the id, turn) of some people.
        outcome: by the hash of the id.
        context: what *other* people say.
        scorer: of P(defect) of turns, as online.
        scale: of the recogniser's scores.
        done: is called at each turn.
    """
    people: dict[str, UserTracker] = {}
    draw = np.random.default_rng(1)
    found: list[Example] = []
    for key, turn in turns:
        person = people.setdefault(turn.user, UserTracker())
        person.judge_previous(scorer, turn)
        after = outcome.get(key)
        if after is not None and form_of(turn.text):
            found += _examples(turn, after, person.profile, context, scale, draw)
        person.observe(scorer, turn)
        done()
    return found


def _examples(
    turn: Turn,
    outcome: Outcome,
    profile: UserProfile,
    context: RetrievalContext,
    scale: Scale,
    draw: np.random.Generator,
) -> Iterator[Example]:
    """Yield the turn as an example, and as it could have been heard; of those that went well, a share."""
    fine = outcome.p_defect < 1 - SURE_OUTCOME
    if fine and draw.random() >= SHARE_KEPT:
        return
    understood = float(turn.interpretation is not None) if turn.status is not None else None
    profile = profile if draw.random() >= SHARE_NEW else UserProfile()
    each = ranking_input(turn, profile, context, scale, understood)
    yield Example(each, outcome.p_defect, _right(each, outcome), 1 / SHARE_KEPT if fine else 1.0)
    misheard = _misheard(turn, draw) if fine else None
    if misheard is not None:
        each = ranking_input(misheard, profile, context, scale)
        yield Example(each, 1.0, _right(each, outcome), SYNTHETIC_WEIGHT, synthetic=True)


def _misheard(turn: Turn, draw: np.random.Generator) -> Turn | None:
    """Return a turn as if a lower hypothesis had been the first; what stood above it was never thought of."""
    forms = [form_of(one.text) for one in turn.asr]
    others = [place for place, form in enumerate(forms) if form and form != forms[0]]
    if not others:
        return None
    place = others[int(draw.integers(len(others)))]
    below = [one for one, form in zip(turn.asr[place:], forms[place:], strict=True) if form != forms[0]]
    return turn.model_copy(update={"text": below[0].text, "asr": below})


def _right(each: RankingInput, outcome: Outcome) -> npt.NDArray[np.bool_] | None:
    if outcome.meant is None:
        return None
    same = [
        one.form == outcome.meant or (one.meaning is not None and one.meaning == outcome.meaning)
        for one in each.candidates
    ]
    return np.array(same, dtype=bool)

"""How the people and the assistant of one log put it, learned from the log without labels.

People say it again after a response that admits a failure, whatever its words. Who corrects an assistant says the last
request again behind a word or two ("no, …") that hardly ever begin a conversation. Who thanks says something short that
follows what went well. What does so much oftener than chance has it, among enough people and beside enough different
requests, joins the lists of the log's phrasebook.

The test is the exact binomial one at ``LEVEL``, shared out over all that is tested (Bonferroni), with a floor on the
effect: in a large log the slightest difference is significant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.expr import types as ir
from scipy.special import bdtr, bdtrc

from sayagain.defects.thresholds import FOLLOW_UP, REPHRASE
from sayagain.log.tables import MOST_WORDS
from sayagain.schema.turn import REPORTED
from sayagain.schema.wording import Wording
from sayagain.text.phrasebook import APART, ONE_BY_ONE, TOKEN, Phrasebook, opening, opening_pattern, phrasebook
from sayagain.text.replies import goes_on
from sayagain.text.similarity import alike

LEVEL = 0.01
"""Chance that anything is learned from a log in which openings tell nothing."""
LEAST = 8
"""Turns from which an opening is tested."""
DIFFERENT = 3
"""Different requests that an opening must stand beside: what is only ever said of one belongs to that one ("volume
changed", after which people ask for more)."""
ADMITTED_ODDS = 2.5
"""How many times the usual odds those of saying it again are, at the least, after a response that admits a failure."""
FEW_PEOPLE, LONE_ODDS = 3, 16.0
"""The same where fewer people than this are behind it: their own ways may be why (one person of SAIF who dictates goes
on alike after "it is …", at nine times the odds)."""
REACTION = 0.9
"""Share of its uses in which a reaction follows another request, at the least: "no" begins no conversation."""
DENIED = 0.5
"""Share of its uses in which a denial says the last request again, at the least."""
MOST_REACTING = 0.6
"""Share of requests that follow another one soon, at the most: in a telephone call nearly all do, and that "the
address" hardly ever comes first says nothing."""
THANKED_ODDS = 0.5
"""How many times the usual odds those of a failure are, at the most, before thanks."""
MOST_OPENING, MOST_GLYPHS = 3, 6
"""Words by which a reaction opens, at most; in scripts without spaces, letters."""


@dataclass(frozen=True)
class _Tally:
    """How often something was seen, and how often what is looked for was seen with it."""

    turns: int
    hits: int
    people: int = 0
    """Different people with whom it was."""
    requests: int = 0
    """Different requests beside which it was."""

    @property
    def share(self) -> float:
        """The share of hits; never none or all, which nothing could be compared with."""
        return (self.hits + 0.5) / (self.turns + 1)

    def without(self, *others: _Tally) -> _Tally:
        """Return what is left without some of the turns."""
        turns, hits = sum(each.turns for each in others), sum(each.hits for each in others)
        return replace(self, turns=self.turns - turns, hits=self.hits - hits)

    def odds(self, share: float) -> float:
        """Return how many times the odds of ``share`` those of a hit are."""
        return (self.hits + 0.5) / (self.turns - self.hits + 0.5) / (share / (1 - share))

    def behind(self, min_people: int) -> bool:
        """Return whether enough turns, people and requests are behind it."""
        return self.turns >= LEAST and self.people >= min_people and self.requests >= DIFFERENT


def learned(turns: ir.Table, states: Sequence[str], wording: Wording, min_people: int) -> Wording:
    """Return a wording with what a log shows besides; what its lists know is not learned.

    Args:
        turns: ``neighbours``, with ``next_alike`` and with what the lists know.
        states: the normal form of each request that it numbers.
        wording: the languages of the log.
        min_people: people who must stand behind a phrase.
    """
    organic = turns.filter(~turns.rewritten)
    follows = (organic.next_gap <= FOLLOW_UP).fill_null(False)
    like = follows & (organic.next_alike >= REPHRASE).fill_null(False)
    reacts = (organic.prev_gap <= FOLLOW_UP).fill_null(False)
    told = organic.mutate(follows=follows, reacts=reacts, like=like)
    at_a_loss = _at_a_loss(told, states, min_people)
    reactions = _reactions(told, states, phrasebook(wording))
    near = applied(told.filter(_.follows), states, Wording(at_a_loss=at_a_loss))
    return wording.model_copy(
        update={
            "at_a_loss": at_a_loss,
            "denials": _denials(near, states, reactions, min_people),
            "thanks": _thanks(near, states, reactions, min_people),
        }
    )


def applied(turns: ir.Table, states: Sequence[str], wording: Wording) -> ir.Table:
    """Put what was learned beside what the lists know, which comes first: ``at_a_loss``, ``act`` and ``next_act``."""
    if wording.at_a_loss:
        shown = turns.opens.re_search(opening_pattern(wording.at_a_loss)).fill_null(False)
        turns = turns.mutate(at_a_loss=turns.at_a_loss | shown)
    if wording.denials or wording.thanks:
        book = phrasebook(wording.model_copy(update={"languages": ()}))
        acts = {state: act for state, form in enumerate(states) if (act := book.act(form)) is not None}
        for side in ("", "next_"):
            known = {f"{side}state": pa.array([*acts], pa.int32()), "shown": pa.array([*acts.values()], pa.string())}
            joined = turns.left_join(ibis.memtable(pa.table(known)), f"{side}state").drop(f"{side}state_right")
            turns = joined.mutate(**{f"{side}act": ibis.coalesce(joined[f"{side}act"], _.shown)}).drop("shown")
    return turns


def _at_a_loss(told: ir.Table, states: Sequence[str], min_people: int) -> tuple[str, ...]:
    """Return the openings of responses after which people say it again oftener than after others.

    Asked of requests that follow no other: after what closes a conversation nobody says anything again.
    The longest are tested first, a shorter one on what it opens besides them: "das weiß ich nicht" is learned, and not
    "das".
    """
    unknown = told.filter(~told.reacts & told.opens.notnull() & ~(told.sorry | told.at_a_loss).fill_null(False))
    repeated = unknown.filter(unknown.like).select("state").distinct().to_pyarrow()["state"].to_pylist()
    failing = [state for state in repeated if not goes_on(states[state])]
    unknown = unknown.mutate(again=unknown.like & unknown.state.isin(failing))
    if not failing:
        return ()
    everything, tallies = _total(unknown, "again"), dict[str, _Tally]()
    for words in range(MOST_WORDS, 0, -1):
        begun = unknown.mutate(opens=_.opens.re_extract(opening(words), 1).re_replace(f"{APART}+", " "))
        found = _tallies(begun, "opens", "again")
        tallies |= {opens: tally for opens, tally in found.items() if len(_words(opens)) == words}
    kept: dict[str, _Tally] = {}
    for opens, tally in tallies.items():
        longer = [each for each in kept if _words(each)[: len(_words(opens))] == _words(opens)]
        rest = tally.without(*(kept[each] for each in longer))
        others = everything.without(tally).share
        least = ADMITTED_ODDS if rest.people >= FEW_PEOPLE else LONE_ODDS
        often = rest.behind(min_people) and rest.odds(others) >= least
        if often and bdtrc(rest.hits - 1, rest.turns, others) <= LEVEL / len(tallies):
            kept = {each: one for each, one in kept.items() if each not in longer} | {opens: tally}
    return tuple(sorted(kept))


def _reactions(told: ir.Table, states: Sequence[str], book: Phrasebook) -> list[str]:
    """Return the openings of requests that hardly ever begin a conversation, and that the lists do not know."""
    used = told.group_by("state").aggregate(turns=_.count(), reacts=_.reacts.sum()).to_pyarrow()
    share = _Tally(*(pc.sum(used[name]).as_py() or 0 for name in ("turns", "reacts"))).share
    if share > MOST_REACTING:
        return []
    uses = dict[str, list[int]]()
    for state, *counts in zip(*(used[name].to_pylist() for name in ("state", "turns", "reacts")), strict=True):
        for begun in _openings(states[state]):
            uses[begun] = [one + more for one, more in zip(uses.get(begun, (0, 0)), counts, strict=True)]
    tested = {begun: counts for begun, counts in uses.items() if counts[1] >= LEAST}
    return [
        begun
        for begun, (turns, reacts) in tested.items()
        if reacts >= REACTION * turns
        and bdtrc(reacts - 1, turns, share) <= LEVEL / len(tested)
        and book.act(begun) is None
    ]


def _denials(near: ir.Table, states: Sequence[str], reactions: Sequence[str], min_people: int) -> tuple[str, ...]:
    """Return the reactions behind which people say the last request again; of two the shorter."""
    if not reactions:
        return ()
    pairs = _pairs(near, states, reactions)
    if not pairs.num_rows:
        return ()
    share = _total(near, "like").share
    told = _tallies(near.join(ibis.memtable(pairs), ["state", "next_state"]), "begun", "denies")
    kept: list[str] = []
    for begun in sorted(told, key=len):
        tally = told[begun]
        sure = tally.behind(min_people) and tally.hits >= DENIED * tally.turns
        if sure and bdtrc(tally.hits - 1, tally.turns, share) <= LEVEL / len(told):
            kept += [] if any(each in kept for each in _openings(begun)) else [begun]
    return tuple(sorted(kept))


def _pairs(near: ir.Table, states: Sequence[str], reactions: Sequence[str]) -> pa.Table:
    """Return (state, next_state, begun, denies): whether a request that a reaction begins says the last one again."""
    wanted = frozenset(reactions)
    begun = {i: found for i, form in enumerate(states) if (found := wanted.intersection(_openings(form)) - {form})}
    after = ibis.memtable(pa.table({"next_state": pa.array([*begun], pa.int32())}))
    said = near.join(after, "next_state").select("state", "next_state").distinct().to_pyarrow().to_pylist()
    rows = [(row["state"], row["next_state"], each) for row in said for each in sorted(begun[row["next_state"]])]
    rests = [states[after].removeprefix(each).strip() for _, after, each in rows]
    source, target = np.array([before for before, _, _ in rows], int), len(states) + np.arange(len(rows))
    columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate((pa.int32(), pa.int32(), pa.string()))]
    denies = pa.array(alike([*states, *rests], source, target) >= REPHRASE)
    return pa.table([*columns, denies], ["state", "next_state", "begun", "denies"])


def _thanks(near: ir.Table, states: Sequence[str], reactions: Sequence[str], min_people: int) -> tuple[str, ...]:
    """Return the reactions that are whole requests, and before which there is hardly ever a failure."""
    failed = near.status.isin(list(REPORTED)).fill_null(False) | (near.sorry | near.at_a_loss).fill_null(False)
    judged = near.filter(near.status.notnull() | near.replied).mutate(failed=failed)
    wanted = frozenset(reactions)
    whole = [i for i, form in enumerate(states) if form in wanted]
    if not whole:
        return ()
    share = _total(judged, "failed").share
    before = _tallies(judged.filter(judged.next_state.isin(whole)), "next_state", "failed", of_hits=False)
    rarely = {
        states[i]: bdtr(tally.hits, tally.turns, share)
        for i, tally in before.items()
        if tally.behind(min_people) and tally.odds(share) <= THANKED_ODDS
    }
    return tuple(sorted(said for said, chance in rarely.items() if chance <= LEVEL / len(whole)))


def _total(turns: ir.Table, hit: str) -> _Tally:
    """Return the tally of all turns."""
    (found,) = turns.aggregate(turns=_.count(), hits=_[hit].sum()).to_pyarrow().to_pylist()
    return _Tally(found["turns"], found["hits"] or 0)


def _tallies(turns: ir.Table, by: str, hit: str, of_hits: bool = True) -> dict[Any, _Tally]:
    """Return the tally of each value of a column; people and requests are those of the hits, or of all turns."""
    where = turns[hit] if of_hits else None
    counts = {"people": turns.user.nunique(where=where), "requests": turns.state.nunique(where=where)}
    told = turns.group_by(by).aggregate(turns=turns.count(), hits=turns[hit].sum(), **counts)
    rows = told.filter(_.turns >= LEAST).order_by(by).to_pyarrow().to_pylist()
    return {row.pop(by): _Tally(**row) for row in rows}


_TOKEN, _GLYPH = re.compile(TOKEN), re.compile(ONE_BY_ONE)


def _words(text: str) -> list[str]:
    """Return the words of an opening; in scripts without spaces, the letters."""
    return _TOKEN.findall(text)


def _openings(form: str) -> Iterator[str]:
    """Yield what a normal form opens with, the shortest first."""
    most = MOST_GLYPHS if _GLYPH.match(form) else MOST_OPENING
    yield from (form[: word.end()] for word in islice(_TOKEN.finditer(form), most))

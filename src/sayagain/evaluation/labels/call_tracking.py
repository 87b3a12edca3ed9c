"""What a call shows when its slots are tracked: was what was heard offered, what was asked answered?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sayagain.evaluation.labels.call_counts import Act, Exchange, doubt

CONSTRAINTS = ("food", "area", "pricerange")
DETAILS = ("addr", "phone", "postcode")
ANY = "dontcare"
TAIL = 4
"""The last exchanges that are also counted alone: how a call ends says most."""


@dataclass
class _Track:
    """The state of a call, exchange by exchange."""

    venue: str | None = None
    venues: set[str] = field(default_factory=set)
    told: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """What the system said of each venue, by slot."""
    heard: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Probability of each value of each constraint, over all hypotheses and turns."""
    latest: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Details that the caller has just asked for."""
    unanswered: int = 0
    changed: int = 0
    repeated: int = 0
    after_offer: int = 0
    since_offer: int = 0
    refusals_on_end: int = 0
    refused: set[tuple[str, str]] = field(default_factory=set)

    def system(self, each: Exchange) -> None:
        """Take in what the system said."""
        offered = next((value for act, slots in each.acts if act == "offer" for _, value in slots), None)
        self.since_offer += 1
        if offered is not None:
            self.venue, self.since_offer, self.refusals_on_end = offered, 0, 0
            self.venues.add(offered)
        informed = {name: value for act, slots in each.acts if act == "inform" for name, value in slots}
        if self.venue is not None:
            self.told[self.venue].update(informed)
        self.unanswered += len(self.asked - informed.keys())
        refused = [slot for act, slots in each.acts if act.startswith("canthelp") for slot in slots]
        self.refusals_on_end += bool(refused)
        self.refused.update(refused)

    def caller(self, each: Exchange) -> None:
        """Take in what was understood of the caller; "any" answers what the system asked for."""
        wanted = [value for act, slots in each.acts if act == "request" for _, value in slots]
        for acts, probability in each.understood:
            for name, value in _constraints(acts, wanted):
                self.heard[name][value] += probability  # type: ignore[assignment]  # a Counter may hold fractions
        for name, value in _constraints(each.best, wanted):
            self.repeated += self.latest.get(name) == value
            self.changed += name in self.latest and self.latest[name] != value
            self.after_offer += self.venue is not None
            self.latest[name] = value
        self.asked = {value for act, slots in each.best if act == "request" for _, value in slots}


def _constraints(acts: Sequence[Act], wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    for act, slots in acts:
        if act in ("inform", "confirm"):
            for name, value in slots:
                for slot in wanted[:1] if name == "this" else [name]:
                    if slot in CONSTRAINTS:
                        yield slot, value


def tracked(exchanges: Sequence[Exchange]) -> dict[str, float]:
    """Return what the tracked call shows, by name."""
    track = _Track()
    for each in exchanges:
        track.system(each)
        track.caller(each)
    many, tail = len(exchanges), exchanges[-TAIL:]
    answers = [name for told in track.told.values() for name in told if name in DETAILS]
    doubts = [doubt(each) for each in exchanges]
    heard = [each.heard[0] for each in exchanges]
    return {
        "offered": float(track.venue is not None),
        "venues": len(track.venues),
        "since_offer": track.since_offer,
        "refusals_on_end": track.refusals_on_end,
        "refused": len(track.refused),
        "unanswered": track.unanswered,
        "answers": len(answers),
        "answers_of_last": sum(name in DETAILS for name in track.told.get(track.venue or "", ())),
        "changed": track.changed,
        "repeated": track.repeated,
        "after_offer": track.after_offer,
        "constraints": len(track.latest),
        **_offer_and_wish(track),
        **_going_round(exchanges),
        "doubt_mean": float(np.mean(doubts)),
        "doubt_on_end": float(np.mean(doubts[-TAIL:])),
        "heard_again": sum(bool(one) and one == other for one, other in pairwise(heard)),
        "words_not_understood": sum(len(each.heard[0].split()) for each in exchanges if not each.best),
        "share_not_understood": sum(not each.best for each in exchanges) / many,
        "pause": float(np.mean([each.answered_from - each.ended for each in exchanges])),
        "nlu_on_end": float(np.mean([each.confidence for each in tail])),
        "not_understood_on_end": float(np.mean([not each.best for each in tail])),
        "answers_on_end": sum(
            act == "inform" and any(name in DETAILS for name, _ in slots) for each in tail for act, slots in each.acts
        ),
        **{
            f"share_{act}": sum(act == name for each in exchanges for name, _ in each.acts) / many
            for act in ("inform", "offer", "request", "canthelp")
        },
    }


def _offer_and_wish(track: _Track) -> dict[str, float]:
    """Return how far the last venue, as the system told of it, is what was heard."""
    told = track.told.get(track.venue or "", {})
    unlike, like, surest, latest_unlike = 0.0, 0.0, list[float](), 0
    for name in CONSTRAINTS:
        total = float(sum(track.heard[name].values()))
        if not total:
            continue
        surest.append(max(track.heard[name].values()) / total)
        if name in told:
            fits = track.heard[name][told[name]] + track.heard[name][ANY]
            unlike, like = unlike + (total - fits) / total, like + fits
            latest_unlike += track.latest.get(name, ANY) not in (told[name], ANY)
    return {
        "offer_unlike_heard": unlike,
        "offer_like_heard": like,
        "offer_unlike_latest": latest_unlike,
        "surest_value": float(np.mean(surest)) if surest else 0.0,
        "values": sum(len(values) for values in track.heard.values()),
    }


def _going_round(exchanges: Sequence[Exchange]) -> dict[str, float]:
    """Return how often the system says the same thing: in all, at most in a row, and in the end."""
    row, longest = 0, 0
    for one, other in pairwise(exchanges):
        row = row + 1 if one.said == other.said else 0
        longest = max(longest, row)
    again = len(exchanges) - len({each.said for each in exchanges})
    return {"round_share": again / len(exchanges), "round_longest": longest, "round_on_end": row}

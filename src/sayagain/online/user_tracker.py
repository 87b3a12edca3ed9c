"""The user tracker: keeps one person's profile up to date, judging each turn when the next one is there.

Both compositions use it: ``online.layer`` as things happen, ``learning.training_examples`` as they happened in a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sayagain.choices.history import History
from sayagain.defects.scorer import DefectScorer
from sayagain.defects.thresholds import FOLLOW_UP
from sayagain.experiments.assignment import RETRY_WINDOW
from sayagain.guards.responses import admits_not_understood
from sayagain.online.acted import MOST_ACTED, Acted
from sayagain.online.complaints import (
    NEARLY_SAME,
    Complaint,
    answer,
    meant_after_all,
    said_in,
    told_by_itself,
    told_by_next,
    told_of_offer,
)
from sayagain.online.drawn import Outcome, outcome_of
from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.user_profile import UserProfile, around
from sayagain.schema.meaning import meaning_text
from sayagain.schema.turn import REPORTED, Turn
from sayagain.text.normalise import form_of
from sayagain.text.replies import asked, only_a_reply
from sayagain.text.similarity import likeness

REPHRASE_WINDOW = 120.0
"""Seconds after a failed request in which something else that goes well may have said it again."""

MOST_FAILURES = 20
"""Failures within ``REPHRASE_WINDOW`` that may be said again: nobody fails more often in two minutes."""

SAID_AGAIN_LIKENESS = 0.5
"""Likeness from which a later request surely enough says the failed one again."""

UNLIKE_WEIGHT, AT_A_LOSS_WEIGHT = 0.2, 0.5
"""Weight of a later request that is not like the failed one; more where the assistant had understood nothing at all."""

CORRECTED = 0.6
"""Likeness to what was first heard from which the next request corrects a rewrite that most likely failed."""

TAKEN_BACK = 0.95
"""P(defect) of a turn whose rewrite the person took back, at the least."""

ADMITTED = 0.9
"""P(defect), at the least, of a turn in which the assistant says that it understood nothing, or that the person
corrects ("no, …"). The signals of a log are read with the words of its own phrasebook, which in a small log in another
language than English knows none of these: without a status such a turn was taken to work as often as not, and what the
person said next for the next thing."""


QUESTION_MARKS = ("?", "？", "؟", ";")
"""With which a question ends, in the scripts of the languages whose denials are known; the last is Greek."""

Found = Complaint | Outcome
"""What judging a turn shows to others than the person."""


@dataclass
class UserTracker:
    """One person's state: profile, the turn not judged yet, failures not made good, and turns the layer acted on."""

    profile: UserProfile = field(default_factory=UserProfile)
    last: Turn | None = None
    failed: list[Turn] = field(default_factory=list)
    acted: list[Acted] = field(default_factory=list)
    """The last turns that the layer had a hand in, at most ``MOST_ACTED``: the person may still say how they were."""
    began: datetime | None = None
    """When the first of the last requests began of which each may be a retry of the one before."""
    latest: datetime | None = None
    """When the last of them did."""
    choices: History = field(default_factory=History)
    """What the person's choices among interpretations showed."""
    counted: tuple[str, ...] = ()
    """Unit and pair of the last drawn use that was counted: its retries are not."""

    def judge_previous(self, scorer: DefectScorer, after: Turn | None) -> list[Found]:
        """Judge the last turn in the light of the next request, ``after``, and remember how it went.

        Returns what the person took back thereby, or did not take back after all, and what came of a draw.
        """
        turn, self.last = self.last, None
        acted = self._own(-1) if self.acted else None
        found: list[Complaint] = []
        outcome = None
        if turn is not None:
            p_defect = _judged(scorer, turn, after)
            if acted is not None and acted.turn == turn.turn:
                found = self._hear(acted, turn, after, p_defect)
            meant = [each for each in found if each.kind != "lost"]
            p_defect = max(p_defect, TAKEN_BACK) if meant else p_defect
            self.choices.went(turn, p_defect)
            found += self._remember(scorer, turn, p_defect, after)
            self._make_good(acted)
            outcome = self._first(outcome_of(turn, p_defect))
        elif acted is not None and after is not None:
            found = self._hear(acted, None, after, 0.0)
        if after is not None:
            self._forget_failures(after.time)
            self._begin(after.time)
        return [*found, *([outcome] if outcome is not None else [])]

    def observe(self, scorer: DefectScorer, turn: Turn) -> list[Found]:
        """Take in what happened. The same turn again brings feedback: it is judged at once, and by that.

        Returns what the person took back thereby, and what came of a draw.
        """
        told = turn.feedback is not None and turn.feedback.helpful is not None
        if self.last is None or self.last.turn != turn.turn:
            known = next((place for place, each in enumerate(self.acted) if each.turn == turn.turn), None)
            if known is not None:  # it was remembered long ago: only what the person says of it is new
                return [*self._hear(self._own(known), turn, None, 0.0)]
            if told and self.last is not None and turn.time < self.last.time:
                return [*self._remember(scorer, turn, scorer.p_defect(turn, None), None)]
        found = self.judge_previous(scorer, turn) if self.last is None or self.last.turn != turn.turn else []
        self.last = turn
        self._act(turn)
        if told or (turn.layer is not None and turn.layer.accepted is not None):
            found += self.judge_previous(scorer, None)
        return found

    def copy(self) -> Self:
        """Return a tracker that may change while this one stays as it is, and the other way round."""
        profile, choices = self.profile.copy(), self.choices.copy()
        return replace(self, profile=profile, choices=choices, failed=list(self.failed), acted=list(self.acted))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with this."""
        waiting = {"last": self.last and _plain(self.last), "failed": [_plain(turn) for turn in self.failed]}
        times = {name: when and when.isoformat() for name, when in (("began", self.began), ("latest", self.latest))}
        acted = [each.to_json() for each in self.acted]
        return {
            "memory": self.profile.to_json(),
            **waiting,
            "acted": acted,
            **times,
            "counted": list(self.counted),
            "choices": self.choices.to_json(),
        }

    @classmethod
    def of_json(cls, plain: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` gave; earlier releases kept no ``acted``, or no draws."""
        failed = [Turn.model_validate(turn) for turn in plain["failed"]]
        profile = UserProfile.of_json(plain["memory"])
        profile.recent = [form_of(turn.text) for turn in failed]
        kept = cls(profile, plain["last"] and Turn.model_validate(plain["last"]), failed)
        kept.acted = [Acted.of_json(each) for each in plain.get("acted", [])]
        kept.began, kept.latest = (
            datetime.fromisoformat(plain[name]) if plain.get(name) else None for name in ("began", "latest")
        )
        kept.counted = tuple(plain.get("counted", ()))
        kept.choices = History.of_json(plain.get("choices", {}))
        if kept.last is not None and not kept.acted:
            kept._act(kept.last)
        return kept

    def _begin(self, time: datetime) -> None:
        """Take in when a request began: it belongs to those before it, or is the first of others."""
        again = self.latest is not None and abs((time - self.latest).total_seconds()) <= RETRY_WINDOW
        self.began = self.began if again else time
        self.latest = max(self.latest, time) if again and self.latest is not None else time

    def _first(self, outcome: Outcome | None) -> Outcome | None:
        """Return what came of a draw, but for a retry: of a unit, a pair's first use counts."""
        if outcome is None:
            return None
        which = (outcome.unit, outcome.source, outcome.target)
        if which == self.counted:
            return None
        self.counted = which
        return outcome

    def _own(self, place: int) -> Acted:
        """Return one of the turns that the layer acted on, to be changed: no copy of this shares it."""
        self.acted[place] = replace(self.acted[place])
        return self.acted[place]

    def _act(self, turn: Turn) -> None:
        """Keep what the layer did to a turn; the same turn again takes the place of what was kept of it."""
        acted = Acted.of(turn)
        if acted is not None:
            others = [each for each in self.acted if each.turn != turn.turn]
            self.acted = [*others, acted][-MOST_ACTED:]

    def _hear(self, acted: Acted, turn: Turn | None, after: Turn | None, p_defect: float) -> list[Complaint]:
        """Take in what the person says of what the layer did, by the turn itself (``turn``) or by the next one."""
        if acted.over:
            outright = turn is not None and acted.rewritten and told_by_itself(turn) not in (None, "lost")
            acted.repeated = acted.repeated and not outright
            return []
        awaited = after if after is not None and acted.awaits(after) else None
        if not acted.rewritten:
            self._answered(acted, turn, awaited)
            return []
        kind = None if turn is None else told_by_itself(turn)
        if kind in (None, "lost") and awaited is not None:
            least = CORRECTED if p_defect >= 0.5 else NEARLY_SAME
            kind = told_by_next(acted, awaited, self.profile, least) or kind
        if kind is None or not acted.heard:
            return []
        said = said_in(awaited, acted.key) if kind == "repeat" and awaited is not None else []
        for each in dict.fromkeys([*acted.heard, *said]):
            if each != acted.target:
                self.profile.block(each, acted.target, acted.meaning)
        acted.over, acted.repeated = kind != "lost", kind == "repeat"
        return [Complaint(acted.heard[0], form_of(acted.text), acted.meaning, kind)]

    def _answered(self, acted: Acted, turn: Turn | None, after: Turn | None) -> None:
        """Take in what the person answered when asked whether something was meant."""
        agreed = None if turn is None else told_of_offer(turn)
        if agreed is None and after is not None:
            agreed = answer(acted, after, self.profile)
        if agreed is None or not acted.heard:
            return
        acted.over = True
        for form in acted.heard:
            if agreed:
                self.profile.agree(form, acted.target, acted.text)
            else:
                self.profile.block(form, acted.target)

    def _make_good(self, acted: Acted | None) -> None:
        """Let nothing be said in the place of a failed request any more whose person said yes to what was offered."""
        if acted is not None and any(acted.target in self.profile.offers.get(form, ()) for form in acted.heard):
            self.failed = [each for each in self.failed if each.turn != acted.turn or not acted.over]
            self.profile.recent = [form_of(each.text) for each in self.failed]

    def _remember(self, scorer: DefectScorer, turn: Turn, p_defect: float, after: Turn | None) -> list[Complaint]:
        """Remember how a turn went; return the complaints that it shows to have been none."""
        form = form_of(turn.text)
        if not form or only_a_reply(form):
            return []
        self._forget_failures(turn.time)
        offered = turn.layer is not None and turn.layer.offer is not None
        if offered and p_defect < 0.5 and told_of_offer(turn):
            return []  # the yes is to what was offered, and tells nothing of what was heard
        meaning = meaning_text(turn.interpretation)
        rewritten = turn.layer is not None and turn.layer.rewrite is not None
        if p_defect < 0.5 and meaning is not None:
            self.profile.wanted(meaning, p_defect, turn.time, around(turn), None if rewritten else form)
        if not rewritten:  # what the layer made of a request is no evidence of its own
            lost = self._lost(turn)
            self.profile.went(form, Phrase(turn.text, meaning, lost=lost), p_defect, _said_again(turn, form, after))
            if lost or scorer.refused(turn):
                self.profile.phrases[form].spelled(turn.text, served=False)
            elif p_defect < 0.5 and turn.status != "cancelled":
                self.profile.phrases[form].spelled(turn.text, served=True)
        if p_defect >= 0.5:
            self.failed = [*self.failed, turn][-MOST_FAILURES:]
            self.profile.recent = [*self.profile.recent, form][-MOST_FAILURES:]
            return []
        said = form_of(turn.layer.rewrite or "") if turn.layer is not None and rewritten else self._asked(turn)
        for each in self.failed:
            before = form_of(each.text)
            if before and before != said and not (rewritten and before == form):
                weight = (1 - p_defect) * _again(each, before, said)
                self.profile.said_again(before, said, weight, turn.time.date())
                self.choices.said_again(each, turn, weight)
        if self.failed and said != form and not rewritten and _corrects(turn, self.failed[-1]):
            wrong = self.failed[-1]
            self.profile.correct(form_of(wrong.text), said, wrong.device, turn.time.date())
        self.failed, self.profile.recent = [], []
        return [] if rewritten else self._lift(turn, meaning)

    def _asked(self, turn: Turn) -> str:
        """Return what a request asks for; of a correction, what the person says by itself, too."""
        plain = form_of(asked(turn.text))
        return plain if self.profile.works(plain) else form_of(turn.text)

    def _lift(self, turn: Turn, meaning: str | None) -> list[Complaint]:
        """Let rewrites be made again that a request which worked shows to have been right."""
        shown = [place for place, each in enumerate(self.acted) if meant_after_all(each, turn, meaning)]
        right = [self._own(place) for place in shown]
        for each in right:
            each.over = each.repeated = False  # the person may still say outright that it was wrong
            for heard in each.heard:
                self.profile.unblock(heard, each.target, each.meaning)
        return [Complaint(each.heard[0], form_of(each.text), each.meaning, "repeat", lifted=True) for each in right]

    def _lost(self, turn: Turn) -> int:
        """Return 1 where the assistant understood nothing: it says so, or found no meaning where it finds meanings."""
        meant_nothing = turn.interpretation is None and bool(self.profile.habits) and turn.outcome is not None
        return int(meant_nothing or admits_not_understood(turn.response))

    def _forget_failures(self, now: datetime) -> None:
        """Forget the failures that are too old to be said again, and those that a wrong clock dates ahead."""
        self.failed = [each for each in self.failed if abs((now - each.time).total_seconds()) <= REPHRASE_WINDOW]
        self.profile.recent = [form_of(each.text) for each in self.failed]


def _judged(scorer: DefectScorer, turn: Turn, after: Turn | None) -> float:
    """Return P(defect) of a turn; what the person says of it outweighs what the assistant does."""
    p_defect = scorer.p_defect(turn, after)
    told = turn.feedback is not None and turn.feedback.helpful is not None
    failed = admits_not_understood(turn.response) or (after is not None and _corrects(after, turn))
    return max(p_defect, ADMITTED) if failed and not told else p_defect


def _corrects(turn: Turn, before: Turn) -> bool:
    """Return whether a request denies what was just done, and says the one before it again: "no, the bedside lamp".

    A denial that answers a question of the assistant may deny that alone.
    """
    asks = (before.response or "").rstrip().endswith(QUESTION_MARKS)
    if asks or not 0 <= (turn.time - before.time).total_seconds() <= FOLLOW_UP:
        return False
    meant = asked(turn.text)
    return meant is not turn.text and likeness(form_of(before.text), form_of(meant)) >= SAID_AGAIN_LIKENESS


def _plain(turn: Turn) -> dict[str, Any]:
    return turn.model_dump(mode="json", exclude_defaults=True)


def _again(failed: Turn, before: str, said: str) -> float:
    if likeness(before, said) >= SAID_AGAIN_LIKENESS:
        return 1.0
    return AT_A_LOSS_WEIGHT if failed.interpretation is None else UNLIKE_WEIGHT


def _said_again(turn: Turn, form: str, after: Turn | None) -> bool:
    """Return whether a request that the assistant believes to have served was said again soon."""
    if after is None or turn.status in REPORTED or turn.status == "cancelled":
        return False
    return 0 <= (after.time - turn.time).total_seconds() <= REPHRASE_WINDOW and form_of(after.text) == form

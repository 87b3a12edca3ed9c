"""The online composition: what an assistant asks before it understands a request, and tells afterwards.

``rewrite``: the person's profile and the bundle's indices give candidates, a policy decides (``retrieval``).
``observe``: the turn is judged when the next one is there, and remembered (``user_tracker``). Everything of a bundle is
one immutable snapshot, so that a reload swaps it between two requests. Without a bundle only the profile is at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sayagain.bundle.version import may_come
from sayagain.choices.exploration import NEVER, Exploration
from sayagain.experiments.assignment import unit_of_request
from sayagain.guards.owner import OwnerPolicy
from sayagain.guards.side import Matcher
from sayagain.online.action import action_of
from sayagain.online.asking import Asking
from sayagain.online.choosing import as_taught, chosen
from sayagain.online.drawn import Outcome, drawn
from sayagain.online.erasure.memory import Remembered
from sayagain.online.explain import explained, in_shadow, switched_off
from sayagain.online.lessons import Lessons, moment_of
from sayagain.online.pairs import nothing
from sayagain.online.people import People
from sayagain.online.precomputed import Found, look_up
from sayagain.online.served import Served
from sayagain.online.snapshot import Snapshot
from sayagain.online.steps import Asked, decide
from sayagain.online.teaching import Teaching
from sayagain.online.user_tracker import Found as Told
from sayagain.retrieval.catalogue import Entry
from sayagain.retrieval.catalogue_file import read_catalogue
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import Choice, Interpretation, LayerAction, Turn
from sayagain.schema.admission import admit, valid
from sayagain.schema.explanation import Explanation
from sayagain.schema.rewrite import Status
from sayagain.state import Database, beside
from sayagain.state.lifecycle import BY_POLICY
from sayagain.state.profiles import Store
from sayagain.text.normalise import form_of

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey

HARMS = "requests that were rewritten ended worse than those that a draw left alone"
"""Why the guard switches the layer off."""


class Layer(Served, Teaching):
    """The layer an assistant talks to. May be used from several threads; one person's turns wait for each other."""

    def __init__(
        self,
        bundle: Path | None,
        state: Database | str,
        matcher: Matcher | None = None,
        policy: OwnerPolicy | None = None,
        *,
        catalogue: Sequence[Entry] = (),
        personal: bool = True,
        staged: bool = True,
        read_only: bool = False,
        tried: bool = False,
        signed_by: PublicKey | None = None,
        exploration: Exploration = NEVER,
    ) -> None:
        """See :meth:`open`; ``personal`` false remembers nobody, and draws nothing (for evaluation)."""
        database = Database.open(state)
        self._people = People.of(database, self) if personal and not read_only else People(Store(database))
        super().__init__(bundle, database, policy, catalogue, tried=tried, signed_by=signed_by)
        self._matcher, self._personal = matcher, personal
        self._staged = staged and personal
        self._exploration = exploration
        self._lessons = Lessons(database)
        self._asking = Asking(database, self._lessons)

    @classmethod
    def open(
        cls,
        bundle: Path | None,
        state: Database | str | None = None,
        matcher: Matcher | None = None,
        policy: OwnerPolicy | None = None,
        *,
        catalogue: Path | Sequence[Entry] = (),
        staged: bool = True,
        read_only: bool = False,
        tried: bool = False,
        signed_by: PublicKey | None = None,
        exploration: Exploration = NEVER,
    ) -> Self:
        """Open a layer; :meth:`close` it, so that another process may open it.

        Layers of one process on one state database share what they remember of people.

        Args:
            bundle: what ``sayagain learn`` published; None, or a place where nothing was published yet, for a layer
                that only knows what each person does.
            state: the state database, open or its URL; by default a SQLite file beside the bundle, or nothing that
                lasts where there is no bundle.
            matcher: tells of texts whether the assistant understands them, if it can be asked.
            policy: what the owner forbids, and what a mistake costs (``OwnerPolicy.read``); by default what the bundle
                was learned with.
            catalogue: the names that the assistant knows, or a file of them (``retrieval.catalogue_file``); besides
                those that a bundle learned.
            staged: of rewrites that rest on what everyone does, a share is withheld by a draw, so that each goes on
                proving itself (docs/experiments.md); never in a household. Without, all are made that are in use, and
                what people complained of is asked about.
            read_only: the layer is asked and explains, also while another process has it open, but observes nothing.
            tried: each version of the bundle is loaded in a process of its own before it is loaded here, as a service
                does it: one that was made to crash whoever reads it ends that one. Takes two seconds a version.
            signed_by: the key (``PublicKey.read``) with which each version of the bundle must be signed.
            exploration: whether and when :meth:`choose` may try something; never, by default.

        Raises:
            BundleError: the bundle is damaged, of a release that this one does not know, not signed with that key, or
                something else.
            CatalogueError: the file cannot be read, or a line of it is no entry.
            StateError: the state database cannot be used, or another process writes to it.
        """
        if bundle is not None:
            may_come(bundle)
        state = state or (beside(bundle) if bundle else "sqlite://")
        names = read_catalogue(catalogue) if isinstance(catalogue, Path) else catalogue
        return cls(
            bundle,
            state,
            matcher,
            policy,
            catalogue=names,
            staged=staged,
            read_only=read_only,
            tried=tried,
            signed_by=signed_by,
            exploration=exploration,
        ).opened()

    def opened(self) -> Self:
        """Load what is served; return the layer."""
        try:
            self._load()
        except BaseException:
            self._people.leave(self)
            raise
        return self

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what to work on in place of a request, or what to ask; None leaves it alone, as all are when off.

        What the request says of the person's last turn is heard first: a rewrite that it takes back is not made again,
        of this very request neither. That lasts, and counts for everyone, once the turn of the request is observed;
        until then it holds for this person, in memory, and asking alone changes nothing that is kept.

        Raises:
            TurnError: a field of the request holds something else than it is for.
            StateError: the person's profile cannot be read.
        """
        request = valid(request)
        if not self.look().on:
            return None
        snapshot = self._snapshot
        if not self._personal:
            return action_of(decide(self._asked(snapshot, request, UserProfile()))[1], request)
        with self._people.hold(request.user) as person:
            profile = person.asks(snapshot.scorer, request)
            return self._answered(snapshot, request, profile, person.began or request.time)

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Return which of the interpretations of a request to act on, or to ask about; None acts on the first.

        In an arm of an experiment that leaves requests alone it is None always.

        What the assistant would do by itself stands first, as an empty interpretation where that is nothing. What is
        tried (``explored``) has the probability with which it was. What these words turned out to mean before joins the
        candidates; where it is chosen, ``place`` is None. Tell what was offered and chosen with the turn
        (``Turn.candidates``, ``Turn.choice``).

        Raises:
            TurnError: a field of the request holds something else than it is for.
            StateError: the person's profile cannot be read.
        """
        request = valid(request)
        if not self.look().on:
            return None
        snapshot = self._snapshot
        with self._people.hold(request.user) as person:
            person.asks(snapshot.scorer, request)
            began = person.began or request.time
            serves, _ = self._arms.draw(snapshot, request.user, began)
            if serves is None:
                return None
            rules = serves.context.rules
            preferred = self._lessons.in_force(request.user, moment_of(request), household=serves.household)
            return as_taught(candidates, request, preferred, rules) or chosen(
                serves.chooser, candidates, request, person.choices, self._exploration, rules, began
            )

    def _answered(self, snapshot: Snapshot, request: Turn, profile: UserProfile, began: datetime) -> LayerAction | None:
        """Return what the arm of a request does, with the arm; where it is in none, what ``snapshot`` does."""
        serves, assigned = self._arms.draw(snapshot, request.user, began)
        action = None if serves is None else self._drawn(serves, request, profile, began)
        return action if assigned is None else (action or LayerAction()).model_copy(update={"assigned": assigned})

    def _drawn(self, snapshot: Snapshot, request: Turn, profile: UserProfile, began: datetime) -> LayerAction | None:
        """Return what a snapshot decides, made or withheld where that is drawn."""
        decision = decide(self._asked(snapshot, request, profile))[1]
        action, stage = action_of(decision, request), self._stage(snapshot, request, decision)
        if action is None or stage is None:
            return action
        return drawn(action, stage, unit_of_request(request.user, began))

    def _stage(self, snapshot: Snapshot, request: Turn, decision: Decision) -> Status | None:
        """Return the stage that a rewrite is drawn by; None where nothing is drawn.

        It is where a rewrite rests on everyone, and people here do not live together.
        """
        candidate = decision.candidate
        if candidate is None or decision.do != "rewrite" or "personal" in candidate.found:
            return None
        if not self._staged or snapshot.household:
            return None
        return self._standings.stage(form_of(request.text), candidate.form)

    def explain(self, request: Turn) -> Explanation:
        """Return what :meth:`rewrite` would do with a request, and why; nothing is remembered of the question.

        What a bundle in shadow would have done stands beside it, and what all would when it is off. What the request
        itself takes back, or shows to have been right, counts here for the person only.

        Raises:
            TurnError: a field of the request holds something else than it is for.
            BundleError: the bundle cannot be read any more.
            StateError: the state database cannot be read.
        """
        request = valid(request)
        off, explanation = self.look().told, self._when_on(request)
        return explanation if off is None else switched_off(explanation, request, off)

    def _when_on(self, request: Turn) -> Explanation:
        snapshot = self._snapshot
        profile = UserProfile()
        if self._personal:
            with self._people.hold(request.user) as person:
                profile = person.would_ask(snapshot.scorer, request)
        found = None
        if self._bundle is not None and snapshot.version is not None:
            found = look_up(request.text, self._open(self._bundle, snapshot.version), self._lifecycle)
        if (shadow := snapshot.shadow) is None:
            return self._explained(snapshot, request, profile, found)
        would = self._explained(shadow.snapshot, request, profile, found)
        return in_shadow(self._explained(snapshot, request, profile, None), would, shadow.reason)

    def _explained(self, snapshot: Snapshot, request: Turn, profile: UserProfile, found: Found | None) -> Explanation:
        asked = self._asked(snapshot, request, profile)
        step, decision = decide(asked)
        stage = self._stage(snapshot, request, decision)
        made = explained(asked, step, decision, action_of(decision, request), found, stage)
        return made.model_copy(update={"experiment": self._arms.running})

    def _asked(self, snapshot: Snapshot, request: Turn, profile: UserProfile) -> Asked:
        context = replace(snapshot.context, matcher=self._matcher, stopped=self._standings.stopped)
        drawn_instead = self._staged and not snapshot.household
        contested = nothing if drawn_instead else self._standings.contested
        lessons = self._lessons.reaching(request, household=snapshot.household) if self._personal else ()
        return Asked(request, profile, context, snapshot.ranker, contested, snapshot.policy, lessons)

    def _count(self, user: str, found: Sequence[Told]) -> None:
        """Let complaints, and what came of draws, count for everyone."""
        for each in found:
            if isinstance(each, Outcome):
                self._standings.came(each)
            elif each.lifted:
                self._standings.lift(user, each)
            elif each.kind != "lost":
                self._standings.complain(user, each)

    def observe(self, turn: Turn) -> None:
        """Take in what happened; the same turn again, with feedback, once somebody gave it.

        Profiles are written after ``people.FLUSH_EVERY`` turns a person, or by :meth:`flush`.

        Raises:
            TurnError: the turn holds something that cannot be kept; nothing was taken in.
            StateError: the person's profile cannot be read or written.
        """
        if not self._personal:
            return
        turn = admit(turn)
        with self._people.hold(turn.user, change=True) as person:
            self._count(turn.user, person.observe(self._snapshot.scorer, turn))
        if self._standings.harms:
            self.switch_off(HARMS, BY_POLICY)
            self._standings.begin_anew()  # for when a person switches it on
        if self._people.due:
            self.flush()

    def flush(self) -> None:
        """Write what was observed since it was last written.

        Raises:
            UnkeptError: some people's cannot be written though the database works; it is let go of.
            StateError: it cannot be written now; it is kept, to be written later.
        """
        try:
            self._people.flush()
        finally:
            self._standings.flush()

    def close(self) -> None:
        """Write what was observed, and let another process write to the state database; nothing is observed any more.

        Raises:
            StateError: it cannot be written; the layer is closed all the same.
        """
        self._watch.wait()
        try:
            self._people.leave(self)
        finally:
            self._standings.flush()  # after the last that could complain

    def forget(self, user: str) -> Remembered:
        """Erase what is remembered of a person, however their name is spelled; return what there was.

        Raises:
            StateError: the state database cannot be used.
        """
        return Remembered(
            self._people.forget(user), self._standings.forget(user), self._lessons.erase(user), self._asking.erase(user)
        )

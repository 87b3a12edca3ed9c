"""The online composition: what an assistant asks before it understands a request, and tells afterwards.

``rewrite``: the person's profile and the bundle's indices give candidates, the ranker decides (``retrieval``).
``observe``: the turn is judged when the next one is there, and remembered (``user_tracker``). Everything of a bundle is
one immutable snapshot, so that a reload swaps it between two requests. Without a bundle only the profile is at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import ONLINE, PLACES_FILE, VECTORS_FILE, WORDS_FOLDER
from sayagain.defects.scorer import DefectScorer
from sayagain.guards.evidence import Evidence
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.rules import Rules
from sayagain.guards.side import Matcher, Side
from sayagain.online import words
from sayagain.online.complaints import Complaint
from sayagain.online.explain import explained, in_shadow
from sayagain.online.people import People
from sayagain.online.precomputed import Found, look_up
from sayagain.online.standing import HOUSEHOLD_LIMIT, Standings
from sayagain.online.steps import Asked, decide
from sayagain.retrieval.candidates import meaning_of_form
from sayagain.retrieval.context import RetrievalContext, nobody, rules_of
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.index import VectorIndex, WordIndex
from sayagain.retrieval.rank import HOUSEHOLD_RANKER, Decision, Ranker, learned, shipped
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import LayerAction, Turn
from sayagain.schema.explanation import Explanation
from sayagain.schema.meaning import intent_of
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state import Database, beside
from sayagain.state.lifecycle import BY_PERSON, Lifecycle
from sayagain.state.profiles import Store
from sayagain.text.encoder import shipped as encoder

WARMING = Turn(time=datetime(2000, 1, 1, tzinfo=UTC), text="what did you say")
"""A request that nobody makes."""

USED = (Status.LIVE, Status.CONTESTED)
"""Standings of rewrites that are used."""


@dataclass(frozen=True)
class Snapshot:
    """All that a bundle brings, ready to be asked."""

    version: str | None
    context: RetrievalContext
    ranker: Ranker
    scorer: DefectScorer
    household: bool = True
    """Whether all people here live together: there is no bundle, or fewer than ``HOUSEHOLD_LIMIT`` people make one."""
    shadow: Shadow | None = None
    """The bundle, where it is served in shadow; all else is then as without it."""

    @classmethod
    def nothing(cls, owner: OwnerPolicy = NO_POLICY) -> Self:
        """Return what is known on the first day."""
        return cls(None, nobody(owner), shipped(HOUSEHOLD_RANKER), DefectScorer.of())

    @classmethod
    def of(cls, bundle: Bundle, lifecycle: Lifecycle, owner: OwnerPolicy | None = None) -> Self:
        """Load a verified bundle; of its rewrites those that are live, or contested, which are only offered.

        A bundle of an earlier format is served in shadow. Of one without an online part the precomputed rewrites are
        used, with the shipped ranker. Without a policy of the ``owner``, that holds which the bundle was learned with.
        """
        learned_with = OwnerPolicy.of_settings(bundle.manifest.settings)
        owner = owner or learned_with
        live = partial(_live, bundle, lifecycle, rated_anew=owner.stakes != learned_with.stakes)
        household = bundle.manifest.settings.min_people < HOUSEHOLD_LIMIT
        scorer = DefectScorer.of(bundle.signals())
        folder = bundle.path / ONLINE
        if folder.is_dir():
            global_index = GlobalIndex.read(folder)
            places = Places.read(folder) if (folder / PLACES_FILE).is_file() else None
            rules = rules_of(global_index, owner, bundle.manifest.settings.min_people, places)
            context = RetrievalContext(
                global_index,
                WordIndex.read(folder / WORDS_FOLDER),
                VectorIndex.read(folder / VECTORS_FILE, encoder()),
                live(rules, global_index),
                rules=rules,
            )
            snapshot = cls(bundle.path.name, context, learned(folder), scorer, household)
            snapshot.ranker.decide(WARMING, UserProfile(), context)  # what is made at the first request is made now
        else:
            nothing = cls.nothing(owner)
            context = replace(nothing.context, precomputed=live(nothing.context.rules, nothing.context.global_index))
            snapshot = replace(nothing, version=bundle.path.name, context=context, household=household)
        return snapshot if bundle.outdated is None else snapshot.in_shadow(bundle.outdated)

    def in_shadow(self, reason: str) -> Self:
        """Return what decides as if there were no bundle, with this one in shadow."""
        without = self.nothing(self.context.rules.owner)
        return replace(without, version=self.version, household=self.household, shadow=Shadow(self, reason))


@dataclass(frozen=True)
class Shadow:
    """A bundle in shadow: what it decides can be shown, and is not done."""

    snapshot: Snapshot
    reason: str


def _live(
    bundle: Bundle, lifecycle: Lifecycle, rules: Rules, global_index: GlobalIndex, *, rated_anew: bool
) -> dict[str, tuple[str, str, str]]:
    """Return the rewrites of a bundle that are in use: form → (id, text, form).

    What the rules refuse today, whatever they did when it was learned, is made only where a person decided so. The same
    holds for what costs more than it did then (``rated_anew``).
    """
    standings = lifecycle.standings()

    def seen(form: str) -> Side:
        return Side(form, intent_of(meaning_of_form(form, UserProfile(), global_index)))

    def allowed(each: Rewrite) -> bool:
        standing = standings.get(each.id)
        if standing is None or standing.status not in USED:
            return False
        if standing.decided_by == BY_PERSON:
            return True
        sides, evidence = (seen(each.source), seen(each.target_state)), Evidence(each.people, each.days, each.visits)
        return not (rules.forbids(*sides) or (rated_anew and rules.too_costly(*sides, evidence)))

    return {each.source: (each.id, each.target, each.target_state) for each in bundle.rewrites if allowed(each)}


class Layer:
    """The layer an assistant talks to. May be used from several threads; one person's turns wait for each other."""

    def __init__(
        self,
        bundle: Path | None,
        state: Database | str,
        matcher: Matcher | None = None,
        policy: OwnerPolicy | None = None,
        *,
        personal: bool = True,
        read_only: bool = False,
    ) -> None:
        """See :meth:`open`; ``personal`` false remembers nobody (for evaluation)."""
        self._bundle, self._matcher, self._policy, self._personal = bundle, matcher, policy, personal
        database = Database.open(state)
        self._lifecycle = Lifecycle(database)
        self._snapshot: Snapshot
        self._standings = Standings(self._lifecycle)
        changed = personal and not read_only
        self._people = People.of(database, self) if changed else People(Store(database))

    @classmethod
    def open(
        cls,
        bundle: Path | None,
        state: Database | str | None = None,
        matcher: Matcher | None = None,
        policy: OwnerPolicy | None = None,
        *,
        read_only: bool = False,
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
            read_only: the layer is asked and explains, also while another process has it open, but observes nothing.

        Raises:
            BundleError: the bundle is damaged, or of a release that this one does not know.
            StateError: the state database cannot be used, or another process writes to it.
        """
        state = state or (beside(bundle) if bundle else "sqlite://")
        return cls(bundle, state, matcher, policy, read_only=read_only).opened()

    def opened(self) -> Self:
        """Load the bundle, or what is known without one where none was published; return the layer."""
        try:
            if self._bundle is not None and Bundle.published(self._bundle):
                self.reload()
            else:
                self._use(Snapshot.nothing(self._policy or NO_POLICY))
        except BaseException:
            self._people.leave(self)
            raise
        return self

    @property
    def version(self) -> str | None:
        """Return the version of the bundle in use; None without one."""
        return self._snapshot.version

    @property
    def held(self) -> str | None:
        """Return why nothing of the bundle is done: it is served in shadow; None where it is done, or there is none."""
        shadow = self._snapshot.shadow
        return None if shadow is None else shadow.reason

    def reload(self) -> str | None:
        """Load the version of the bundle that is in use now, and the standing of its rewrites; return its name.

        Requests that are being answered are answered with what there was before.

        Raises:
            BundleError: the bundle cannot be used; the one before goes on.
            StateError: the state database cannot be used; the bundle before goes on.
        """
        if self._bundle is None:
            return None
        self._use(Snapshot.of(Bundle.open(self._bundle), self._lifecycle, self._policy))
        return self.version

    def _use(self, snapshot: Snapshot) -> None:
        self._standings.load(household=snapshot.household, stakes=snapshot.context.rules.stakes)
        self._snapshot = snapshot

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what to work on in place of a request, or what to ask; None leaves it alone.

        What the request says of the person's last turn is heard first: a rewrite that it takes back is not made again,
        of this very request neither. That lasts, and counts for everyone, once the turn of the request is observed;
        until then it holds for this person, in memory, and asking alone changes nothing that is kept.

        Raises:
            StateError: the person's profile cannot be read.
        """
        snapshot = self._snapshot
        if not self._personal:
            return _action(decide(self._asked(snapshot, request, UserProfile()))[1], request)
        with self._people.hold(request.user) as person:
            profile = person.asks(snapshot.scorer, request)
            return _action(decide(self._asked(snapshot, request, profile))[1], request)

    def explain(self, request: Turn) -> Explanation:
        """Return what :meth:`rewrite` would do with a request, and why; nothing is remembered of the question.

        What a bundle in shadow would have done stands beside it. What the request itself takes back, or shows to have
        been right, counts here for the person only.

        Raises:
            BundleError: the bundle cannot be read any more.
            StateError: the state database cannot be read.
        """
        snapshot = self._snapshot
        profile = UserProfile()
        if self._personal:
            with self._people.hold(request.user) as person:
                profile = person.would_ask(snapshot.scorer, request)
        found = None
        if self._bundle is not None and snapshot.version is not None:
            found = look_up(request.text, Bundle.open(self._bundle, snapshot.version), self._lifecycle)
        if (shadow := snapshot.shadow) is None:
            return self._explained(snapshot, request, profile, found)
        would = self._explained(shadow.snapshot, request, profile, found)
        return in_shadow(self._explained(snapshot, request, profile, None), would, shadow.reason)

    def _explained(self, snapshot: Snapshot, request: Turn, profile: UserProfile, found: Found | None) -> Explanation:
        asked = self._asked(snapshot, request, profile)
        step, decision = decide(asked)
        return explained(asked, step, decision, _action(decision, request), found)

    def _asked(self, snapshot: Snapshot, request: Turn, profile: UserProfile) -> Asked:
        context = replace(snapshot.context, matcher=self._matcher, stopped=self._standings.stopped)
        return Asked(request, profile, context, snapshot.ranker, self._standings.contested)

    def _count(self, user: str, complaints: Sequence[Complaint]) -> None:
        """Let complaints count for everyone."""
        for each in complaints:
            if each.lifted:
                self._standings.lift(user, each)
            elif each.kind != "lost":
                self._standings.complain(user, each)

    def observe(self, turn: Turn) -> None:
        """Take in what happened; the same turn again, with feedback, once somebody gave it.

        Profiles are written after ``people.FLUSH_EVERY`` turns a person, or by :meth:`flush`.

        Raises:
            StateError: the person's profile cannot be read or written.
        """
        if not self._personal:
            return
        with self._people.hold(turn.user, change=True) as person:
            self._count(turn.user, person.observe(self._snapshot.scorer, turn))
        if self._people.due:
            self.flush()

    def flush(self) -> None:
        """Write what was observed since it was last written.

        Raises:
            StateError: it cannot be written now; it is kept, to be written later.
        """
        self._people.flush()
        self._standings.flush()

    def close(self) -> None:
        """Write what was observed, and let another process write to the state database; nothing is observed any more.

        Raises:
            StateError: it cannot be written; the layer is closed all the same.
        """
        try:
            self._standings.flush()
        finally:
            self._people.leave(self)

    def forget(self, user: str) -> None:
        """Erase what is remembered of a person.

        Raises:
            StateError: the state database cannot be used.
        """
        self._people.forget(user)
        self._standings.forget(user)


def _action(decision: Decision, request: Turn) -> LayerAction | None:
    candidate = decision.candidate
    if candidate is None or decision.do == "alone":
        return None
    where = "personal" if "personal" in candidate.found else "everyone"
    source = f"precomputed {candidate.precomputed}" if candidate.precomputed else where
    made = decision.do == "rewrite"
    say, undo = words.told(request, candidate.text, asked=not made)
    return LayerAction(
        rewrite=candidate.text if made else None,
        offer=None if made else candidate.text,
        source=source,
        score=round(decision.p_meant, 4),
        propensity=1.0,
        say=say,
        undo=undo,
    )

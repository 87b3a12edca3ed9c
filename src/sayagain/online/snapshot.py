"""The snapshot of a bundle: all that it brings, ready to be asked; one of an earlier format stands in shadow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.damage import told
from sayagain.bundle.layout import CHOOSER_FILE, ONLINE, PLACES_FILE, VECTORS_FILE, WORDS_FOLDER
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT
from sayagain.choices.chooser import OWN_MARGIN, Chooser
from sayagain.choices.design import OWN_CROSSES
from sayagain.choices.own_habits import OwnHabits
from sayagain.defects.scorer import DefectScorer
from sayagain.experiments.stages import first_stage
from sayagain.guards.evidence import Evidence
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.online.precomputed import usable
from sayagain.retrieval.candidates import meaning_of_form
from sayagain.retrieval.catalogue import Catalogue, Entry
from sayagain.retrieval.context import Precomputed, RetrievalContext, nobody, rules_of
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.index import VectorIndex, WordIndex
from sayagain.retrieval.learned_names import entries_of, merged, read_confusions, read_names
from sayagain.retrieval.names import put_right
from sayagain.retrieval.options import Options
from sayagain.retrieval.policy import USUAL, Policy, decide, known_policy
from sayagain.retrieval.rank import HOUSEHOLD_RANKER, Ranker, learned, shipped
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import Turn
from sayagain.schema.meaning import intent_of
from sayagain.schema.rewrite import IN_USE, Rewrite, Status
from sayagain.state.lifecycle import BY_PERSON, Lifecycle, Standing
from sayagain.text.encoder import shipped as encoder

WARMING = Turn(time=datetime(2000, 1, 1, tzinfo=UTC), text="what did you say")
"""A request that nobody makes."""

NO_WORD = "zxqvzxqv"
"""A word that nobody says."""


OF_OWN_HABITS = Chooser(OwnHabits(OWN_CROSSES), OWN_MARGIN)
"""What chooses where nothing was learned of everyone's choices."""


def chooser_of(folder: Path, *, household: bool) -> Chooser:
    """Return what chooses by the files of a bundle.

    People who live together keep to their own habits, as before anything was learned, where that may not act.
    """
    if not (folder / CHOOSER_FILE).is_file():
        return OF_OWN_HABITS
    learned = Chooser.read(folder)
    return OF_OWN_HABITS if household and not learned.acts else learned


@dataclass(frozen=True)
class Snapshot:
    """All that a bundle brings, ready to be asked."""

    version: str | None
    context: RetrievalContext
    ranker: Ranker
    scorer: DefectScorer
    household: bool = True
    """Whether all people here live together: there is no bundle, or fewer than ``HOUSEHOLD_LIMIT`` people make one."""
    policy: Policy = USUAL
    """Which experts decide."""
    first_stage: Status = Status.LIVE
    """The stage in which what they propose begins."""
    used: frozenset[str] = frozenset()
    """Pairs that were in use when it was made."""
    chooser: Chooser = OF_OWN_HABITS
    """What chooses among interpretations."""
    shadow: Shadow | None = None
    """The bundle, where it is served in shadow; all else is then as without it."""
    unknown: int = 0
    """Rewrites of the bundle of which the state database was never told: they were learned beside another one."""

    @classmethod
    def nothing(cls, owner: OwnerPolicy = NO_POLICY) -> Self:
        """Return what is known on the first day."""
        return cls(None, nobody(owner), shipped(HOUSEHOLD_RANKER), DefectScorer.of())

    @classmethod
    def of(cls, bundle: Bundle, lifecycle: Lifecycle, owner: OwnerPolicy | None = None) -> Self:
        """Load a verified bundle; of its rewrites those that are live, or contested, which are only offered.

        A bundle of an earlier format is served in shadow. Of one without an online part the precomputed rewrites are
        used, with the shipped ranker. Without a policy of the ``owner``, that holds which the bundle was learned with.

        Raises:
            BundleError: it is damaged.
            StateError: the state database cannot be used.
        """
        with told(bundle.path):
            return cls._of(bundle, lifecycle, owner)

    @classmethod
    def _of(cls, bundle: Bundle, lifecycle: Lifecycle, owner: OwnerPolicy | None) -> Self:
        learned_with = OwnerPolicy.of_settings(bundle.manifest.settings)
        owner = owner or learned_with
        standings = lifecycle.standings()  # once: they may be changing to those of another version
        used = frozenset(id for id, each in standings.items() if each.status in IN_USE)
        live = partial(_live, bundle, standings, rated_anew=owner.stakes != learned_with.stakes)
        household = bundle.manifest.settings.min_people < HOUSEHOLD_LIMIT
        scorer = DefectScorer.of(bundle.signals())
        folder = bundle.path / ONLINE
        if folder.is_dir():
            global_index = GlobalIndex.read(folder)
            places = Places.read(folder) if (folder / PLACES_FILE).is_file() else None
            rules = rules_of(global_index, owner, bundle.manifest.settings.min_people, places)
            requests = len(global_index.forms)
            context = RetrievalContext(
                global_index,
                WordIndex.read(folder / WORDS_FOLDER, requests),
                VectorIndex.read(folder / VECTORS_FILE, encoder(), requests),
                live(rules, global_index),
                rules=rules,
                catalogue=Catalogue(entries_of(read_names(folder))),
                confusions=read_confusions(folder),
            )
            policy = known_policy(bundle.manifest.backtest)
            first = first_stage(helps=bundle.manifest.helps, reversible=True)
            chooser = chooser_of(folder, household=household)
            snapshot = cls(bundle.path.name, context, learned(folder), scorer, household, policy, first, used, chooser)
            decide(Options(WARMING, UserProfile(), context, snapshot.ranker))  # made now, not at the first request
            _warm_names(context)
        else:
            nothing = cls.nothing(owner)
            context = replace(nothing.context, precomputed=live(nothing.context.rules, nothing.context.global_index))
            snapshot = replace(nothing, version=bundle.path.name, context=context, household=household, used=used)
        snapshot = replace(snapshot, unknown=sum(each.id not in standings for each in bundle.rewrites))
        return snapshot if bundle.outdated is None else snapshot.in_shadow(bundle.outdated)

    def knowing(self, names: Sequence[Entry]) -> Self:
        """Return the same with the names that an assistant knows besides those that a bundle learned."""
        if not names:
            return self
        learned = self.context.catalogue.entries
        context = replace(self.context, catalogue=Catalogue(merged(names, learned)))
        _warm_names(context)
        shadow = self.shadow and replace(self.shadow, snapshot=self.shadow.snapshot.knowing(names))
        return replace(self, context=context, shadow=shadow)

    def in_shadow(self, reason: str) -> Self:
        """Return what decides as if there were no bundle, with this one in shadow."""
        without = self.nothing(self.context.rules.owner)
        shadow = Shadow(self, reason)
        return replace(without, version=self.version, household=self.household, used=self.used, shadow=shadow)


@dataclass(frozen=True)
class Shadow:
    """A bundle in shadow: what it decides can be shown, and is not done."""

    snapshot: Snapshot
    reason: str


def _warm_names(context: RetrievalContext) -> None:
    """Index the names now, and not at the first request."""
    if context.catalogue.entries:
        works = context.global_index.working_words.__contains__
        put_right([NO_WORD], (), context.catalogue, context.confusions, works)


def _live(
    bundle: Bundle, standings: Mapping[str, Standing], rules: Rules, global_index: GlobalIndex, *, rated_anew: bool
) -> dict[str, Precomputed]:
    """Return the rewrites of a bundle that are in use: form → (id, text, form).

    What the rules refuse today, whatever they did when it was learned, is made only where a person decided so. The same
    holds for what costs more than it did then (``rated_anew``).
    """

    def seen(form: str) -> Side:
        return Side(form, intent_of(meaning_of_form(form, UserProfile(), global_index)))

    def allowed(each: Rewrite) -> bool:
        standing = standings.get(each.id)
        if standing is None or standing.status not in IN_USE:
            return False
        if standing.decided_by == BY_PERSON:
            return True
        sides, evidence = (seen(each.source), seen(each.target_state)), Evidence(each.people, each.days, each.visits)
        return not (rules.forbids(*sides) or (rated_anew and rules.too_costly(*sides, evidence)))

    found = filter(allowed, usable(bundle, standings))
    return {each.source: Precomputed(each.id, each.target, each.target_state, each.lift_low) for each in found}

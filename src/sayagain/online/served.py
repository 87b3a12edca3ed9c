"""What a layer serves: a version of the bundle as one snapshot, the arms beside it, and the switch over all.

A snapshot is swapped whole between two requests. What another process changes is seen by the watch and loaded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.damage import LEARN_ONE
from sayagain.bundle.version import current
from sayagain.errors import ExperimentError
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.online import bundle_trial
from sayagain.online.arms import RunningArms
from sayagain.online.snapshot import Snapshot
from sayagain.online.standing import Standings
from sayagain.online.watch import Watch
from sayagain.retrieval.catalogue import Entry
from sayagain.state import Database
from sayagain.state.lifecycle import BY_PERSON, Lifecycle
from sayagain.state.switch import Switch, turn_off, turn_on

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey


UNHEARD_OF = "of the bundle's rewrites are not in use: this state database has not heard of them"
"""What is wrong where a bundle was learned beside another state database, after the number of its rewrites."""
NAME_ITS_STATE = (
    "What people decided is in the one that they were learned beside: name that one, or learn again with --state and "
    "this one"
)
"""What to do then."""


class Served:
    """What a layer serves from, and whether it does; part of ``layer.Layer``."""

    def __init__(
        self,
        bundle: Path | None,
        database: Database,
        policy: OwnerPolicy | None,
        catalogue: Sequence[Entry],
        *,
        tried: bool,
        signed_by: PublicKey | None,
    ) -> None:
        """See ``Layer.open``; nothing is loaded yet."""
        self._bundle, self._policy, self._names = bundle, policy, catalogue
        self._trial, self._signed_by = bundle_trial.run if tried else bundle_trial.none, signed_by
        self._database = database
        self._loading = Lock()
        self._lifecycle = Lifecycle(database)
        self._standings = Standings(self._lifecycle)
        self._arms = RunningArms(database)
        self._snapshot: Snapshot
        self._watch = Watch(database, self._catch_up)

    def _load(self) -> None:
        """Load the bundle, or what is known without one where none was published."""
        if self._bundle is not None and Bundle.published(self._bundle):
            self.reload()
        else:
            self._use(Snapshot.nothing(self._policy or NO_POLICY))

    @property
    def version(self) -> str | None:
        """Return the version of the bundle in use; None without one."""
        return self._snapshot.version

    @property
    def held(self) -> str | None:
        """Return why nothing of the bundle is done: it is served in shadow; None where it is done, or there is none."""
        shadow = self._snapshot.shadow
        return None if shadow is None else shadow.reason

    @property
    def lacking(self) -> str | None:
        """Return what is not served that one might expect, and what to do; None where nothing is lacking.

        That is a bundle that was not published yet, or rewrites of which the state database knows nothing: what a
        person decided about them is in the one that they were learned beside.
        """
        if self._bundle is not None and self.version is None:
            own = "only what each person does themselves is gone by"
            return f"Nothing was published at {self._bundle} yet: {own}. {LEARN_ONE}"
        unknown = self._snapshot.unknown
        return f"{unknown:,} {UNHEARD_OF}. {NAME_ITS_STATE}" if unknown else None

    def reload(self) -> str | None:
        """Load the version of the bundle that is in use now, and the standing of its rewrites; return its name.

        Requests that are being answered are answered with what there was before.

        Raises:
            BundleError: the bundle cannot be used; the one before goes on.
            StateError: the state database cannot be used; the bundle before goes on.
        """
        if self._bundle is None:
            return None
        with self._loading:  # one after the other: a slower one must not put back what was there before
            self._use(Snapshot.of(self._open(self._bundle), self._lifecycle, self._policy))
            self._watch.fault = None
            return self.version

    def _catch_up(self) -> None:
        """Load anew what may have changed since; the bundle, which takes longest, only where it must.

        It must where another version is in use, or other pairs are: a person approved one, or the version was loaded
        while the pairs of another were being put in use.
        """
        self._standings.load(household=self._snapshot.household)
        if self._bundle is not None and Bundle.published(self._bundle) and self._outdated(self._bundle):
            self.reload()
        else:
            with self._loading:
                self._arms.catch_up(self._snapshot, self._version)

    def _outdated(self, bundle: Path) -> bool:
        return current(bundle).name != self.version or self._lifecycle.used() != self._snapshot.used

    def _version(self, name: str) -> Snapshot:
        """Return the snapshot of any version of the bundle, for an arm."""
        if self._bundle is None:
            raise ExperimentError("An arm names a version of the bundle, and there is none here", "Stop the experiment")
        return Snapshot.of(self._open(self._bundle, name), self._lifecycle, self._policy).knowing(self._names)

    def _open(self, bundle: Path, version: str | None = None) -> Bundle:
        return Bundle.open(bundle, version, signed_by=self._signed_by, trial=self._trial)

    def _use(self, snapshot: Snapshot) -> None:
        stakes = snapshot.context.rules.stakes
        self._standings.load(household=snapshot.household, stakes=stakes, first=snapshot.first_stage)
        snapshot = snapshot.knowing(self._names)
        self._arms.load(snapshot, self._version)
        self._snapshot = snapshot

    @property
    def switch(self) -> Switch:
        """Return the switch of the whole layer, as it was seen last."""
        return self._watch.switch

    @property
    def fault(self) -> str | None:
        """Return why what another process changed, a version or an experiment, is not served; None where it is."""
        return self._watch.fault or self._arms.fault

    def look(self) -> Switch:
        """Return the switch; look first what other processes changed, where the last look was half a second ago."""
        return self._watch.look()

    def catch_up(self) -> None:
        """Look what other processes changed, and serve it from the next request on, however long it takes to load."""
        self._watch.catch_up()

    def switch_off(self, reason: str, by: str = BY_PERSON) -> Switch:
        """Leave every request alone, in all processes on this state database, until a person switches the layer on.

        Others follow within a second. Observing and learning go on.

        Args:
            reason: why, for people to read.
            by: ``state.lifecycle.BY_POLICY`` where no person decides so; then what a person said before stands.

        Raises:
            StateError: the state database cannot be used; the switch is as it was.
        """
        turn_off(self._database, reason, by)
        return self._watch.look_now()

    def switch_on(self) -> Switch:
        """Serve requests again.

        Raises:
            StateError: the state database cannot be used; the switch is as it was.
        """
        turn_on(self._database)
        return self._watch.look_now()

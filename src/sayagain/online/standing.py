"""How rewrites stand with everyone: what people complained of, what came of their use, and what follows from both.

Looked up in memory, on every request; written to the state database with the profiles (``flush``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from threading import Lock, RLock

from sayagain.experiments.false_discovery import discoveries
from sayagain.experiments.stages import SHARES, after_use
from sayagain.guards.stakes import Stakes
from sayagain.online.complaints import Complaint
from sayagain.online.drawn import Outcome
from sayagain.online.pairs import Pairs
from sayagain.online.trials import WHOLE, Trials
from sayagain.schema.person import digest_of
from sayagain.schema.rewrite import Status, rewrite_id
from sayagain.state.complaints import Complained
from sayagain.state.lifecycle import BY_PERSON, BY_POLICY, SEVERAL, Lifecycle, Standing
from sayagain.text.normalise import form_of

PEOPLE_TO_WITHDRAW = 5
"""People whose complaints withdraw a rewrite wherever it is used, if they are many beside its uses."""

COMPLAINING_SHARE = 0.2
"""Complaints by the uses that were drawn and rewritten, from which they are many: what ten thousand use, five complain
of though it is right, and its trial decides."""

StakesOf = Callable[[str, str | None], Stakes]
"""Says of a request (normal form, meaning where known) what a mistake would cost."""

Pair = tuple[str, str]
"""Normal forms of source and target."""


def reversible(form: str, meaning: str | None) -> Stakes:
    """Take every request for one that can be put right."""
    return Stakes.REVERSIBLE


class Standings:
    """The standings of pairs of source and target. May be used from several threads."""

    def __init__(self, lifecycle: Lifecycle, stakes: StakesOf = reversible) -> None:
        """Read what is kept; one household until :meth:`load` says otherwise.

        Raises:
            StateError: the state database cannot be used.
        """
        self._lifecycle, self._stakes = lifecycle, stakes
        self._lock = RLock()
        self._writing = Lock()
        """Held by who reads or writes the database: who is forgotten must not be written back."""
        self._household = True
        self._unwritten: list[Complained] = []
        self._lifted: list[tuple[Complained, Standing | None]] = []
        self._meanings: dict[Pair, str | None] = {}
        self._before: dict[str, Standing | None] = {}
        """By id, how pairs stood before complaints changed that."""
        self._trials, self._first = Trials(), Status.LIVE
        self.load(household=True)

    def load(self, *, household: bool, stakes: StakesOf | None = None, first: Status | None = None) -> None:
        """Read what is kept anew, after writing what is not.

        Args:
            household: whether all people here live together.
            stakes: in place of those before.
            first: the stage of pairs that nobody proposed, the ranker's own; in place of the one before.

        Raises:
            StateError: the state database cannot be used.
        """
        with self._writing, self._lock:  # what is told meanwhile waits, or it would be lost; who asks does not wait
            self._write()
            standings = self._lifecycle.standings()
            people: dict[str, set[str]] = {}
            for each in self._lifecycle.complaints():
                people.setdefault(each.id, set()).add(each.person)
            trials = self._lifecycle.trials()
            self._household, self._standings, self._people = household, standings, people
            self._first = first or self._first
            self._trials.load(trials)
            self._ids = {(one.source, form_of(one.target)): one.id for one in standings.values() if one.source}
            self._stakes = stakes or self._stakes
            stopped, contested = Pairs(), Pairs()
            for one in standings.values():
                self._sort(one, stopped, contested)
            self._stopped, self._contested = stopped, contested

    def stopped(self, source: str, among: Iterable[str] = ()) -> Collection[str]:
        """Return the forms that a request must not become, for anyone; see :data:`pairs.Targets`."""
        return self._stopped.targets(source, among)

    def contested(self, source: str, among: Iterable[str] = ()) -> Collection[str]:
        """Return the forms that a request may become only where the person agrees; see :data:`pairs.Targets`."""
        return self._contested.targets(source, among)

    def stage(self, source: str, target: str) -> Status:
        """Return the stage in which a pair that is used is drawn."""
        return self._stage((source, target))

    def _stage(self, pair: Pair) -> Status:
        standing = self._standings.get(self._id(pair))
        if standing is not None and standing.status in SHARES:
            return standing.status
        return Status.CANARY if self._costs(pair) > Stakes.REVERSIBLE else self._first

    def _costs(self, pair: Pair) -> Stakes:
        source, target = pair
        return max(self._stakes(source, None), self._stakes(target, self._meanings.get(pair)))

    @property
    def harms(self) -> bool:
        """Whether what is drawn harms on the whole, beyond doubt."""
        return self._trials.harms

    def begin_anew(self) -> None:
        """Ask for new evidence of what is drawn on the whole."""
        with self._lock:
            self._trials.begin_anew()

    def came(self, outcome: Outcome) -> None:
        """Count what came of a use that was drawn; the stage to which it takes the pair holds at once."""
        pair = (outcome.source, outcome.target)
        with self._lock:
            id = self._id(pair)
            standing, before = self._standings.get(id), self._stage(pair)
            after = after_use(before, self._trials.add(id, outcome.use))
            if after is not before and _may_move(standing, after):
                self._trials.move(id, pair, after)
                self._stand(Standing(id, *pair, after, BY_POLICY))
            self._trials.add(WHOLE, outcome.use)

    def complain(self, user: str, complaint: Complaint) -> None:
        """Count a complaint; what follows from it holds at once, and is written by :meth:`flush`."""
        pair, person = (complaint.source, complaint.target), digest_of(user)
        with self._lock:
            id = self._id(pair)
            people = self._people.setdefault(id, set())
            if person in people:
                return
            people.add(person)
            before = self._standings.get(id)
            self._meanings[pair] = complaint.meaning
            self._unwritten.append(Complained(id, person, *pair))
            status = None if _decided(before) else self._fate(pair, len(people))
            if status is Status.CONTESTED:
                self._trials.doubt(id)
            if status is not None:
                self._before.setdefault(id, before)
                self._stand(Standing(id, *pair, status, BY_POLICY))

    def lift(self, user: str, complaint: Complaint) -> None:
        """Take a complaint for none; a pair that too few complained of then stands as before."""
        pair, person = (complaint.source, complaint.target), digest_of(user)
        with self._lock:
            id = self._id(pair)
            people = self._people.get(id, set())
            if person not in people:
                return
            people.discard(person)
            now, row = self._standings.get(id), Complained(id, person, *pair)
            changed = len(people) < SEVERAL and id in self._before
            before = self._before.pop(id) if changed else now
            self._unwritten = [each for each in self._unwritten if each != row]
            self._lifted.append((row, before))
            if changed and before is not None:
                self._stand(before)
            elif changed:
                del self._standings[id]
                for found in (self._stopped, self._contested):
                    found.put(id, *pair, belongs=False)

    def _id(self, pair: Pair) -> str:
        return self._ids.get(pair) or rewrite_id(*pair)

    def _stand(self, standing: Standing) -> None:
        self._standings[standing.id] = standing
        self._sort(standing, self._stopped, self._contested)

    def flush(self) -> None:
        """Write the complaints that are not written yet.

        Raises:
            StateError: they cannot be written now; they are kept, to be written later.
        """
        with self._writing:
            self._write()

    def _write(self) -> None:
        with self._lock:
            said, self._unwritten = self._unwritten, []
            lifted, self._lifted = self._lifted, []
        try:
            if said:
                self._lifecycle.complain(said, lambda each, people: self._fate((each.source, each.target), people))
            for each, before in lifted:
                self._lifecycle.lift(each, before)
        except BaseException:
            with self._lock:
                self._unwritten, self._lifted = [*said, *self._unwritten], [*lifted, *self._lifted]
            raise
        self._write_trials()

    def _write_trials(self) -> None:
        with self._lock:
            for id in discoveries(self._trials.gains()):
                standing = self._standings.get(id)
                if standing is not None and standing.status is Status.LIVE and standing.decided_by == BY_POLICY:
                    self._trials.move(id, (standing.source, standing.target), Status.FULL)
                    self._stand(replace(standing, status=Status.FULL))
            unwritten = self._trials.take()
        try:
            if any(unwritten):
                self._lifecycle.tried(*unwritten)
        except BaseException:
            with self._lock:
                self._trials.put_back(unwritten)
            raise

    def forget(self, user: str) -> int:
        """Erase a person's complaints; return how many there were. What already followed from them stands.

        Raises:
            StateError: the state database cannot be used.
        """
        person = digest_of(user)
        with self._writing:
            with self._lock:
                theirs = {each.id for each in self._unwritten if each.person == person}
                self._unwritten = [each for each in self._unwritten if each.person != person]
                for people in self._people.values():
                    people.discard(person)
                self._meanings = {
                    pair: kept for pair, kept in self._meanings.items() if self._people.get(self._id(pair))
                }
            return len(theirs | self._lifecycle.forget(person))

    def _fate(self, pair: Pair, people: int) -> Status | None:
        """Return what becomes of a pair that so many people have complained of."""
        if people < SEVERAL:
            return None
        many = people >= max(PEOPLE_TO_WITHDRAW, COMPLAINING_SHARE * self._trials.made(self._id(pair)))
        if self._household or many:
            return Status.WITHDRAWN
        return Status.PROPOSED if self._costs(pair) > Stakes.REVERSIBLE else Status.CONTESTED

    def _sort(self, standing: Standing, all_stopped: Pairs, all_contested: Pairs) -> None:
        """Put a pair among those that are stopped or contested, or among neither."""
        pair = (standing.id, standing.source, form_of(standing.target))
        held = standing.status is Status.PROPOSED and len(self._people.get(standing.id, ())) >= SEVERAL
        retired = standing.status is Status.RETIRED and standing.decided_by == BY_PERSON
        stopped = held or retired or standing.status in (Status.BLOCKED, Status.WITHDRAWN)
        all_stopped.put(*pair, belongs=stopped)
        all_contested.put(*pair, belongs=standing.status is Status.CONTESTED)


def _decided(standing: Standing | None) -> bool:
    """Return whether nothing that people do changes how a pair stands."""
    return standing is not None and (standing.decided_by == BY_PERSON or standing.status is Status.WITHDRAWN)


def _may_move(standing: Standing | None, stage: Status) -> bool:
    """Return whether a trial may take a pair to a stage: what waits, or is retired, it puts in use for nobody."""
    used = standing is None or standing.status in SHARES
    return not _decided(standing) and (used or stage is Status.WITHDRAWN)

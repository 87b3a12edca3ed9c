"""A layer against a model: in any order of events, nothing observed is lost and nothing forgotten comes back."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from layered import MONDAY

from sayagain.errors import StateError
from sayagain.online import people
from sayagain.online.layer import Layer
from sayagain.online.user_tracker import UserTracker
from sayagain.schema import Turn
from sayagain.state.profiles import Store
from sayagain.text.normalise import form_of

USERS = ("ann", "bob", "cem", "dora")
SYLLABLES = ("ba", "de", "fi", "go", "ku")
user = st.sampled_from(USERS)
which = st.integers(0, 1)


class Remembering(RuleBasedStateMachine):
    """Up to two layers of one process on one file, of which the model knows what they must and what they may know."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.patches = [patch.object(people, "MOST_PEOPLE", 2), patch.object(people, "FLUSH_EVERY", 5)]
        for each in self.patches:
            each.start()
        self.number = self.kills = 0
        self.written: dict[str, set[str]] = defaultdict(set)
        """Of each person, what the database must have: what was observed, and flushed since."""
        self.unwritten: dict[str, set[str]] = defaultdict(set)
        """What was observed later: a flush that nobody asked for may have written it."""
        self.layers = [self.opened()]

    @property
    def file(self) -> Path:
        return Path(self.folder.name) / f"{self.kills}.db"

    def opened(self) -> Layer:
        return Layer.open(None, str(self.file))

    def request(self, user: str) -> Turn:
        """Return a request that was never made before, an hour after the last one."""
        self.number += 1
        text = "play " + "".join(SYLLABLES[self.number // 5**place % 5] for place in range(4))
        assert form_of(text) == text
        return Turn(turn=text, user=user, time=MONDAY + timedelta(hours=self.number), text=text, status="ok")

    def layer(self, which: int) -> Layer:
        return self.layers[which % len(self.layers)]

    def now_written(self) -> None:
        for user, texts in self.unwritten.items():
            self.written[user] |= texts
        self.unwritten.clear()

    @rule(user=user, which=which, asked=st.booleans())
    def observe(self, user: str, which: int, asked: bool) -> None:
        turn = self.request(user)
        if asked:
            self.layer(which).rewrite(turn)
        self.layer(which).observe(turn)
        self.unwritten[user].add(turn.text)

    @rule(user=user, which=which)
    def ask(self, user: str, which: int) -> None:
        self.layer(which).rewrite(self.request(user))

    @rule(which=which)
    def flush(self, which: int) -> None:
        self.layer(which).flush()
        self.now_written()

    @precondition(lambda self: any(self.unwritten.values()))
    @rule(which=which)
    def flush_in_vain(self, which: int) -> None:
        with patch.object(Store, "write", side_effect=StateError("The disk is away")):
            if self.layer(which)._people._unwritten:
                with pytest.raises(StateError):
                    self.layer(which).flush()

    @rule(user=user, which=which)
    def forget(self, user: str, which: int) -> None:
        self.layer(which).forget(user)
        self.written.pop(user, None)
        self.unwritten.pop(user, None)
        assert Store(str(self.file)).read(user) is None

    @rule(user=user, which=which)
    def look(self, user: str, which: int) -> None:
        """Bring somebody into memory, and perhaps somebody else out of it."""
        with self.layer(which)._people.hold(user):
            pass

    @precondition(lambda self: len(self.layers) < 2)
    @rule()
    def open_another(self) -> None:
        self.layers.append(self.opened())

    @rule(which=which)
    def close(self, which: int) -> None:
        closed = self.layers.pop(which % len(self.layers))
        closed.close()
        self.now_written()
        self.layers = self.layers or [self.opened()]

    @rule()
    def kill(self) -> None:
        """Go on from what the file has at this moment; whatever is in memory is gone."""
        before = self.file
        self.kills += 1
        shutil.copy(before, self.file)
        self.layers = [self.opened()]
        for user in USERS:
            found = self.found(user)
            assert self.written[user] <= found <= self.written[user] | self.unwritten[user]
            self.written[user] = found
        self.unwritten.clear()

    @invariant()
    def what_was_flushed_is_written_and_nothing_else(self) -> None:
        for user in USERS:
            found = self.found(user)
            assert self.written[user] <= found <= self.written[user] | self.unwritten[user]

    @invariant()
    def who_is_in_memory_is_there_as_observed(self) -> None:
        for layer in self.layers:
            for user, place in layer._people._places.items():
                assert place.person is not None
                assert said(place.person.tracker) == self.written[user] | self.unwritten[user]

    def found(self, user: str) -> set[str]:
        """Return what the database knows that a person said; a row without anything is none that was flushed."""
        kept = Store(str(self.file)).read(user)
        if kept is None:
            return set()
        texts = said(UserTracker.of_json(kept))
        assert texts
        return texts

    def teardown(self) -> None:
        for layer in self.layers:
            layer.close()
        for each in self.patches:
            each.stop()
        self.folder.cleanup()


def said(tracker: UserTracker) -> set[str]:
    return {*tracker.profile.phrases, *([tracker.last.text] if tracker.last else [])}


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)

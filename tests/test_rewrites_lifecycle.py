"""What becomes of a rewrite: what the policy does with proposals, and that people have the last word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from proposed import proposed

from sayagain.errors import StateError
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state import beside
from sayagain.state.complaints import Complained
from sayagain.state.lifecycle import BY_PERSON, BY_POLICY, SEVERAL, Lifecycle

PINK, LIGHT = proposed("play pinc", "play pink"), proposed("like on", "light on")


@pytest.fixture
def lifecycle(state: str) -> Lifecycle:
    return Lifecycle(state)


def status(lifecycle: Lifecycle, rewrite: Rewrite) -> Status:
    return lifecycle.standings()[rewrite.id].status


def test_what_passed_the_guards_goes_live(lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK], review=False)
    standing = lifecycle.standings()[PINK.id]
    assert (standing.status, standing.decided_by) == (Status.LIVE, BY_POLICY)
    assert (standing.source, standing.target) == ("play pinc", "play pink")


def test_under_review_a_rewrite_waits_until_a_person_approves(lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK], review=True)
    assert status(lifecycle, PINK) is Status.PROPOSED
    lifecycle.receive([PINK], review=True)
    assert status(lifecycle, PINK) is Status.PROPOSED
    assert lifecycle.decide(PINK.id, Status.LIVE).decided_by == BY_PERSON
    lifecycle.receive([PINK], review=True)
    assert status(lifecycle, PINK) is Status.LIVE


def test_what_is_no_longer_proposed_retires_and_comes_back_when_it_is_again(lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK, LIGHT], review=False)
    lifecycle.receive([LIGHT], review=False)
    assert (status(lifecycle, PINK), status(lifecycle, LIGHT)) == (Status.RETIRED, Status.LIVE)
    lifecycle.receive([PINK, LIGHT], review=False)
    assert status(lifecycle, PINK) is Status.LIVE


def test_under_review_what_comes_back_waits_again(lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK], review=False)
    lifecycle.receive([], review=True)
    lifecycle.receive([PINK], review=True)
    assert status(lifecycle, PINK) is Status.PROPOSED


@pytest.mark.parametrize("relearned", [[PINK], []])
@pytest.mark.parametrize("decision", [Status.BLOCKED, Status.RETIRED, Status.LIVE])
def test_a_persons_decision_stands_after_learning_again(
    lifecycle: Lifecycle, decision: Status, relearned: list[Rewrite]
) -> None:
    lifecycle.receive([PINK], review=False)
    lifecycle.decide(PINK.id, decision)
    for found in (relearned, [PINK]):
        lifecycle.receive(found, review=False)
        assert status(lifecycle, PINK) is decision


@pytest.mark.parametrize("wish", [each for each in Status if each is not Status.BLOCKED])
def test_a_blocked_pair_never_comes_back(lifecycle: Lifecycle, wish: Status) -> None:
    lifecycle.receive([PINK], review=False)
    lifecycle.decide(PINK.id, Status.BLOCKED)
    with pytest.raises(StateError, match="never comes back"):
        lifecycle.decide(PINK.id, wish)
    assert lifecycle.decide(PINK.id, Status.BLOCKED).status is Status.BLOCKED


def test_a_retired_rewrite_can_be_approved_again(lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK], review=False)
    lifecycle.decide(PINK.id, Status.RETIRED)
    assert lifecycle.decide(PINK.id, Status.LIVE).status is Status.LIVE


def test_a_decision_about_a_rewrite_that_is_not_there_is_one_clear_message(lifecycle: Lifecycle) -> None:
    with pytest.raises(StateError, match=r"no rewrite deadbeef.*sayagain rewrites list"):
        lifecycle.decide("deadbeef", Status.LIVE)


def test_decisions_outlive_the_process(state: str) -> None:
    first = Lifecycle(state)
    first.receive([PINK], review=False)
    first.decide(PINK.id, Status.BLOCKED)
    assert status(Lifecycle(state), PINK) is Status.BLOCKED


def test_each_person_complains_once_and_takes_their_complaints_with_them(lifecycle: Lifecycle) -> None:
    def contested(_: Complained, people: int) -> Status | None:
        return Status.CONTESTED if people >= SEVERAL else None

    lifecycle.receive([PINK], review=False)
    ann, bob = (Complained(PINK.id, who, PINK.source, PINK.target_state) for who in ("ann's digest", "bob's digest"))
    lifecycle.complain([ann], contested)
    lifecycle.complain([ann], contested)
    assert status(lifecycle, PINK) is Status.LIVE
    lifecycle.complain([bob, bob], contested)
    assert status(lifecycle, PINK) is Status.CONTESTED
    lifecycle.forget(ann.person)
    assert lifecycle.complaints() == [bob]


def test_the_default_database_lies_beside_the_bundle(tmp_path: Path) -> None:
    Lifecycle(beside(tmp_path / "bundle")).receive([PINK], review=False)
    assert (tmp_path / "bundle.state.db").is_file()
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("url", ["sqlite:////dev/null/state.db", "nodialect://x", "not a url://"])
def test_a_database_that_cannot_be_opened_is_one_clear_message(url: str) -> None:
    with pytest.raises(StateError, match="--state"):
        Lifecycle(url)


def test_a_file_that_is_no_database_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("not a database, by far" * 100)
    with pytest.raises(StateError, match="--state"):
        Lifecycle(str(tmp_path / "state.db"))


PAIRS = [PINK, LIGHT, proposed("a", "b")]


class Life(RuleBasedStateMachine):
    """Any order of learning and deciding; the oracle remembers what people said last."""

    def __init__(self) -> None:
        super().__init__()
        self.lifecycle = Lifecycle("sqlite://")
        self.known: set[str] = set()
        self.proposed: set[str] = set()
        self.people: dict[str, Status] = {}

    @rule(proposed=st.sets(st.sampled_from(range(3))), review=st.booleans())
    def learn(self, proposed: set[int], review: bool) -> None:
        self.lifecycle.receive([PAIRS[each] for each in proposed], review=review)
        self.proposed = {PAIRS[each].id for each in proposed}
        self.known |= self.proposed

    @rule(which=st.integers(0, 2), status=st.sampled_from([Status.LIVE, Status.RETIRED, Status.BLOCKED]))
    def decide(self, which: int, status: Status) -> None:
        id = PAIRS[which].id
        if id not in self.known or (self.people.get(id) is Status.BLOCKED and status is not Status.BLOCKED):
            with pytest.raises(StateError):
                self.lifecycle.decide(id, status)
        else:
            self.lifecycle.decide(id, status)
            self.people[id] = status

    @invariant()
    def people_have_the_last_word(self) -> None:
        standings = self.lifecycle.standings()
        assert standings.keys() == self.known
        for id, standing in standings.items():
            if id in self.people:
                assert (standing.status, standing.decided_by) == (self.people[id], BY_PERSON)
            else:
                assert (standing.status is Status.RETIRED) == (id not in self.proposed)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)


def test_a_state_database_may_lie_in_a_new_directory(tmp_path: Path) -> None:
    for name in ("new/dir/state.db", "other/dir/state.db"):
        Lifecycle(f"sqlite:///{tmp_path / name}")
        assert (tmp_path / name).is_file()

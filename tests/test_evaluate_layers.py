"""What ``evaluate layers`` counts, on days made by hand, and that every method is a layer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from layered import SAID, bundle, understands

from sayagain.assistant.simulate import SIMULATION_START
from sayagain.evaluation.online.homes import Arm, Days
from sayagain.evaluation.online.peers import LAYER_PEERS, Peer, find
from sayagain.schema import Turn
from sayagain.schema.truth import Truth

pytest.importorskip("home_assistant_intents")

Made = tuple[str, str, bool, str | None]
"""Heard, said, whether it failed, what the layer made of it."""


def days(*made: Made) -> Days:
    """Return turns an hour apart; equal places have equal ids."""
    found = {}
    for place, (heard, said, failed, rewrite) in enumerate(made):
        layer = {"rewrite": rewrite} if rewrite else None
        turn = Turn(turn=str(place), time=SIMULATION_START + timedelta(hours=place), text=heard, layer=layer)  # type: ignore[arg-type]
        found[turn.turn] = turn, Truth(turn=turn.turn, said=said, defect=failed, met=not failed)
    return found


WITHOUT = days(
    ("mend me", "mend me", True, None),
    ("spoil me", "spoil me", False, None),
    ("hopeless", "hopeless", True, None),
    ("mend me", "mend me", True, None),
)
WITH = days(
    ("mend me", "mend me", False, "mended"),
    ("spoil me", "spoil me", True, "spoilt"),
    ("hopeless", "hopeless", True, "still hopeless"),
    ("mend me", "mend me", False, "mended"),
)


def test_wins_losses_and_ties_are_those_of_rewritten_turns_in_which_the_same_was_said() -> None:
    figures = Arm([WITHOUT], [WITH]).figures([0])
    assert (figures["wins"], figures["losses"], figures["ties"]) == (2, 1, 1)
    assert figures["win_loss"] == 2.5 / 1.5
    assert figures["harm"] == 1.0
    assert figures["defect_cut"] == pytest.approx(1 - (2 / 4) / (3 / 4))


def test_a_turn_in_which_something_else_was_said_is_not_compared() -> None:
    other = {**WITH, "0": (WITH["0"][0], WITH["0"][1].model_copy(update={"said": "something else"}))}
    assert Arm([WITHOUT], [other]).figures([0])["wins"] == 1


def test_a_repeated_failure_is_heard_as_one_that_failed_before() -> None:
    arm = Arm([WITHOUT], [WITH])
    assert arm.repeated(4) == (1, 1)
    assert arm.repeated(3) == (0, 0)


def asked_at(second: float, text: str, goal: str, met: bool, user: str = "ann") -> tuple[Turn, Truth]:
    turn = Turn(turn=f"{user} {second}", user=user, time=SIMULATION_START + timedelta(seconds=second), text=text)
    failed = {"failure_point": None if met else "asr"}
    return turn, Truth(
        turn=turn.turn, said=text, goal=goal, meaning=f"meaning of {goal}", defect=not met, met=met, **failed
    )


def lived(*turns: tuple[Turn, Truth]) -> Days:
    return {seen.turn: (seen, truth) for seen, truth in turns}


def test_a_taught_failure_was_said_otherwise_with_success_before_it_is_heard_again() -> None:
    failed, soon, late = (
        asked_at(0, "lark it", "a", False), asked_at(20, "close up", "a", True), asked_at(500, "close up", "a", True),
    )  # fmt: skip
    again, other = asked_at(900, "lark it", "b", False), asked_at(900, "lark it", "b", False, user="bob")
    mended = asked_at(900, "lark it", "b", True)
    assert Arm([lived(failed, soon, again)], [lived(mended)]).taught(3) == (1, 1)
    assert Arm([lived(failed, soon, again)], [lived(again)]).taught(3) == (0, 1)
    assert Arm([lived(failed, soon, again)], [lived(mended)]).taught(2) == (0, 0)
    assert Arm([lived(failed, late, again)], [lived(mended)]).taught(3) == (0, 0)
    assert Arm([lived(failed, soon, other)], [lived(other)]).taught(3) == (0, 0)


def test_own_words_could_mend_what_the_same_person_asked_for_before_with_success() -> None:
    worked, failed = asked_at(0, "close the blinds", "a", True), asked_at(900, "claws the blind", "a", False)
    assert Arm([lived(worked, failed)], [lived(worked, failed)]).own_words_left() == 1
    stranger = asked_at(900, "claws the blind", "a", False, user="bob")
    assert Arm([lived(worked, stranger)], [lived(worked, stranger)]).own_words_left() == 0
    broken = failed[0], failed[1].model_copy(update={"failure_point": "result"})
    assert Arm([lived(worked, broken)], [lived(worked, broken)]).own_words_left() == 0
    danger = asked_at(0, "unlock the front door", "a", True)
    assert Arm([lived(danger, failed)], [lived(danger, failed)]).own_words_left() == 0


def test_the_cut_is_told_by_week() -> None:
    later = {turn: (seen.model_copy(update={"time": seen.time + timedelta(days=7)}), truth)
             for turn, (seen, truth) in WITHOUT.items()}  # fmt: skip
    renamed = {f"later {turn}": both for turn, both in later.items()}
    assert Arm([{**WITHOUT, **renamed}], [{**WITH, **renamed}]).by_week() == pytest.approx([1 / 3, 0.0])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("peers") / "bundle")


@pytest.mark.parametrize("name", LAYER_PEERS)
def test_every_peer_leaves_alone_what_is_understood(place: Path, name: str) -> None:
    peer = Peer(find(name, place), LAYER_PEERS[name][1], understands)
    for text, meaning, _, _ in SAID:
        if meaning:
            assert peer.rewrite(Turn(time=SIMULATION_START, text=text)) is None


@pytest.mark.parametrize("name", ["wratio", "corrections_map"])
def test_every_peer_that_looks_for_the_nearest_finds_it(place: Path, name: str) -> None:
    peer = Peer(find(name, place), LAYER_PEERS[name][1], understands)
    action = peer.rewrite(Turn(time=SIMULATION_START, text="turn on the chicken lights"))
    assert action is not None
    assert action.rewrite == "Turn on the kitchen lights"

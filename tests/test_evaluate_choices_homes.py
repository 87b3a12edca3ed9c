"""What is counted of choices in homes: wins and losses beside the same turns without, and what context kinds lose."""

from __future__ import annotations

from datetime import UTC, datetime

from sayagain.evaluation.choices.homes import Frequent, Popular, Weeks
from sayagain.schema import Choice, Interpretation, Slot, Turn
from sayagain.schema.truth import Truth

NOTHING = Interpretation()
LAMP, FAN = (
    Interpretation(
        intent="turn_on", slots=[Slot(name="name", value=each, entity=each)], details={"kind": each}, reversible=True
    )
    for each in ("lamp", "fan")
)


def day(name: str, *, met: bool, kind: str = "hot", chosen: Interpretation | None = None, first: Interpretation = LAMP):
    choice = Choice(place=1, interpretation=chosen, p_meant=0.9, p_default=0.1) if chosen else None
    turn = Turn(turn=name, time=datetime(2026, 3, 2, tzinfo=UTC), text="hot", candidates=[first, FAN], choice=choice)
    point = None if met else "entity"
    truth = Truth(turn=name, said="hot", met=met, defect=not met, failure_point=point, kind=kind, offered=True)
    return name, (turn, truth)


def test_wins_losses_and_what_was_done_in_vain_are_counted_beside_the_same_turns_without():
    without = dict([
        day("mended", met=False), day("spoilt", met=True), day("vain", met=False, first=NOTHING),
        day("left", met=False), day("teach", met=False, kind="wake_me"), day("plain", met=False, kind="turn_on"),
        day("fine", met=True),
    ])  # fmt: skip
    chosen = {"mended": True, "spoilt": False, "vain": False}
    with_ours = dict(without) | dict(
        day(name, met=met, chosen=FAN, first=NOTHING if name == "vain" else LAMP) for name, met in chosen.items()
    )
    found = Weeks([without], [with_ours]).figures([0])
    assert (found["wins"], found["losses"], found["ties"]) == (1, 1, 1)
    assert found["harm"] == 1 / 2
    assert found["acted_in_vain"] == 1 / 7
    assert found["defect_cut"] == 0  # one mended, one spoilt
    assert found["context_gone"] == 0  # of four that hang on what is going on
    assert found["context_gone_learnable"] == 0


def test_the_most_popular_and_the_most_frequent_are_what_they_are_called():
    request = Turn(user="ann", time=datetime(2026, 3, 2, tzinfo=UTC), text="hot")
    assert Popular({}).choose([LAMP, FAN], request) is None
    popular = Popular({"turn_on [('kind', 'fan')]": 3}).choose([LAMP, FAN], request)
    assert popular is not None
    assert popular.place == 1
    frequent = Frequent()
    for _ in range(2):
        told = {"candidates": [FAN], "interpretation": FAN, "status": "ok"}
        frequent.observe(request.model_copy(update=told))
    chosen = frequent.choose([LAMP, FAN], request)
    assert chosen is not None
    assert chosen.place == 1
    assert frequent.choose([LAMP, FAN], request.model_copy(update={"user": "bob"})) is None

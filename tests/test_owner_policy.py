"""The owner's policy file: what no rewrite may touch, and what a mistake costs in this deployment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sayagain import Layer, OwnerPolicy, Settings, Turn
from sayagain.bundle.bundle import Bundle
from sayagain.errors import PolicyError
from sayagain.guards.evidence import Evidence
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.guards.stakes import Stakes
from sayagain.learning.pipeline import learn
from sayagain.log.store import Log

POLICY = """
never = ["medicine cabinet"]

[stakes]
costly = ["kiln", "CoffeeMachine.Brew", "Telescope"]
deletion = ["compost bin"]
reversible = ["oven light", "pay attention", "CallLift"]
"""

SEVERAL = Evidence(people=3, days=3, turns=6)
ONCE = Evidence(own=1.0, own_days=1, not_understood=True)


@pytest.fixture
def policy(tmp_path: Path) -> OwnerPolicy:
    (tmp_path / "policy.toml").write_text(POLICY)
    return OwnerPolicy.read(tmp_path / "policy.toml")


@pytest.mark.parametrize(
    ("said", "meaning", "stakes"),
    [
        ("start the kiln", None, Stakes.COSTLY),
        ("make me a coffee", "CoffeeMachine.Brew|", Stakes.COSTLY),
        ("make me a coffee", "CoffeeMachine.Clean|", Stakes.REVERSIBLE),
        ("move it up", "telescope.move|", Stakes.COSTLY),
        ("open the compost bin", None, Stakes.DELETION),
        ("turn on the oven light", None, Stakes.REVERSIBLE),
        ("turn on the oven", None, Stakes.COSTLY),
        ("delete the kiln plan", None, Stakes.DELETION),
    ],
)
def test_words_phrases_intents_and_domains_are_of_the_class_that_the_owner_names(
    policy: OwnerPolicy, said: str, meaning: str | None, stakes: Stakes
) -> None:
    assert Rules(owner=policy).stakes(said, meaning) is stakes


def test_what_is_named_in_two_classes_is_of_the_higher_one() -> None:
    policy = OwnerPolicy(stakes={"reversible": ("fan",), "costly": ("fan",)})
    assert Rules(owner=policy).stakes("turn on the fan") is Stakes.COSTLY


def test_money_and_security_are_lowered_only_for_an_intent_that_the_owner_names() -> None:
    policy = OwnerPolicy(stakes={"reversible": ("pay", "unlock", "Parking.Pay")})
    rules = Rules(owner=policy)
    assert rules.stakes("pay for the parking") is Stakes.MONEY
    assert rules.stakes("pay for the parking", "parking.pay|") is Stakes.REVERSIBLE
    assert rules.stakes("pay for the parking", "Parking.PayAll|") is Stakes.MONEY
    assert rules.stakes("unlock the shed", "Lock.Unlock|") is Stakes.SECURITY


def test_money_is_lowered_for_a_whole_request_that_the_owner_names_security_is_not() -> None:
    rules = Rules(owner=OwnerPolicy(stakes={"reversible": ("Where is my order?", "unlock the shed")}))
    assert rules.stakes("where is my order") is Stakes.REVERSIBLE
    assert rules.stakes("where is my order and pay it") is Stakes.MONEY
    assert rules.stakes("unlock the shed") is Stakes.SECURITY


def test_the_same_evidence_follows_from_the_owners_class_as_from_one_that_is_built_in(policy: OwnerPolicy) -> None:
    rules = Rules(owner=policy, min_people=3)
    costly = Side("start the kilm"), Side("start the kiln")
    assert rules.ruling(*costly, SEVERAL).do == "offer"
    assert rules.ruling(*costly, SEVERAL).reason == "stakes: costly"
    assert rules.ruling(*costly, ONCE).do == "rewrite"
    deletion = Side("open the compost been"), Side("open the compost bin")
    assert rules.ruling(*deletion, ONCE).reason == "stakes: deletion"
    assert Rules(min_people=3).ruling(*costly, SEVERAL).do == "rewrite"


def test_what_the_owner_forbids_is_left_alone(policy: OwnerPolicy) -> None:
    ruling = Rules(owner=policy).ruling(Side("open the medicine cabinett"), Side("open the medicine cabinet"), ONCE)
    assert (ruling.do, ruling.reason) == ("alone", "sensitive")


def test_more_that_the_owner_forbids_counts_though_the_policy_was_asked_before(policy: OwnerPolicy) -> None:
    assert not policy.forbids(Side("open the attic"))
    more = policy.forbidding(["attic"])
    assert more.forbids(Side("open the attic"))
    assert more.forbids(Side("open the medicine cabinet"))


MISTAKES = {
    "no TOML": ('never = ["oven"]\ncostly = oven\n', ("line 2", "Write")),
    "no such class": ('[stakes]\ncostley = ["oven"]\n', ("stakes.costley", "reversible, costly, people")),
    "no such key": ('nevre = ["oven"]\n', ("nevre", "never and the table [stakes]")),
    "no list": ('[stakes]\ncostly = "oven"\n', ("stakes.costly", "Write a list")),
    "no words": ("[stakes]\ncostly = [1]\n", ("stakes.costly.0", "in quotes")),
    "no table": ('stakes = ["oven"]\n', ("stakes", "[stakes]")),
    "nothing said": ('never = ["oven", "..."]\n', ("never.1", "has no letters and no digits")),
    "not UTF-8": ("never = ['h\udce4user']\n", ("not UTF-8", "Name a TOML file")),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_file_is_named_with_its_place_and_a_remedy(tmp_path: Path, mistake: str) -> None:
    content, told = MISTAKES[mistake]
    (tmp_path / "policy.toml").write_text(content, errors="surrogateescape")
    with pytest.raises(PolicyError) as raised:
        OwnerPolicy.read(tmp_path / "policy.toml")
    for each in ("policy.toml", *told):
        assert each in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere\.toml cannot be read: No such file"):
        OwnerPolicy.read(tmp_path / "nowhere.toml")


MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
HEARD, MEANT = "start the haul fan", "start the hall fan"


def turns(user: str, start: datetime) -> Iterator[Turn]:
    yield Turn(user=user, time=start, text=HEARD, status="error", response="Sorry, I didn't understand that.")
    yield Turn(user=user, time=start + timedelta(seconds=9), text=MEANT, status="ok", response="Done.")
    yield Turn(user=user, time=start + timedelta(hours=2), text=MEANT, status="ok", response="Done.")


def test_a_layer_without_a_bundle_holds_to_the_policy() -> None:
    def made(policy: OwnerPolicy | None) -> str | None:
        layer = Layer.open(None, policy=policy)
        for day in range(2):
            for turn in turns("ann", MONDAY + timedelta(days=day)):
                layer.rewrite(turn)
                layer.observe(turn)
        action = layer.rewrite(Turn(user="ann", time=MONDAY + timedelta(days=3), text=HEARD))
        return action.rewrite if action else None

    assert made(None) == MEANT
    assert made(OwnerPolicy(stakes={"costly": ("fan",)})) == MEANT
    assert made(OwnerPolicy(stakes={"people": ("fan",)})) is None
    assert made(OwnerPolicy(never=("fan",))) is None


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rows = [
        turn.to_row()
        for number in range(6)
        for turn in turns(f"person {number % 3}", MONDAY + timedelta(days=number, hours=number))
    ]
    Log.create(tmp_path / "log").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
    return tmp_path / "log"


def test_learning_and_serving_hold_to_the_policy_that_a_bundle_keeps(log: Path, tmp_path: Path) -> None:
    policy = OwnerPolicy(never=("attic",), stakes={"people": ("fan",)})
    learned = learn(log, tmp_path / "bundle", Settings(policy=policy, sensitive=["cellar"], spans=False))
    assert [(each.source, each.held) for each in learned.rewrites] == [(HEARD, "stakes: people")]
    kept = OwnerPolicy.of_settings(Bundle.open(tmp_path / "bundle").manifest.settings)
    assert kept == OwnerPolicy(never=("attic", "cellar"), stakes={"people": ("fan",)})
    layer = Layer.open(tmp_path / "bundle")
    for turn in turns("ann", MONDAY):
        layer.observe(turn)
    action = layer.rewrite(Turn(user="ann", time=MONDAY + timedelta(days=1), text=HEARD))
    assert action is None or action.rewrite is None


def test_a_policy_that_is_given_to_the_layer_goes_before_that_of_the_bundle(log: Path, tmp_path: Path) -> None:
    learn(log, tmp_path / "bundle", Settings(spans=False))
    request = Turn(user="bob", time=MONDAY + timedelta(days=9), text=HEARD)
    action = Layer.open(tmp_path / "bundle").rewrite(request)
    assert action is not None
    assert action.rewrite == MEANT
    for policy in (OwnerPolicy(never=("fan",)), OwnerPolicy(stakes={"costly": ("fan",)})):
        action = Layer.open(tmp_path / "bundle", policy=policy).rewrite(request)
        assert action is None or action.rewrite is None

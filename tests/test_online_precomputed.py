"""What a bundle does with one request, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from proposed import proposed

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.manifest import Figures, LearnedFrom, RecordedSettings
from sayagain.online.precomputed import Found, look_up
from sayagain.schema.rewrite import Status
from sayagain.state.lifecycle import Lifecycle

PINK = proposed("play pinc", "Play Pink", people=5, success=0.9)
OFF = proposed("light on", "Light off", refused="reverses the meaning")


@pytest.fixture
def lifecycle(tmp_path: Path) -> Lifecycle:
    return Lifecycle(str(tmp_path / "state.db"))


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    publish(
        tmp_path / "bundle",
        [PINK, OFF],
        {},
        created=datetime(2026, 1, 5, tzinfo=UTC),
        learned_from=LearnedFrom(),
        settings=RecordedSettings(),
        figures=Figures(),
    )
    return Bundle.open(tmp_path / "bundle")


@pytest.mark.parametrize("said", ["play pinc", "Hey Siri, um, play PINC!", "alexa play pinc"])
def test_a_live_rewrite_applies_to_every_request_of_its_normal_form(
    bundle: Bundle, lifecycle: Lifecycle, said: str
) -> None:
    lifecycle.receive([PINK], review=False)
    answer = look_up(said, bundle, lifecycle)
    assert (answer.text, answer.rewritten, answer.rewrite) == ("Play Pink", True, PINK)
    assert "90% of the time instead of 10%" in answer.reason
    assert "5 people" in answer.reason


@pytest.mark.parametrize("said", ["play pink", "play pinc floyd", "um", "", "x" * 1_000_000])
def test_what_nothing_was_learned_for_is_left_alone(bundle: Bundle, lifecycle: Lifecycle, said: str) -> None:
    lifecycle.receive([PINK], review=False)
    answer = look_up(said, bundle, lifecycle)
    assert answer == Found(said, False, "nothing better was learned for it")


@pytest.mark.parametrize("decision", [Status.BLOCKED, Status.RETIRED])
def test_a_rewrite_that_people_took_out_of_use_does_not_apply(
    bundle: Bundle, lifecycle: Lifecycle, decision: Status
) -> None:
    lifecycle.receive([PINK], review=False)
    lifecycle.decide(PINK.id, decision)
    answer = look_up("Play pinc", bundle, lifecycle)
    assert (answer.text, answer.rewritten, answer.rewrite) == ("Play pinc", False, PINK)
    assert f"is {decision}, not live" in answer.reason


def test_a_rewrite_under_review_does_not_apply_before_it_is_approved(bundle: Bundle, lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK], review=True)
    assert not look_up("play pinc", bundle, lifecycle).rewritten
    lifecycle.decide(PINK.id, Status.LIVE)
    assert look_up("play pinc", bundle, lifecycle).rewritten


def test_a_rewrite_that_the_state_does_not_know_does_not_apply(bundle: Bundle, lifecycle: Lifecycle) -> None:
    answer = look_up("play pinc", bundle, lifecycle)
    assert not answer.rewritten
    assert "is proposed, not live" in answer.reason


def test_a_refused_rewrite_never_applies_and_says_why(bundle: Bundle, lifecycle: Lifecycle) -> None:
    lifecycle.receive([PINK, OFF], review=False)
    answer = look_up("light on", bundle, lifecycle)
    assert (answer.text, answer.rewritten, answer.rewrite) == ("light on", False, OFF)
    assert "refused: reverses the meaning" in answer.reason


def test_an_answer_is_plain_json(bundle: Bundle, lifecycle: Lifecycle) -> None:
    for said in ("play pinc", "stop"):
        facts = json.loads(json.dumps(look_up(said, bundle, lifecycle).to_dict()))
        assert facts["text"] == said
        assert facts["rewritten"] is False
    assert facts["rewrite"] is None

"""The layer that an assistant talks to: what it rewrites for whom, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from layered import LEARNED, MONDAY, NOTHING, SAID, bundle, understands

from sayagain.bundle.bundle import publish
from sayagain.bundle.layout import REQUESTS_FILE
from sayagain.errors import BundleError
from sayagain.online.layer import Layer
from sayagain.retrieval.candidates import Request, gather
from sayagain.retrieval.rank import SHARED_RANKER, learned, shipped
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import Scale
from sayagain.schema import LayerAction, Turn
from sayagain.schema.explanation import Explanation
from sayagain.schema.rewrite import Rewrite
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle


class Someone:
    """A person who talks to an assistant with a layer."""

    def __init__(self, layer: Layer, name: str, device: str = "kitchen") -> None:
        self.layer, self.name, self.device, self.now, self.turns = layer, name, device, MONDAY, 0

    def ask(self, text: str, *others: str) -> LayerAction | None:
        """Return what the layer makes of a request; ``others`` are what else may have been heard.

        Whatever it is, it is what the layer explained before, which changed nothing.
        """
        heard = [{"text": one, "score": -0.2 - 0.1 * place} for place, one in enumerate((text, *others))]
        self.last = Turn(user=self.name, device=self.device, time=self.now, text=text, asr=heard)
        explained = self.layer.explain(self.last)
        assert explained == self.layer.explain(self.last)
        action = self.layer.rewrite(self.last)
        assert explained.action == action
        assert explained.reason
        return action

    def works(self, text: str, meaning: tuple[str, dict[str, str]]) -> None:
        """Say something that works, and come back an hour later."""
        self.tell(self.ask(text), "ok", meaning)
        self.now += timedelta(hours=1)

    def fails(self, text: str, after: float = 10.0) -> None:
        """Say something that is not understood."""
        self.tell(self.ask(text), "error", None)
        self.now += timedelta(seconds=after)

    def tell(self, action: LayerAction | None, status: str, meaning: tuple[str, dict[str, str]] | None) -> Turn:
        self.turns += 1
        interpretation = None if meaning is None else {"intent": meaning[0], "slots": meaning[1]}
        turn = Turn.model_validate(
            self.last.model_dump(exclude={"turn"})
            | {"turn": f"{self.name}-{self.turns}", "status": status, "interpretation": interpretation, "layer": action}
        )
        self.layer.observe(turn)
        return turn


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return Layer.open(bundle(tmp_path / "bundle"), matcher=understands, staged=False)


def made_of(action: LayerAction | None) -> str | None:
    return None if action is None else action.rewrite


CALIFORNIA = ("get_weather", {"city": "wilkerson california"})


def test_who_always_asks_for_wilkerson_california_gets_it_though_washington_is_commoner(layer: Layer) -> None:
    someone = Someone(layer, "ann")
    for _ in range(12):
        someone.works("What's the weather in Wilkerson, California?", CALIFORNIA)
    assert made_of(someone.ask("What's the whether in Wilkerson")) == "What's the weather in Wilkerson, California?"


def test_a_fan_of_one_song_is_not_forced_to_it_when_asking_for_another(layer: Layer) -> None:
    fan = Someone(layer, "fan")
    for _ in range(12):
        fan.works("Play We Don't Talk Anymore", ("play", {"song": "we dont talk anymore"}))
    assert fan.ask("Play We Don't Talk About Bruno") is None
    assert made_of(fan.ask("Lay we don't talk about Bruno")) in (None, "Play We Don't Talk About Bruno")


def test_a_new_person_gets_what_worked_for_everyone(layer: Layer) -> None:
    action = Someone(layer, "new").ask("Turn on the kitchen flights")
    assert made_of(action) == "Turn on the kitchen lights"
    assert action is not None
    assert (action.source, action.propensity) == ("everyone", 1.0)
    assert action.score is not None
    assert 0 < action.score <= 1


def test_a_request_that_works_is_left_alone(layer: Layer) -> None:
    for text, meaning, _, _ in SAID:
        if meaning:
            assert Someone(layer, "anyone").ask(text) is None, text


def test_on_never_becomes_off(layer: Layer) -> None:
    action = Someone(layer, "anyone").ask("Turn off the kitchen flights", "Turn on the kitchen lights")
    assert made_of(action) in (None, "Turn off the kitchen lights")


def test_serving_needs_no_engine_that_reads_logs() -> None:
    script = "import sys, sayagain.online.layer; print([name for name in ('duckdb', 'ibis') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert ran.stdout == "[]\n"


def test_an_explanation_names_each_candidate_its_evidence_and_the_guard_that_dropped_it(layer: Layer) -> None:
    def explain(text: str) -> Explanation:
        return layer.explain(Turn(user="new", time=MONDAY, text=text))

    made = explain("Turn on the kitchen flights")
    assert (made.text, made.rewritten, made.step) == ("Turn on the kitchen lights", True, "ranked")
    assert made.hypotheses == ("turn on the kitchen flights",)
    best = made.candidates[0]
    assert (best.text, best.found, best.allowed) == ("Turn on the kitchen lights", ("everyone",), "rewrite")
    assert best.gain is not None
    assert best.gain >= made.rewrite_from
    reversed_ = {each.text: each for each in explain("Turn off the kitchen flights").candidates}
    assert reversed_["Turn on the kitchen lights"].allowed == "alone"
    assert reversed_["Turn on the kitchen lights"].reason == "reverses the meaning"
    assert explain("").reason == "nothing better was learned for it"


def learn_mishearing(someone: Someone) -> None:
    """The same thing is misheard, then said again in words that work."""
    someone.fails("Play sum shoe gaze")
    someone.works("Play some shoegaze", ("play", {"genre": "shoegaze"}))


def test_after_one_success_following_a_failure_the_same_mishearing_is_fixed(tmp_path: Path) -> None:
    alone = Someone(Layer.open(None), "alone")
    learn_mishearing(alone)
    action = alone.ask("Play sum shoe gaze")
    assert made_of(action) == "Play some shoegaze"
    assert action is not None
    assert action.source == "personal"


def test_a_personal_rewrite_helps_nobody_else(tmp_path: Path) -> None:
    layer = Layer.open(None)
    learn_mishearing(Someone(layer, "one"))
    assert Someone(layer, "other").ask("Play sum shoe gaze") is None


@pytest.mark.parametrize("then", ["No, not that", "Play sum shoe gays"])
def test_a_corrected_personal_rewrite_stops_at_once(then: str) -> None:
    someone = Someone(Layer.open(None), "someone")
    learn_mishearing(someone)
    action = someone.ask("Play sum shoe gaze")
    someone.tell(action, "error", ("play", {"genre": "shoegaze"}))
    someone.now += timedelta(seconds=8)
    someone.ask(then)
    assert made_of(someone.ask("Play sum shoe gaze")) != "Play some shoegaze"


def test_unhelpful_feedback_stops_a_rewrite_at_once() -> None:
    layer = Layer.open(None)
    someone = Someone(layer, "someone")
    learn_mishearing(someone)
    turn = someone.tell(someone.ask("Play sum shoe gaze"), "ok", ("play", {"genre": "shoegaze"}))
    layer.observe(turn.model_copy(update={"feedback": {"helpful": False}}).model_validate(
        turn.model_dump() | {"feedback": {"helpful": False}}
    ))  # fmt: skip
    assert made_of(someone.ask("Play sum shoe gaze")) != "Play some shoegaze"


def test_a_device_that_did_not_answer_says_nothing_against_a_rewrite() -> None:
    someone = Someone(Layer.open(None), "someone")
    learn_mishearing(someone)
    someone.tell(someone.ask("Play sum shoe gaze"), "error", ("play", {"genre": "shoegaze"}))
    someone.now += timedelta(hours=2)
    assert made_of(someone.ask("Play sum shoe gaze")) == "Play some shoegaze"


def test_memories_outlive_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    first = Layer.open(None, url)
    someone = Someone(first, "someone")
    learn_mishearing(someone)
    someone.works("What is the time?", ("get_time", {}))
    first.flush()
    assert made_of(Someone(Layer.open(None, url), "someone").ask("Play sum shoe gaze")) == "Play some shoegaze"


def test_a_restart_between_a_failure_and_what_was_meant_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    first = Layer.open(None, url)
    someone = Someone(first, "someone")
    someone.fails("Play sum shoe gaze")
    first.flush()
    someone.layer = second = Layer.open(None, url)
    someone.works("Play some shoegaze", ("play", {"genre": "shoegaze"}))
    second.flush()
    someone.layer = Layer.open(None, url)
    assert made_of(someone.ask("Play sum shoe gaze")) == "Play some shoegaze"


def test_a_ranker_of_other_features_gives_way_to_the_one_that_ships(tmp_path: Path) -> None:
    older = replace(shipped(SHARED_RANKER), features=("likeness",), scale=Scale((-1.0,)))
    older.write(tmp_path)
    found = learned(tmp_path)
    assert (found.meant, found.scale) == (shipped(SHARED_RANKER).meant, older.scale)


def test_a_name_that_was_heard_is_not_replaced_by_another(tmp_path: Path) -> None:
    towns = [(f"Find a place in the {side} of town", f"find|area={side}", 200, 0.97) for side in ("north", "south")]
    context = Layer.open(bundle(tmp_path / "bundle", [*SAID, *towns]), staged=False)._snapshot.context

    def found(text: str) -> set[str]:
        request = Request.of(Turn(time=MONDAY, text=text))
        return {each.form for each in gather(request, UserProfile(), context, {})}

    north, south = "find a place in the north of town", "find a place in the south of town"
    assert {north, south} <= found("fine a place in the mouth of town")
    assert north in found("fine a place in the north of town")
    assert south not in found("fine a place in the north of town")


def test_a_household_rewrites_only_what_is_known_to_fail() -> None:
    someone = Someone(Layer.open(None), "someone")
    for _ in range(5):
        someone.works("Play some shoegaze", ("play", {"genre": "shoegaze"}))
    assert someone.ask("Play sum shoe gaze") is None


def test_who_is_forgotten_is_new(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    layer = Layer.open(None, url)
    someone = Someone(layer, "someone")
    learn_mishearing(someone)
    layer.flush()
    layer.forget("someone")
    assert someone.ask("Play sum shoe gaze") is None
    layer.flush()
    assert Someone(Layer.open(None, url), "someone").ask("Play sum shoe gaze") is None


def test_a_place_without_a_bundle_is_a_layer_that_knows_nobody(tmp_path: Path) -> None:
    layer = Layer.open(tmp_path / "later", staged=False)
    assert layer.version is None
    assert Someone(layer, "someone").ask("Turn on the kitchen flights") is None
    bundle(tmp_path / "later")
    assert layer.reload() == "000001"
    assert made_of(Someone(layer, "someone").ask("Turn on the kitchen flights")) is not None


def test_a_damaged_bundle_is_refused_and_the_old_one_goes_on(tmp_path: Path) -> None:
    place = bundle(tmp_path / "bundle")
    layer = Layer.open(place, matcher=understands, staged=False)
    bundle(place)
    damaged = place / "000002" / "online" / REQUESTS_FILE
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(BundleError, match="missing or damaged"):
        layer.reload()
    assert layer.version == "000001"
    assert made_of(Someone(layer, "a").ask("Turn on the kitchen flights")) == "Turn on the kitchen lights"


def test_a_bundle_without_an_online_part_opens(tmp_path: Path) -> None:
    publish(tmp_path, [], NOTHING, **LEARNED)
    layer = Layer.open(tmp_path, staged=False)
    assert layer.version == "000001"
    assert Someone(layer, "a").ask("Turn on the kitchen flights") is None


def test_no_request_is_dropped_while_bundles_change(tmp_path: Path) -> None:
    layer = Layer.open(bundle(tmp_path / "bundle"), matcher=understands, staged=False)
    answers: list[str | None] = []
    errors: list[BaseException] = []

    def ask(name: str) -> None:
        try:
            answers.extend(made_of(Someone(layer, name).ask("Turn on the kitchen flights")) for _ in range(40))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=ask, args=(f"person {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        layer.reload()
    for thread in threads:
        thread.join()
    assert not errors
    assert answers == ["Turn on the kitchen lights"] * 160


@pytest.mark.parametrize("text", ["", "🙂", "x" * 1_000_000, "\x01", "um"])
def test_whatever_is_heard_is_answered(layer: Layer, text: str) -> None:
    someone = Someone(layer, "someone")
    someone.tell(someone.ask(text, "🙂🙂"), "error", None)
    someone.now += timedelta(seconds=5)
    assert someone.ask(text) is None


def rewritten(folder: Path) -> Path:
    """Publish a bundle with one precomputed rewrite of a request that nothing else is known of."""
    source, target = "play my musik", "play my music"
    rewrite = Rewrite(
        id="0123abcd", source=source, target="Play my music", target_state=target, people=9, visits=50,
        target_visits=90, own=0.1, success=0.95, score=0.8, lift=0.85, lift_low=0.7, lift_high=0.9,
    )  # fmt: skip
    state = Lifecycle(beside(folder))
    publish(folder, [rewrite], NOTHING, agree=lambda: state.receive([rewrite], review=False), **LEARNED)
    return folder


def test_a_precomputed_rewrite_applies_though_the_ranker_knows_nothing_of_it(tmp_path: Path) -> None:
    action = Someone(Layer.open(rewritten(tmp_path / "bundle"), staged=False), "new").ask("Play my musik")
    assert action is not None
    assert (action.rewrite, action.source) == ("Play my music", "precomputed 0123abcd")


def test_a_precomputed_rewrite_is_not_forced_on_whom_the_request_serves(tmp_path: Path) -> None:
    layer = Layer.open(rewritten(tmp_path / "bundle"), staged=False)
    someone = Someone(layer, "someone")
    for _ in range(4):
        someone.ask("Play my musik")
        someone.tell(None, "ok", ("play", {"media": "musik"}))
        someone.now += timedelta(hours=1)
    assert made_of(someone.ask("Play my musik")) is None


def test_a_precomputed_rewrite_that_a_person_corrects_stops_for_this_person(tmp_path: Path) -> None:
    layer = Layer.open(rewritten(tmp_path / "bundle"), staged=False)
    someone = Someone(layer, "someone")
    someone.tell(someone.ask("Play my musik"), "error", ("play", {"media": "music"}))
    someone.now += timedelta(seconds=6)
    someone.ask("No, not that")
    assert made_of(someone.ask("Play my musik")) is None
    assert made_of(Someone(layer, "other").ask("Play my musik")) == "Play my music"


@pytest.mark.parametrize("place", ["a file", "a log", "a version"])
def test_a_layer_is_not_opened_on_something_else(tmp_path: Path, place: str) -> None:
    published = bundle(tmp_path / "bundle")
    (tmp_path / "a file").write_text("no bundle")
    (tmp_path / "a log" / "day=2026-01-05").mkdir(parents=True)
    at = published / "000001" if place == "a version" else tmp_path / place
    with pytest.raises(BundleError, match=f"is {place}"):
        Layer.open(at)
    assert not list(tmp_path.rglob("*.state.db"))


def test_a_layer_says_what_of_its_bundle_is_not_served(tmp_path: Path) -> None:
    with closing(Layer.open(tmp_path / "nowhere")) as waiting:
        assert str(waiting.lacking).startswith(f"Nothing was published at {tmp_path / 'nowhere'} yet")
    published = bundle(tmp_path / "bundle")
    with closing(Layer.open(published)) as known:
        assert known.lacking is None

"""The assistant is taught and asks: typed, over HTTP, and by the people of the second preset of homes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sayagain.assistant.conversation import Conversation
from sayagain.assistant.corpus import utterances
from sayagain.assistant.demo import demo_home
from sayagain.assistant.layer import FullLayer
from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import Clip, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.stages import Heard
from sayagain.assistant.teaching.lesson import Meant
from sayagain.assistant.teaching.wordings import Speaks, wordings
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.truth import Truth
from sayagain.server.app import create
from sayagain.state.inbox import Inbox

pytest.importorskip("home_assistant_intents", reason="needs the extra assistant: pip install 'sayagain[assistant]'")
httpx = pytest.importorskip("httpx", reason="needs the extra assistant: pip install 'sayagain[assistant]'")


@pytest.fixture(params=["in this process", "behind an address"])
def layer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FullLayer]:
    from sayagain.assistant.remote import Remote

    state = f"sqlite:///{tmp_path}/state.db"
    own = Layer.open(None, state)
    if request.param == "in this process":
        yield own
        own.close()
        return
    app = create(own, Inbox(state), Log.create(tmp_path / "log"))
    with TestClient(app, base_url="http://localhost:8377") as client:

        def passed_on(sent: httpx.Request) -> httpx.Response:
            answer = client.post(str(sent.url.path), content=sent.content)
            return httpx.Response(answer.status_code, content=answer.content)

        yield Remote("http://localhost:8377", httpx.MockTransport(passed_on))
    own.close()


@pytest.fixture
def talk(layer: FullLayer) -> Conversation:
    return Conversation(demo_home(), layer, teachable=layer)


def said(talk: Conversation, text: str) -> str:
    return talk.say([Heard(text, 0.0)]).result.outcome.response


def test_what_is_taught_is_said_back_and_holds_from_the_next_turn_on(talk: Conversation) -> None:
    assert said(talk, "by my lamp I mean the bedside lamp").startswith("I will remember that by “lamp” you mean")
    assert said(talk, "turn off my lamp") == "Okay, bedside lamp power off."
    assert "bedside lamp" in said(talk, "what do you know about me")
    assert said(talk, "forget that").startswith("I have forgotten")


def test_it_asks_what_was_meant_by_what_it_does_not_know_and_the_answer_holds(talk: Conversation) -> None:
    assert said(talk, "turn on the beamer").endswith("What did you mean? You can say: I meant …")
    assert said(talk, "I meant the kitchen light") == "I will remember that by “beamer” you mean “kitchen light”."
    assert said(talk, "turn on the beamer").startswith("Okay, kitchen light")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("stop asking", "I will not ask you any more."),
        ("never mind", "Alright."),
        ("neither", "Alright."),
        ("turn on the kitchen light", "Okay, kitchen light power on."),
        ("switch the beamer on", "Sorry, I couldn't find beamer."),
    ],
)
def test_what_is_no_answer_teaches_nothing(talk: Conversation, answer: str, says: str) -> None:
    said(talk, "turn on the beamer")
    assert said(talk, answer) == says
    assert said(talk, "what do you know about me") == "I do not remember anything about you yet."


def test_what_would_unlock_is_not_learned(talk: Conversation) -> None:
    assert said(talk, "from now on unlock means lock").startswith("I do not learn that")


def test_without_a_layer_statements_are_not_understood() -> None:
    assert said(Conversation(demo_home()), "by my lamp I mean the bedside lamp").startswith("Sorry")


# Homes of people who teach


def test_each_thing_is_taught_in_at_least_eight_ways_and_as_many_are_kept_for_judging() -> None:
    for about, does in wordings().items():
        for name, ways in does.items():
            assert len(set(ways)) == len(ways) >= 8, (about, name)
            if not name.startswith("kept_"):
                kept = set(does[f"kept_{name}"])
                assert len(kept - set(ways)) >= 4, (about, name)


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    """Recordings of everything, heard as it was said; every fifth text without its last word."""
    texts = dict.fromkeys(one.text for one in utterances() if one.style != "not_meant")
    heard = [(text, text.rpartition(" ")[0] or text if n % 5 == 0 else text) for n, text in enumerate(texts)]
    return Recordings([
        Clip(n, text, "ann", "clean", None, False, "alexa", True, 0.99, 2.0, (Heard(as_heard, -0.1),))
        for n, (text, as_heard) in enumerate(heard)
    ])  # fmt: skip


class Deaf:
    """Takes in nothing, and asks after every failure."""

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        return Taught(say="", understood=False)

    def ask(self, session: Sequence[Turn]) -> Question | None:
        last = session[-1]
        asks = last.status == "error"
        return Question(id=last.turn, user=last.user, kind="teach_me", say="What?", about=last) if asks else None

    def answer(self, question: Question, turn: Turn) -> Taught:
        return Taught(say="", understood=False)


Rows = list[tuple[Turn, Truth]]


@pytest.fixture(scope="module")
def alone(recordings: Recordings) -> Rows:
    means = Means(recordings, understanding(), teaching=Speaks())
    return [row for home in live(means, homes=2, weeks=2, seed=5) for row in home]


@pytest.fixture(scope="module")
def asked(recordings: Recordings) -> Rows:
    means = Means(recordings, understanding(), teaching=Speaks(), teachable=Deaf())
    return [row for home in live(means, homes=2, weeks=2, seed=5) for row in home]


def test_what_is_said_beside_requests_changes_no_request(alone: Rows, asked: Rows) -> None:
    requests = [(turn, truth) for turn, truth in asked if truth.kind not in ("teach", "answer")]
    assert [(turn, truth.met) for turn, truth in requests] == [(turn, truth.met) for turn, truth in alone]
    assert len(requests) < len(asked)


def test_truth_tells_what_was_worth_asking_whether_anybody_asks_or_not(alone: Rows, asked: Rows) -> None:
    worth = {turn.turn: truth.worth_asking for turn, truth in asked}
    assert {turn.turn: truth.worth_asking for turn, truth in alone}.items() <= worth.items()
    assert {"again", "unknown", None} <= set(worth.values())
    assert all(truth.defect for _, truth in alone if truth.worth_asking)


def test_people_answer_ignore_and_teach_by_themselves(asked: Rows) -> None:
    assert {truth.taken for _, truth in asked} >= {"answered", "ignored", None}
    assert all((truth.asked is None) == (truth.taken is None) for _, truth in asked)
    beside = [truth for _, truth in asked if truth.kind in ("teach", "answer")]
    assert {truth.kind for truth in beside} == {"teach", "answer"}
    assert all(truth.taught_right is False for truth in beside if truth.taught)


def test_a_lesson_is_right_where_just_that_was_learned(tmp_path: Path) -> None:
    layer = Layer.open(None, f"sqlite:///{tmp_path}/state.db")
    waking = Meant("wake", "07:00", days="weekdays")
    assert waking.learned(layer.teach("ann", "on weekdays wake me means seven").learned)
    assert not waking.learned(layer.teach("ann", "wake me means seven").learned)
    assert not waking.learned(layer.teach("ann", "on weekdays wake me means eight").learned)
    assert not waking.learned(None)
    assert Meant("music", "queen").learned(layer.teach("ann", "I like Queen").learned)
    words = Meant("words", "turn off all the lights", subject="good night")
    assert words.learned(layer.teach("ann", "good night means turn off all the lights").learned)

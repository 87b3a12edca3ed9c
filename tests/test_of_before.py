"""What earlier releases left opens; a bundle of before is served in shadow, until it is learned again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import earlier
import layered
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from layered import LEARNED, MONDAY, NOTHING
from proposed import proposed
from starlette.testclient import TestClient

from sayagain import Layer, Settings, Turn
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import FORMAT
from sayagain.learning.pipeline import learn
from sayagain.log.addition import MOST_FILES_A_DAY
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.schema import LayerAction
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.server.app import create
from sayagain.state import beside
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import BY_PERSON, BY_POLICY, Lifecycle

SOURCE, TARGET = "play my musik", "Play my music"
FLIGHTS, LIGHTS = "Turn on the kitchen flights", "Turn on the kitchen lights"
AGAIN = "Learn it again with: sayagain learn LOG --out BUNDLE"


def proposal(source: str = SOURCE, target: str = TARGET) -> Rewrite:
    return proposed(source, target)


MUSIC, BILL = proposal(), proposal("pay the bell", "Pay the bill")


@pytest.fixture(params=[1, 2])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A bundle of an earlier format: one rewrite that the rules of today allow, and one that they refuse."""
    return earlier.bundle(tmp_path / "bundle", request.param, [MUSIC, BILL])


def learned_again(folder: Path) -> None:
    """Publish the same rewrite again, as learning does."""
    state = Lifecycle(beside(folder))
    publish(folder, [MUSIC], NOTHING, agree=lambda: state.receive([MUSIC], review=False), **LEARNED)


def asked(text: str, user: str = "somebody new", minutes: float = 0) -> Turn:
    return Turn(user=user, time=MONDAY + timedelta(minutes=minutes), text=text)


# In shadow


def test_a_bundle_of_before_opens_and_says_that_it_must_be_learned_again(before: Path) -> None:
    opened = Bundle.open(before)
    assert opened.rewrites == [MUSIC, BILL]
    assert opened.manifest.learned_from.turns == 144
    assert opened.outdated is not None
    assert str(before) in opened.outdated
    assert opened.outdated.endswith(AGAIN)
    layer = Layer.open(before, staged=False)
    assert (layer.version, layer.held) == ("000001", opened.outdated)


@pytest.mark.parametrize("status", [Status.LIVE, Status.CONTESTED])
def test_nothing_that_it_decides_is_done(before: Path, status: Status) -> None:
    Lifecycle(beside(before)).decide(MUSIC.id, status)
    layer = Layer.open(before, staged=False)
    for text in (SOURCE, BILL.source, FLIGHTS, "what is the time"):
        assert layer.rewrite(asked(text)) is None


def test_it_is_explained_what_it_would_do_and_why_that_is_held(before: Path) -> None:
    layer = Layer.open(before, staged=False)
    answer = layer.explain(asked(SOURCE))
    assert (answer.text, answer.rewritten, answer.action, answer.rewrite) == (SOURCE, False, None, MUSIC)
    assert answer.reason == "what the bundle would do is held: it is served in shadow"
    assert answer.held == layer.held
    assert answer.shadow is not None
    assert answer.shadow.action is not None
    assert (answer.shadow.text, answer.shadow.action.rewrite) == (TARGET, TARGET)
    assert answer.shadow.reason.startswith(f"rewrite {MUSIC.id}: 9 people said it again this way")


def test_what_is_contested_would_be_offered(before: Path) -> None:
    Lifecycle(beside(before)).decide(MUSIC.id, Status.CONTESTED)
    answer = Layer.open(before, staged=False).explain(asked(SOURCE))
    assert answer.action is None
    assert answer.shadow is not None
    assert answer.shadow.action is not None
    assert (answer.shadow.action.rewrite, answer.shadow.action.offer) == (None, TARGET)


def test_what_the_rules_of_today_refuse_it_would_not_do_either(before: Path) -> None:
    answer = Layer.open(before, staged=False).explain(asked(BILL.source))
    assert answer.shadow is not None
    assert answer.shadow.action is None
    assert answer.shadow.reason.startswith("the rules refuse today what was learned for it")


@pytest.mark.parametrize("format", [2, 3])
def test_what_its_index_finds_is_not_done_either(tmp_path: Path, format: int) -> None:
    """The same files in the format of today are used."""
    folder = layered.bundle(tmp_path / "bundle")
    action = Layer.open(folder, staged=False).rewrite(asked(FLIGHTS))
    assert action is not None
    assert action.rewrite == LIGHTS
    path = folder / "000001" / "manifest.json"
    path.write_text(path.read_text().replace(f'"format": {FORMAT}', f'"format": {format}'))
    layer = Layer.open(folder, staged=False)
    assert layer.rewrite(asked(FLIGHTS)) is None
    shadow = layer.explain(asked(FLIGHTS)).shadow
    assert shadow is not None
    assert shadow.action == action


def taught(layer: Layer) -> list[LayerAction | None]:
    """Say three times what fails, the same in words that work, and what the bundle knows; return the actions."""
    actions = []
    for day in range(3):
        for number, (text, status) in enumerate([("play my jass", "error"), ("play my jazz", "ok"), (SOURCE, "error")]):
            turn = asked(text, "ann", 1440 * day + number / 10)
            actions.append(layer.rewrite(turn))
            told = {"status": status, "turn": f"{day}-{number}", "layer": actions[-1]}
            layer.observe(turn.model_copy(update=told))
    return actions


def test_personal_memory_goes_on_as_without_a_bundle(before: Path) -> None:
    actions = taught(Layer.open(before, staged=False))
    assert actions == taught(Layer.open(None))
    assert [action and action.rewrite for action in actions[3:5]] == ["play my jazz", None]


def test_learning_again_clears_it(before: Path) -> None:
    layer = Layer.open(before, staged=False)
    learned_again(before)
    assert layer.reload() == "000002"
    assert (layer.held, Bundle.open(before).outdated) == (None, None)
    action = layer.rewrite(asked(SOURCE))
    assert action is not None
    assert action.rewrite == TARGET
    answer = layer.explain(asked(SOURCE))
    assert (answer.held, answer.shadow, answer.rewritten) == (None, None, True)


@pytest.mark.parametrize(("status", "made"), [(Status.LIVE, True), (Status.BLOCKED, False), (Status.RETIRED, False)])
def test_what_a_person_decides_is_held_too_and_kept_for_when_it_is_learned_again(
    before: Path, status: Status, made: bool
) -> None:
    Lifecycle(beside(before)).decide(MUSIC.id, status)
    layer = Layer.open(before, staged=False)
    assert layer.rewrite(asked(SOURCE)) is None
    learned_again(before)
    layer.reload()
    standing = Lifecycle(beside(before)).standings()[MUSIC.id]
    assert (standing.status, standing.decided_by) == (status, BY_PERSON)
    assert (layer.rewrite(asked(SOURCE)) is not None) is made


def test_the_service_says_it_until_the_bundle_is_learned_again(before: Path, tmp_path: Path) -> None:
    layer = Layer.open(before, staged=False)
    app = create(layer, Inbox(beside(before)), Log.create(tmp_path / "log"))
    request = {"user": "new", "time": "2026-03-02T18:00:00Z", "text": SOURCE}
    with TestClient(app, base_url="http://localhost:8377") as client:
        health = client.get("/health").json()
        assert (health["status"], health["bundle"], health["held"]) == ("ok", "000001", layer.held)
        assert client.post("/bundle/reload").json() == {"bundle": "000001", "held": layer.held}
        assert client.post("/rewrite", json=request).json() == {}
        assert client.post("/explain", json=request).json()["shadow"]["action"]["rewrite"] == TARGET
        learned_again(before)
        assert client.post("/bundle/reload").json() == {"bundle": "000002"}
        assert "held" not in client.get("/health").json()
        assert client.post("/rewrite", json=request).json()["rewrite"] == TARGET


# A log and a state database


def test_a_state_database_of_before_opens(tmp_path: Path) -> None:
    """What was decided, and what was remembered of a person, is there; complaints and turns find their place."""
    phrases = {
        "play my jazz": {"text": "play my jazz", "meaning": None, "good": 2.7, "bad": 0.3},
        "play my jass": {"text": "play my jass", "meaning": None, "good": 0.3, "bad": 2.7},
    }
    meant = {"play my jass": {"play my jazz": 2.7}}
    ann = {"memory": {"phrases": phrases, "habits": {}, "meant": meant, "blocked": {}}, "last": None, "failed": []}
    standings = [
        (MUSIC.id, MUSIC.source, MUSIC.target, "blocked", BY_PERSON),
        ("1a2b3c4d", "a", "b", "live", BY_POLICY),
    ]
    url = earlier.state(tmp_path / "state.db", standings, {"ann": ann})
    lifecycle = Lifecycle(url)
    assert {id: (each.status, each.decided_by) for id, each in lifecycle.standings().items()} == {
        MUSIC.id: (Status.BLOCKED, BY_PERSON),
        "1a2b3c4d": (Status.LIVE, BY_POLICY),
    }
    assert lifecycle.complaints() == []
    layer = Layer.open(None, url)
    action = layer.rewrite(asked("play my jass", "ann"))
    assert action is not None
    assert action.rewrite == "play my jazz"
    layer.observe(asked("play my jazz", "ann", 1).model_copy(update={"turn": "t", "status": "ok"}))
    layer.flush()
    inbox = Inbox(url)
    assert inbox.put([asked("stop").model_copy(update={"turn": "a"})]).result() == [True]
    inbox.close()
    lifecycle.receive([MUSIC], review=False)
    assert lifecycle.standings()[MUSIC.id].status is Status.BLOCKED


def test_a_log_of_before_opens_and_takes_turns_of_today(tmp_path: Path) -> None:
    """What a layer did is whole in both, though the two have different fields for it."""
    rewritten = {"rewrite": LIGHTS, "source": "everyone"}

    def said(user: int, text: str, second: int, **more: object) -> Turn:
        name, time = f"{user}-{second}", f"2026-01-05T08:{user:02}:{second:02}Z"
        return Turn.model_validate({"turn": name, "user": f"u{user}", "time": time, "text": text, **more})

    turns = [
        said(user, text, second, status=status)
        for user in range(9)
        for text, second, status in ((FLIGHTS, 0, "error"), (LIGHTS, 5, "ok"))
    ]
    log = Log.open(earlier.log(tmp_path / "log", [*turns, said(30, FLIGHTS, 0, layer=rewritten)]))
    offered = {"offer": LIGHTS, "score": 0.5, "source": "personal", "say": "Lights?"}
    today = [said(31, FLIGHTS, 0, layer=offered), said(0, FLIGHTS, 0, status="error")]
    rows = pa.Table.from_pylist([turn.to_row() for turn in today], Turn.arrow_schema())
    assert log.append([rows]) == 1, "what it has is known by its identifier"
    table = log.turns(connect(tmp_path / "spill"))
    acted = [turn.layer for turn in map(Turn.from_row, table.order_by("time").to_pyarrow().to_pylist()) if turn.layer]
    assert acted == [LayerAction.model_validate(rewritten), LayerAction.model_validate(offered)]
    learned = learn(tmp_path / "log", tmp_path / "bundle", Settings(spans=False))
    facts = Bundle.open(tmp_path / "bundle").manifest.learned_from
    assert (facts.turns, facts.organic) == (20, 19)
    assert [each.target for each in learned.rewrites] == [LIGHTS]


def test_a_crowded_day_of_before_is_made_one_file_with_turns_of_today(tmp_path: Path) -> None:
    time, offered = MONDAY.replace(month=1, day=5), LayerAction(offer=LIGHTS, score=0.5)
    log = Log.open(earlier.log(tmp_path / "log", [Turn(turn="a", time=time, text="stop")]))
    (file,) = log.files()
    for number in range(MOST_FILES_A_DAY):
        shutil.copy(file, file.with_name(f"part-copy-{number}.parquet"))
    turn = Turn(turn="b", time=time, text=FLIGHTS, layer=offered)
    assert log.append([pa.Table.from_pylist([turn.to_row()], Turn.arrow_schema())]) == 1
    (whole,) = log.files()
    last = Turn.from_row(pq.read_table(whole).to_pylist()[-1])
    assert (last.turn, last.layer) == ("b", offered)

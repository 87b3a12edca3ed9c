"""One piece of each kind, added as docs/extending.md says: a reader, a signal, an observation, an expert, a stage …."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.expr import types as ir
from layered import bundle
from pydantic import BaseModel
from served import Home, said
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from sayagain import Bundle, Layer, Log, Settings, Turn, ingest, learn
from sayagain.bundle.manifest import PolicyStep
from sayagain.defects.one_turn import spoken
from sayagain.defects.signals import ALL_SIGNALS, DEFECT, signal
from sayagain.failures import evidence, observations
from sayagain.failures.evidence import ALL_OBSERVATIONS
from sayagain.failures.scenes import Scene
from sayagain.learning.judging import signal_report
from sayagain.learning.stages import TABLE_STAGES, Run, gives_table
from sayagain.log.readers import READERS, Hints, Read, Rejected
from sayagain.online import steps
from sayagain.online.snapshot import Snapshot
from sayagain.retrieval.candidates import Candidate, Request
from sayagain.retrieval.context import nobody
from sayagain.retrieval.experts import EXPERTS, Proposals, expert
from sayagain.retrieval.feature_registry import CANDIDATE_FEATURES, candidate_feature
from sayagain.retrieval.feature_vectors import kinds_of_evidence, of_candidates
from sayagain.retrieval.options import Options
from sayagain.retrieval.policy import decide
from sayagain.retrieval.rank import Decision
from sayagain.retrieval.user_profile import UserProfile
from sayagain.retrieval.views import CandidatesView, Scale
from sayagain.server import app
from sayagain.server.bodies import TURN_BODY
from sayagain.server.service import Service
from sayagain.state.lifecycle import Lifecycle
from sayagain.text.normalise import normalise

MONDAY = datetime(2026, 5, 4, 7, tzinfo=UTC)


def tabs(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        try:
            time, user, text = line.split("\t")
            yield Read(Turn.model_validate({"time": time, "user": user, "text": text}))
        except ValueError:
            yield Rejected(str(path), number, "not three fields: time, user, text")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A log that the added reader has read."""
    monkeypatch.setitem(READERS, "tabs", tabs)
    lines = [f"2026-05-04T07:00:{second:02}Z\tann\tplay jazz" for second in range(9)]
    (tmp_path / "said.txt").write_text("\n".join([*lines, "nothing"]), encoding="utf8")
    done = ingest([tmp_path / "said.txt"], "tabs", tmp_path / "log")
    assert (done.added, done.rejected) == (9, 1)
    return Log.open(tmp_path / "log")


def test_a_signal_joins(log: Log) -> None:
    @signal("next", DEFECT)
    def in_haste(t: ir.Table) -> ir.BooleanValue:
        return t.next_gap <= 1

    first, soon, later = (Turn(time=MONDAY + timedelta(seconds=after), text="play jazz") for after in (0, 1, 30))
    try:
        found = {each.signal: each for each in signal_report(log).signals}
        online = [dict(spoken(first, after))["next"] for after in (soon, later)]
    finally:
        del ALL_SIGNALS["in_haste"]
    assert found["in_haste"].coverage == pytest.approx(8 / 9)
    assert online == [{"repeat", "in_haste"}, {"repeat"}]


def test_an_observation_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "ALL_OBSERVATIONS", known := dict(ALL_OBSERVATIONS))
    monkeypatch.setattr(observations, "ALL_OBSERVATIONS", known)

    @evidence.observation("result")
    def slow(scene: Scene) -> str | None:
        took = sum(stage.milliseconds or 0 for stage in scene.turn.trace if stage.stage == "result")
        return f"it took {took / 1000:.0f} s" if took > 5_000 else None

    trace = [{"stage": "result", "milliseconds": 7_000}]
    turn = Turn.model_validate({"time": MONDAY, "text": "order a taxi", "trace": trace})
    (found,) = observations.observed(Scene(turn, {}), "result")
    assert (found.name, found.sentence) == ("slow", "it took 7 s")


def test_a_ranking_feature_joins() -> None:
    @candidate_feature("likeness")
    def first_word(v: CandidatesView) -> npt.ArrayLike:
        heard = v.request.forms[0].split()[:1]
        return [float(each.form.split()[:1] == heard) for each in v.candidates]

    try:
        candidates = [Candidate(form, form, None) for form in ("play jazz", "stop")]
        request = Request.of(Turn(time=MONDAY, text="play chess"))
        rows = of_candidates(request, candidates, UserProfile(), nobody(), Scale(), {})
        assert "first_word" in kinds_of_evidence()["likeness"]
    finally:
        del CANDIDATE_FEATURES["first_word"]
    assert np.array_equal(rows[:, -1], [1.0, 0.0])


def test_an_expert_joins_and_the_guards_hold_for_it(tmp_path: Path) -> None:
    @expert
    def shortest(options: Options) -> Proposals:
        return options.surest(np.array([1 / len(each.form) for each in options.found.candidates], dtype=np.float32))

    snapshot = Snapshot.of(Bundle.open(bundle(tmp_path / "bundle")), Lifecycle("sqlite://"))

    def decided(text: str) -> tuple[str, str | None, str | None]:
        options = Options(Turn(time=MONDAY, text=text), UserProfile(), snapshot.context, snapshot.ranker)
        decision = decide(options, (PolicyStep(expert="shortest", least=0.0),))
        return decision.do, decision.expert, decision.candidate and decision.candidate.text

    try:
        assert decided("turn on the kitchen flights") == ("rewrite", "shortest", "Turn on the kitchen lights")
        assert decided("what's the weather in wilkerson oregon")[0] != "rewrite"
    finally:
        del EXPERTS["shortest"]


def test_a_stage_of_learning_joins(log: Log, tmp_path: Path) -> None:
    @gives_table
    def by_person(run: Run) -> pa.Table:
        turns = run.log_tables.turns
        return turns.group_by("user").aggregate(turns=turns.count()).to_pyarrow()

    try:
        learn(log.path, tmp_path / "bundle", Settings(min_people=1, keep_tables=tmp_path / "tables"))
    finally:
        del TABLE_STAGES["by_person"]
    assert pq.read_table(tmp_path / "tables" / "by_person.parquet").to_pylist() == [{"user": "ann", "turns": 9}]
    assert {path.stem for path in (tmp_path / "tables").iterdir()} == {*TABLE_STAGES, "by_person", "linked"}


def test_a_step_of_the_decision_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    def quiet(asked: steps.Asked) -> Decision | None:
        shouts = asked.request.text.isupper()
        return Decision(Candidate("hush", "hush", None, found={"personal"}), 0.0, 1.0, "offer") if shouts else None

    monkeypatch.setattr(steps, "STEPS", {"quiet": quiet, **steps.STEPS})
    layer = Layer.open(None)
    request = Turn(time=MONDAY, text="PLAY JAZZ")
    explained = layer.explain(request)
    assert (explained.step, explained.action) == ("quiet", layer.rewrite(request))
    assert explained.action is not None
    assert explained.action.offer == "hush"
    assert layer.explain(Turn(time=MONDAY, text="play jazz")).step == "ranked"


class NormalForm(BaseModel):
    form: str


def test_a_route_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def normal_form(service: Service, request: HttpRequest) -> Response:
        """Return the normal form of a request."""
        form = normalise(TURN_BODY.parse(await request.body()).text)
        return Response(NormalForm(form=form).model_dump_json(), media_type="application/json")

    route = app.Route("/normal-form", normal_form, NormalForm, TURN_BODY, access=app.REWRITE)
    monkeypatch.setattr(app, "ROUTES", (*app.ROUTES, route))
    with Home(tmp_path).served() as client:
        assert client.post("/normal-form", json=said("a", "Um, PLAY jazz!")).json() == {"form": "play jazz"}
        assert client.post("/normal-form", json={"text": 5}).status_code == 422
        assert "/normal-form" in client.get("/openapi.json").json()["paths"]

"""The turn: what it accepts, what it fills in, and that nothing is lost between its JSON, Arrow and Python forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sayagain.schema import (
    Context,
    Feedback,
    Hypothesis,
    Interpretation,
    LayerAction,
    Slot,
    Stage,
    Turn,
)
from sayagain.schema.record import Record
from sayagain.schema.truth import Truth

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)

texts = st.text(max_size=20) | st.sampled_from(
    ["turn on 💡", "включи свет", "टीवी चालू करो", "打开电视", "\x00\n\t", "شغل"]
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
chances = st.floats(0, 1)
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


def records(model: type[Record], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Record]:
    """Records of a model with any of its fields, and unknown ones beside them (their names begin with ``x``)."""
    unknown = st.dictionaries(texts.map(lambda name: "x" + name), json_values, max_size=2)
    return st.builds(lambda known, extra: model(**known, **extra), st.fixed_dictionaries(fields), unknown)


hypotheses = records(Hypothesis, text=texts, score=maybe(numbers))
slots = records(Slot, name=texts, value=texts, entity=maybe(texts))
interpretations = records(
    Interpretation,
    domain=maybe(texts),
    intent=maybe(texts),
    slots=st.lists(slots, max_size=2),
    confidence=maybe(chances),
)
contexts = records(
    Context, device_type=maybe(texts), place=maybe(texts), sensors=st.dictionaries(texts, json_values, max_size=2)
)
stages = records(Stage, stage=texts, output=maybe(texts), confidence=maybe(chances), milliseconds=maybe(numbers))
layers = records(
    LayerAction,
    rewrite=maybe(texts),
    source=maybe(texts),
    propensity=maybe(chances),
    say=maybe(texts),
    accepted=maybe(st.booleans()),
)
feedbacks = records(Feedback, helpful=maybe(st.booleans()), comment=maybe(texts))
turns = records(
    Turn,
    turn=texts,
    session=maybe(texts),
    user=texts,
    time=times,
    text=texts,
    asr=st.lists(hypotheses, max_size=2),
    interpretation=maybe(interpretations),
    alternatives=st.lists(interpretations, max_size=2),
    response=maybe(texts),
    barge_in=maybe(st.booleans()),
    context=maybe(contexts),
    trace=st.lists(stages, max_size=2),
    layer=maybe(layers),
    feedback=maybe(feedbacks),
)


@settings(deadline=None)
@given(turns)
def test_a_turn_survives_json(turn: Turn) -> None:
    assert Turn.model_validate_json(turn.model_dump_json()) == turn


@settings(deadline=None)
@given(st.lists(turns, min_size=1, max_size=4))
def test_turns_survive_arrow(some: list[Turn]) -> None:
    table = pa.Table.from_pylist([turn.to_row() for turn in some], schema=Turn.arrow_schema())
    assert [Turn.from_row(row) for row in table.to_pylist()] == some


@settings(max_examples=20, deadline=None)
@given(st.lists(turns, min_size=1, max_size=4))
def test_turns_survive_parquet(tmp_path_factory: pytest.TempPathFactory, some: list[Turn]) -> None:
    file = tmp_path_factory.mktemp("parquet") / "turns.parquet"
    pq.write_table(pa.Table.from_pylist([turn.to_row() for turn in some], schema=Turn.arrow_schema()), file)
    assert [Turn.from_row(row) for row in pq.read_table(file).to_pylist()] == some


@settings(deadline=None)
@given(records(Truth, turn=texts, said=maybe(texts), defect=maybe(st.booleans()), fold=maybe(texts)))
def test_truth_survives_arrow(truth: Truth) -> None:
    table = pa.Table.from_pylist([truth.to_row()], schema=Truth.arrow_schema())
    assert Truth.from_row(table.to_pylist()[0]) == truth


def test_a_plain_chat_log_needs_only_time_and_text() -> None:
    turn = Turn.model_validate({"time": "2026-01-31T12:00:00Z", "text": "stop"})
    assert (turn.time, turn.text, turn.user, turn.session) == (NOON, "stop", "someone", None)


@pytest.mark.parametrize("missing", ["time", "text"])
def test_time_and_text_are_required(missing: str) -> None:
    given = {"time": "2026-01-31T12:00:00Z", "text": "stop"}
    del given[missing]
    with pytest.raises(ValidationError, match=missing):
        Turn.model_validate(given)


def test_a_missing_id_is_a_hash_of_the_content() -> None:
    same = {"time": NOON, "text": "stop", "unheard_of": 1}
    assert Turn(**same).turn == Turn(**same).turn != ""
    assert Turn(**same).turn != Turn(**{**same, "text": "stop it"}).turn
    assert Turn(**same).turn != Turn(**{**same, "unheard_of": 2}).turn


def test_the_hash_does_not_depend_on_the_zone_in_which_the_time_was_written() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert Turn(time=NOON, text="stop").turn == Turn(time=elsewhere, text="stop").turn


def test_a_time_without_a_zone_is_utc() -> None:
    assert Turn(time=datetime(2026, 1, 31, 12), text="stop").time == NOON


def test_a_time_that_utc_cannot_hold_is_refused() -> None:
    with pytest.raises(ValidationError, match="out of range"):
        Turn.model_validate({"time": "0001-01-01T00:00:00+05:00", "text": "stop"})


def test_a_response_cannot_end_before_the_request_began() -> None:
    assert Turn(time=NOON, end_time=NOON, text="stop").end_time == NOON
    with pytest.raises(ValidationError, match="end_time is before time"):
        Turn(time=NOON, end_time=NOON - timedelta(microseconds=1), text="stop")


def test_slots_may_be_given_as_names_with_values() -> None:
    meaning = Interpretation.model_validate({"slots": {"room": "kitchen", "level": 3}})
    assert meaning.slots == [Slot(name="room", value="kitchen"), Slot(name="level", value="3")]


def test_a_recognisers_confidences_are_scores_by_their_logarithms() -> None:
    heard = [{"text": "stop", "confidence": 0.5}, {"text": "shop", "score": -3, "confidence": 0.4}, {"text": "stock"}]
    turn = Turn.model_validate({"time": "2026-01-05T08:00:00Z", "text": "stop", "asr": heard})
    assert [each.score for each in turn.asr] == [pytest.approx(-0.693, abs=0.001), -3, None]
    for none in (0, 1.5, -2.0, "high", None):
        given = [{"text": "stop", "confidence": none}]
        assert Turn.model_validate({"time": "2026-01-05T08:00:00Z", "text": "stop", "asr": given}).asr[0].score is None


def test_unknown_fields_stand_in_json_where_they_stood() -> None:
    given = {"time": "2026-01-31T12:00:00Z", "text": "stop", "context": {"place": "hall", "floor": 2}, "mood": "calm"}
    written = json.loads(Turn.model_validate(given).model_dump_json())
    assert written["mood"] == "calm"
    assert written["context"]["floor"] == 2

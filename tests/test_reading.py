"""The span model on a log: what is read, what follows it, what becomes of what is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.learning.log_tables import Likened, likened
from sayagain.rephrases import apply as reading
from sayagain.rephrases.apply import UNREAD, read
from sayagain.rephrases.excerpt import EXCERPT_TURNS, EXCERPT_WINDOW, Excerpt, Said
from sayagain.rephrases.span_model import Found
from sayagain.schema import Turn
from sayagain.text.normalise import EMPTY

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)

Row = dict[str, Any]
Answer = Callable[[Excerpt], dict[int, float]]
"""For an excerpt, the probability of each turn that says the request again; others have none."""


@dataclass
class Reader:
    """Finds what it is told to find, and remembers what it was given."""

    answer: Answer
    part: str | None = None
    """The words of the turn that say it again; None for all of them."""
    digest: str = "told"
    seen: list[Excerpt] = field(default_factory=list)

    def read(self, excerpts: Iterable[Excerpt], done: Callable[[int], None] = lambda count: None) -> list[Found]:
        found = []
        for excerpt in excerpts:
            self.seen.append(excerpt)
            done(1)
            probability = np.zeros(len(excerpt) - 1, dtype=np.float32)
            for turn, p in self.answer(excerpt).items():
                probability[turn - 1] = p
            found.append(Found(probability, [self.span(each.text) for each in excerpt[1:]], 0.5))
        return found

    def span(self, text: str) -> tuple[int, int]:
        start = text.find(self.part) if self.part else 0
        return (start, start + len(self.part)) if self.part and start >= 0 else (0, len(text))


def never(excerpt: Excerpt) -> dict[int, float]:
    return {}


def at(turn: int, p: float = 0.9) -> Answer:
    return lambda excerpt: {turn: p}


def turns(said: Iterable[Row]) -> ibis.Table:
    """Turns as the log holds them; ``at`` is in seconds after nine, and a turn is named by its place."""
    rows = []
    for place, row in enumerate(said):
        told = {"turn": f"t{place:03d}", "time": NINE + timedelta(seconds=row.get("at", place)), **row}
        told.pop("at", None)
        rows.append(Turn.model_validate(told).to_row())
    return ibis.memtable(pa.Table.from_pylist(rows, Turn.arrow_schema()))


def found(said: Iterable[Row], reader: Reader, min_people: int = 1) -> dict[str, Row]:
    """What reading adds to each turn, by the name of the turn; requests are told by their normal form."""
    log = turns(said)
    return read_in(log, likened(log, carry=["turn"]), reader, min_people)


def read_in(log: ibis.Table, neighbours: Likened, reader: Reader, min_people: int = 1) -> dict[str, Row]:
    """The same of a log whose neighbours are known."""
    beside, requests, _ = neighbours
    table = read(beside, log, requests, reader, min_people).select("turn", *UNREAD)  # type: ignore[arg-type]
    rows = table.to_pyarrow().to_pylist()
    assert len(rows) == log.count().to_pyarrow().as_py()
    for row in rows:
        row["target"] = None if row["target"] is None else requests.states[row["target"]]
    return {row.pop("turn"): row for row in rows}


def failing(user: str, first: str, *later: str, begun: float = 0, **more: Any) -> list[Row]:
    """A person who is not understood, and what the person says then, ten seconds apart."""
    return [
        {"user": user, "text": text, "at": begun + 10 * place, "status": "ok" if place else "error", **more}
        for place, text in enumerate([first, *later])
    ]


NOTHING = dict.fromkeys(UNREAD)


# What is found


def test_a_rephrase_after_a_digression_is_the_target() -> None:
    rows = found(failing("ann", "lamb gone", "what time is it", "Lamp on!"), Reader(at(2)))
    assert rows["t000"] == {
        "p_span": pytest.approx(0.9),
        "target": "lamp on",
        "target_rewritten": False,
        "target_later": True,
    }
    assert rows["t001"] == rows["t002"] == NOTHING


def test_where_the_log_knows_the_words_of_the_span_they_are_the_target() -> None:
    said = failing("ann", "turn on the lamb", "no I said turn on the Lamp")
    known = [*said, {"user": "ben", "text": "Turn on the lamp", "at": 5000}]
    part = "turn on the Lamp"
    assert found(known, Reader(at(1), part))["t000"]["target"] == "turn on the lamp"
    assert found(said, Reader(at(1), part))["t000"]["target"] == "no i said turn on the lamp"


def test_a_span_in_which_nothing_is_left_stands_for_the_whole_request() -> None:
    rows = found(failing("ann", "lamb gone", "um, lamp on"), Reader(at(1), part="um,"))
    assert rows["t000"]["target"] == "lamp on"


def test_the_likeliest_turn_is_the_target() -> None:
    rows = found(failing("ann", "lamb gone", "joke", "lamp on"), Reader(lambda excerpt: {1: 0.3, 2: 0.6}))
    assert (rows["t000"]["p_span"], rows["t000"]["target"]) == (pytest.approx(0.6), "lamp on")


def test_a_target_that_the_layer_rewrote_is_marked() -> None:
    said = failing("ann", "lamb gone", "what time is it", "lamp on")
    said[2]["layer"] = {"rewrite": "turn on the lamp"}
    log = turns(said)
    neighbours = likened(log, carry=["turn"])
    assert read_in(log, neighbours, Reader(at(2)))["t000"]["target_rewritten"] is True
    assert read_in(log, neighbours, Reader(at(1)))["t000"]["target_rewritten"] is False


def test_what_was_not_heard_breaks_nothing() -> None:
    said = [*failing("ann", "lamb gone", "", "um"), *failing("ben", "", "lamp on"), *failing("cal", "um", "...")]
    reader = Reader(at(1))
    rows = found(said, reader)
    assert [excerpt[0].text for excerpt in reader.seen] == ["lamb gone"]
    assert rows["t000"]["target"] == ""
    assert rows["t003"] == rows["t005"] == NOTHING


def test_a_log_of_nothing_but_silence_is_not_read() -> None:
    reader = Reader(at(1))
    rows = found(failing("ann", "", "...", "um"), reader)
    assert list(rows.values()) == [NOTHING] * 3
    assert reader.seen == []


# Turns that are not read


def test_turns_that_are_not_read_take_the_mean_of_those_that_went_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TURNS_READ", 2)
    said = [row for user in "abcd" for row in failing(user, "lamb gone", "lamp on")]
    given = iter([0.9, 0.5])
    rows = found(said, Reader(lambda excerpt: {1: next(given)}))
    first = [row for name, row in rows.items() if int(name[1:]) % 2 == 0]
    assert sorted(row["p_span"] for row in first) == pytest.approx([0.5, 0.7, 0.7, 0.9])
    assert Counter(row["target"] for row in first) == {"lamp on": 2, None: 2}


def test_the_mean_is_that_the_next_turn_says_it_not_that_any_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TURNS_READ", 1)
    said = [row for user in "ab" for row in failing(user, "lamb gone", "what time is it", "lamp on")]
    rows = found(said, Reader(lambda excerpt: {1: 0.1, 2: 0.8}))
    assert sorted([rows["t000"]["p_span"], rows["t003"]["p_span"]]) == pytest.approx([0.1, 0.8])


def test_another_way_and_a_later_one_take_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = failing("ann", "lamb gone", "lamp on")
    said += [{"user": "ben", "text": text, "at": 400 * i} for i, text in enumerate(["lamb gone", "lamp on"])]
    said[2:] = [{**row, "session": "long"} for row in said[2:]]
    said += [
        {"user": "cal", "text": text, "at": 10 * i, "status": "ok"} for i, text in enumerate(["lamb gone", "joke"])
    ]
    rows = found(said, Reader(at(1)))
    assert rows["t000"]["p_span"] == pytest.approx(0.9)
    assert rows["t002"] == rows["t004"] == NOTHING


# Which turns are read


def test_the_first_of_every_request_is_read_before_the_second_of_any(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"lamb gone": 9, "hit the radio": 4, "joke me": 2}
    said = [row for text, times in wrong.items() for i in range(times) for row in failing(f"{text} {i}", text, "go")]
    log = turns(said)
    neighbours = likened(log, carry=["turn"])
    for most, counts in {3: [1, 1, 1], 6: [2, 2, 2], 8: [3, 3, 2], 99: [9, 4, 2]}.items():
        monkeypatch.setattr(reading, "MOST_TURNS_READ", most)
        reader = Reader(never)
        read_in(log, neighbours, reader)
        read_of = Counter(excerpt[0].text for excerpt in reader.seen)
        assert sorted(read_of.values(), reverse=True) == counts


def test_of_a_long_log_a_share_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TURNS_READ", 1)
    monkeypatch.setattr(reading, "MOST_SHARE", 0.25)
    reader = Reader(never)
    found([row for i in range(10) for row in failing(f"{i}", "lamb gone", "lamp on")], reader)
    assert len(reader.seen) == 5


def test_the_same_turns_are_read_in_whatever_order_the_log_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TURNS_READ", 4)
    said = [row for i in range(9) for row in failing(f"{i}", "lamb gone", f"lamp number {i}")]
    named = [{**row, "turn": f"n{i}"} for i, row in enumerate(said)]
    one, other = Reader(never), Reader(never)
    found(named, one)
    found(named[::-1], other)
    assert sorted(map(str, one.seen)) == sorted(map(str, other.seen))


def test_requests_that_few_people_say_are_not_read() -> None:
    said = [row for user in "abc" for row in failing(user, "lamb gone", "lamp on")]
    said += [row for user in "ab" for row in failing(user, "joke me", "tell a joke", begun=5000)]
    said += [row for i in range(3) for row in failing("a", "hit the radio", "radio", begun=9000 + 1000 * i)]
    reader = Reader(never)
    found(said, reader, min_people=3)
    assert [excerpt[0].text for excerpt in reader.seen] == ["lamb gone"] * 3


def test_what_is_not_followed_worked_or_was_rewritten_is_not_read() -> None:
    said = failing("ann", "lamb gone")
    said += [*failing("ben", "lamb gone"), {"user": "ben", "text": "lamp on", "at": EXCERPT_WINDOW + 1}]
    said += [
        {"user": "cal", "text": text, "at": 10 * i, "status": "ok"} for i, text in enumerate(["lamb gone", "joke"])
    ]
    said += failing("dan", "lamb gone", "lamp on", layer={"rewrite": "lamp on"})
    reader = Reader(at(1))
    assert list(found(said, reader).values()) == [NOTHING] * len(said)
    assert reader.seen == []


@pytest.mark.parametrize(
    "told",
    [
        [{"status": "error"}, {"status": "clarify"}, {"status": "unsupported"}],
        [{"response": "Sorry, something went wrong"}, {"response": "I don't understand"}],
        [{"text": "play some chess", "status": "ok"}],
    ],
    ids=["by its status", "by its response", "by what follows"],
)
def test_what_failed_and_what_is_followed_by_its_like_is_read(told: list[Row]) -> None:
    """People of one log say each something that failed in one of the ways in which a log may tell it."""
    reader, said = Reader(never), list[Row]()
    for number, first in enumerate(told):
        said += [{"text": f"lamb {number}", "user": f"{number}", **first}]
        said += [{"text": "play some jazz", "user": f"{number}", "at": 50}]
    found(said, reader)
    assert Counter(excerpt[0].text for excerpt in reader.seen) == Counter(row["text"] for row in said[::2])


# What follows


def test_a_plain_log_is_read_with_what_it_tells() -> None:
    reader = Reader(at(1))
    said = [{"text": "turn on the lamb", "at": 0}, {"text": "turn on the lamp", "at": 7}, {"text": "thanks", "at": 20}]
    rows = found(said, reader)
    assert reader.seen == [(Said("turn on the lamb"), Said("turn on the lamp", 7.0), Said("thanks", 20.0))]
    assert rows["t000"]["target"] == "turn on the lamp"


def test_all_that_a_log_tells_of_a_turn_is_in_the_excerpt() -> None:
    reader = Reader(never)
    asr = [[{"text": "x", "score": score}] for score in (-9.0, -5.0, -1.0)]
    found(
        [
            {"text": "lamb", "status": "clarify", "response": "Which?", "barge_in": True, "asr": asr[0]},
            {"text": "light", "at": 5, "status": "ok", "response": "", "barge_in": False, "asr": asr[2]},
            {"text": "joke", "at": 9, "interpretation": {"intent": "joke"}, "asr": asr[1]},
        ],
        reader,
    )
    ((first, second, third), *_) = sorted(reader.seen, key=len, reverse=True)
    assert (first.response, first.barge_in, first.failed, first.understood) == ("Which?", True, True, False)
    assert (second.response, second.barge_in, second.failed, second.understood) == (None, False, False, False)
    assert (third.response, third.barge_in, third.failed, third.understood) == (None, None, None, True)
    scores = [first.score, third.score, second.score]
    assert scores == sorted(scores)  # type: ignore[type-var]
    assert scores[0] == 0
    assert scores[2] is not None
    assert 0.9 <= scores[2] <= 1


def test_what_is_nearly_the_same_after_a_failure_needs_no_reading() -> None:
    reader = Reader(never)
    rows = found(failing("ann", "turn on the lamb", "turn on the lamp"), reader)
    assert (reader.seen, rows["t000"]) == ([], NOTHING)
    found(failing("ann", "turn on the lamb", "turn on the lamp", status="ok"), reader)
    assert len(reader.seen) == 1


def test_how_many_were_read_is_told() -> None:
    log = turns([row for user in "abc" for row in failing(user, "lamb gone", "lamp on")])
    told: list[tuple[int, int]] = []
    beside, requests, _ = likened(log)
    reader: Any = Reader(never)
    read(beside, log, requests, reader, 1, lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


moments = st.tuples(
    st.sampled_from(["ann", "ben"]),
    st.sampled_from(["hall", None]),
    st.sampled_from(["s1", "s2"]),
    st.integers(0, 400),
)


households = st.lists(st.lists(moments, min_size=1, max_size=30), min_size=5, max_size=5)
"""Several in one log: what an example costs is the queries, and people of different households share no session."""


@settings(deadline=None, max_examples=5)
@given(households)
def test_excerpts_are_those_of_a_walk_through_each_session(
    lived: list[list[tuple[str, str | None, str, int]]],
) -> None:
    said = [(f"{user} {home}", *rest) for home, moments in enumerate(lived) for user, *rest in moments]
    rows: list[Row] = [
        {"text": f"wish {place}", "user": user, "device": device, "session": session, "at": seconds, "status": "error"}
        for place, (user, device, session, seconds) in enumerate(said)
    ]
    expected = []
    for place, row in enumerate(rows):
        line = [
            (other["at"], i)
            for i, other in enumerate(rows)
            if (other["user"], other["session"]) == (row["user"], row["session"])
            and (other["at"], i) >= (row["at"], place)
            and other["at"] - row["at"] <= EXCERPT_WINDOW
        ]
        excerpt = [(f"wish {i}", float(seconds - row["at"])) for seconds, i in sorted(line)][:EXCERPT_TURNS]
        expected += [excerpt] if len(excerpt) > 1 else []
    reader = Reader(never)
    with pytest.MonkeyPatch.context() as alike:
        alike.setattr(reading, "NEEDS_NO_READING", 1.1)
        found(rows, reader)
    assert sorted([(each.text, each.after) for each in excerpt] for excerpt in reader.seen) == sorted(expected)


def test_the_empty_request_has_no_number_but_its_own() -> None:
    """Targets of which nothing is left are told by it."""
    log = turns(failing("ann", "lamb gone", "um"))
    beside, requests, _ = likened(log)
    reader: Any = Reader(at(1))
    (row,) = [row for row in read(beside, log, requests, reader, 1).to_pyarrow().to_pylist() if row["p_span"]]
    assert row["target"] == EMPTY

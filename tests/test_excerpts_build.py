"""The sets of excerpts: composed as described, split by group, frozen, shown on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("yaml")
pytest.importorskip("home_assistant_intents")

from sayagain.errors import FormatError
from sayagain.evaluation.excerpts.build import SET_NAMES, TRAINED, _of_split, build, digest, frozen
from sayagain.evaluation.excerpts.compose import (
    DIGRESSIONS,
    ELLIPSES,
    LEAST_TURNS,
    PREAMBLES,
    REPHRASED,
    compose,
)
from sayagain.evaluation.excerpts.goals import SPLITS, Goal, Way, look_alikes, split_of
from sayagain.evaluation.excerpts.lived import span_of
from sayagain.evaluation.excerpts.page import write_page
from sayagain.rephrases.excerpt import (
    EXCERPT_TURNS,
    EXCERPT_WINDOW,
    REPHRASE_KINDS,
    Marked,
    Said,
    Span,
    read_set,
    write_set,
)
from sayagain.text.normalise import normalise

ROOMS = ("kitchen", "bedroom", "hall", "office", "garage", "attic", "cellar", "bathroom", "study", "nursery")
THINGS = ("lamp", "heater", "fan", "radio", "blind")


def goal(thing: str, room: str) -> Goal:
    """A goal with three ways to say it, and what is heard of two of them."""
    working = (f"turn on the {thing} in the {room}", f"switch on the {room} {thing}", f"{room} {thing} on")
    failing = (
        Way(f"turn on the {thing} in the {room[:-1]}", kind="asr_correction"),
        Way(f"get the {room} {thing} going", kind="command_correction"),
    )
    name = f"{thing} {room}"
    values = (("name", thing), ("area", room))
    return Goal(name, f"{thing} on", name, tuple(Way(text) for text in working), failing, values)


GOALS = [goal(thing, room) for thing in THINGS for room in ROOMS]
BY_GROUP = {each.group: each for each in GOALS}


@pytest.fixture(scope="module")
def composed() -> list[Marked]:
    return list(compose(GOALS, 3000, np.random.default_rng(1)))


def ways_of(marked: Marked) -> set[str]:
    """Return, in normal form, all that the goal of an excerpt was said as."""
    goal = BY_GROUP[marked.group]
    return {normalise(way.text) for way in (*goal.working, *goal.failing)}


def test_about_sixty_in_a_hundred_are_said_again(composed: list[Marked]) -> None:
    """Those that come after the window do not count, so that it is a little less."""
    share = sum(each.span is not None for each in composed) / len(composed)
    assert REPHRASED - 0.05 < share < REPHRASED + 0.03


def test_an_excerpt_is_a_few_turns_in_the_order_of_time(composed: list[Marked]) -> None:
    for marked in composed:
        after = [said.after for said in marked.excerpt]
        assert LEAST_TURNS <= len(after) <= EXCERPT_TURNS
        assert after[0] == 0
        assert after == sorted(after)


def test_a_span_is_what_follows_the_preamble(composed: list[Marked]) -> None:
    seen = Counter[bool]()
    for marked in composed:
        if marked.span is None:
            continue
        span, said = marked.span, marked.excerpt[marked.span.turn]
        before, inside = said.text[: span.start], said.text[span.start : span.end]
        assert span.end == len(said.text)
        assert before in ("", *PREAMBLES)
        assert span.turn > 0
        assert said.after <= EXCERPT_WINDOW
        assert span.kind in REPHRASE_KINDS
        values = {value for _, value in BY_GROUP[marked.group].values}
        assert normalise(inside) in ways_of(marked) | values | set(map(normalise, ELLIPSES))
        seen[bool(before)] += 1
    assert 0.10 < seen[True] / seen.total() < 0.25


def test_some_rephrases_come_after_a_digression(composed: list[Marked]) -> None:
    turns = Counter(each.span.turn for each in composed if each.span is not None)
    assert set(turns) <= {1, 2, 3}
    assert turns[1] / turns.total() == pytest.approx(DIGRESSIONS[0], abs=0.1)
    assert turns[3] > 0


def test_what_looks_like_the_request_is_not_the_request_unless_it_is_repeated_on_purpose(
    composed: list[Marked],
) -> None:
    for marked in composed:
        first = normalise(marked.excerpt[0].text)
        later = [normalise(said.text) for said in marked.excerpt[1:]]
        if marked.span is not None:
            later.pop(marked.span.turn - 1)
        too_late_to_count = any(said.after > EXCERPT_WINDOW for said in marked.excerpt)
        if "repeated" not in marked.hard and not too_late_to_count:
            assert first not in later


def test_nothing_else_in_an_excerpt_has_the_goal_that_is_said_again(composed: list[Marked]) -> None:
    for marked in composed:
        if marked.span is not None:
            others = [said for turn, said in enumerate(marked.excerpt) if turn not in (0, marked.span.turn)]
            assert not {normalise(said.text) for said in others} & ways_of(marked)


def test_what_is_misheard_is_an_error_of_hearing_and_what_is_heard_one_of_understanding(
    composed: list[Marked],
) -> None:
    for marked in composed:
        if marked.span is not None:
            heard = any(marked.excerpt[0].text.endswith(f" {room[:-1]}") for room in ROOMS)
            assert marked.span.kind == ("asr_correction" if heard else "command_correction")


def test_logs_that_tell_less_are_among_them(composed: list[Marked]) -> None:
    for name in ("response", "barge_in", "failed", "score", "understood"):
        told = [[getattr(said, name) is not None for said in marked.excerpt] for marked in composed]
        assert all(len(set(each)) == 1 for each in told), "a log tells it of all turns or of none"
        assert 0.3 < np.mean([each[0] for each in told]) < 1
    assert {kind for marked in composed for kind in marked.hard} >= {"value", "words", "repeated", "answer", "pointing"}


def test_the_same_seed_composes_the_same_excerpts() -> None:
    one, same, other = (list(compose(GOALS, 50, np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert one == same != other


def test_look_alikes_are_of_their_kind_and_never_the_goal_itself() -> None:
    for number, kinds in enumerate(look_alikes(GOALS)):
        for kind, numbers in kinds.items():
            assert number not in numbers
            assert all(GOALS[i].said != GOALS[number].said for i in numbers)
            same = {GOALS[i].intent == GOALS[number].intent for i in numbers}
            assert same <= {"value": {True}, "words": {False}, "sound": {True, False}}[kind]


# The split


def test_a_group_is_on_one_side_and_the_sides_have_their_sizes() -> None:
    names = [f"group {i}" for i in range(4000)]
    sides = Counter(map(split_of, names))
    assert set(sides) == set(SPLITS)
    for split, (low, high) in {"train": (0, 0.7), "valid": (0.7, 0.8), "test": (0.8, 1)}.items():
        assert sides[split] / len(names) == pytest.approx(high - low, abs=0.03)


@pytest.mark.parametrize("name", ["slurp", "sgd"])
def test_goals_of_one_group_are_in_one_split(name: str) -> None:
    goals = [Goal(f"{i}", "i", f"{i % 40}", (Way("a"),), ()) for i in range(400)]
    splits = [split for split in SPLITS if name in TRAINED or split != "train"]
    groups = [{each.group for each in _of_split(goals, name, split)} for split in splits]
    assert sum(map(len, groups)) == len(set().union(*groups)) == 40


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("No, the lamp", "the lamp"),
        ("no", "no"),
        ("nobody called", "nobody called"),
        ("I meant jazz", "jazz"),
        ("turn on the lamp", "turn on the lamp"),
        ("", ""),
    ],
)
def test_the_span_of_real_talk_is_all_but_an_opening_that_denies(text: str, part: str) -> None:
    start, end = span_of(text)
    assert text[start:end] == part


# Frozen


def test_every_set_is_frozen() -> None:
    assert set(frozen()) == set(SET_NAMES)


def test_a_digest_tells_sets_apart() -> None:
    one = Marked((Said("a"), Said("b", 3.0)), Span(1, 0, 1), "g")
    same = Marked((Said("a"), Said("b", 3.0)), Span(1, 0, 1), "g")
    assert digest({"test": [one], "valid": []}) == digest({"valid": [], "test": [same]})
    sets: Sequence[dict[str, list[Marked]]] = (
        {"test": [one]},
        {"valid": [one]},
        {"test": [one, one]},
        {"test": [Marked(one.excerpt, None, "g")]},
        {"test": [Marked((Said("a"), Said("b", 3.5)), one.span, "g")]},
        {"test": []},
    )
    assert len({digest(each) for each in sets}) == len(sets)


@pytest.mark.parametrize("name", ["sentences", "saif"])
def test_what_is_built_is_what_was_frozen(public_data: Path, tmp_path: Path, name: str) -> None:
    found = build(public_data, tmp_path, (name,))
    assert found == {name: frozen()[name]}
    splits = {file.stem: read_set(file) for file in (tmp_path / name).iterdir()}
    assert set(splits) == (set(SPLITS) if name in TRAINED else {"valid", "test"})
    groups = [{marked.group for marked in each} for each in splits.values()]
    assert sum(map(len, groups)) == len(set().union(*groups)), "a group is on one side"
    for marked in (each for split in splits.values() for each in split):
        if marked.span is not None:
            assert 0 <= marked.span.start <= marked.span.end <= len(marked.excerpt[marked.span.turn].text)


def test_data_that_is_missing_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"There is no .*hwu64_kfold1\.csv.*--data"):
        build(tmp_path, tmp_path / "sets", ("texts",))


@pytest.mark.parametrize("name", ["sentences", "saif", "slurp", "dstc2", "evi", "sgd"])
def test_whichever_source_is_missing_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="There is no") as told:
        build(tmp_path, tmp_path / "sets", (name,))
    assert "\n" not in str(told.value)


# The page


SCRIPT = "<script>alert('&')</script>"


def test_the_page_shows_what_was_said_and_runs_none_of_it(tmp_path: Path) -> None:
    said = f"no {SCRIPT}"
    marked = Marked(
        (Said(SCRIPT, response=SCRIPT, failed=True, score=0.25), Said(said, 7.0)), Span(1, 3, len(said)), "g", (SCRIPT,)
    )
    other = Marked((Said("a"), Said("b")), None, "h")
    write_set([marked, other], tmp_path / "some & set" / "test.parquet")
    write_page(tmp_path, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf8")
    assert "<script" not in page
    assert "<mark>&lt;script&gt;" in page
    assert "<h2>some &amp; set</h2>" in page
    assert "2 excerpts of 2 groups; 50% hold a rephrase" in page
    assert "nothing says it again" in page
    assert "reported failure, score rank 0.25" in page


def test_the_page_is_the_same_each_time_and_shows_a_few_of_each_set(tmp_path: Path, composed: list[Marked]) -> None:
    for name in ("one", "two"):
        write_set(composed[:100], tmp_path / name / "test.parquet")
    pages = []
    for _ in range(2):
        write_page(tmp_path, tmp_path / "page.html")
        pages.append((tmp_path / "page.html").read_text("utf8"))
    assert pages[0] == pages[1]
    assert pages[0].count("<table>") == 20

"""The learned reader of statements: how a record teaches it, what it reads, and that nothing is invented."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.errors import SayAgainError
from sayagain.evaluation.teaching import statements as sets
from sayagain.preferences.learned.align import marks_of
from sayagain.preferences.learned.assemble import assembled
from sayagain.preferences.learned.fields import forms
from sayagain.preferences.learned.reader import read
from sayagain.preferences.learned.scheme import (
    BEHIND,
    NOTHING,
    OUTSIDE,
    SUBJECT,
    VALUE,
    WORDS,
    Marks,
)
from sayagain.preferences.learned.tagger import Tagger, shipped
from sayagain.preferences.learned.words import words_of
from sayagain.preferences.times import DAYS, numbered
from sayagain.schema.preference import Condition, Lesson

CLASSES = frozenset(["", "music", "name", "film"])


def alias(subject: str, value: str) -> Lesson:
    return Lesson(kind="alias", subject=subject, value=value)


def back(text: str, lesson: Lesson) -> Lesson | None:
    """Return the lesson that is read where the tagger says of a statement what the lesson teaches it to say."""
    words = words_of(text)
    marks = marks_of(words, lesson, CLASSES)
    known = Marks(
        marks.kind, marks.scope, marks.subject, marks.polarity, marks.evening, [max(tag, 0) for tag in marks.tags]
    )
    return assembled(words, known, [1.0] * len(words))


# What a record teaches


@pytest.mark.parametrize(
    ("text", "lesson"),
    [
        ("a jiffy's two minutes", Lesson(kind="value", subject="jiffy", value="2 minutes")),
        ("Gran's room is the guest room", alias("gran's room", "guest room")),
        ("when I say blast off you turn the disco ball on", alias("blast off", "turn on disco ball")),
        ("tunes that are loud I hate", Lesson(kind="dislike", subject="music", value="loud")),
        (
            "the door must never be unlocked on school nights",
            Lesson(kind="rule", subject="door", value="never unlock", when=Condition(day="weekdays")),
        ),
        ("teatime is half five", Lesson(kind="value", subject="teatime", value="17:30")),
        ("ask me before switching the oven on", Lesson(kind="rule", subject="turn on oven", value="ask first")),
    ],
)
def test_a_record_is_read_back_out_of_the_words_that_it_is_made_of(text: str, lesson: Lesson) -> None:
    assert back(text, lesson) == lesson


def test_nearly_every_record_can_be_told_by_words_of_its_statement() -> None:
    """What cannot be told so cannot be learned either. A third of thousands shows their share within a percent."""
    labelled = [each for name in sets.LEARNED_FROM for each in sets.shipped(name) if each.expected is not None][::3]
    told = sum(back(each.text, each.expected) == each.expected for each in labelled if each.expected)
    assert told / len(labelled) > 0.9


def test_what_is_said_twice_counts_once() -> None:
    words = words_of("the den no wait the cave I mean the cave is the den")
    marks = marks_of(words, alias("cave", "den"), CLASSES)
    assert [word for word, tag in zip(words, marks.tags, strict=True) if tag == VALUE] == ["den"]
    assert [word for word, tag in zip(words, marks.tags, strict=True) if tag == SUBJECT] == ["cave"]


def test_words_that_stand_before_those_they_follow_are_marked_so() -> None:
    words = words_of("by goodnight I mean turn the lights off")
    tags = marks_of(words, alias("goodnight", "turn off lights"), CLASSES).tags
    assert [word for word, tag in zip(words, tags, strict=True) if tag == BEHIND] == ["lights"]


def test_a_statement_without_a_lesson_has_no_tags() -> None:
    assert marks_of(["hello"], None, CLASSES) == Marks(NOTHING, tags=[OUTSIDE])


def test_what_only_points_is_no_record() -> None:
    words = words_of("by that I mean this")
    marks = Marks("alias", "person", WORDS, "thing", None, [OUTSIDE, SUBJECT, OUTSIDE, OUTSIDE, VALUE])
    assert assembled(words, marks, [1.0] * len(words)) is None


# What the model that ships reads

UNDERSTOOD = {
    "you know the desk lamp, well, that one is my light to me": ("alias", "light", "desk lamp"),
    "honestly I could listen to bluegrass all day, I adore it": ("like", "", "bluegrass"),
    "if you ever hear me say bedtime, that's nine thirty pm": ("value", "bedtime", "21:30"),
}


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_what_no_template_fits_is_read(text: str, expected: tuple[str, str, str]) -> None:
    lesson = read(text).lesson
    assert lesson is not None
    assert (lesson.kind, lesson.subject, lesson.value) == expected


WORDS_SAID = ["when", "i", "say", "never", "mean", "the", "my", "lamp", "at", "ten", ",", "is", "no", "call", "on"]
SAID = st.text(max_size=120) | st.lists(st.sampled_from(WORDS_SAID), max_size=60).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(SAID)
def test_whatever_is_said_is_read_and_the_same_is_read_again(text: str) -> None:
    found, again = read(text), read(text)
    assert 0 <= found.teaches <= 1
    assert (found.lesson, found.teaches) == (again.lesson, again.teaches)


@settings(max_examples=150, deadline=None)
@given(SAID)
def test_names_come_from_the_statement(text: str) -> None:
    lesson = read(text).lesson
    if lesson is None:
        return
    said = words_of(text)
    known = {form.strip("'.") for word in said for form in (*forms(word), *numbered([word]))}
    known |= {f"{word}'s" for word in said} | {"turn", "never", "always", "only", "ask", "first"}
    told = lesson.subject.split() if lesson.subject not in shipped().subjects else []
    if lesson.kind in ("alias", "like", "dislike", "rule"):
        told += lesson.value.split()
    assert {word for word in told if not any(each.isdigit() for each in word)} <= known | set(DAYS)


def test_a_statement_of_any_length_is_read() -> None:
    assert read("").lesson is None
    assert 0 <= read("never wake me " * 500).teaches <= 1


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(SayAgainError, match=r"wrong\.onnx is no tagger of statements"):
        Tagger(path)
    with pytest.raises(SayAgainError, match="is no tagger of statements"):
        Tagger(tmp_path / "missing.onnx")


def test_the_encoders_file_is_no_tagger() -> None:
    from importlib import resources

    encoder = resources.files("sayagain.text").joinpath("model/encoder.onnx")
    with resources.as_file(encoder) as path, pytest.raises(SayAgainError, match="no tagger"):
        Tagger(path)


def test_the_file_is_small() -> None:
    from importlib import resources

    model = resources.files("sayagain.preferences.learned").joinpath("model/tagger.onnx")
    assert len(model.read_bytes()) <= 10_000_000

"""How statements are understood: what each teaches, when it holds, and that most of what people say teaches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.errors import FormatError
from sayagain.evaluation.teaching import statements as sets
from sayagain.evaluation.teaching import training
from sayagain.evaluation.teaching.baselines import key_words
from sayagain.evaluation.teaching.evaluate import as_the_layer, figures
from sayagain.evaluation.teaching.statements import Read, read_statements
from sayagain.preferences.by_templates import by_templates
from sayagain.preferences.in_force import Moment, holds_at
from sayagain.preferences.statement import templates
from sayagain.preferences.tokens import known_names
from sayagain.preferences.understand import understand
from sayagain.schema.preference import Lesson

UNDERSTOOD = {
    "By my light I mean the desk lamp.": ("alias", "light", "desk lamp", {}),
    "Hey Nabu, when I say goodnight, turn off the lights": ("alias", "goodnight", "turn off lights", {}),
    "seven means seven in the morning on weekdays": ("value", "seven", "07:00", {"day": "weekdays"}),
    "late is after ten at night": ("value", "late", "after 22:00", {}),
    "quiet time is two to three pm": ("value", "quiet time", "14:00-15:00", {}),
    "by a moment I mean half an hour": ("value", "moment", "30 minutes", {}),
    "always play music on the kitchen speaker": ("default", "music", "kitchen speaker", {}),
    "in the kitchen the default volume is thirty percent": ("default", "volume", "30%", {"place": "kitchen"}),
    "You can call me Sam": ("default", "name", "sam", {}),
    "I really love country music": ("like", "music", "country", {}),
    "I'm a Warriors fan": ("like", "", "warriors", {}),
    "country songs, I can't stand them": ("dislike", "music", "country", {}),
    "never wake me before nine on Sundays": ("rule", "me", "never wake", {"time": "before 09:00", "day": "sunday"}),
    "don't turn on the hall light at night": ("rule", "hall light", "never turn on", {"time": "night"}),
    "check with me before you unlock the front door": ("rule", "unlock front door", "ask first", {}),
    "by my light I mean the hall lamp, no wait, the desk lamp": ("alias", "light", "desk lamp", {}),
    "from now on, use the floor lamp instead of the ceiling lamp": ("alias", "ceiling lamp", "floor lamp", {}),
    "my favourite station is radio paradise": ("like", "radio", "radio paradise", {}),
    "my fan is the desk fan": ("alias", "fan", "desk fan", {}),
    "my alarm is at seven": ("default", "alarm", "07:00", {}),
    "I don't eat meat": ("dislike", "food", "meat", {}),
    "let's call the living room the lounge": ("alias", "lounge", "living room", {}),
    "use celsius": ("default", "temperature", "celsius", {}),
}
NOTHING = [
    "I like it", "I'm home", "I love this song", "turn on the lights", "play some jazz tonight", "what does snug mean?",
    "call me a taxi", "call me when dinner is ready", "my brother likes techno", "I used to like jazz", "never mind",
    "don't turn it on", "forget that my light means the desk lamp", "I'd like a coffee", "maybe I like jazz",
    "the alarm is at seven", "let's call mum", "use the floor lamp instead of the ceiling lamp", "I don't eat late",
    "set a timer for ten minutes", "every monday remind me to take out the bins", "jazz means improvised music", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_templates_read_statements(text: str, expected: tuple[str, str, str, dict[str, str]]) -> None:
    lesson = by_templates(text)
    assert (lesson and (lesson.kind, lesson.subject, lesson.value, lesson.when.said)) == expected


@pytest.mark.parametrize(("text", "expected"), UNDERSTOOD.items())
def test_statements_are_understood(text: str, expected: tuple[str, str, str, dict[str, str]]) -> None:
    lesson = understand(text)
    assert (lesson and (lesson.kind, lesson.subject, lesson.value, lesson.when.said)) == expected


@pytest.mark.parametrize("text", NOTHING)
def test_most_of_what_people_say_teaches_nothing(text: str) -> None:
    assert understand(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "my alarm is seven on weekdays and nine on weekends",
        "no announcements during dinner, that's from 6 to 7",
        "ten minutes means twenty minutes",
        "seven means eight",
        "stop asking me things",
    ],
)
def test_what_would_be_kept_as_nonsense_is_not_understood(text: str) -> None:
    assert understand(text) is None


def test_a_ban_after_an_hour_of_the_evening_is_none_of_the_whole_day() -> None:
    lesson = understand("do not disturb me after nine")
    assert lesson is not None
    assert (lesson.value, lesson.when.said) == ("never disturb", {"time": "after 21:00"})


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("in this house bedtime means eight thirty", "household"),
        ("everyone here loves jazz", "household"),
        ("on this speaker the default volume is ten percent", "device"),
        ("I love jazz", "person"),
    ],
)
def test_a_statement_says_for_whom_it_holds(text: str, scope: str) -> None:
    lesson = understand(text)
    assert lesson is not None
    assert lesson.scope == scope


def test_a_name_that_the_assistant_knows_tells_which_words_are_the_name() -> None:
    text = "I call the robot beast"
    names = known_names(["Robot"])
    assert understand(text, names) == Lesson(kind="alias", subject="beast", value="robot")


def test_every_template_can_be_read() -> None:
    assert all(template.pattern.groups for template in templates().all)


WORDS = ["when", "i", "say", "never", "mean", "the", "my", "lamp", "at", "ten", ",", "is", "no", "call", "music", "on"]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_whatever_is_said_is_understood_or_not(text: str) -> None:
    lesson = understand(text)
    assert lesson is None or lesson.value


@pytest.mark.parametrize(
    ("when", "hours"),
    [
        ({"time": "after 22:00"}, {22, 23, 0, 4}),
        ({"time": "22:00-07:00"}, {22, 23, 0, 4, 6}),
        ({"time": "before 09:00"}, {0, 4, 6, 8}),
        ({"time": "night"}, {22, 23, 0, 4, 21}),
        ({"time": "08:00"}, {8}),
        ({"day": "weekends"}, set()),
    ],
)
def test_a_condition_holds_at_its_hours(when: dict[str, str], hours: set[int]) -> None:
    from datetime import datetime

    from sayagain.schema.preference import Condition

    looked_at = (0, 4, 6, 8, 10, 12, 21, 22, 23)
    assert {hour for hour in looked_at if holds_at(Condition(**when), Moment(datetime(2026, 3, 2, hour)))} == hours


# The sets that ship


def test_statements_with_which_the_grammars_were_made_are_understood() -> None:
    known = sets.shipped(sets.MADE_WITH)
    read = [Read(*each) for each in zip(known, as_the_layer(known), strict=True)]
    rows = {row.metric: row.value for row in figures("made_with", "sayagain", "ours", read)}
    assert rows["exact_match"] >= 0.95
    assert rows["recorded_for_nothing"] <= 0.01


def test_the_kept_statements_are_many_and_are_not_those_that_were_learned_from() -> None:
    kept = {each.text.lower() for each in sets.shipped(sets.KEPT)}
    assert len(kept) >= 2_000
    assert not kept & {each.text.lower() for each in sets.shipped(sets.MADE_WITH)}
    assert not kept & {each.text.lower() for each in training.statements()}


def test_a_record_is_compared_as_records_are_spelled(tmp_path: Path) -> None:
    file = tmp_path / "statements.jsonl"
    lesson = {"kind": "alias", "subject": "i'm home", "value": "turn on lights", "scope": "person"}
    file.write_text(json.dumps({"text": "I'm home means turn on the lights", "expected": lesson}) + "\n")
    (read,) = read_statements(file)
    assert read.expected is not None
    assert read.expected.subject == "i am home"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("by pick up I mean three", "15:00"),
        ("the early shift means half past five", "05:30"),
        ("by late I mean after ten", "after 22:00"),
        ("lunch break is twelve to one", "12:00-13:00"),
        ("office hours are nine to five", "09:00-17:00"),
    ],
)
def test_an_hour_is_of_the_half_of_the_day_that_people_mean(text: str, value: str) -> None:
    lesson = by_templates(text)
    assert lesson is not None
    assert lesson.value == value


def test_key_words_are_a_baseline_that_understands_something() -> None:
    (lesson,) = key_words([sets.Labelled(text="Call me Sam.", expected=None)])
    assert lesson == Lesson(kind="default", subject="name", value="sam")


def test_a_line_that_is_no_statement_is_named(tmp_path: Path) -> None:
    file = tmp_path / "statements.jsonl"
    good = {"text": "I like jazz", "expected": {"kind": "like", "subject": "", "value": "jazz"}}
    file.write_text(json.dumps(good) + "\n" + '{"text": "I like jazz"}\n')
    with pytest.raises(FormatError, match="line 2: expected"):
        read_statements(file)

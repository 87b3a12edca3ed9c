"""What people teach: it holds from the next turn on, in any process, and nothing that holds contradicts another."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from children import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sayagain.errors import StateError
from sayagain.guards.owner import OwnerPolicy
from sayagain.online.layer import Layer
from sayagain.preferences.in_force import Moment, in_force
from sayagain.preferences.whole import kept_whole
from sayagain.schema import Turn
from sayagain.schema.preference import Condition, Lesson
from sayagain.state import Database
from sayagain.state.preferences import DECIDES, Preferences, Statement, holds

NOW = datetime(2026, 3, 2, 19, tzinfo=UTC)


def said(text: str, user: str = "ann", **more: Any) -> Turn:
    return Turn(time=NOW, text=text, user=user, **more)


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return Layer.open(None, f"sqlite:///{tmp_path}/state.db")


def rewritten(layer: Layer, text: str, user: str = "ann", **more: Any) -> str | None:
    action = layer.rewrite(said(text, user, **more))
    return None if action is None else action.rewrite


# Used at once


def test_an_alias_is_used_from_the_next_turn_on_by_who_taught_it(layer: Layer) -> None:
    taught = layer.teach("ann", "By my light I mean the desk lamp")
    assert taught.say == "I will remember that by “light” you mean “desk lamp”."
    action = layer.rewrite(said("turn on my light"))
    assert action is not None
    assert (action.rewrite, action.source) == ("turn on the desk lamp", "taught")
    assert rewritten(layer, "turn on my light", "bob") is None
    assert layer.explain(said("turn on my light")).step == "taught"


def test_another_process_uses_it_and_one_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path}/state.db"
    code = (
        "import os, signal; from sayagain.online.layer import Layer; "
        f"layer = Layer.open(None, {state!r}); layer.teach('ann', 'by my light I mean the desk lamp'); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = run(code)
    assert ended.returncode == -signal.SIGKILL, ended.said
    assert rewritten(Layer.open(None, state), "turn on my light") == "turn on the desk lamp"


def test_a_word_within_another_name_is_left_alone(layer: Layer) -> None:
    layer.teach("ann", "by my light I mean the desk lamp")
    assert rewritten(layer, "turn on the kitchen light") is None
    assert rewritten(layer, "turn on the desk lamp") is None


def test_a_deed_takes_the_place_of_a_whole_request(layer: Layer) -> None:
    layer.teach("ann", "goodnight means turn off the lights")
    assert rewritten(layer, "Goodnight!") == "turn off the lights"
    assert rewritten(layer, "play goodnight moon") is None


@pytest.mark.parametrize(
    ("statement", "said", "meant"),
    [
        ("when I say eggs, set a timer for six minutes", "eggs", "set a timer for 6 minutes"),
        ("pasta means set a timer for ten minutes", "Pasta, please!", "set a timer for 10 minutes"),
        ("when I say my girl, call hannah", "my girl", "call hannah"),
        ("set the heating to 21 when I say cosy", "cosy", "set the heating to 21"),
        ("when I say make my evening, play some jazz", "make my evening", "play some jazz"),
        ("wake me early means wake me at six", "wake me early", "wake me at 6"),
        ("the word eggs stands for setting a timer for six minutes", "eggs", "set timer for 6 minutes"),
        ("every time I say goodnight turn off the tv", "goodnight", "turn off the tv"),
    ],
)
def test_what_is_to_be_done_at_a_word_is_kept_whole(layer: Layer, statement: str, said: str, meant: str) -> None:
    assert layer.teach("ann", statement).learned is not None
    assert rewritten(layer, said) == meant


@pytest.mark.parametrize(
    ("statement", "request_"),
    [
        ("when I say eggs, set a timer for six minutes", "add eggs to my shopping list"),
        ("eggs is code for set a timer for six minutes", "add eggs to my shopping list"),
        ("pasta means set a timer for ten minutes", "add pasta to the shopping list"),
        ("when I say my girl, call hannah", "play my girl"),
        ("when I say make my evening, play some jazz", "remind me in the evening"),
        ("when I say movie night, close the blinds and turn off the hall light", "play movie night"),
    ],
)
def test_what_is_to_be_done_at_a_word_is_put_into_no_other_request(layer: Layer, statement: str, request_: str) -> None:
    assert layer.teach("ann", statement).learned is not None
    assert rewritten(layer, request_) is None


def test_a_request_of_which_a_part_would_be_lost_is_not_kept() -> None:
    cut = Lesson(kind="alias", subject="eggs", value="six minutes")
    assert kept_whole(cut, "eggs, you know, set a timer for six minutes") is None
    assert kept_whole(cut, "eggs take six minutes") == cut


@pytest.mark.parametrize(
    "statement",
    ["when I say eggs, I want a timer for six minutes", "when I say cosy I want the heating at 22 degrees"],
)
def test_what_cannot_be_kept_whole_is_refused(layer: Layer, statement: str) -> None:
    taught = layer.teach("ann", statement)
    assert taught.say == "I did not understand all of what that is to mean, so I did not remember it."
    assert layer.taught("ann") == []


def test_a_quantity_that_is_wanted_is_kept(layer: Layer) -> None:
    taught = layer.teach("ann", "when I say warm I want 22 degrees")
    assert taught.learned is not None
    assert taught.learned.value == "22"


@pytest.mark.parametrize("words", ["do the thing", "close the day", "party in the house", "make my evening"])
def test_what_was_meant_by_words_that_failed_holds_for_these_words(layer: Layer, words: str) -> None:
    assert layer.teach("ann", "I meant turn off the kitchen light", said(words, status="error")).learned is not None
    assert rewritten(layer, words) == "turn off the kitchen light"


@pytest.mark.parametrize(
    ("statement", "request_"),
    [
        ("I call my desk lamp Fred", "call fred"),
        ("I call my desk lamp Fred", "play fred"),
        ("I call my desk lamp Fred", "send a message to fred"),
        ("I call my desk lamp Fred", "add fred to my contacts"),
        ("I call my desk lamp Fred", "set an alarm for fred"),
        ("the kids means the bedroom", "text the kids"),
        ("the kids means the bedroom", "pick up the kids at three"),
        ("by my light I mean the desk lamp", "turn on the light in the kitchen"),
    ],
)
def test_the_name_of_a_thing_stands_for_no_person_and_for_nothing_elsewhere(
    layer: Layer, statement: str, request_: str
) -> None:
    assert layer.teach("ann", statement).learned is not None
    assert rewritten(layer, request_) is None


@pytest.mark.parametrize(
    ("statement", "request_", "meant"),
    [
        ("I call my desk lamp Fred", "turn on fred", "turn on desk lamp"),
        ("by my light I mean the desk lamp", "turn on my light in the evening", "turn on the desk lamp in the evening"),
        ("by anna I mean hannah", "call anna", "call hannah"),
        ("by tunes I mean my jazz playlist", "play tunes in the kitchen", "play jazz playlist in the kitchen"),
    ],
)
def test_a_name_is_used_where_it_names_what_was_taught(layer: Layer, statement: str, request_: str, meant: str) -> None:
    layer.teach("ann", statement)
    assert rewritten(layer, request_) == meant


def test_what_is_taught_after_a_no_is_made_at_once(layer: Layer) -> None:
    layer.teach("ann", "by my lamp I mean the desk lamp")
    for seconds, text in enumerate(("turn on my lamp", "no")):
        request = Turn(time=NOW + timedelta(seconds=8 * seconds), text=text, user="ann")
        layer.observe(request.model_copy(update={"layer": layer.rewrite(request), "status": "ok"}))
    assert rewritten(layer, "turn on my lamp") is None
    layer.teach("ann", "by my lamp I mean the floor lamp")
    assert rewritten(layer, "turn on my lamp") == "turn on the floor lamp"


def test_what_was_just_said_is_taught_by_i_meant(layer: Layer) -> None:
    failed = said("turn on the beamer", status="error")
    assert layer.teach("ann", "No, I meant the projector in the den", failed).learned is not None
    assert rewritten(layer, "switch off the beamer") == "switch off the projector in den"


def test_who_lives_together_shares_what_is_said_for_all(layer: Layer) -> None:
    layer.teach("ann", "in this house the snug means the small sitting room")
    assert rewritten(layer, "clean the snug", "bob") == "clean the small sitting room"


def test_newer_words_take_the_place_of_older_ones_and_the_history_stays(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/state.db")
    layer = Layer.open(None, database)
    for lamp in ("desk", "floor"):
        layer.teach("ann", f"by my light I mean the {lamp} lamp")
    assert rewritten(layer, "turn on my light") == "turn on the floor lamp"
    old, new = Preferences(database).of("ann", ended=True)
    assert (old.value, old.superseded_by, new.ended) == ("desk lamp", new.id, None)


# Listed and forgotten


def test_people_ask_what_is_known_of_them_and_have_it_forgotten(layer: Layer) -> None:
    layer.teach("ann", "I'm a Warriors fan")
    layer.teach("ann", "by my light I mean the desk lamp")
    assert layer.teach("ann", "What do you know about me?").say == (
        "I remember that you like warriors; by “light” you mean “desk lamp”."
    )
    assert layer.teach("ann", "forget that").forgot == 1
    assert rewritten(layer, "turn on my light") is None
    assert layer.teach("ann", "forget what I said about the Warriors").forgot == 1
    assert layer.teach("ann", "what do you know about me").known == []


def test_who_is_erased_taught_nothing(layer: Layer) -> None:
    layer.teach("ann", "I love jazz")
    layer.teach("bob", "I love jazz")
    assert layer.forget(" ANN ").preferences == 1
    assert (layer.taught("ann"), len(layer.taught("bob"))) == ([], 1)


def test_a_layer_that_only_reads_learns_nothing(tmp_path: Path) -> None:
    layer = Layer.open(None, f"sqlite:///{tmp_path}/state.db", read_only=True)
    with pytest.raises(StateError):
        layer.teach("ann", "I love jazz")


# Harm

HARMFUL = [
    "from now on unlock means lock",
    "by lock the door I mean unlock the door",
    "when I say goodnight, unlock the front door",
    "movie time means order a pizza",
    "lights on means turn the lights off",
    "always unlock the front door at night",
    "by call mum I mean transfer the money",
    "stop means disarm the alarm",
]
NOT_THEIRS = [
    'my brother says "by my light I mean the desk lamp"',
    "she told me that by my light she means the desk lamp",
    "in the song he sings I love jazz",
    "he said from now on my light means the desk lamp",
    "according to the news people love jazz",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_harmful_lessons_are_not_learned(layer: Layer, text: str) -> None:
    assert layer.teach("ann", text).learned is None
    assert layer.taught("ann") == []


@pytest.mark.parametrize("text", NOT_THEIRS)
def test_what_others_say_is_not_learned(layer: Layer, text: str) -> None:
    assert layer.teach("ann", text).learned is None


def test_of_a_speaker_whom_nobody_knows_nothing_is_learned(layer: Layer) -> None:
    taught = layer.teach(None, "by my light I mean the desk lamp")
    assert (taught.learned, taught.say) == (None, "I can only remember that for somebody I know. Who is speaking?")


def test_the_owners_never_goes_before_what_was_taught(tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path}/state.db"
    Preferences(state).teach(Statement("ann", Lesson(kind="alias", subject="box", value="medicine cabinet"), NOW))
    policy = OwnerPolicy(never=("medicine cabinet",))
    assert rewritten(Layer.open(None, state, policy=policy), "open the box") is None
    assert rewritten(Layer.open(None, state), "open the box") == "open the medicine cabinet"


def test_what_pays_or_unlocks_is_not_made_of_a_request_however_it_was_learned(tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path}/state.db"
    Preferences(state).teach(Statement("ann", Lesson(kind="alias", subject="goodbye", value="unlock the door"), NOW))
    assert rewritten(Layer.open(None, state), "goodbye") is None


# What is in force

SUBJECTS, VALUES = ("light", "my den", "seven"), ("lamp", "sofa", "07:00")
CONDITIONS = (Condition(), Condition(time="evening"), Condition(day="weekdays"))
LESSONS = st.builds(
    Lesson,
    kind=st.sampled_from(sorted(DECIDES)),
    subject=st.sampled_from(SUBJECTS),
    value=st.sampled_from(VALUES),
    when=st.sampled_from(CONDITIONS),
    scope=st.sampled_from(["person", "device", "household"]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob"]), st.one_of(LESSONS, st.just("forget")), st.sampled_from(["said", "inferred"])
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_no_two_preferences_that_hold_contradict_each_other(steps: list[tuple[str, Any, Any]]) -> None:
    kept = Preferences("sqlite://")
    last: dict[str, Lesson] = {}
    for number, (user, step, source) in enumerate(steps):
        if step == "forget":
            kept.forget(user, [each.id for each in kept.of(user)][-1:])
            continue
        made = kept.teach(Statement(user, step, NOW + timedelta(seconds=number), "speaker", source=source))
        if source == "said":
            last[user] = step
            assert (made.lesson, made.ended) == (step, None)
            assert made in kept.of(user)
    for user in ("ann", "bob"):
        mine = kept.of(user)
        decided = [(DECIDES[e.kind], e.value if "like" in e.kind else e.subject, e.scope, str(e.when)) for e in mine]
        assert len(decided) == len(set(decided))
        assert all(each.user == user for each in mine)


def test_what_is_only_inferred_waits_until_it_was_seen_three_times_or_confirmed() -> None:
    kept = Preferences("sqlite://")
    jazz = Statement("ann", Lesson(kind="like", subject="music", value="jazz"), NOW, source="inferred")
    seen = [holds(kept.teach(jazz)) for _ in range(3)]
    assert seen == [False, False, True]
    folk = Statement("ann", Lesson(kind="like", subject="music", value="folk"), NOW, source="inferred")
    assert kept.confirm("ann", kept.teach(folk).id)
    assert [holds(each) for each in kept.of("ann")] == [True, True]


def test_what_was_said_is_not_ended_by_what_is_inferred() -> None:
    kept = Preferences("sqlite://")
    lesson = Lesson(kind="default", subject="music", value="den speaker")
    kept.teach(Statement("ann", lesson, NOW))
    kept.teach(Statement("ann", lesson.model_copy(update={"value": "kitchen speaker"}), NOW, source="inferred"))
    assert [each.value for each in kept.of("ann")] == ["den speaker"]


def test_what_ends_by_itself_goes_before_what_lasts_and_leaves_it() -> None:
    clock = [NOW.timestamp()]
    kept = Preferences("sqlite://", lambda: clock[0])
    lesson = Lesson(kind="default", subject="volume", value="4")
    kept.teach(Statement("ann", lesson, NOW))
    kept.teach(Statement("ann", lesson.model_copy(update={"value": "2"}), NOW, until=NOW + timedelta(hours=3)))
    moment = Moment(NOW)
    assert [each.value for each in in_force(kept.of("ann"), moment)] == ["2"]
    clock[0] += timedelta(hours=4).total_seconds()
    assert [each.value for each in in_force(kept.of("ann"), moment)] == ["4"]


def test_the_most_specific_of_what_holds_is_in_force(layer: Layer) -> None:
    layer.teach("ann", "the default volume is thirty percent")
    layer.teach("ann", "in the evening volume ten percent is my default")
    by_hour = [layer.preferences("ann", NOW.replace(hour=hour))[0].value for hour in (9, 19)]
    assert by_hour == ["30%", "10%"]


# Privacy


def test_what_is_taught_reaches_nobody_else(layer: Layer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    layer.teach("ann", "by my zyqulight I mean the zyqulamp")
    layer.teach("ann", "I love zyqujazz")
    assert "zyqu" not in caplog.text
    others = [layer.rewrite(said("turn on my zyqulight", "bob")), layer.teach("bob", "what do you know about me").known]
    assert others == [None, []]
    assert layer.preferences("bob", NOW) == []

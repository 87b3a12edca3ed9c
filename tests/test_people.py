"""What goals mean in a home, and the people who have them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from sayagain.assistant.action import action
from sayagain.assistant.cases import CASES, wanted
from sayagain.assistant.corpus import GoalKey, by_goal, goal_key, texts
from sayagain.assistant.goals import MEANINGS, Circumstances, meets
from sayagain.assistant.home import Device, Speaker
from sayagain.assistant.homes import make_home
from sayagain.assistant.intents import DOMAIN
from sayagain.assistant.people import OVERHEARD, UNSUPPORTED, day_goals, make_person, possible_goals


def kitchen(**changes: object) -> Circumstances:
    """A kitchen with an oven, a coffee maker, a thermostat and a ceiling light, which the bedroom has too."""
    base = make_home(1)
    room, other = "area.kitchen", "area.bedroom"
    found = [("oven", room, "switch"), ("coffee maker", room, "coffee_maker"), ("thermostat", room, "climate"),
             ("ceiling light", room, "light"), ("ceiling light", other, "light"),
             ("blinds", other, "cover")]  # fmt: skip
    devices = tuple(
        Device(f"{name}@{area}", name, (), area, domain, frozenset({"brightness"})) for name, area, domain in found
    )
    titles = {kind: make_home(2).catalogue[kind][:1] for kind in ("film", "audiobook")}
    speaker = Speaker("speaker", room, False, "alexa")
    home = replace(base, devices=devices, speakers=(speaker,), catalogue={**base.catalogue, **titles})
    return replace(Circumstances(home, speaker), **changes)  # type: ignore[arg-type]


def means(kind: str, now: Circumstances, **slots: str) -> object:
    return wanted(goal_key(kind, **slots), now)


def test_the_temperature_is_the_ovens_while_it_is_on() -> None:
    assert means("temperature", kitchen()) == action("get_temperature", "thermostat@area.kitchen")
    hot = kitchen(on=frozenset({"oven@area.kitchen"}))
    assert means("temperature", hot) == action("get_temperature", "oven@area.kitchen")


def test_coffee_is_for_the_alarm() -> None:
    assert means("start_brewing", kitchen()) == action("turn_on", "coffee maker@area.kitchen")
    assert means("start_brewing", kitchen(alarm="06:30")) == action("turn_on", "coffee maker@area.kitchen", at="06:30")


def test_a_title_is_a_film_where_there_is_a_screen() -> None:
    home = next(
        home for home in map(make_home, range(99)) if all(home.entries(k, "dune") for k in ("film", "audiobook"))
    )
    for screen, entry in ((True, "film.dune"), (False, "audiobook.dune")):
        now = Circumstances(home, replace(home.speakers[0], has_screen=screen))
        assert means("play_title", now, title="dune") == action("play", entry)


def test_music_is_by_taste_and_stop_is_what_goes_on() -> None:
    assert means("play_music", kitchen(favourite="artist.abba")) == action("play", "artist.abba")
    assert means("stop", kitchen(ringing=True, playing="song")) == action("cancel_alarm")
    assert means("stop", kitchen(playing="song", timer=True)) == action("stop")


def test_of_two_equal_names_the_one_here_or_the_own_is_meant() -> None:
    name = {"name": "ceiling light"}
    assert means("turn_on", kitchen(), **name) == action("turn_on", "ceiling light@area.kitchen")
    away = kitchen(speaker=Speaker("s", "area.office", False, "alexa"), own=frozenset({"ceiling light@area.bedroom"}))
    assert means("turn_on", away, **name) == action("turn_on", "ceiling light@area.bedroom")


def test_numbers_are_digits_in_actions() -> None:
    assert means("timer_set", kitchen(), duration="forty five minutes") == action("set_timer", minutes=45)
    assert means("timer_set", kitchen(), duration="an hour") == action("set_timer", hours=1)
    assert means("alarm_set", kitchen(), time="six thirty") == action("set_alarm", hour=6, minute=30)
    heat = means("set_temperature", kitchen(), name="oven", degrees="one hundred eighty")
    assert heat == action("set_temperature", "oven@area.kitchen", degrees=180)


def test_naming_the_artist_does_no_harm() -> None:
    assert meets(action("play", "song.hello", artist="adele"), action("play", "song.hello"))
    assert not meets(action("play", "song.hurt"), action("play", "song.hello"))


def test_there_are_many_named_cases_and_every_goal_has_a_meaning() -> None:
    assert len({(case.kind, case.name) for case in CASES}) == len(CASES) >= 22
    known = set(MEANINGS) | {case.kind for case in CASES} | {"unsupported", "not_meant"}
    assert {goal.kind for goal in by_goal() if not goal.kind.startswith("correct_")} == known


def test_meanings_use_the_intents_that_the_assistant_knows() -> None:
    for seed in range(10):
        home = make_home(seed)
        now = Circumstances(home, home.speakers[0], last_device=home.devices[0].id)
        done = [act for goal in by_goal() if (act := wanted(goal, now)) is not None]
        assert {act.intent for act in done} <= set(DOMAIN)
        ids = {device.id for device in home.devices}
        ids |= {entry.id for entries in home.catalogue.values() for entry in entries}
        assert all(target in ids for act in done for target in act.targets)


@pytest.fixture(scope="module")
def days() -> list[GoalKey]:
    said = []
    for seed in range(50):
        home = make_home(seed)
        person = make_person(home, seed, ("af_heart", "slt"))
        for day in range(7):
            said += [wish.goal for wish in day_goals(person, home, day)]
    return said


def test_all_that_people_of_fifty_homes_say_is_recorded(days: list[GoalKey]) -> None:
    recorded = set(texts())
    for seed in range(50):
        home = make_home(seed)
        person = make_person(home, seed)
        for goal in {*person.goals, *(habit.goal for habit in person.habits)}:
            assert {each.text for each in by_goal()[goal]} <= recorded
    assert set(days) <= set(by_goal())


def test_requests_have_a_long_tail_and_the_shares_asked_for(days: list[GoalKey]) -> None:
    kinds = Counter(goal.kind for goal in days)
    asked = len(days) - kinds["not_meant"]
    assert kinds["unsupported"] / asked == pytest.approx(UNSUPPORTED, rel=0.1)
    assert kinds["not_meant"] / (50 * 7) == pytest.approx(OVERHEARD, rel=0.1)
    often = Counter(days)
    assert sum(count for _, count in often.most_common(50)) > 0.3 * len(days)
    assert sum(count == 1 for count in often.values()) > 100


def test_the_same_seed_gives_the_same_person_and_days() -> None:
    home = make_home(4)
    one, other = make_person(home, 9), make_person(home, 9)
    assert one == other
    assert day_goals(one, home, 3) == day_goals(other, home, 3)
    assert day_goals(one, home, 3) != day_goals(one, home, 4)
    assert set(one.goals) <= set(possible_goals(home))

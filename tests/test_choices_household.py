"""A household learns from its own moments what is meant by the same words, in which circumstances; and unlearns it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from household import ScriptedHome
from pydantic import ValidationError

from sayagain.choices.exploration import Exploration
from sayagain.choices.history import History
from sayagain.online.layer import Layer
from sayagain.schema import Choice, Context, Interpretation, Slot, Turn
from sayagain.state import Database

TAUGHT = 10
"""Occurrences after which it is known."""


def meaning(intent: str, entity: str, value: str, kind: str = "name", *, reversible: bool = True) -> Interpretation:
    slot = Slot(name=kind, value=value, entity=entity)
    return Interpretation(domain="home", intent=intent, slots=[slot], reversible=reversible)


OVEN, ROOM = meaning("get_temperature", "switch.oven", "oven"), meaning("get_temperature", "climate.living", "heating")
FILM = meaning("play", "film.hunger_games", "hunger games", "film")
BOOK = meaning("play", "book.hunger_games", "hunger games", "audiobook")
MUSIC = Interpretation(domain="home", intent="play_music", reversible=True)
JAZZ, ROCK = (meaning("play", f"playlist.{each}", each, "playlist") for each in ("jazz", "rock"))
WASHINGTON = meaning("get_weather", "city.wilkerson_wa", "wilkerson", "city")
CALIFORNIA = meaning("get_weather", "city.wilkerson_ca", "wilkerson", "city")


@pytest.fixture
def home():
    layer = Layer.open(None)
    yield ScriptedHome(layer)
    layer.close()


def kitchen(on: bool, outside: float) -> Context:
    return Context(device_type="speaker", sensors={"oven": "on" if on else "off", "outside": outside})


def oven_times(home: ScriptedHome, times: int, meant_when_on: int = 1) -> list[tuple[bool, int]]:
    says = {1: ("temperature of the oven", OVEN), 0: ("temperature in the living room", ROOM)}
    found = []
    for time in range(times):
        on = time % 2 == 0
        meant = meant_when_on if on else 0
        found.append((on, home.ask("what is the temperature", [ROOM, OVEN], meant, kitchen(on, 7.0 + time), says)))
    return found


def test_with_the_oven_on_the_temperature_is_the_ovens(home):
    oven_times(home, TAUGHT)
    assert oven_times(home, 6) == [(True, 1), (False, 0)] * 3


def test_why_is_told_in_words(home):
    oven_times(home, TAUGHT)
    evening = Turn(
        user="ann", time=home.now + timedelta(hours=5), text="what is the temperature", context=kitchen(True, 7.0)
    )
    choice = home.layer.choose([ROOM, OVEN], evening)
    assert choice is not None
    assert choice.why is not None
    assert choice.why.startswith("with oven on it was meant in ")
    assert choice.why.endswith(" moments of this person")


def test_a_changed_habit_is_followed(home):
    oven_times(home, 2 * TAUGHT)
    oven_times(home, TAUGHT, meant_when_on=0)
    assert oven_times(home, 6, meant_when_on=0) == [(True, 0), (False, 0)] * 3


def test_on_a_screen_a_title_is_the_film(home):
    says = {1: ("play the movie hunger games", FILM), 0: ("play the book hunger games", BOOK)}

    def times(count: int) -> list[int]:
        return [
            home.ask(
                "play hunger games", [BOOK, FILM], 1 - at % 2, Context(device_type=("screen", "speaker")[at % 2]), says
            )
            for at in range(count)
        ]

    times(TAUGHT + 2)
    assert times(6).count(1) == 3


def test_music_is_jazz_for_who_hears_jazz(home):
    for _ in range(TAUGHT):
        home.ask("play music", [MUSIC, ROCK, JAZZ], 2, None, {2: ("play jazz", JAZZ)})
    assert home.ask("play music", [MUSIC, ROCK, JAZZ], 2) == 2
    for _ in range(TAUGHT):
        home.ask("play music", [MUSIC, ROCK, JAZZ], 1, None, {1: ("play rock", ROCK)})
    assert home.ask("play music", [MUSIC, ROCK, JAZZ], 1) == 1


def test_brewing_follows_the_alarm(home):
    def brew(at: str | None = None) -> Interpretation:
        timed = [Slot(name="at", value=at)] if at else []
        maker = Slot(name="name", value="coffee maker", entity="coffee_maker.kitchen")
        return Interpretation(intent="turn_on", slots=[maker, *timed], reversible=True)

    def morning(number: int) -> int:
        at = f"0{5 + number % 4}:30"
        says = {1: ("start brewing with the alarm", brew(at))}
        return home.ask("start brewing", [brew(), brew(at)], 1, Context(sensors={"alarm": at}), says)

    def afternoon() -> int:
        return home.ask("start brewing", [brew()], 0, Context(sensors={"alarm": None}))

    for number in range(TAUGHT // 2):
        morning(number)
        afternoon()
    assert (morning(7), afternoon()) == (1, 0)


def test_the_rarer_town_of_one_name_is_meant_by_who_lives_there(home):
    for _ in range(4):
        home.ask("weather in wilkerson", [WASHINGTON, CALIFORNIA], 1, None, {1: ("wilkerson california", CALIFORNIA)})
    assert home.ask("weather in wilkerson", [WASHINGTON, CALIFORNIA], 1) == 1


def test_a_favourite_song_is_not_forced_on_who_asks_for_one_of_nearly_the_same_name(home):
    anymore, bruno = (
        meaning("play", f"song.{each}", each, "song") for each in ("dont talk anymore", "talk about bruno")
    )
    for _ in range(2 * TAUGHT):
        home.ask("play we don't talk about bruno", [bruno, anymore], 0)
    assert home.ask("play we don't talk anymore", [anymore, bruno], 0) == 0


def test_what_cannot_be_undone_is_asked_about(home):
    door, garage = meaning("unlock", "lock.front", "front door"), meaning("unlock", "lock.side", "side door")
    says = {1: ("unlock the side door", garage)}
    for _ in range(TAUGHT):
        assert home.ask("unlock the door", [door, garage], 1, None, says) == 0
    request = Turn(user=home.user, time=home.now + timedelta(hours=5), text="unlock the door")
    choice = home.layer.choose([door, garage], request)
    assert choice is not None
    assert (choice.do, choice.place) == ("ask", 1)


def test_what_was_learned_outlasts_a_restart(tmp_path):
    state = f"sqlite:///{tmp_path / 'state.db'}"
    layer = Layer.open(None, Database.open(state))
    home = ScriptedHome(layer)
    oven_times(home, TAUGHT + 2)
    layer.close()
    again = ScriptedHome(Layer.open(None, Database.open(state)), now=home.now)
    assert oven_times(again, 2) == [(True, 1), (False, 0)]
    again.layer.forget("ann")
    assert oven_times(again, 1) == [(True, 0)]
    again.layer.close()


def test_nothing_is_tried_where_nobody_switched_it_on_and_little_where_somebody_did():
    tried = {}
    for on in (False, True):
        layer = Layer.open(None, exploration=Exploration(on=on, quiet_from=24, quiet_until=0))
        home = ScriptedHome(layer)
        explored = 0
        for _ in range(300):
            home.now += timedelta(hours=1)
            request = Turn(user="ann", time=home.now, text="what is the temperature")
            choice = layer.choose([ROOM, OVEN], request)
            explored += choice is not None and choice.explored
            told = {"status": "error", "candidates": [ROOM, OVEN], "choice": choice, "interpretation": ROOM}
            layer.observe(request.model_copy(update=told))
        tried[on] = explored
        layer.close()
    assert tried[False] == 0
    assert 1 <= tried[True] <= 1 + 0.01 * 300


CONTEXTS = {
    "none": None,
    "empty": Context(),
    "a sensor that is away": Context(sensors={"oven": "unavailable", "door": None}),
    "nonsense": Context(local_time="25:99", device_type="", sensors={"oven": [1, 2], "door": {"open": True}}),
    "numbers": Context(sensors={"lux": 1e308, "power": -0.0}),
}


@pytest.mark.parametrize("name", CONTEXTS)
@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_whatever_is_known_of_the_moment_the_assistants_own_order_stands(home, name, count):
    oven_times(home, 2)
    candidates = [meaning("play", f"song.{at}", f"song {at}", "song") for at in range(count)]
    request = Turn(user="bob", time=datetime(2026, 3, 2), text="play a song", context=CONTEXTS[name])
    assert home.layer.choose(candidates, request) is None


def test_a_history_is_the_same_after_it_was_written():
    history = History()
    time = datetime(2026, 3, 2, tzinfo=UTC)
    for hours in range(8):
        turn = Turn(user="ann", time=time + timedelta(hours=hours), text="temperature", candidates=[ROOM, OVEN])
        history.went(turn, 0.2 + hours / 20)
    written = history.to_json()
    assert History.of_json(written).to_json() == written


def test_where_the_assistant_understands_nothing_it_is_what_the_words_turned_out_to_mean(home):
    def mumbled() -> Choice | None:
        home.now += timedelta(hours=5)
        request = Turn(user="ann", time=home.now, text="pull the jazz", status="error", response="sorry?")
        choice = home.layer.choose([], request)
        home.layer.observe(request.model_copy(update={"choice": choice} if choice else {}))
        home.now += timedelta(seconds=8)
        again = Turn(user="ann", time=home.now, text="play jazz", interpretation=JAZZ, status="ok", response="jazz")
        if choice is None:
            home.layer.observe(again)
        return choice

    choices = [mumbled() for _ in range(TAUGHT)]
    assert choices[0] is None
    chosen = next(each for each in choices if each is not None)
    assert (chosen.place, chosen.interpretation) == (None, JAZZ)


def test_what_was_taught_is_chosen_from_the_very_next_turn(home):
    home.layer.teach("ann", "by default, music is jazz")
    assert home.ask("play some music", [MUSIC, ROCK, JAZZ], 2) == 2
    assert home.ask("play rock", [ROCK, JAZZ], 0) == 0


def test_who_says_no_is_heard_at_the_first_use_until_they_mean_it_again(home):
    oven_times(home, TAUGHT)
    assert oven_times(home, 1) == [(True, 1)]
    home.now += timedelta(seconds=5)
    home.layer.observe(Turn(user="ann", time=home.now, text="no not that", status="ok", response="Sorry."))
    assert oven_times(home, 1, meant_when_on=0) == [(True, 0)]
    oven_times(home, 2 * TAUGHT)
    assert oven_times(home, 2) == [(True, 1), (False, 0)]


@pytest.mark.parametrize("place", [1, 7, None])
def test_a_choice_that_is_told_of_other_candidates_stops_nothing(home, place):
    choice = Choice(place=place, interpretation=OVEN, p_meant=0.9, p_default=0.1)
    for candidates in ([ROOM], None):
        home.now += timedelta(hours=1)
        turn = Turn(user="ann", time=home.now, text="temperature", candidates=candidates, choice=choice, status="ok")
        home.layer.observe(turn)
    assert home.layer.choose([ROOM, OVEN], Turn(user="ann", time=home.now, text="temperature")) is None


@pytest.mark.parametrize("wrong", [{"place": -1}, {"propensity": 0.0 - 1}, {"p_meant": 2.0}])
def test_a_choice_beyond_its_bounds_is_refused(wrong):
    with pytest.raises(ValidationError):
        Choice.model_validate({"place": 1, "interpretation": OVEN, "p_meant": 0.9, "p_default": 0.1} | wrong)

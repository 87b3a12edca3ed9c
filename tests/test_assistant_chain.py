"""The assistant from text to reply, and the causal failure point."""

import pytest

pytest.importorskip("home_assistant_intents", reason="needs the extra assistant: pip install 'sayagain[assistant]'")

from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.assistant.action import Action, action
from sayagain.assistant.chain import Chain, Gold
from sayagain.assistant.demo import demo_home
from sayagain.assistant.entities import Nearest
from sayagain.assistant.failure import failure_point, met
from sayagain.assistant.home import Device, Home, Thing
from sayagain.assistant.intents import DOMAIN
from sayagain.assistant.nlu import Templates
from sayagain.assistant.parses import Kept, table
from sayagain.assistant.skills import SKILLS
from sayagain.assistant.stages import Heard, Parse, Situation
from sayagain.assistant.world import NO_MISHAPS, World

NLU = Templates()
HERE = Situation("speaker.kitchen", "kitchen")
SENTENCES = {
    "turn_on": "turn on the bedside lamp",
    "turn_off": "turn off the lights in the kitchen",
    "toggle": "toggle the kitchen light",
    "open": "open the garage door",
    "close": "close the garage door",
    "lock": "lock the front door",
    "unlock": "unlock the front door",
    "set_brightness": "set the bedside lamp to fifty percent",
    "brighten": "brighten the bedside lamp",
    "dim": "dim the bedside lamp",
    "set_color": "make the bedside lamp blue",
    "set_temperature": "set the temperature to twenty one degrees",
    "set_position": "open the garage door to 40 percent",
    "set_speed": "set the bedroom fan speed to 30 percent",
    "start_cleaning": "start cleaning",
    "return_to_base": "stop vacuuming",
    "get_state": "is the front door locked",
    "get_temperature": "what's the temperature",
    "play": "play Harry Potter",
    "play_music": "play some music",
    "pause": "pause the music",
    "resume": "resume the music",
    "stop": "stop the music",
    "next_track": "next song",
    "previous_track": "previous song",
    "whats_playing": "what song is this",
    "set_volume": "set the volume to 30 percent",
    "volume_up": "turn it up",
    "volume_down": "turn it down",
    "mute": "mute",
    "unmute": "unmute",
    "get_weather": "what's the weather in Paris",
    "get_time": "what time is it",
    "get_date": "what is the date",
    "set_timer": "set a timer for ten minutes",
    "pause_timer": "pause the timer",
    "resume_timer": "resume the timer",
    "timer_status": "how much time is left",
    "cancel_timer": "cancel the timer",
    "set_alarm": "set an alarm for seven thirty am",
    "list_alarms": "what alarms are set",
    "cancel_alarm": "cancel the alarm",
    "list_add": "add milk to the shopping list",
    "list_read": "what is on the shopping list",
    "list_remove": "remove milk from the shopping list",
    "list_clear": "clear the shopping list",
    "call": "call mom",
    "hang_up": "hang up",
    "cancel": "never mind",
    "thanks": "thank you",
    "yes": "yes please",
    "no": "no thanks",
}
FIRST = {
    "media": "play Harry Potter",
    "timer": "set a timer for ten minutes",
    "alarm": "set an alarm for seven am",
    "list": "add milk to the shopping list",
    "call": "call mom",
}


def chain() -> Chain:
    return Chain(NLU, Nearest(), World(demo_home(), mishaps=NO_MISHAPS))


def say(one: Chain, text: str, situation: Situation = HERE):
    return one.run([Heard(text, -0.1)], situation)


def test_every_skill_has_a_sentence_and_every_intent_a_skill():
    assert set(SENTENCES) == set(SKILLS)
    assert set(DOMAIN) - set(SKILLS) == {"unsupported", "correct"}


@pytest.mark.parametrize("intent", sorted(SENTENCES))
def test_reaches_its_skill(intent):
    one = chain()
    first = FIRST.get(DOMAIN[intent])
    if first is not None:
        assert say(one, first).outcome.succeeded
    result = say(one, SENTENCES[intent])
    assert result.action is not None
    assert result.action.intent == intent
    assert result.outcome.succeeded, result.trace


def test_odd_wording_is_not_understood():
    assert say(chain(), "wibble wobble fish").outcome.status == "no_match"


def test_a_letter_wrong_is_forgiven_a_word_is_not():
    assert say(chain(), "turn on the bedside lamb").action == action("turn_on", "light.bedside")
    assert say(chain(), "turn on the disco ball").outcome.status == "no_match"


def test_of_two_equal_names_one_is_taken_silently():
    rooms = [Thing("a", "attic"), Thing("b", "bath")]
    lamps = [Device("l.a", "lamp", (), "a", "light", frozenset()), Device("l.b", "lamp", (), "b", "light", frozenset())]
    one = Chain(NLU, Nearest(), World(Home("h", tuple(rooms), tuple(lamps), (), {}), mishaps=NO_MISHAPS))
    assert say(one, "turn on the lamp", Situation("s", "b")).action == action("turn_on", "l.b")
    assert say(one, "turn on the lamp", Situation("s", None)).action == action("turn_on", "l.a")


def test_a_correction_does_the_last_thing_elsewhere():
    one = chain()
    last = say(one, "turn on the bedside lamp").action
    found = say(one, "no, the kitchen one", Situation("speaker.kitchen", "kitchen", last=last))
    assert found.action == action("turn_on", "light.kitchen")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_understanding_never_raises(text):
    NLU.understand(text)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Action,
            st.sampled_from([*SKILLS, "unsupported"]),
            st.lists(st.sampled_from(["light.bedside", "cover.garage", "film.potter", "nobody"]), max_size=2).map(
                tuple
            ),
            st.lists(
                st.tuples(st.sampled_from(["percent", "minutes", "hour", "item", "degrees"]), st.text(max_size=4)),
                max_size=3,
            ).map(tuple),
        ),
        max_size=6,
    )
)
def test_a_world_takes_any_action_and_goes_back(actions):
    world = World(demo_home(), seed=3)
    before = world.snapshot()
    first = [world.apply(each, "speaker.kitchen") for each in actions]
    world.restore(before)
    assert world.snapshot() == before
    assert [world.apply(each, "speaker.kitchen") for each in actions] == first


def test_kept_parses_are_the_parses():
    kept = Kept(table(SENTENCES.values(), NLU))
    assert all(kept.understand(text) == NLU.understand(text) for text in SENTENCES.values())


GARAGE = Gold(
    "open the garage door", Parse("device", "open", (("name", "garage door"),)), action("open", "cover.garage")
)
SANDWICH = Gold("make me a sandwich", Parse("unsupported", "unsupported", (("thing", "a sandwich"),)), None)


@pytest.mark.parametrize(
    ("heard", "gold", "verdict"),
    [
        ("open the carriage store", GARAGE, ("asr", False)),
        ("open garage door", GARAGE, ("correct", False)),
        ("make me a sandwich", SANDWICH, ("correct", True)),
    ],
    ids=["misheard", "said again, heard without the", "unsupported"],
)
def test_the_three_turns(heard, gold, verdict):
    one = chain()
    before = one.world.snapshot()
    say(one, heard)
    assert failure_point(one, [Heard(heard, -0.1)], HERE, gold, before) == verdict


LAMP = action("turn_on", "light.bedside")
TURN_ON = Parse("device", "turn_on", (("name", "bedside lamp"),))


class Unreachable(World):
    """A world in which the bedside lamp does not answer."""

    def chance(self, *of):
        return 0.0 if of[:2] == ("reach", "light.bedside") else 1.0


@pytest.mark.parametrize(
    ("heard", "gold", "world", "verdict"),
    [
        ("turn on the bedside lamp", Gold("turn on the bedside lamp", TURN_ON, LAMP), World, "correct"),
        ("turn on the besides lamp", Gold("turn on the bedside lamp", TURN_ON, LAMP), World, "correct"),
        ("turn the best lamb", Gold("turn on the bedside lamp", TURN_ON, LAMP), World, "asr"),
        ("let there be light by my bed", Gold("let there be light by my bed", TURN_ON, LAMP), World, "nlu"),
        (
            "play harry potter",
            Gold(
                "play harry potter", Parse("media", "play", (("media", "harry potter"),)), action("play", "film.potter")
            ),
            World,
            "entity",
        ),
        ("turn on the bedside lamp", Gold("turn on the bedside lamp", TURN_ON, LAMP), Unreachable, "result"),
        ("okay whatever", Gold("election", Parse("", ""), None, addressed=False), World, "false_wake"),
    ],
    ids=["right", "recovered", "misheard", "odd wording", "the other of two", "out of reach", "nobody asked"],
)
def test_the_first_stage_whose_gold_output_mends_the_turn_is_its_failure_point(heard, gold, world, verdict):
    one = Chain(NLU, Nearest(), world(demo_home()))
    one.world.mishaps = type(one.world.mishaps)(0.5, 0.0, 0.0) if world is Unreachable else NO_MISHAPS
    before = one.world.snapshot()
    result = one.run([Heard(heard, -0.1)], HERE)
    after = one.world.snapshot()
    assert failure_point(one, [Heard(heard, -0.1)], HERE, gold, before) == (verdict, False)
    assert met(result, gold) == (verdict == "correct")
    assert one.world.snapshot() == after, "a replay leaves the world as it was"


def test_a_group_is_served_though_one_of_it_does_not_answer():
    one = Chain(NLU, Nearest(), Unreachable(demo_home()))
    outcome = one.world.apply(action("turn_off", "light.bedside", "light.kitchen"))
    assert outcome.succeeded
    assert dict(outcome.changes) == {"light.kitchen/power": "off"}


def test_a_second_hypothesis_is_taken_where_the_first_means_nothing():
    heard = [Heard("tern under best lamb", -0.2), Heard("turn on the bedside lamp", -0.4)]
    results = [Chain(NLU, Nearest(), World(demo_home(), mishaps=NO_MISHAPS), n_best=n).run(heard, HERE) for n in (1, 2)]
    assert [result.action for result in results] == [None, LAMP]


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("could you please turn on the reading lamp for me", LAMP),
        ("turn on the garage door", action("open", "cover.garage")),
        ("set the garage door to 40 percent", action("set_position", "cover.garage", percent="40")),
        ("start the robot", action("start_cleaning", "vacuum.kitchen")),
        ("what is the temperature in the kitchen", action("get_temperature", "climate.kitchen")),
        ("timer for an hour", action("set_timer", hours="1")),
        ("play the movie harry potter", action("play", "film.potter")),
        ("read harry potter", action("play", "audiobook.potter")),
        ("play music by abba", action("play", "artist.abba")),
        ("call my mother", action("call", "contact.mom")),
        ("kitchen light off", action("turn_off", "light.kitchen")),
        ("make coffee", action("turn_on", "coffee.kitchen")),
        ("lock the doors", action("lock", "lock.front")),
    ],
)
def test_ordinary_wording_is_understood(text, done):
    assert Chain(NLU, Nearest(), World(demo_home(), mishaps=NO_MISHAPS)).run([Heard(text, 0.0)], HERE).action == done


def test_it_is_what_was_done_last():
    one = Chain(NLU, Nearest(), World(demo_home(), mishaps=NO_MISHAPS))
    last = one.run([Heard("turn on the bedside lamp", 0.0)], HERE).action
    assert one.run([Heard("turn it off", 0.0)], Situation("speaker.kitchen", "kitchen", last=last)).action == action(
        "turn_off", "light.bedside"
    )

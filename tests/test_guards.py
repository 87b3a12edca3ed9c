"""Which pairs of requests no figures can make a rewrite."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.guards.contrasts import answer
from sayagain.guards.difference import difference
from sayagain.guards.evidence import FAR_OFTENER, Evidence, Kind, kind_of, oftener
from sayagain.guards.lexicon import lexicon
from sayagain.guards.owner import OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.rules import Rules
from sayagain.guards.sensitive_words import SENSITIVE, sensitive
from sayagain.guards.side import Side
from sayagain.guards.slots import names_another
from sayagain.guards.stakes import Stakes
from sayagain.text.normalise import normalise

OPPOSITES = (
    ("on", "off"), ("up", "down"), ("lock", "unlock"), ("open", "close"), ("open", "shut"), ("start", "stop"),
    ("play", "pause"), ("enable", "disable"), ("arm", "disarm"), ("mute", "unmute"), ("increase", "decrease"),
    ("raise", "lower"), ("louder", "quieter"), ("brighter", "darker"), ("warmer", "colder"), ("more", "less"),
    ("add", "remove"), ("next", "previous"), ("today", "tomorrow"), ("morning", "evening"), ("left", "right"),
    ("hot", "cold"), ("heat", "cool"), ("upstairs", "downstairs"), ("accept", "decline"),
    ("monday", "tuesday", "sunday"), ("january", "june", "july"),
)  # fmt: skip


def side(text: str) -> Side:
    return Side(normalise(text))


def refused(source: str, target: str, *languages: str) -> bool:
    rules = Rules(languages=frozenset(languages or ["en"]), owner=OwnerPolicy(never=()))
    return rules.refuses(side(source), side(target)) is not None


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("turn on the light", "turn off the light"),
        ("lights on", "switch the lights off please"),
        ("lock the door", "unlock the door"),
        ("volume up", "volume down"),
        ("open the blinds", "close the blinds"),
        ("open the blinds", "shut the blinds"),
        ("play the music", "stop the music"),
        ("start the vacuum", "stop the vacuum"),
        ("make it louder", "make it quieter"),
        ("what is the weather today", "what is the weather tomorrow"),
        ("wake me at 7 am", "wake me at 7 pm"),
        ("add milk to the list", "remove milk from the list"),
        ("next song", "previous song"),
        ("left lamp on", "right lamp on"),
        ("run the hot water", "run the cold water"),
        ("heat the bedroom", "cool the bedroom"),
        ("show the camera", "hide the camera"),
        ("upstairs lights on", "downstairs lights on"),
        ("accept the call", "decline the call"),
        ("wake me on Monday", "wake me on Sunday"),
        ("what is on Tuesday's list", "what is on Thursday's list"),
        ("what is the weather in June", "what is the weather in July"),
        ("don't play jazz", "play jazz"),
        ("play jazz", "never play jazz"),
        ("add milk", "add no milk"),
        ("set a timer for 10 minutes", "set a timer for 15 minutes"),
        ("set a timer for ten minutes", "set a timer for fifteen minutes"),
        ("set the heating to 21 degrees", "set the heating to 22 degrees"),
    ],
)
def test_a_reversed_meaning_is_refused_both_ways_round(source: str, target: str) -> None:
    assert refused(source, target)
    assert refused(target, source)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("en", "skip the song", "go back"),
        ("sv", "spela föregående låt", "hoppa över"),
        ("de", "das letzte wiederholen", "anderen titel hören"),
        ("pl", "zatrzymaj muzykę", "wznów granie"),
    ],
)
def test_whole_requests_of_opposite_intents_are_never_exchanged(language: str, source: str, target: str) -> None:
    assert refused(source, target, language)
    assert refused(target, source, language)


def test_a_direction_is_one_however_its_nasal_is_written() -> None:
    assert refused("बायाँ परदा खोलो", "दायाँ परदा खोलो", "hi")
    assert refused("बायां परदा खोलो", "दायाँ परदा खोलो", "hi")


@pytest.mark.parametrize(
    ("whole", "part"), [("set a timer for ten minutes", "set a timer"), ("wake me at 7 30", "wake me at")]
)
def test_a_number_is_neither_dropped_nor_put_back_where_all_else_is_the_same(whole: str, part: str) -> None:
    assert refused(whole, part)
    assert refused(part, whole)


def test_a_value_may_have_been_lost_where_nothing_else_is_the_same() -> None:
    assert not refused("do i have", "is it friday")
    assert refused("do i have on friday", "is it busy")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("turn of the kitchen light", "turn off the kitchen light"),
        ("turn on the wall light", "turn on the hall light"),
        ("play pinc floyd", "play pink floyd"),
        ("set a time for ten minutes", "set a timer for 10 minutes"),
        ("set the heeding to twenty one degrees", "set the heating to 21 degrees"),
        ("turn the light on please", "turn on the light"),
        ("dont play jas", "do not play jazz"),
        ("play no jas", "play no jazz"),
        ("what is on the list", "what is on my list"),
        ("turn the light off", "turn off the light"),
        ("good night good night good", "good night"),
        ("set the curtains to 50 percent", "set the curtains to 50%"),
        ("bayern 1 web radio starten", "bayern 1 webradio starten"),
        ("turn one the hall light", "turn on the hall light"),
        ("set a timer four ten minutes", "set a timer for ten minutes"),
        ("set a timer for twelve two minutes", "set a timer for twelve minutes"),
        ("set an alarm for 8:3:06 p.m.", "set an alarm for 8:36 p.m."),
        ("what's the weather today", "what's the weather"),
        ("wake me on moonday", "wake me on monday"),
        ("the weather on monday", "mondays weather"),
        ("what is on from monday to friday", "what is on between monday and friday"),
    ],
)
def test_what_was_misheard_may_be_put_right(source: str, target: str) -> None:
    assert not refused(source, target)


@pytest.mark.parametrize("said", ["no", "Thank you!", "never mind", "okay", "No, thanks", "thank you, goodbye"])
def test_what_is_said_to_an_answer_is_neither_source_nor_target(said: str) -> None:
    assert answer(normalise(said), "turn on the kitchen light")
    assert answer("turn on the kitchen light", normalise(said))


@pytest.mark.parametrize(
    "said", ["stop the music", "cancel my 7 am alarm", "right lamp on", "great british bake off", "no more ads"]
)
def test_a_request_that_opens_like_an_answer_may_be_source_and_target(said: str) -> None:
    assert answer(normalise(said), normalise(said)) is None


@pytest.mark.parametrize("words", OPPOSITES)
@settings(deadline=None)  # the first one reads the lexicon
@given(rest=st.sampled_from(["the light", "music of the hall", ""]))
def test_words_that_exclude_each_other_are_refused_wherever_they_stand(words: tuple[str, ...], rest: str) -> None:
    for one, other in permutations(words, 2):
        assert refused(f"{one} {rest}", f"{other} {rest}")
        assert refused(f"{rest} {one}", f"{rest} {other}")


@given(st.sampled_from(["not", "never", "dont", "without"]), st.sampled_from(["play jazz", "light the hall"]))
def test_a_negation_is_neither_added_nor_dropped(word: str, rest: str) -> None:
    assert refused(rest, f"{word} {rest}")
    assert refused(f"{word} {rest}", rest)
    assert not refused(f"{word} {rest}", f"{word} {rest}")


def test_no_guard_minds_a_request_that_stays_as_it_is() -> None:
    for words in ["turn on the light", "dont set 10 timers", "wake me at 7 30"]:
        assert not refused(words, words)


@pytest.mark.parametrize(
    ("source", "target", "intent"),
    [
        ("unlog the door", "unlock the door", None),
        ("unlock the doer", "open the doer", None),
        ("open the garage", "open the garage door", None),
        ("open the frond door", "open the front door", None),
        ("call nine one one", "call them", None),
        ("call 9 1 1", "call them", None),
        ("call nine eleven", "call them", None),
        ("dial one one two now", "dial them now", None),
        ("help me", "help them", "phone.call_9_1_1"),
        ("send money", "send the money", "bank.transfer_money"),
        ("get it", "get them", "shopping.BUY"),
    ],
)
def test_sensitive_words_are_refused_in_requests_and_in_intents(source: str, target: str, intent: str | None) -> None:
    rules = Rules()
    for sides in (
        (Side(normalise(source)), Side(normalise(target), intent)),
        (Side(normalise(source), intent), Side(normalise(target))),
    ):
        reason = rules.refuses(*sides)
        assert reason is not None
        assert reason.removeprefix("sensitive (").removesuffix(")") in SENSITIVE


@pytest.mark.parametrize("words", ["play my embankment song", "payless shoes", "the buyer", "play the policeman"])
def test_words_that_only_contain_a_sensitive_one_are_not_sensitive(words: str) -> None:
    assert not sensitive()(side(words))


@pytest.mark.parametrize("term", ["999", "9 9 9", "nine nine nine", "9-9-9", "Nine, nine nine!"])
@pytest.mark.parametrize("said", ["call 999", "call 9 9 9", "call nine nine nine", "Call nine 99."])
def test_a_number_is_sensitive_however_either_side_writes_it(term: str, said: str) -> None:
    found = sensitive([term])
    assert found(side(said))
    assert not any(found(side(other)) for other in ("call 9", "call 99", "call 1999", "call 9 9 9 0"))


@pytest.mark.parametrize("term", ["Doctor's Bag", "doctors bag", "DOCTOR’S-BAG"])
def test_a_sensitive_word_is_compared_in_normal_form(term: str) -> None:
    assert sensitive([term])(side("open the doctor's bag"))


@pytest.mark.parametrize("terms", [[], [""], ["  ", "um", "!"]])
def test_a_list_in_which_nothing_is_said_refuses_nothing(terms: list[str]) -> None:
    assert not any(sensitive(terms)(side(said)) for said in ("open the garage", "call 911"))


def test_the_list_of_sensitive_words_can_be_replaced() -> None:
    own = sensitive(["medicine"])
    assert own(side("my medicine"))
    assert not own(side("open the garage"))


KNOWN = {"room": frozenset({"hall", "kitchen", "attic"}), "artist": frozenset({"pink", "pink floyd", "the pinks"})}


@pytest.mark.parametrize(
    ("said", "meant", "expected"),
    [
        ({"room": "hall"}, {"room": "kitchen"}, "names another room"),
        ({"room": "hall"}, {"room": "hall"}, None),
        ({"room": "hull"}, {"room": "hall"}, None),
        ({"room": "hall"}, {"room": "hell"}, None),
        ({"room": "hall"}, {"artist": "pink"}, None),
        ({"artist": "pink", "room": "hall"}, {"artist": "pink floyd", "room": "hall"}, "names another artist"),
        ({}, {"room": "hall"}, None),
        ({"colour": "red"}, {"colour": "blue"}, None),
    ],
)
def test_no_entry_of_the_catalogue_stands_in_for_another(
    said: dict[str, str], meant: dict[str, str], expected: str | None
) -> None:
    assert names_another(Side("a", None, said), Side("b", None, meant), KNOWN) == expected


def test_two_spellings_of_one_entry_are_one() -> None:
    both = {"date": frozenset({"this week", "this weeks"}), "artist": frozenset({"beyoncé", "beyonce"})}
    assert names_another(Side("a", None, {"date": "this week"}), Side("b", None, {"date": "this weeks"}), both) is None
    assert names_another(Side("a", None, {"artist": "beyonce"}), Side("b", None, {"artist": "beyoncé"}), both) is None


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("de", "mach das licht im flur an", "mach das licht im flur aus"),
        ("de", "schließ die haustür ab", "schließ die haustür auf"),
        ("de", "schließ das fenster", "schließ das fenster auf"),
        ("de", "wecker um halb sieben", "wecker um sieben"),
        ("de", "timer auf 10 stunden", "timer auf 10 minuten"),
        ("de", "alle lichter außer in der küche aus", "alle lichter in der küche aus"),
        ("nl", "zet de lamp in de gang aan", "zet de lamp in de gang uit"),
        ("nl", "wek me om kwart over zes", "wek me om half zeven"),
        ("fr", "allume la lumière du salon", "éteins la lumière du salon"),
        ("fr", "réveille-moi lundi", "réveille-moi mardi"),
        ("es", "enciende la luz", "apaga la luz"),
        ("it", "accendi la luce", "spegni la luce"),
        ("pt", "liga a luz da sala", "desliga a luz da sala"),
        ("sv", "tänd lampan i köket", "släck lampan i köket"),
        ("pl", "włącz światło", "wyłącz światło"),
        ("ru", "включи свет", "выключи свет"),
        ("hi", "लाइट चालू करो", "लाइट बंद करो"),
        ("en", "set a timer for an hour and a half", "set a timer for an hour"),
        ("en", "set an alarm for half past six", "set an alarm for quarter past six"),
        ("en", "set an alarm for midnight", "set an alarm for noon"),
        ("en", "set the oven to 180 degrees celsius", "set the oven to 180 degrees fahrenheit"),
        ("en", "what's the weather next weekend", "what's the weather this weekend"),
        ("en", "set the heating to 20 point 5", "set the heating to 20"),
        ("en", "cool it to -5", "cool it to 5"),
        ("en", "turn off all the lights but the kitchen", "turn off all the lights"),
        ("en", "wake me at 7pm", "wake me at 7 a.m."),
        ("en", "fly from paris to berlin", "fly from berlin to paris"),
        ("en", "call jon", "call joan"),
        ("en", "light", "could you turn the light off please"),
        ("en", "kitchen lights", "turn on the kitchen lights"),
    ],
)
def test_contrasts_and_values_are_refused_in_any_language_that_is_known(
    language: str, source: str, target: str
) -> None:
    assert refused(source, target, language)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (("turn off the hall fight", "turn off the hall light"), Kind.RESPELLED),
        (("set the timer for 5 seconds", "set a timer for 5 seconds"), Kind.RESPELLED),
        (("turn on the fan", "turn on the oven"), Kind.SUBSTITUTED),
        (("call tom", "call mum"), Kind.SUBSTITUTED),
        (("find the coffin", "find confusion bay"), Kind.SUBSTITUTED),
        (("kitchen light", "turn on the kitchen light please"), Kind.ADDED),
        (("a little less light", "make it darker"), Kind.REWORDED),
    ],
)
def test_how_a_target_differs_is_told(said: tuple[str, str], kind: Kind) -> None:
    change = difference(*map(normalise, said))
    assert kind_of(change, lexicon().of(["en"])) is kind


RULES = Rules(min_people=3, places=Places.of(["turn on the hall light", "play some jazz", "what time is it"]))


@pytest.mark.parametrize(
    ("source", "target", "evidence", "do"),
    [
        ("play sum jazz", "play some jazz", Evidence(), "offer"),
        ("play sum jazz", "play some jazz", Evidence(own=1, own_days=1), "rewrite"),
        ("play sum jazz", "play some jazz", Evidence(not_understood=True), "rewrite"),
        ("play sum jazz", "play some jazz", Evidence(not_understood=True, works=True), "alone"),
        ("play sum jazz", "play some jazz", Evidence(people=3, days=1), "offer"),
        ("play sum jazz", "play some jazz", Evidence(people=3, days=2), "rewrite"),
        ("turn on the hall night", "turn on the hall light", Evidence(own=5, own_days=5), "alone"),  # a time of day
        ("disco", "turn on the party lamp", Evidence(own=1, own_days=1, not_understood=True), "alone"),  # a name
        ("it is dark", "turn on the party lamp", Evidence(own=1, own_days=1, not_understood=True), "offer"),
        ("disco", "turn on the party lamp", Evidence(own=2, own_days=2, not_understood=True), "offer"),
        ("weather boston", "what is it like in boston", Evidence(own=2, own_days=2, not_understood=True), "rewrite"),
        ("water the plants", "what is the weather", Evidence(own=2, own_days=2, not_understood=True), "offer"),
        ("disco", "turn on the party lamp", Evidence(own=9, own_days=5), "alone"),
        ("disco", "turn on the party lamp", Evidence(people=9, days=5, oftener=4), "rewrite"),
        ("disco", "turn on the party lamp", Evidence(people=9, days=5, oftener=2), "alone"),
        ("disco", "turn on the party lamp", Evidence(people=3, days=2, oftener=4), "alone"),
        ("disco", "turn on the party lamp", Evidence(people=3, days=2, oftener=4, not_understood=True), "rewrite"),
        ("disco", "turn on the party lamp", Evidence(people=3, days=2, oftener=20), "rewrite"),
        ("disco", "turn on the party lamp", Evidence(people=4, days=2, oftener=6), "alone"),
        ("disco", "turn on the party lamp", Evidence(people=4, days=2, oftener=6.2), "rewrite"),  # fewer, but surer
        ("disco", "turn on the party lamp", Evidence(people=5, days=2, oftener=4), "alone"),
        ("disco", "turn on the party lamp", Evidence(people=5, days=2, oftener=4.2), "rewrite"),
        ("disco", "turn on the party lamp", Evidence(people=6, days=2, oftener=2.9), "alone"),
        ("play jazz please radio", "play jazz", Evidence(people=3, days=2, oftener=20), "alone"),
        ("dim the hall likes", "dim the hall lights", Evidence(own=1, own_days=1, not_understood=True), "rewrite"),
        ("dim the hall likes", "dim the hall lights", Evidence(own=9, own_days=5), "alone"),  # it may mean something
        ("dim the hall likes", "dim the hall lights", Evidence(not_understood=True), "alone"),
        ("and", "any", Evidence(not_understood=True), "offer"),
        ("play some", "play some jazz", Evidence(not_understood=True), "alone"),
        ("turn on the fan", "turn on the lamp", Evidence(own=9, own_days=5, not_understood=True), "alone"),
        ("turn on the fan", "turn on the lamp", Evidence(people=90, days=50), "alone"),
        ("open the safe", "open the gate", Evidence(people=90, days=50, turns=900), "alone"),
        ("mak the alarm", "make the alarm", Evidence(people=3, days=3, turns=6), "offer"),
        ("mak the alarm", "make the alarm", Evidence(people=3, days=3, turns=9), "rewrite"),
        ("send the massage", "send the message", Evidence(own=9, own_days=9), "offer"),
    ],
)
def test_evidence_carries_what_it_can(source: str, target: str, evidence: Evidence, do: str) -> None:
    assert RULES.ruling(side(source), side(target), evidence).do == do


def test_in_a_language_that_is_not_known_nothing_is_done_without_asking() -> None:
    rules = Rules(languages=frozenset(), min_people=1)
    told = Evidence(own=3, own_days=3)
    assert rules.ruling(side("washa taaa ya jikoni"), side("washa taa ya jikoni"), told).do == "offer"
    once = Evidence(own=1, own_days=1, not_understood=True)
    assert rules.ruling(side("giza sana"), side("washa taa ya jikoni"), once).do == "alone"


def test_what_was_written_was_not_misheard() -> None:
    prose = "please could you tell me what it was that the man in the blue coat said to his wife about " + "the old "
    assert RULES.ruling(side(prose + "hose"), side(prose + "house"), Evidence(own=9, own_days=9)).do == "alone"


@pytest.mark.parametrize(
    ("said", "stakes"),
    [
        ("turn on the lamp", Stakes.REVERSIBLE),
        ("turn on the oven", Stakes.COSTLY),
        ("call mum", Stakes.PEOPLE),
        ("delete my messages", Stakes.DELETION),
        ("pay the bill", Stakes.MONEY),
        ("do i have new email from ann", Stakes.REVERSIBLE),  # what came reaches nobody
        ("could you please read my emails", Stakes.REVERSIBLE),
        ("email ann", Stakes.PEOPLE),
        ("show ann my email to bob and send it", Stakes.PEOPLE),
        ("check my email and email bob", Stakes.PEOPLE),
        ("check my email and delete it", Stakes.DELETION),
        ("play the audio book twilight", Stakes.REVERSIBLE),
        ("book the book fair", Stakes.MONEY),
        ("un\u200block the d\u00adoor", Stakes.SECURITY),
        ("unlосk the door", Stakes.SECURITY),  # two letters of it are Cyrillic
    ],
)
def test_stakes_are_read_off_a_request_even_in_disguise(said: str, stakes: Stakes) -> None:
    assert Rules().stakes(normalise(said)) is stakes


@pytest.mark.parametrize(
    ("said", "stakes"),
    [
        ("bezahle die rechnung", Stakes.MONEY),
        ("schließ die haustür auf", Stakes.SECURITY),
        ("paga la bolletta della luce", Stakes.MONEY),
    ],
)
def test_stakes_are_read_in_another_language_than_that_of_the_deployment(said: str, stakes: Stakes) -> None:
    assert Rules(languages=frozenset(["en"])).stakes(normalise(said)) is stakes


@pytest.mark.parametrize(
    ("language", "said", "intent", "stakes"),
    [
        ("de", "habe ich neue nachrichten", None, Stakes.REVERSIBLE),
        ("de", "schick ann neue nachrichten", None, Stakes.PEOPLE),
        ("es", "tengo correos nuevos", None, Stakes.REVERSIBLE),
        ("en", "are there new emails", "email_query", Stakes.REVERSIBLE),
        ("en", "are there new emails", "email_send", Stakes.PEOPLE),  # so the assistant took it
        ("en", "when is my alarm", None, Stakes.COSTLY),
        ("en", "when is my alarm", "list_alarms", Stakes.REVERSIBLE),  # the assistant only answers
        ("en", "is the oven on", "HassGetState", Stakes.REVERSIBLE),
        ("en", "add an alarm", "list_add", Stakes.COSTLY),
        ("en", "how long until my order is ready", "takeaway_query", Stakes.REVERSIBLE),
        ("en", "order a ride", "get_ride", Stakes.MONEY),
        ("en", "is the front door locked", "lock.query", Stakes.SECURITY),
        ("en", "delete my messages", "messages_query", Stakes.DELETION),
        ("en", "open sesame", "UnlockDoor", Stakes.SECURITY),  # as the assistant names it, in whatever spelling
        ("en", "do the usual", "payBill", Stakes.MONEY),
        ("en", "do the usual", "Lists.DeleteAll", Stakes.DELETION),
        ("en", "ring her", "CallContactIntent", Stakes.PEOPLE),
        ("fr", "appelle le 15", None, Stakes.SECURITY),
        ("fr", "réveille moi à 7 15", None, Stakes.COSTLY),  # a time, and no ambulance
    ],
)
def test_a_word_has_the_stakes_that_it_has_where_it_stands(
    language: str, said: str, intent: str | None, stakes: Stakes
) -> None:
    assert Rules(languages=frozenset([language])).stakes(normalise(said), intent) is stakes


@pytest.mark.parametrize(("intent", "do"), [("list_alarms", "rewrite"), ("set_alarm", "offer"), (None, "offer")])
def test_what_was_heard_of_an_alarm_may_become_a_question_for_nothing_is_lost_by_an_answer(
    intent: str | None, do: str
) -> None:
    lost = Evidence(not_understood=True)
    assert Rules().ruling(side("when is my alarms"), Side("when is my alarm", intent), lost).do == do


@pytest.mark.parametrize(
    ("heard", "said", "do"),
    [
        ("know the bedside lamp", "no the bedside lamp", "rewrite"),
        ("know the bedside lamp", "no not the bedside lamp", "alone"),
        ("turn on the bedside lamp", "do not turn on the bedside lamp", "alone"),
        ("the lamp i know", "the lamp i no", "alone"),
        ("on the bedside lamp", "no the bedside lamp", "alone"),
        ("now the bedside lamp", "no the bedside lamp", "alone"),
        ("no the bedside lamp", "know the bedside lamp", "alone"),
    ],
)
def test_a_no_before_a_request_negates_nothing_in_it(heard: str, said: str, do: str) -> None:
    told = Evidence(own=1, own_days=1, not_understood=True)
    assert Rules().ruling(side(heard), side(said), told).do == do


@pytest.mark.parametrize(
    ("heard", "said", "do"),
    [
        ("play songs by nora jones", "play songs by norah jones", "rewrite"),
        ("play songs by anna", "play songs by hannah", "alone"),
        ("play songs by dana", "play songs by diana", "alone"),
        ("call jon", "call john", "offer"),  # a call is not undone
    ],
)
def test_names_that_nobody_hears_apart_are_one(heard: str, said: str, do: str) -> None:
    assert Rules().ruling(side(heard), side(said), Evidence(own=1, own_days=1)).do == do


def test_what_differs_in_all_but_please_names_another_thing() -> None:
    told = Evidence(own=5, own_days=5, not_understood=True)
    ruling = Rules().ruling(side("darker lights please"), side("weather forecast please"), told)
    assert (ruling.do, ruling.reason) == ("alone", "names another thing")
    assert Rules().ruling(side("disco please"), side("turn on the party lamp please"), told).do == "offer"


@pytest.mark.parametrize(
    ("heard", "lacks", "do"),
    [
        ("give me a kitchen twitter", {}, "rewrite"),
        ("give me a kitchen twitter", {"people": 14}, "alone"),
        ("give me a kitchen twitter", {"days": 1}, "alone"),
        ("give me a kitchen twitter", {"share": 0.29}, "alone"),
        ("give me a kitchen twitter", {"oftener": FAR_OFTENER - 0.1}, "alone"),
        ("give me a kitchen twitter", {"works": True}, "alone"),
        ("give me a gardening tutorial", {}, "alone"),  # which works for others
    ],
)
def test_many_people_show_that_they_mean_what_names_another_thing(heard: str, lacks: dict[str, float], do: str) -> None:
    many = replace(Evidence(people=15, days=2, turns=60, oftener=FAR_OFTENER, share=0.3), **lacks)
    rules = Rules(min_people=3, places=Places.of(["give me a gardening tutorial", "play some jazz"]))
    assert rules.ruling(side(heard), side("give me a cooking tutorial"), many).do == do
    assert replace(rules, min_people=1).ruling(side(heard), side("give me a cooking tutorial"), many).do == "alone"


@pytest.mark.parametrize(
    ("language", "heard", "said"),
    [
        ("de", "schalte die steh lampe ein", "schalte die stehlampe ein"),
        ("en", "dim the flood lights", "dim the floodlight"),
        ("en", "play music by queens", "play music by queen"),  # a part of New York, too
    ],
)
def test_spaces_and_plurals_name_nothing_else(language: str, heard: str, said: str) -> None:
    rules = Rules(languages=frozenset([language]))
    assert rules.ruling(side(heard), side(said), Evidence(not_understood=True)).do == "rewrite"


@pytest.mark.parametrize(
    ("language", "kind"), [("en", Kind.RESPELLED), ("pt", Kind.SUBSTITUTED), (None, Kind.RESPELLED)]
)
def test_only_english_swallows_its_vowels(language: str | None, kind: Kind) -> None:
    rules = Rules(languages=frozenset(filter(None, [language])))
    assert kind_of(difference("liga o mora azul", "liga o mirra azul"), rules.words) is kind


def test_a_target_that_writes_one_letter_as_another_is_refused() -> None:
    assert refused("play sum jazz", "play some jаzz")


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_may_become_what_is_told_of_any_two_texts(one: str, other: str) -> None:
    ruling = RULES.ruling(side(one), side(other), Evidence(people=9, days=9, turns=9, own=9, own_days=9))
    assert (ruling.reason is None) == (ruling.do == "rewrite")


@pytest.mark.parametrize(
    ("heard", "target", "changed"),
    [
        ("bayern eins webradio starten", "bayern 1 webradio starten", False),
        ("bayern 1 webradio starten", "bayern eins webradio starten", False),
        ("bayern zwei webradio starten", "bayern 1 webradio starten", True),
        ("mach das radio auf kanal fünf", "mach das radio auf kanal 5", False),
        ("set the light to on", "set the light to 10", True),  # a number in Turkish: the request is English
    ],
)
def test_a_number_word_may_give_way_to_its_digits_in_the_language_of_the_request(
    heard: str, target: str, changed: bool
) -> None:
    rules = Rules(languages=frozenset(["en"]))
    assert (rules.refuses(Side(heard), Side(target)) == "changes a number") is changed
    if not changed:
        assert rules.ruling(Side(heard), Side(target), Evidence(own=1.0, own_days=1)).do == "rewrite"


@pytest.mark.parametrize(
    ("heard", "said", "reason"),
    [("set heating 21", "set heating to 21", None), ("stell die heizung 21", "stell die heizung auf 21", None),
     ("set heating 21", "set heating to 22", "changes a number"),
     ("raise heating 2", "raise heating to 2", "adds or drops a word that has an opposite"),
     ("set alarm ten six", "set alarm ten to six", "adds or drops a word that has an opposite")],
)  # fmt: skip
def test_a_preposition_before_a_value_that_is_set_says_nothing(heard: str, said: str, reason: str | None) -> None:
    assert Rules(frozenset(["en", "de"])).refuses(Side(heard), Side(said)) == reason


def test_what_many_say_next_whatever_was_said_before_is_not_far_oftener() -> None:
    asked_anywhere = oftener(went=9, turns=87, meant=500, everything=5_000)
    meant_by_it = oftener(went=9, turns=87, meant=20, everything=5_000)
    assert asked_anywhere < 1 < FAR_OFTENER < meant_by_it
    assert oftener(went=1, turns=1, meant=2, everything=5_000) == 0  # once is nothing
    assert oftener(went=16, turns=20, meant=60, everything=80) > FAR_OFTENER  # most go there, though all others do too


def test_what_was_cut_short_is_guessed_only_where_no_value_is_missing() -> None:
    lost = Evidence(not_understood=True)
    jazz, movie = Side("play some jazz", "play", {"genre": "jazz"}), Side("play a movie", "play", {"kind": "movie"})
    assert RULES.ruling(side("play some"), jazz, lost).do == "alone"
    assert RULES.ruling(side("a movie"), movie, lost).do == "rewrite"
    assert RULES.ruling(side("a movie"), side("play a movie"), lost).do == "alone"  # who knows what "play" names there

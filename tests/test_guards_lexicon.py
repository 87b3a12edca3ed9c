"""The lexicon: what the guards know of the words of some languages."""

from __future__ import annotations

import gzip
import json
import re
import tracemalloc
from itertools import combinations, islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sayagain.guards
from sayagain.guards import lexicon as lexicon_module
from sayagain.guards.forms import plain
from sayagain.guards.language import known_languages
from sayagain.guards.lexicon import Words, lexicon, sides_opposed, words_of
from sayagain.guards.rules import Rules
from sayagain.guards.sensitive_words import SENSITIVE
from sayagain.guards.side import Side
from sayagain.guards.stakes import Stakes

DATA = Path(sayagain.guards.__file__).parent / "data"
KNOWN = ["cs", "da", "de", "en", "es", "fi", "fr", "hi", "it", "nb", "nl", "pl", "pt", "ru", "sv", "tr", "uk"]

OPPOSED = {
    "cs": ["zapni vypni", "otevři zavři", "odemkni zamkni", "nahoru dolů", "hodin minut", "pondělí úterý"],
    "da": ["tænd sluk", "åbn luk", "op ned", "timer minutter", "mandag tirsdag", "venstre højre"],
    "de": ["an aus", "auf zu", "auf ab", "einschalten ausschalten", "stunden minuten", "mittag mitternacht"],
    "en": ["on off", "lock unlock", "hours minutes", "celsius fahrenheit", "am pm", "next this", "increase reduce"],
    "es": ["enciende apaga", "abre cierra", "sube baja", "horas minutos", "izquierda derecha", "lunes martes"],
    "fi": ["päälle pois", "sytytä sammuta", "avaa sulje", "ylös alas", "tuntia minuuttia", "huomenna tänään"],
    "fr": ["allume éteins", "ouvre ferme", "verrouille déverrouille", "heures minutes", "midi minuit", "plus moins"],
    "hi": ["चालू बंद", "लॉक अनलॉक", "घंटे मिनट", "सोमवार मंगलवार", "अगला पिछला"],
    "it": ["accendi spegni", "apri chiudi", "blocca sblocca", "alza abbassa", "ore minuti", "destra sinistra"],
    "nb": ["på av", "åpne lukk", "opp ned", "timer minutter", "mandag tirsdag", "venstre høyre"],
    "nl": ["aan uit", "open dicht", "vergrendel ontgrendel", "harder zachter", "uren minuten", "volgende vorige"],
    "pl": ["włącz wyłącz", "otwórz zamknij", "podnieś opuść", "godzin minut", "lewo prawo", "jutro dzisiaj"],
    "pt": ["liga desliga", "acende apaga", "tranca destranca", "sobe desce", "horas minutos", "esquerda direita"],
    "ru": ["включи выключи", "открой закрой", "громче тише", "часов минут", "понедельник вторник"],
    "sv": ["tänd släck", "på av", "öppna stäng", "höj sänk", "timmar minuter", "vänster höger"],
    "tr": ["aç kapat", "yukarı aşağı", "saat dakika", "pazartesi salı", "sağ sol"],
    "uk": ["увімкни вимкни", "відкрий закрий", "годин хвилин", "понеділок вівторок"],
}


def words(*languages: str) -> Words:
    return lexicon().of(languages)


def test_the_languages_that_are_known() -> None:
    assert sorted(lexicon().languages) == KNOWN


@pytest.mark.parametrize("language", KNOWN)
def test_words_that_exclude_each_other(language: str) -> None:
    for pair in OPPOSED[language]:
        one, other = pair.split()
        assert other in words(language).opposed[one], pair


@pytest.mark.parametrize("language", sorted(lexicon().tables))
def test_opposition_goes_both_ways_and_no_word_opposes_itself(language: str) -> None:
    opposed = words(language).opposed
    for word, others in opposed.items():
        assert word not in others
        assert all(word in opposed[other] for other in others), word


def test_opposition_holds_within_one_language_only() -> None:
    assert "an" in words("de").opposed
    assert "an" not in words("en").opposed
    assert "an" in words("en").weak
    assert "an" not in words("en", "de").weak  # read together, what one language holds for meaning is kept


def test_a_word_on_two_sides_of_a_class_excludes_neither() -> None:
    assert sides_opposed([[["up", "set"], ["down", "set"]]]) == {"up": frozenset(["down"]), "down": frozenset(["up"])}


@pytest.mark.parametrize("language", KNOWN)
def test_what_is_weak_means_nothing_else(language: str) -> None:
    held = words(language)
    for table in (held.opposed, held.negations, held.exceptions, held.parts, held.numbers, held.ordinals, held.units):
        assert held.weak.isdisjoint(table)
    assert held.weak.isdisjoint(held.stakes)


def test_what_is_sensitive_has_stakes() -> None:
    assert words("en").stakes.keys() >= set(SENSITIVE)


@pytest.mark.parametrize(
    ("language", "said", "stakes"),
    [
        ("en", "unlock", Stakes.SECURITY),
        ("en", "transfer", Stakes.MONEY),
        ("en", "factory reset", Stakes.DELETION),
        ("de", "haustür", Stakes.SECURITY),
        ("de", "aufschließen", Stakes.SECURITY),
        ("de", "anrufen", Stakes.PEOPLE),
        ("de", "backofen", Stakes.COSTLY),
        ("fr", "déverrouiller", Stakes.SECURITY),
        ("fr", "achète", Stakes.MONEY),
        ("es", "horno", Stakes.COSTLY),
        ("ru", "удали", Stakes.DELETION),
        ("tr", "kapıyı", Stakes.SECURITY),
        ("fr", "lalarme", Stakes.SECURITY),
        ("ru", "позвонить", Stakes.PEOPLE),
        ("ru", "переведи", Stakes.MONEY),
        ("pt", "ligar para", Stakes.PEOPLE),
        ("sv", "skicka", Stakes.PEOPLE),
        ("sv", "överför", Stakes.MONEY),
        ("hi", "फ़ोन करो", Stakes.PEOPLE),
        ("nl", "maak over", Stakes.MONEY),
        ("pl", "piekarnika", Stakes.COSTLY),
    ],
)
def test_what_a_mistake_would_cost(language: str, said: str, stakes: Stakes) -> None:
    assert words(language).stakes[plain(said)] == stakes


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("de", "halb", 0.5),
        ("es", "medio", 0.5),
        ("en", "dozen", 12),
        ("de", "eins", 1),
        ("hi", "ढाई", 2.5),
        ("pl", "półtora", 1.5),
    ],
)
def test_numbers_that_are_words(language: str, said: str, value: float) -> None:
    assert words(language).numbers[plain(said)] == value


@pytest.mark.parametrize("language", KNOWN)
def test_numbers_are_those_of_cldr(language: str) -> None:
    rbnf = pytest.importorskip("unicode_rbnf")
    engine = rbnf.RbnfEngine.for_language("no" if language == "nb" else language)
    held = words(language)
    for number in (2, 3, 5, 7, 10, 12, 15, 20, 40, 60, 90):
        spelled = plain(engine.format_number(number).text.replace("\u00ad", ""))
        assert held.numbers[spelled] == number


def test_units_times_and_days() -> None:
    german, english = words("de"), words("en")
    assert german.units["minuten"] == english.units["minutes"] == "minute"
    assert german.units["prozent"] == english.units["percent"] == "percent"
    assert german.units["euro"] == "eur"
    assert english.units["km"] == "kilometre"
    assert german.times["mittag"] == english.times["noon"] == "noon"
    assert english.times["p m"] == "pm"
    assert german.times["montag"] == "monday"
    assert german.times["übermorgen"] == "after tomorrow"
    assert words("pt").times[plain("segunda-feira")] == "monday"
    assert all(set(words(code).times.values()) >= {"monday", "june", "noon", "today", "next"} for code in KNOWN)


def test_negations_exceptions_and_parts() -> None:
    assert "kein" in words("de").negations
    assert plain("मत") in words("hi").negations
    assert plain("außer") in words("de").exceptions
    assert "sauf" in words("fr").exceptions
    assert {"and a half", "quarter"} <= words("en").parts


def test_not_understood_is_known_in_all_languages_with_sentences() -> None:
    phrases = lexicon().not_understood
    assert set(KNOWN) <= phrases.keys()
    assert all(phrases[code] for code in KNOWN)
    assert plain("nicht verstanden") in phrases["de"]
    assert not any("schon an" in phrase for phrase in phrases["de"])


@pytest.mark.parametrize(
    ("name", "kind"), [("joan", "person"), ("italien", "country"), ("roma", "place"), ("us dollar", "currency")]
)
def test_names(name: str, kind: str) -> None:
    assert kind in lexicon().names.kinds(name)


def test_common_words_are_no_names_in_their_language() -> None:
    for word in ("will", "can", "june", "an", "light", "the", "may", "nice", "reading"):
        assert words("en").named(word).isdisjoint(["person", "place"])
    assert "person" in words("en").named("anna")
    assert words("fi").named("anna") == frozenset()
    assert "place" in words("fr").named("nice")


@pytest.mark.parametrize(
    ("language", "place"),
    [
        ("en", "york"),
        ("en", "cork"),
        ("de", "köln"),
        ("de", "bremen"),
        ("nl", "leiden"),
        ("fr", "nantes"),
        ("fr", "mantes"),
        ("es", "jaén"),
        ("it", "parma"),
        ("pt", "faro"),
        ("ru", "москве"),
        ("uk", "київ"),
        ("hi", "जयपुर"),
        ("hi", "उदयपुर"),
    ],
)
def test_places(language: str, place: str) -> None:
    assert "place" in words(language).named(plain(place))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "kitchen room, hall room, milk thing, silk thing, mum person, jazz music, bach person, wall -"),
        ("de", "küche room, flur room, seide thing, seife thing, mama person"),
        ("nl", "keuken room, zaal room, zijde thing, zeep thing"),
        ("fr", "salon room, couloir room, pain thing, vin thing, maman person, lalarme -, loignon thing"),
        ("es", "sala room, cocina room, pan thing, horno thing"),
        ("it", "sala room, scala room, cantina room, mamma person, nellingresso room"),
        ("pt", "escada room, pão thing, sabão thing"),
        ("sv", "köket room, vardagsrummet room, fläkten thing"),
        ("da", "køkkenet room, mælk thing"),
        ("nb", "kjøkkenet room, melk thing"),
        ("fi", "keittiön room, saunassa room, leipää thing, äidille person"),
        ("pl", "kuchni room, salonie room, masła thing, mamę person"),
        ("cs", "kuchyni room, koupelně room, mouku thing, mámě person"),
        ("ru", "спальне room, сарае room, мыло thing, саше person, маме person"),
        ("uk", "кухні room, борошно thing, андрієві person"),
        ("tr", "mutfaktaki room, salonda room, ekmeği thing, annemi person"),
        ("hi", "रसोई room, दूध thing, मोना person, सोहन person"),
    ],
)
def test_rooms_things_and_people(language: str, said: str) -> None:
    for pair in said.split(", "):
        word, kind = pair.split()
        named = words(language).named(plain(word))
        assert kind in named if kind != "-" else not named, word


def test_forms_of_one_name_are_no_other_name() -> None:
    for language, one, other in (("en", "lamp", "lamps"), ("de", "munich", "münchen"), ("ru", "лена", "лене")):
        assert words(language).same_name(one, other)
    for language, one, other in (("en", "lamp", "fan"), ("de", "munich", "berlin"), ("ru", "саше", "маше")):
        assert not words(language).same_name(one, other)


@pytest.mark.parametrize(
    ("language", "source", "target", "refused"),
    [
        ("en", "turn on the hall light", "turn on the kitchen light", "room"),
        ("en", "turn on the hall lights", "turn on the hall light", None),
        ("it", "accendi la luce della sala", "accendi la luce della scala", "room"),
        ("es", "añade pan a la lista", "añade flan a la lista", "thing"),
        ("fr", "quel temps fait il à nantes", "quel temps fait il à mantes", "place"),
        ("de", "ruf hanna an", "ruf anna an", "person"),
        ("ru", "позвони саше", "позвони маше", "person"),
        ("ru", "позвони маша", "позвони маше", None),
        ("fr", "mets du rock", "mets du folk", "music"),
        ("it", "metti la musica di bach", "metti la musica di vasco", "person"),
    ],
)
def test_no_name_in_the_place_of_another(language: str, source: str, target: str, refused: str | None) -> None:
    reason = Rules(languages=frozenset([language])).refuses(Side(source), Side(target))
    assert reason == (refused and f"names another {refused}")


@pytest.mark.parametrize(("language", "form"), [("ru", "позвони саше"), ("tr", "kapıyı kilitle"), ("en", "саll tom")])
def test_stakes_in_any_alphabet(language: str, form: str) -> None:
    assert Rules(languages=frozenset([language])).stakes(form) >= Stakes.PEOPLE


@pytest.mark.parametrize(
    ("language", "request_"),
    [
        ("en", "turn on the lights in the kitchen"),
        ("de", "mach das licht im flur an"),
        ("nl", "doe het licht in de keuken aan"),
        ("fr", "allume la lumière de la cuisine"),
        ("es", "enciende la luz de la cocina"),
        ("it", "accendi la luce in cucina"),
        ("pt", "acende a luz da cozinha"),
        ("sv", "tänd lampan i köket"),
        ("fi", "sammuta keittiön valot"),
        ("pl", "włącz światło w kuchni"),
        ("cs", "rozsviť světlo v kuchyni"),
        ("ru", "включи свет на кухне"),
        ("uk", "увімкни світло на кухні"),
        ("tr", "mutfaktaki ışığı aç"),
        ("hi", "रसोई की बत्ती चालू करो"),
    ],
)
def test_the_language_of_a_request(language: str, request_: str) -> None:
    assert language in known_languages([plain(request_)])


@pytest.mark.parametrize(
    "requests",
    [
        ["washa taa ya jikoni", "zima taa zote"],
        ["சமையலறை விளக்கை அணை"],
        ["itzali sukaldeko argia", "piztu egongelako argiak"],
        ["kapcsold fel a lámpát a konyhában"],
        ["ligo meg az ajtót", "zzyzx qwrt"],
        ["aprinde lumina în bucătărie", "închide jaluzelele din dormitor"],
        ["ปิดไฟในห้องครัว"],
        ["👍"],
        [],
    ],
)
def test_requests_in_other_languages_are_of_no_known_language(requests: list[str]) -> None:
    assert known_languages(map(plain, requests)) == frozenset()


def test_a_household_of_two_languages() -> None:
    said = ["mach das licht an", "turn off the lights", "wie ist das wetter heute", "what is the weather like today"]
    assert known_languages(said) == {"de", "en"}


def test_the_files_are_small_and_carry_no_time() -> None:
    texts = DATA.parents[1] / "text" / "data"
    for file, most in (
        (DATA / "lexicon.json.gz", 15_000),
        (texts / "languages.json.gz", 150_000),
        (DATA / "tables.txt.gz", 350_000),
        (DATA / "names.txt.gz", 600_000),
    ):
        packed = file.read_bytes()
        assert len(packed) < most
        assert packed[4:8] == b"\0\0\0\0"
        assert gzip.decompress(packed)


def test_words_are_written_as_normal_forms_are() -> None:
    for code in KNOWN:
        held = words(code)
        for table in (held.opposed, held.numbers, held.times, held.negations, held.weak, held.stakes):
            assert all(plain(word) == word for word in table if not re.search("°", word)), code


def test_building_again_gives_the_same_words() -> None:
    for package in ("babel", "faker", "hassil", "home_assistant_intents", "unicode_rbnf"):
        pytest.importorskip(package)
    from sayagain.guards import build

    held = build.table("cs", ["cs"])
    assert build.packed(json.dumps(held)) == build.packed(json.dumps(build.table("cs", ["cs"])))
    assert vars(words_of("cs", held)) == vars(words("cs"))


@given(
    st.lists(st.dictionaries(st.sampled_from("abcd"), st.frozensets(st.sampled_from("xyz"), min_size=1)), max_size=4)
)
def test_the_words_of_some_languages_together_are_those_of_each(tables):
    together = lexicon_module._Together(tables, lexicon_module._all_of)
    copied: dict[str, frozenset[str]] = {}
    for table in tables:
        for word, others in table.items():
            copied[word] = copied.get(word, frozenset()) | others

    assert dict(together) == copied
    assert len(together) == len(copied)
    assert [word in together for word in "abcde"] == [word in copied for word in "abcde"]
    assert [together.get(word) for word in "abcde"] == [copied.get(word) for word in "abcde"]


def test_another_choice_of_languages_takes_next_to_no_memory():
    """Else a service that hears many languages, or nonsense in all of them, grows by megabytes with each choice."""
    codes = sorted(lexicon().tables)
    lexicon().of(codes)  # each table is read once
    tracemalloc.start()
    try:
        kept = [lexicon().of(chosen) for chosen in islice(combinations(codes, 3), 0, None, 100)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(kept) > 300
    assert taken / len(kept) < 100_000

"""What the layer says to a person about what it did, and the one phrase that takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of


@dataclass(frozen=True)
class Words:
    """One language."""

    took: str
    """Of a rewrite."""
    asks: str
    """Of an offer."""
    undo: str
    """Takes either back; ``text.replies`` knows it as a denial."""
    marks: frozenset[str] = frozenset()
    """Words by which requests of this language are known, as far as they are no words of the others here."""


def _marks(words: str) -> frozenset[str]:
    return frozenset(form for word in words.split() if (form := form_of(word)))


ENGLISH = "en"

WORDS: Mapping[str, Words] = {
    "en": Words("I took that as “{}”.", "Did you mean “{}”?", "no", _marks("the turn what whats my please and of for")),
    "de": Words("Ich habe „{}“ verstanden.", "Meintest du „{}“?", "nein",
                _marks("das der die den dem im ein eine schalte mach stelle bitte und wie ist mir auf licht spiele")),
    "nl": Words("Ik heb “{}” begrepen.", "Bedoelde je “{}”?", "nee",
                _marks("het een zet doe aan uit alsjeblieft hoe wat voor mij licht speel af lamp niet naar")),
    "fr": Words("J’ai compris « {} ».", "Vouliez-vous dire « {} » ?", "non",
                _marks("le les des du allume éteins mets quelle quel est et dans lumière joue moi mon ma")),
    "es": Words("He entendido «{}».", "¿Querías decir «{}»?", "no",
                _marks("el los las enciende apaga pon qué cuál es por luz luces mi del reproduce")),
    "it": Words("Ho capito «{}».", "Intendevi «{}»?", "no",
                _marks("il gli accendi spegni metti che è per luce luci mio mia della del suona nella")),
    "pt": Words("Entendi “{}”.", "Você quis dizer “{}”?", "não",
                _marks("o os ligue liga desliga desligue acende apague qual é luz luzes meu minha da do toca")),
    "sv": Words("Jag uppfattade ”{}”.", "Menade du ”{}”?", "nej",
                _marks("tänd släck sätt på ljuset lampan vad är och mig spela ett jag musik vardagsrummet")),
    "da": Words("Jeg opfattede „{}“.", "Mente du „{}“?", "nej",
                _marks("tænd sluk sæt lyset lampen hvad og mig afspil et jeg stuen køkkenet")),
    "nb": Words("Jeg oppfattet «{}».", "Mente du «{}»?", "nei",
                _marks("skru slå sett lyset lampen hva og meg spill et jeg stuen kjøkkenet hvordan")),
    "pl": Words("Zrozumiałem „{}”.", "Czy chodziło o „{}”?", "nie",
                _marks("włącz wyłącz ustaw światło jaka jest i w mi proszę zagraj puść zgaś zapal")),
    "cs": Words("Rozuměl jsem „{}“.", "Mysleli jste „{}“?", "ne",
                _marks("zapni vypni rozsviť zhasni nastav světlo jaké je mi prosím pusť přehraj")),
    "ru": Words("Я понял: «{}».", "Вы имели в виду «{}»?", "нет"),
    "tr": Words("Bunu “{}” olarak anladım.", "“{}” mi demek istediniz?", "hayır",
                _marks("aç kapat ışığı ışıkları bir için lütfen nasıl nedir çal kur ayarla")),
    "hi": Words("मैंने इसे “{}” समझा।", "क्या आपका मतलब “{}” था?", "नहीं"),
    "ja": Words("「{}」と理解しました。", "「{}」のことですか？", "いいえ"),
}  # fmt: skip

SCRIPTS: tuple[tuple[str, str, str], ...] = (("ぁ", "ヿ", "ja"), ("ऀ", "ॿ", "hi"), ("Ѐ", "ӿ", "ru"))
"""First and last letter of scripts that tell the language."""

NAMED = ("language", "lang", "locale")
"""Fields in which an assistant may say what language a turn is in."""


def language_of(turn: Turn) -> str:
    """Return the language of a request, of those in ``WORDS``: as the assistant says, else by script and words."""
    extra = turn.model_extra or {}
    for name in NAMED:
        if isinstance(named := extra.get(name), str):
            code = named.replace("_", "-").partition("-")[0].lower()
            return {"no": "nb"}.get(code, code if code in WORDS else ENGLISH)
    for first, last, language in SCRIPTS:
        if any(first <= letter <= last for letter in turn.text):
            return language
    said = set(form_of(turn.text).split())
    found = {language: len(said & words.marks) for language, words in WORDS.items()}
    best = max(found, key=found.__getitem__)  # English, where they are even
    return best if found[best] > found[ENGLISH] else ENGLISH


def told(turn: Turn, text: str, *, asked: bool) -> tuple[str, str]:
    """Return ``say`` and ``undo`` of a layer action that made ``text`` of a request, or asks about it."""
    words = WORDS[language_of(turn)]
    return (words.asks if asked else words.took).format(text.strip().rstrip(".?!。？！")), words.undo

"""The layer's words to a person: a sentence about what it did, and the one phrase that takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sayagain.schema.turn import Turn
from sayagain.text.language import languages_of
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


ENGLISH = "en"

WORDS_BY_LANGUAGE: Mapping[str, Words] = {
    "en": Words("I took that as “{}”.", "Did you mean “{}”?", "no"),
    "de": Words("Ich habe „{}“ verstanden.", "Meintest du „{}“?", "nein"),
    "nl": Words("Ik heb “{}” begrepen.", "Bedoelde je “{}”?", "nee"),
    "fr": Words("J’ai compris « {} ».", "Vouliez-vous dire « {} » ?", "non"),
    "es": Words("He entendido «{}».", "¿Querías decir «{}»?", "no"),
    "it": Words("Ho capito «{}».", "Intendevi «{}»?", "no"),
    "pt": Words("Entendi “{}”.", "Você quis dizer “{}”?", "não"),
    "sv": Words("Jag uppfattade ”{}”.", "Menade du ”{}”?", "nej"),
    "da": Words("Jeg opfattede „{}“.", "Mente du „{}“?", "nej"),
    "nb": Words("Jeg oppfattet «{}».", "Mente du «{}»?", "nei"),
    "pl": Words("Zrozumiałem „{}”.", "Czy chodziło o „{}”?", "nie"),
    "cs": Words("Rozuměl jsem „{}“.", "Mysleli jste „{}“?", "ne"),
    "ru": Words("Я понял: «{}».", "Вы имели в виду «{}»?", "нет"),
    "tr": Words("Bunu “{}” olarak anladım.", "“{}” mi demek istediniz?", "hayır"),
    "hi": Words("मैंने इसे “{}” समझा।", "क्या आपका मतलब “{}” था?", "नहीं"),
    "ja": Words("「{}」と理解しました。", "「{}」のことですか？", "いいえ"),
}  # fmt: skip

NAMED = ("language", "lang", "locale")
"""Fields in which an assistant may say what language a turn is in."""


def language_of(turn: Turn) -> str:
    """Return the language of a request, of those in ``WORDS_BY_LANGUAGE``: as the assistant says, else by its words."""
    extra = turn.model_extra or {}
    for name in NAMED:
        if isinstance(named := extra.get(name), str):
            code = named.replace("_", "-").partition("-")[0].lower()
            return {"no": "nb"}.get(code, code if code in WORDS_BY_LANGUAGE else ENGLISH)
    if any("\u3040" <= letter <= "\u30ff" for letter in turn.text):  # kana: the guards know no Japanese
        return "ja"
    likely = languages_of(form_of(turn.text)) & WORDS_BY_LANGUAGE.keys()
    return ENGLISH if ENGLISH in likely or not likely else min(likely)


def told(turn: Turn, text: str, *, asked: bool) -> tuple[str, str]:
    """Return ``say`` and ``undo`` of a layer action that made ``text`` of a request, or asks about it."""
    words = WORDS_BY_LANGUAGE[language_of(turn)]
    return (words.asks if asked else words.took).format(text.strip().rstrip(".?!。？！")), words.undo

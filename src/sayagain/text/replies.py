"""What people say back to an assistant, in the languages that it is spoken to in most.

A data table: how one denies, calls off, undoes and agrees. English denials and cancellations are those of ``acts``,
which the log-wide signals read; what is here decides about rewrites and offers only, where a person must be heard in
their own language. Where a language is not here, saying it again, undoing and cancelling do the work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Literal

from sayagain.text.acts import ACTS, act, nothing_but_an_act
from sayagain.text.normalise import form_of

Reply = Literal["denial", "cancellation", "undo", "assent"]

DENIALS: Mapping[str, tuple[str, ...]] = {
    "de": ("nein", "nee", "nö", "nicht", "falsch", "das ist falsch", "das war falsch", "doch nicht", "das nicht",
           "ich sagte", "ich habe gesagt", "ich hab gesagt", "ich meinte", "so nicht", "das stimmt nicht",
           "das meinte ich nicht", "das wollte ich nicht", "das war nicht"),
    "nl": ("nee", "neen", "niet", "fout", "verkeerd", "dat is fout", "dat is verkeerd", "dat niet", "ik zei",
           "ik bedoelde", "dat klopt niet", "dat bedoelde ik niet", "dat wilde ik niet"),
    "fr": ("non", "pas ça", "pas celui", "pas celle", "pas cela", "c'est faux", "ce n'est pas", "c'est pas",
           "mauvaise réponse", "j'ai dit", "je voulais dire", "je n'ai pas dit", "j'ai pas dit"),
    "es": ("no", "eso no", "así no", "mal", "incorrecto", "equivocado", "está mal", "he dicho", "yo dije", "dije",
           "quise decir", "quería decir", "te equivocas"),
    "it": ("no", "non", "sbagliato", "è sbagliato", "hai sbagliato", "ho detto", "intendevo", "volevo dire"),
    "pt": ("não", "nao", "errado", "está errado", "isso não", "eu disse", "eu quis dizer", "quis dizer"),
    "sv": ("nej", "nä", "inte", "fel", "det är fel", "det var fel", "jag sa", "jag sade", "jag menade"),
    "da": ("nej", "ikke", "forkert", "det er forkert", "det var forkert", "jeg sagde", "jeg mente"),
    "nb": ("nei", "ikke", "feil", "det er feil", "det var feil", "jeg sa", "jeg mente"),
    "pl": ("nie", "źle", "błąd", "to nie to", "powiedziałem", "powiedziałam", "mówiłem", "mówiłam",
           "miałem na myśli", "miałam na myśli", "chodziło mi"),
    "cs": ("ne ne", "ne to", "ne tohle", "ne tak", "ne děkuji", "špatně", "to je špatně", "to ne", "tohle ne",
           "řekl jsem", "řekla jsem", "myslel jsem", "myslela jsem", "to jsem neřekl", "to jsem neřekla"),
    "ru": ("нет", "не то", "не это", "не так", "не надо", "неправильно", "неверно", "я сказал", "я сказала",
           "я имел в виду", "я имела в виду", "я не это"),
    "tr": ("hayır", "hayir", "HAYIR", "yanlış", "bu değil", "o değil", "öyle değil", "onu demedim", "bunu demedim",
           "öyle demedim", "demek istediğim", "ben dedim ki"),
    "hi": ("नहीं", "नही", "ना ना", "मत करो", "गलत", "ग़लत", "यह नहीं", "ये नहीं", "वो नहीं", "मैंने कहा", "मेरा मतलब", "nahin", "nahi", "galat"),
    "ja": ("いいえ", "いや違う", "違う", "違います", "ちがう", "ちがいます", "そうじゃない", "そうではない", "それじゃない",
           "間違い", "間違って", "じゃなくて", "ダメ", "だめ"),
}  # fmt: skip
"""Openings by which a request denies what was just done; English ones are in ``acts``."""

WHOLE_DENIALS: Mapping[str, tuple[str, ...]] = {
    "cs": ("ne",),
    "de": ("ne",),
    "tr": ("yok", "olmaz"),
    "hi": ("ना",),
    "ja": ("いや", "違", "ううん"),
}
"""Denials only where nothing else is said: elsewhere the word asks for something ("ne zaman" is "when" in Turkish)."""

NO_DENIALS = ("no problem", "no worries", "not bad", "no need to thank me")
"""They open like a denial, and are none."""

CANCELLATIONS: Mapping[str, tuple[str, ...]] = {
    "en": ("stop", "cancel", "abort", "never mind", "nevermind", "forget it", "forget that", "shut up", "leave it"),
    "de": ("stopp", "stop", "halt", "abbrechen", "abbruch", "brich ab", "vergiss es", "egal", "schon gut", "lass es",
           "lass das", "hör auf", "aufhören"),
    "nl": ("stop", "stoppen", "annuleer", "annuleren", "laat maar", "vergeet het", "hou op", "ophouden"),
    "fr": ("stop", "arrête", "arrêtez", "annule", "annuler", "annulez", "laisse tomber", "oublie", "tant pis"),
    "es": ("para", "detente", "alto", "basta", "cancela", "cancelar", "cancélalo", "olvídalo", "déjalo", "da igual"),
    "it": ("stop", "basta", "fermati", "ferma", "annulla", "annullare", "lascia stare", "lascia perdere",
           "non importa"),
    "pt": ("para", "pare", "chega", "cancela", "cancelar", "cancele", "esquece", "esqueça", "deixa pra lá",
           "deixa para lá", "deixa"),
    "sv": ("stopp", "stanna", "sluta", "avbryt", "strunta i det", "glöm det", "skit i det"),
    "da": ("stop", "hold op", "annuller", "afbryd", "glem det", "lad være", "pyt"),
    "nb": ("stopp", "slutt", "avbryt", "kanseller", "glem det", "la være"),
    "pl": ("stop", "przestań", "anuluj", "odwołaj", "zapomnij", "nieważne", "nie ważne", "zostaw"),
    "cs": ("stop", "dost", "přestaň", "zruš", "zrušit", "zruš to", "zapomeň", "zapomeň na to", "nech to", "to nic"),
    "ru": ("стоп", "хватит", "перестань", "прекрати", "отмена", "отмени", "отменить", "забудь", "неважно",
           "не важно", "оставь"),
    "tr": ("dur", "durdur", "iptal", "İptal", "iptal et", "İptal et", "vazgeç", "vazgeçtim", "boş ver", "boşver",
           "unut", "neyse"),
    "hi": ("रुको", "रुक जाओ", "बस", "रद्द", "रद्द करो", "रद्द कर दो", "छोड़ो", "रहने दो", "जाने दो", "कैंसल", "कैंसल करो", "ruko", "chhodo"),
    "ja": ("ストップ", "キャンセル", "キャンセルして", "やめて", "やめろ", "止めて", "中止", "取り消し", "取り消して", "もういい", "もういいよ"),
}  # fmt: skip
"""What calls off what was just asked, where nothing else is said."""

UNDOINGS: Mapping[str, tuple[str, ...]] = {
    "en": ("undo", "undo it", "undo that", "put it back", "put that back", "turn it back", "change it back",
           "set it back", "switch it back", "take that back", "revert", "revert that"),
    "de": ("rückgängig", "rückgängig machen", "mach das rückgängig", "nimm das zurück", "zurücknehmen",
           "mach es wieder wie vorher", "wieder wie vorher"),
    "nl": ("ongedaan maken", "ongedaan", "maak dat ongedaan", "draai dat terug", "zet het terug", "zet terug"),
    "fr": ("défais ça", "défaire", "annule ça", "annule la dernière action", "remets comme avant", "comme avant",
           "reviens en arrière"),
    "es": ("deshacer", "deshaz", "deshazlo", "deshaz eso", "vuelve a ponerlo", "ponlo como estaba", "como estaba"),
    "it": ("annulla l'ultima azione", "disfa", "rimetti come prima", "com'era prima", "come prima"),
    "pt": ("desfazer", "desfaz", "desfaça", "desfaz isso", "volta como estava", "como estava antes"),
    "sv": ("ångra", "ångra det", "ta tillbaka det", "ställ tillbaka", "som det var innan"),
    "da": ("fortryd", "fortryd det", "lav det om", "sæt det tilbage", "som før"),
    "nb": ("angre", "angre det", "gjør om", "sett det tilbake", "som før"),
    "pl": ("cofnij", "cofnij to", "przywróć", "jak było", "jak poprzednio"),
    "cs": ("vrať to", "vrať to zpět", "vrátit zpět", "vzít zpět", "jak to bylo", "zpět jak to bylo"),
    "ru": ("верни", "верни как было", "верни обратно", "как было", "отмени последнее", "отмени это"),
    "tr": ("geri al", "bunu geri al", "eski haline getir", "eskisi gibi yap"),
    "hi": ("वापस करो", "वापस कर दो", "पहले जैसा", "पहले जैसा करो", "पूर्ववत करें", "undo करो", "wapas karo"),
    "ja": ("元に戻して", "元に戻す", "もとに戻して", "戻して", "さっきのなし", "今のなし"),
}  # fmt: skip
"""Openings by which a request takes back what was just done."""

ASSENTS: Mapping[str, tuple[str, ...]] = {
    "en": (*ACTS["assent"], "yup", "yes please", "of course", "please do", "go ahead", "do it", "that one"),
    "de": ("ja", "jawohl", "jep", "genau", "richtig", "stimmt", "das stimmt", "gerne", "klar", "okay", "ok"),
    "nl": ("ja", "jazeker", "jep", "klopt", "precies", "juist", "graag", "goed", "ok", "oké"),
    "fr": ("oui", "ouais", "exact", "exactement", "c'est ça", "d'accord", "bien sûr", "ok"),
    "es": ("sí", "si", "eso es", "exacto", "correcto", "claro", "vale", "por supuesto", "de acuerdo"),
    "it": ("sì", "si", "esatto", "giusto", "certo", "va bene", "d'accordo", "ok"),
    "pt": ("sim", "isso", "isso mesmo", "exato", "certo", "claro", "está bem", "pode ser", "ok"),
    "sv": ("ja", "japp", "precis", "just det", "det stämmer", "stämmer", "gärna", "okej", "ok"),
    "da": ("ja", "jep", "præcis", "netop", "det er rigtigt", "rigtigt", "gerne", "okay", "ok"),
    "nb": ("ja", "jepp", "nettopp", "akkurat", "det stemmer", "stemmer", "riktig", "gjerne", "ok"),
    "pl": ("tak", "no tak", "zgadza się", "dokładnie", "dobrze", "jasne", "właśnie", "ok"),
    "cs": ("ano", "jo", "jasně", "přesně", "přesně tak", "správně", "dobře", "ok"),
    "ru": ("да", "ага", "верно", "правильно", "точно", "именно", "конечно", "хорошо", "ладно"),
    "tr": ("evet", "aynen", "doğru", "tamam", "tabii", "olur"),
    "hi": ("हाँ", "हां", "जी", "जी हाँ", "जी हां", "ठीक है", "सही", "बिल्कुल", "haan", "theek hai"),
    "ja": ("はい", "うん", "ええ", "そう", "そうです", "そうそう", "お願い", "お願いします", "オッケー", "その通り"),
}  # fmt: skip
"""What says yes to a question, where nothing else is said."""

BESIDE = (
    "please", "it", "that", "this", "thanks", "thank you", "bitte", "danke", "das", "es", "alsjeblieft", "dat", "het",
    "merci", "ça", "s'il te plaît", "s'il vous plaît", "por favor", "gracias", "eso", "per favore", "grazie", "obrigado",
    "obrigada", "isso", "tack", "tak", "det", "takk", "proszę", "dziękuję", "to", "prosím", "děkuji", "пожалуйста",
    "спасибо", "это", "lütfen", "teşekkürler", "bunu", "onu", "कृपया", "धन्यवाद", "इसे", "जी", "ください", "ありがとう",
)  # fmt: skip
"""Words beside which a cancellation or an assent is still nothing else."""

REPEATED: Mapping[str, tuple[str, ...]] = {
    "en": ("next", "skip", "previous", "louder", "quieter", "softer", "brighter", "darker", "dimmer", "warmer",
           "cooler", "colder", "hotter", "faster", "slower", "higher", "lower", "more", "less", "again", "another",
           "volume up", "volume down", "turn it up", "turn it down", "turn up", "turn down", "up", "down", "forward",
           "rewind", "go back", "back"),
    "de": ("nächster", "nächste", "nächstes", "weiter", "überspringen", "vorheriger", "vorheriges", "zurück", "lauter",
           "leiser", "heller", "dunkler", "wärmer", "kälter", "schneller", "langsamer", "mehr", "weniger", "nochmal",
           "noch einmal", "noch eins", "höher"),
    "nl": ("volgende", "overslaan", "vorige", "terug", "harder", "luider", "zachter", "stiller", "lichter",
           "feller", "donkerder", "warmer", "kouder", "sneller", "langzamer", "meer", "minder", "nog een keer", "nog een",
           "hoger", "lager"),
    "fr": ("suivant", "suivante", "précédent", "précédente", "passe", "plus fort", "moins fort", "plus bas", "plus haut",
           "plus lumineux", "plus sombre", "plus chaud", "plus froid", "plus vite", "moins vite", "encore", "plus",
           "moins"),
    "es": ("siguiente", "anterior", "salta", "más alto", "más bajo", "más fuerte", "más brillante", "más oscuro", "más",
           "menos", "otra vez", "otra", "otro", "sube el volumen", "baja el volumen"),
    "it": ("prossimo", "prossima", "successivo", "successiva", "precedente", "salta", "più forte", "più piano", "più alto",
           "più basso", "più luminoso", "più caldo", "più freddo", "ancora", "di nuovo", "più", "meno", "avanti",
           "indietro"),
    "pt": ("próximo", "próxima", "anterior", "pular", "pula", "mais alto", "mais baixo", "mais", "menos", "de novo",
           "outra vez", "outra", "aumenta", "diminui"),
    "sv": ("nästa", "föregående", "hoppa över", "högre", "lägre", "ljusare", "mörkare", "varmare", "kallare", "mer",
           "mindre", "igen", "en till"),
    "da": ("næste", "forrige", "spring over", "højere", "lavere", "lysere", "mørkere", "varmere", "koldere", "mere",
           "mindre", "igen", "en til"),
    "nb": ("neste", "forrige", "hopp over", "høyere", "lavere", "lysere", "mørkere", "varmere", "kaldere", "mer", "mindre",
           "igjen", "en til"),
    "pl": ("następny", "następna", "następne", "dalej", "poprzedni", "poprzednia", "pomiń", "głośniej", "ciszej",
           "jaśniej", "ciemniej", "cieplej", "zimniej", "więcej", "mniej", "jeszcze raz", "jeszcze"),
    "cs": ("další", "předchozí", "přeskoč", "hlasitěji", "tišeji", "světleji", "tmavěji", "tepleji", "víc", "více", "míň",
           "méně", "znovu", "ještě jednou", "ještě"),
    "ru": ("следующий", "следующая", "следующую", "дальше", "предыдущий", "предыдущую", "пропусти", "громче", "тише",
           "ярче", "темнее", "теплее", "холоднее", "больше", "меньше", "ещё", "еще", "ещё раз", "снова"),
    "tr": ("sonraki", "sıradaki", "önceki", "atla", "geç", "sesi aç", "sesi kıs", "daha yüksek", "daha kısık", "daha",
           "tekrar", "bir daha", "yükselt", "azalt"),
    "hi": ("अगला", "अगली", "पिछला", "आवाज़ बढ़ाओ", "आवाज बढ़ाओ", "आवाज़ कम करो", "आवाज कम करो", "तेज़", "और", "फिर से", "दोबारा"),
    "ja": ("次", "次の曲", "スキップ", "前の曲", "音量を上げて", "音量を下げて", "音量上げて", "音量下げて", "大きく", "小さく",
           "もっと", "もう一度", "もう一回", "明るく", "暗く"),
}  # fmt: skip
"""What people ask for several times in a row because it works: each use goes one step further."""

REPEATED_INTENTS = frozenset({
    "next", "previous", "skip", "louder", "quieter", "brighter", "dimmer", "increase", "decrease", "relative", "step",
    "forward", "rewind", "again", "repeat", "volumeup", "volumedown",
})  # fmt: skip
"""Words in the name of an intent that goes one step further at each use."""

MOST_WORDS_REPEATED = 4
"""Words of a request that goes one step further; longer ones ask for something of their own."""

UNSPACED = frozenset({"ja"})
"""Languages without spaces between words: an opening need not end where a word does."""

LEAST_UNSPACED = 2
"""Letters from which an opening of those counts when more follows."""


@lru_cache(maxsize=1 << 14)
def reply(form: str) -> Reply | None:
    """Return how a normal form answers what was just done or asked; None where it asks for something else.

    >>> reply("nein das andere"), reply("laat maar"), reply("mach das rückgängig"), reply("oui")
    ('denial', 'cancellation', 'undo', 'assent')
    >>> reply("turn on the light") is None
    True
    """
    if not form:
        return None
    if _opens(form, _table("undo"), _unspaced("undo")):
        return "undo"
    english = act(form)
    if english == "cancellation" or _is_all(form, "cancellation"):
        return "cancellation"
    if form in _forms(NO_DENIALS):
        return None
    if _is_all(form, "assent"):
        return "assent"
    denies = english == "denial" or form in _forms(each for words in WHOLE_DENIALS.values() for each in words)
    return "denial" if denies or _opens(form, _table("denial"), _unspaced("denial")) else None


def agrees_to(form: str, offered: str) -> bool:
    """Return whether a normal form says yes to an offered one: by assent, by saying it, or both.

    >>> agrees_to("yes turn on the light", "turn on the light"), agrees_to("yes but the other one", "turn on the light")
    (True, False)
    """
    if reply(form) == "assent" or form == offered:
        return True
    before = form.removesuffix(offered).rstrip() if offered else form
    return before != form and reply(before) == "assent"


@lru_cache(maxsize=1 << 14)
def only_a_reply(form: str) -> bool:
    """Return whether a normal form is nothing but an answer, in whatever language."""
    return nothing_but_an_act(form) or (bool(form) and _is_all(form, "cancellation", "denial", "undo", "assent"))


def goes_on(form: str, intent: str | None = None) -> bool:
    """Return whether a request goes one step further at each use, so that people say it several times in a row.

    >>> goes_on("next song"), goes_on("lauter"), goes_on("turn on the light"), goes_on("x", "HassMediaNext")
    (True, True, False, True)
    """
    if intent is not None and not REPEATED_INTENTS.isdisjoint(_words_of(intent)):
        return True
    if len(form.split()) > MOST_WORDS_REPEATED:
        return False
    padded = f" {form} "
    if any(f" {step} " in padded for step in _steps()[0] if step not in _ALONE) or form in _ALONE:
        return True
    return form in _steps()[1]


_ALONE = frozenset({"up", "down", "more", "less", "back", "lower", "higher", "plus", "más", "más", "più", "mais", "mer", "daha", "और",
                    "passe", "geç", "ещё", "еще", "meer", "mehr", "moins", "menos", "meno", "again", "another", "otra", "otro", "outra"})  # fmt: skip
"""Steps only where nothing else is said: in longer requests the words mean other things."""


@cache
def _steps() -> tuple[frozenset[str], frozenset[str]]:
    """Return the steps of languages with spaces, and of those without."""
    spaced = [each for language, steps in REPEATED.items() if language not in UNSPACED for each in steps]
    unspaced = [each for language in UNSPACED for each in REPEATED[language]]
    return _forms(spaced), _forms(unspaced)


def _words_of(intent: str) -> set[str]:
    """Return the words of an intent's name: "HassMediaNext", "media.volume_up"."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", intent)
    lower = [word.lower() for word in words]
    return {*lower, *(first + second for first, second in zip(lower, lower[1:], strict=False))}


_TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "denial": DENIALS, "cancellation": CANCELLATIONS, "undo": UNDOINGS, "assent": ASSENTS,
}  # fmt: skip


def _forms(phrases: Iterable[str]) -> frozenset[str]:
    """Return phrases as requests are compared: in their normal form."""
    return frozenset(form for phrase in phrases if (form := form_of(phrase)))


@cache
def _table(kind: str) -> frozenset[str]:
    return _forms(each for language, found in _TABLES[kind].items() if language not in UNSPACED for each in found)


@cache
def _unspaced(kind: str) -> tuple[str, ...]:
    return tuple(_forms(each for language in UNSPACED for each in _TABLES[kind].get(language, ())))


def _opens(form: str, openings: frozenset[str], unspaced: tuple[str, ...]) -> bool:
    """Return whether a form begins with an opening, as whole words where there are any."""
    words = form.split(" ")
    if any(" ".join(words[:count]) in openings for count in range(1, min(len(words), _LONGEST) + 1)):
        return True
    return any(form == each or (len(each) >= LEAST_UNSPACED and form.startswith(each)) for each in unspaced)


_LONGEST = 6
"""Words of the longest opening."""


@cache
def _nothing_but(kind: str) -> re.Pattern[str]:
    phrases = sorted((*_table(kind), *_unspaced(kind), *_whole(kind)), key=len, reverse=True)
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, phrases))})(?!\S)")


def _whole(kind: str) -> frozenset[str]:
    if kind != "denial":
        return frozenset()
    return _forms((*(each for found in WHOLE_DENIALS.values() for each in found), *ACTS["denial"]))


@cache
def _beside() -> frozenset[str]:
    return frozenset(word for phrase in _forms(BESIDE) for word in phrase.split())


def _is_all(form: str, *kinds: str) -> bool:
    """Return whether a form consists of phrases of these kinds, and of words that go beside them."""
    rest, found = form, 0
    for kind in kinds:
        rest, count = _nothing_but(kind).subn(" ", rest)
        found += count
    return found > 0 and _beside().issuperset(rest.split())

"""Phrases by which people answer an assistant, or go one step further, in the languages it is spoken to in most.

Hand-written, short, as people say them; compared in their normal form (``replies``).
"""

from __future__ import annotations

from collections.abc import Mapping

from sayagain.text.acts import ACTS

DENIALS: Mapping[str, tuple[str, ...]] = {
    "en": ("that's wrong", "that is wrong", "that was wrong", "this is wrong", "you got it wrong", "incorrect",
        "i never said"),
    "de": ("nein", "nee", "nö", "nicht", "falsch", "das ist falsch", "das war falsch", "doch nicht", "das nicht",
        "ich sagte", "ich habe gesagt", "ich hab gesagt", "ich meinte", "so nicht", "das stimmt nicht",
        "das meinte ich nicht", "das wollte ich nicht", "das war nicht", "das habe ich nicht gesagt",
        "das hab ich nicht gesagt"),
    "nl": ("nee", "neen", "niet", "fout", "verkeerd", "dat is fout", "dat is verkeerd", "dat niet", "ik zei",
        "ik bedoelde", "dat klopt niet", "dat bedoelde ik niet", "dat wilde ik niet", "dat zei ik niet",
        "dat heb ik niet gezegd", "zo niet"),
    "fr": ("non", "pas ça", "pas celui", "pas celle", "pas cela", "c'est faux", "ce n'est pas", "c'est pas",
        "mauvaise réponse", "j'ai dit", "je voulais dire", "je n'ai pas dit", "j'ai pas dit"),
    "es": ("no", "eso no", "así no", "mal", "incorrecto", "equivocado", "está mal", "he dicho", "yo dije", "dije",
        "quise decir", "quería decir", "te equivocas", "eso está mal", "eso no es"),
    "it": ("no", "non", "sbagliato", "è sbagliato", "hai sbagliato", "ho detto", "intendevo", "volevo dire"),
    "pt": ("não", "nao", "errado", "está errado", "isso não", "eu disse", "eu quis dizer", "quis dizer"),
    "sv": ("nej", "nä", "inte", "fel", "det är fel", "det var fel", "jag sa", "jag sade", "jag menade",
        "det sa jag inte", "det sade jag inte", "det var inte"),
    "da": ("nej", "ikke", "forkert", "det er forkert", "det var forkert", "jeg sagde", "jeg mente",
        "det sagde jeg ikke", "det var ikke"),
    "nb": ("nei", "ikke", "feil", "det er feil", "det var feil", "jeg sa", "jeg mente", "det sa jeg ikke",
        "det var ikke"),
    "pl": ("nie", "źle", "błąd", "to nie to", "powiedziałem", "powiedziałam", "mówiłem", "mówiłam",
        "miałem na myśli", "miałam na myśli", "chodziło mi", "to źle", "to nie tak", "tego nie powiedziałem",
        "tego nie powiedziałam", "to błąd"),
    "cs": ("ne ne", "ne to", "ne tohle", "ne tak", "ne děkuji", "špatně", "to je špatně", "to ne", "tohle ne",
        "řekl jsem", "řekla jsem", "myslel jsem", "myslela jsem", "to jsem neřekl", "to jsem neřekla"),
    "ru": ("нет", "не то", "не это", "не так", "не надо", "неправильно", "неверно", "я сказал", "я сказала",
        "я имел в виду", "я имела в виду", "я не это", "я этого не говорил", "я этого не говорила",
        "я такого не говорил", "это неправильно", "это неверно", "это не то"),
    "tr": ("hayır", "hayir", "HAYIR", "yanlış", "bu değil", "o değil", "öyle değil", "onu demedim", "bunu demedim",
        "öyle demedim", "demek istediğim", "ben dedim ki"),
    "hi": ("नहीं", "नही", "ना ना", "मत करो", "गलत", "ग़लत", "यह नहीं", "ये नहीं", "वो नहीं", "मैंने कहा",
        "मेरा मतलब", "nahin", "nahi", "galat", "यह गलत है", "ये गलत है", "यह ग़लत है", "मैंने यह नहीं कहा",
        "मैंने ये नहीं कहा", "मैंने ऐसा नहीं कहा"),
    "ja": ("いいえ", "いや違う", "違う", "違います", "ちがう", "ちがいます", "そうじゃない", "そうではない",
        "それじゃない", "間違い", "間違って", "じゃなくて", "ダメ", "だめ",
        "そんなこと言ってない", "そんなこと言っていない", "そうは言ってない", "言ってません"),
    "fi": ("ei se", "ei tämä", "ei tuo", "ei noin", "ei ole", "ei vaan", "väärin", "väärä", "minä sanoin",
        "tarkoitin", "en sanonut"),
    "hu": ("nem", "rossz", "téves", "azt mondtam", "úgy értettem"),
    "ro": ("nu asta", "nu acela", "nu așa", "nu e bine", "greșit", "am zis", "am spus", "am vrut să spun"),
    "uk": ("ні", "не те", "не це", "не так", "неправильно", "я сказав", "я сказала", "я мав на увазі",
        "я цього не казав", "я цього не казала", "це неправильно"),
    "el": ("όχι", "λάθος", "είπα", "εννοούσα", "δεν εννοούσα"),
    "ar": ("لا", "كلا", "خطأ", "ليس هذا", "قلت", "أقصد"),
    "ko": ("아니", "아니요", "아니오", "아니야", "틀렸어", "틀렸어요", "그게 아니라", "그거 말고"),
    "zh": ("不是", "不对", "不對", "不要", "错了", "錯了", "我说的是", "我說的是", "我是说", "我是說"),
}  # fmt: skip
"""Openings by which a request denies what was just done, besides those of English in ``acts``."""

WHOLE_DENIALS: Mapping[str, tuple[str, ...]] = {
    "cs": ("ne",),
    "de": ("ne",),
    "tr": ("yok", "olmaz"),
    "hi": ("ना",),
    "ja": ("いや", "違", "ううん"),
    "fi": ("ei",),
    "ro": ("nu",),
    "zh": ("不",),
}  # fmt: skip
"""Denials only where nothing else is said: elsewhere the word asks for something ("ne zaman" is "when" in Turkish)."""

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
    "hi": ("रुको", "रुक जाओ", "बस", "रद्द", "रद्द करो", "रद्द कर दो", "छोड़ो", "रहने दो", "जाने दो", "कैंसल",
        "कैंसल करो", "ruko", "chhodo"),
    "ja": ("ストップ", "キャンセル", "キャンセルして", "やめて", "やめろ", "止めて", "中止", "取り消し",
        "取り消して", "もういい", "もういいよ"),
    "fi": ("peruuta", "lopeta", "seis", "unohda", "anna olla", "ei mitään"),
    "hu": ("mégse", "mégsem", "állj", "hagyd", "felejtsd el"),
    "ro": ("stop", "oprește", "anulează", "lasă", "las-o baltă", "renunță"),
    "uk": ("стоп", "досить", "скасуй", "скасувати", "відміни", "забудь", "неважливо"),
    "el": ("σταμάτα", "ακύρωσε", "ακύρωση", "άσ' το", "ξέχασέ το", "άκυρο"),
    "ar": ("توقف", "قف", "إلغاء", "ألغ", "انس الأمر", "لا يهم", "خلاص"),
    "ko": ("취소", "취소해", "그만", "그만해", "멈춰", "됐어"),
    "zh": ("取消", "停", "停止", "算了", "别管了", "不用了"),
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

STEP_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("next", "skip", "previous", "louder", "quieter", "softer", "brighter", "darker", "dimmer", "warmer",
        "cooler", "colder", "hotter", "faster", "slower", "higher", "lower", "more", "less", "again", "another",
        "volume up", "volume down", "turn it up", "turn it down", "turn up", "turn down", "up", "down", "forward",
        "rewind", "go back", "back"),
    "de": ("nächster", "nächste", "nächstes", "weiter", "überspringen", "vorheriger", "vorheriges", "zurück",
        "lauter", "leiser", "heller", "dunkler", "wärmer", "kälter", "schneller", "langsamer", "mehr", "weniger",
        "nochmal", "noch einmal", "noch eins", "höher"),
    "nl": ("volgende", "overslaan", "vorige", "terug", "harder", "luider", "zachter", "stiller", "lichter", "feller",
        "donkerder", "warmer", "kouder", "sneller", "langzamer", "meer", "minder", "nog een keer", "nog een",
        "hoger", "lager"),
    "fr": ("suivant", "suivante", "précédent", "précédente", "passe", "plus fort", "moins fort", "plus bas",
        "plus haut", "plus lumineux", "plus sombre", "plus chaud", "plus froid", "plus vite", "moins vite", "encore",
        "plus", "moins"),
    "es": ("siguiente", "anterior", "salta", "más alto", "más bajo", "más fuerte", "más brillante", "más oscuro",
        "más", "menos", "otra vez", "otra", "otro", "sube el volumen", "baja el volumen"),
    "it": ("prossimo", "prossima", "successivo", "successiva", "precedente", "salta", "più forte", "più piano",
        "più alto", "più basso", "più luminoso", "più caldo", "più freddo", "ancora", "di nuovo", "più", "meno",
        "avanti", "indietro"),
    "pt": ("próximo", "próxima", "anterior", "pular", "pula", "mais alto", "mais baixo", "mais", "menos", "de novo",
        "outra vez", "outra", "aumenta", "diminui"),
    "sv": ("nästa", "föregående", "hoppa över", "högre", "lägre", "ljusare", "mörkare", "varmare", "kallare", "mer",
        "mindre", "igen", "en till"),
    "da": ("næste", "forrige", "spring over", "højere", "lavere", "lysere", "mørkere", "varmere", "koldere", "mere",
        "mindre", "igen", "en til"),
    "nb": ("neste", "forrige", "hopp over", "høyere", "lavere", "lysere", "mørkere", "varmere", "kaldere", "mer",
        "mindre", "igjen", "en til"),
    "pl": ("następny", "następna", "następne", "dalej", "poprzedni", "poprzednia", "pomiń", "głośniej", "ciszej",
        "jaśniej", "ciemniej", "cieplej", "zimniej", "więcej", "mniej", "jeszcze raz", "jeszcze"),
    "cs": ("další", "předchozí", "přeskoč", "hlasitěji", "tišeji", "světleji", "tmavěji", "tepleji", "víc", "více",
        "míň", "méně", "znovu", "ještě jednou", "ještě"),
    "ru": ("следующий", "следующая", "следующую", "дальше", "предыдущий", "предыдущую", "пропусти", "громче", "тише",
        "ярче", "темнее", "теплее", "холоднее", "больше", "меньше", "ещё", "еще", "ещё раз", "снова"),
    "tr": ("sonraki", "sıradaki", "önceki", "atla", "geç", "sesi aç", "sesi kıs", "daha yüksek", "daha kısık",
        "daha", "tekrar", "bir daha", "yükselt", "azalt"),
    "hi": ("अगला", "अगली", "पिछला", "आवाज़ बढ़ाओ", "आवाज बढ़ाओ", "आवाज़ कम करो", "आवाज कम करो", "तेज़", "और",
        "फिर से", "दोबारा"),
    "ja": ("次", "次の曲", "スキップ", "前の曲", "音量を上げて", "音量を下げて", "音量上げて", "音量下げて",
        "大きく", "小さく", "もっと", "もう一度", "もう一回", "明るく", "暗く"),
}  # fmt: skip
"""What people ask for several times in a row because it works: each use goes one step further."""

FILLER_WORDS = (
    "please", "it", "that", "this", "thanks", "thank you", "bitte", "danke", "das", "es", "alsjeblieft", "dat",
    "het", "merci", "ça", "s'il te plaît", "s'il vous plaît", "por favor", "gracias", "eso", "per favore", "grazie",
    "obrigado", "obrigada", "isso", "tack", "tak", "det", "takk", "proszę", "dziękuję", "to", "prosím", "děkuji",
    "пожалуйста", "спасибо", "это", "lütfen", "teşekkürler", "bunu", "onu", "कृपया", "धन्यवाद", "इसे", "जी",
    "ください", "ありがとう",
)  # fmt: skip
"""Words beside which a cancellation or an assent is still nothing else."""

NO_DENIALS = ("no problem", "no worries", "not bad", "no need to thank me")
"""They open like a denial, and are none."""

REPEATED_INTENTS = frozenset({
    "again", "brighter", "decrease", "dimmer", "forward", "increase", "louder", "next", "previous", "quieter",
    "relative", "repeat", "rewind", "skip", "step", "volumedown", "volumeup",
})  # fmt: skip
"""Words in the name of an intent that goes one step further at each use."""

STEPS_ALONE = frozenset({
    "again", "another", "back", "daha", "down", "geç", "higher", "less", "lower", "mais", "meer", "mehr", "meno",
    "menos", "mer", "moins", "more", "más", "otra", "otro", "outra", "passe", "più", "plus", "up", "еще", "ещё",
    "और",
})  # fmt: skip
"""Steps only where nothing else is said: in longer requests the words mean other things."""

UNSPACED = frozenset({"ja", "zh"})
"""Languages without spaces between words: an opening need not end where a word does."""

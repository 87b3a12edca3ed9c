"""How an assistant itself saw the outcome of a request: five words, and the spellings that others have for them."""

from __future__ import annotations

import re
from functools import lru_cache

from sayagain.schema.bare import bare
from sayagain.schema.negation import denies

OK, ERROR, UNSUPPORTED, CLARIFY, CANCELLED = STATUSES = ("ok", "error", "unsupported", "clarify", "cancelled")
"""The statuses that learning knows. Any other word is kept in the log, and read as no status at all."""

SPELLINGS = {
    OK: "okay success successful succeeded done action_done query_answer complete completed executed fulfilled "
    "handled resolved pass passed worked works true yes y ja oui sí sim "
    "erledigt ausgeführt erfolgreich erfolg fertig geklappt abgeschlossen beantwortet "
    "réussi réussie succès terminé terminée exécuté exécutée fait accompli "
    "hecho completado completada éxito exitoso realizado terminado ejecutado "
    "riuscito riuscita completato completata eseguito eseguita fatto successo "
    "gelukt geslaagd voltooid uitgevoerd klaar gedaan "
    "concluído concluída feito sucesso executado "
    "wykonano wykonane zakończono zakończone gotowe sukces udało_się "
    "klar klart utfört slutfört lyckades lyckad udført gennemført færdig lykkedes "
    "valmis onnistui suoritettu tamamlandı başarılı yapıldı "
    "hotovo dokončeno provedeno úspěch úspěšné выполнено готово успешно успех завершено",
    ERROR: "err fail failed failure faulted exception exceptions crash crashed timeout timed_out fault false no n "
    "nein non não nee fehler erreur "
    "fehlgeschlagen gescheitert misslungen fehlerhaft nicht_erledigt nicht_ausgeführt nicht_verstanden "
    "échec échoué échouée raté ratée falló fallido fallida fracasado fallado fallito fallita errore "
    "non_riuscito mislukt niet_gelukt fout falhou falhado falha erro błąd niepowodzenie nieudane nie_udało_się "
    "misslyckades misslyckad fel mislykkedes mislykket fejlet fejl epäonnistui virhe "
    "başarısız hata olmadı çalışmadı çalışmıyor yapılmadı anlaşılmadı tamamlanmadı "
    "selhalo chyba neúspěch neúspěšné nefunguje nefungovalo nepovedlo_se nedokončeno nehotovo neprovedeno "
    "ошибка неудача сбой не_выполнено "
    "partial_action_done no_match nomatch no_intent_match not_found offline unavailable invalid rejected "
    "denied internal_error misunderstood unsuccessful incomplete unfinished broken kaputt",
    UNSUPPORTED: "not_supported unhandled out_of_scope oos out_of_domain ood not_implemented unknown_intent fallback",
    CLARIFY: "clarification clarifying need_clarification needs_clarification confirm ambiguous disambiguation "
    "disambiguate elicit_slot confirm_intent reprompt",
    CANCELLED: "canceled cancel aborted abort interrupted abgebrochen annulé annulée "
    "cancelado cancelada annullato annullata geannuleerd anulowano avbruten annulleret peruttu iptal zrušeno отменено",
}  # fmt: skip
"""Other spellings by the status that they mean, in lower case with underscores between words: words of Home
Assistant, Google, Alexa, Lex, Rasa and of programs in general, and what people write into a table for done and failed:
in German, French, Spanish, Italian, Dutch, Portuguese, Polish, Swedish, Danish, Finnish, Turkish, Czech and Russian."""


_MEANING = {bare(word): status for status, words in SPELLINGS.items() for word in (status, *words.split())}
_BETWEEN = re.compile(r"[\s.\-_]+")
LONGEST = 60
"""Characters of a status: what is longer may be what somebody said."""
_HTTP = re.compile(r"([245])\d\d(?:_0)?")
"""A code of HTTP that says how it ended; spreadsheets write 200.0."""


def folded(word: str) -> str:
    """Return the status that a word stands for; the word itself where it stands for none.

    >>> folded("SUCCESS"), folded("Error"), folded("404"), folded("not supported"), folded("Échoué"), folded("splendid")
    ('ok', 'error', 'error', 'unsupported', 'error', 'splendid')

    A word for done behind a *not* means an error.

    >>> folded("didn't work"), folded("not done"), folded("No funcionó"), folded("yes or no")
    ('error', 'error', 'error', 'yes or no')
    """
    plain = _BETWEEN.sub("_", bare(word.strip()))
    code = _HTTP.fullmatch(plain)
    if code is not None:
        return OK if code[1] == "2" else ERROR
    return _MEANING.get(plain) or (ERROR if _is_denied(word) else word)


@lru_cache(maxsize=1_000)
def _is_denied(word: str) -> bool:
    return len(word) <= LONGEST and denies(word, lambda each: _MEANING.get(each) == OK)

"""What other files call the fields of a turn: how a column is known by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sayagain.schema.bare import bare
from sayagain.text.shell import quoted

_NAMES: dict[str, str] = {
    "time": "timestamp created_at createdat create_time date datetime date_time sent_at when at started_at start_time "
    "created created_on sent sent_on received_at posted_at erstellt_am gesendet_am "
    "ts zeit zeitpunkt datum uhrzeit fecha hora heure horodatage data ora tijd tijdstip time_utc event_time "
    "logged_at dato tid tidpunkt tidspunkt aika pvm päivämäärä zaman tarih czas godzina čas kdy время дата",
    "text": "utterance query transcript content message request said words input body prompt question user_input "
    "user_message user_text speech value gesagt anfrage nachricht frage pregunta mensaje texto demande texte "
    "domanda messaggio testo vraag bericht tekst äußerung aeusserung eingabe befehl command énoncé requête consulta "
    "petición richiesta pergunta mensagem zapytanie pytanie polecenie wypowiedź fråga yttrande kommando spørgsmål "
    "ytring kysymys komento teksti soru komut metin dotaz příkaz otázka запрос вопрос текст команда фраза",
    "response": "reply answer bot_response assistant_response output completion bot_message agent_response "
    "system_response antwort rückmeldung rueckmeldung reaktion respuesta réponse risposta antwoord resposta "
    "odpowiedź svar vastaus yanıt cevap odpověď ответ",
    "user": "user_id userid username user_name person speaker customer customer_id caller caller_id member contact_id "
    "resident family_member household_member client client_id "
    "sprecher sprecherin benutzer benutzername nutzer nutzerin bewohner bewohnerin mitglied familienmitglied kunde "
    "kundin usuario residente habitante miembro persona cliente utilisateur habitant membre personne "
    "utente membro abitante gebruiker bewoner persoon klant usuário utilizador morador pessoa "
    "użytkownik osoba mieszkaniec domownik klient användare kund bruger beboer kunde käyttäjä asukas henkilö asiakas "
    "kullanıcı kişi müşteri uživatel zákazník пользователь житель человек клиент",
    "session": "session_id sessionid conversation conversation_id conversationid conv_id thread thread_id chat_id "
    "dialogue_id dialog_id call_id sitzung gespräch sesión conversación sessione sessie sessão sesja istunto oturum "
    "relace сессия",
    "device": "device_id device_name devicename satellite_id gerät geraet dispositivo appareil apparaat urządzenie "
    "enhet enhed laite cihaz zařízení устройство",
    "status": "outcome result_status success ok_status ergebnis state result erfolg erfolgreich estado statut "
    "did_it_work worked hat_es_geklappt geklappt funktioniert resultado éxito résultat succès esito risultato "
    "resultaat gelukt wynik resultat utfall udfald tulos sonuç výsledek результат статус",
    "undone_after": "undone undo_after undone_at reverted reverted_at edited edited_at deleted_at",
    "engaged_for": "engaged_seconds engagement_seconds watch_time listen_time play_time dwell_time read_time",
    "engaged_share": "clicked watched listened played_share completion_rate share_watched share_read",
}  # fmt: skip
"""Other names of each field, the surest first, with underscores: in English, German, Spanish, French, Italian, Dutch,
Portuguese, Polish, Swedish, Danish, Finnish, Turkish, Czech and Russian. Accents may be missing."""

ROLE = "role"
"""Not a field of a turn: tells of a row who speaks in it."""
ROLE_NAMES = (
    *(
        "role",
        "sender_role",
        "author_role",
        "speaker_role",
        "sender_type",
        "sendertype",
        "participant_type",
        "message_type",
    ),
    *(
        "sender",
        "author",
        "from",
        "speaker",
        "who",
        "participant",
        "direction",
        "type",
        "rolle",
        "absender",
        "rol",
        "emisor",
    ),
)
"""Columns that may say who speaks. Whether one does, its words tell."""

_WORDS: dict[str, str] = {
    "time": "when date time timestamp datum zeit uhrzeit fecha hora heure data ora tijd",
    "text": "asked said says request question query utterance message heard typed command frage gesagt pregunta "
    "demande domanda detto vraag gezegd pergunta pytanie polecenie fråga spørgsmål kysymys soru dotaz вопрос",
    "response": "reply replied answer answered response antwort rückmeldung respuesta réponse risposta antwoord "
    "resposta odpowiedź svar vastaus yanıt cevap odpověď ответ",
    "user": "user person customer caller who member client visitor borrower resident benutzer nutzer bewohner kunde "
    "usuario utilisateur utente gebruiker usuário użytkownik användare bruger käyttäjä kullanıcı uživatel "
    "пользователь",
    "status": "status outcome result success worked works work ok ergebnis erfolg geklappt funktioniert resultado "
    "éxito funcionó résultat succès marché esito riuscito resultaat gelukt wynik działa resultat tulos sonuç "
    "výsledek результат",
}
"""Words in names that are longer than any of these: such a name is only proposed, never read so unasked."""

_ANSWERS = frozenset(
    {
        "response",
        *bare(_NAMES["response"]).split(),
        *["bot", "assistant", "agent", "system", "ai", "output", "outgoing", "model", "skill"],
    }
)
"""Names of objects in which a text was said by the assistant."""

_TEXTS = frozenset(
    ["text", "texte", "texto", "testo", "tekst", "tekste", "content", "message", "body", "value", "speech"]
)
"""Names of a text that do not tell who said it: a ``query`` is a person's wherever it stands."""

PATHS_DEEP = 5
"""Levels of an object in which names are looked for."""


def spelled(name: str) -> str:
    """Return a name as it is compared.

    >>> spelled("createdAt"), spelled("Sent at")
    ('created_at', 'sent_at')
    """
    plain = name.strip().rstrip("?!:.*").strip()
    return re.sub(r"[\s\-]+", "_", re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", "_", plain)).casefold()


def guess(names: Iterable[str], taken: Mapping[str, str]) -> dict[str, str]:
    """Return which names of a file are probably fields of a turn, beside those that are named as ours.

    Args:
        names: columns, or paths of an object with dots.
        taken: fields that a person named, with the names of the file.

    >>> guess(["role", "message.content", "createdAt", "user"], {})
    {'time': 'createdAt', 'text': 'message.content'}
    >>> guess(["ts", "reply.text", "utterance"], {})
    {'time': 'ts', 'text': 'utterance', 'response': 'reply.text'}
    """
    names = list(names)
    last = {name: _parts(name)[-1] for name in names}
    shallow = sorted(names, key=lambda name: name.count("."))
    answered = [name for name in shallow if _by_assistant(name)]
    found: dict[str, str] = {}
    for field, others in _NAMES.items():
        if field in taken or field in names:
            continue
        used = {*taken.values(), *found.values(), *(answered if field == "text" else ())}
        ranked = (
            name
            for other in (field, *bare(others).split())
            for name in shallow
            if last[name] == other and name not in used
        )
        if (best := next(ranked, None)) is not None:
            found[field] = best
    said = (name for name in answered if name not in found.values())
    if "response" not in {*taken, *found, *names} and (best := next(said, None)) is not None:
        found["response"] = best
    return found


def _parts(path: str) -> list[str]:
    """Return the names on a path as they are compared, without places in lists."""
    return [bare(spelled(part)) for part in path.split(".") if not part.isdecimal()] or [path]


def _by_assistant(path: str) -> bool:
    """Return whether a path leads to what the assistant said: ``reply.text``."""
    *objects, last = _parts(path)
    return last in _TEXTS and not _ANSWERS.isdisjoint(objects)


def suggested(names: Iterable[str], guessed: Mapping[str, str], lacking: Iterable[str]) -> dict[str, str]:
    """Return what to propose for fields that a file lacks: what is guessed, else a name with a word that tells of it.

    >>> suggested(["When it happened", "What they asked"], {}, ["time", "text"])
    {'time': 'When it happened', 'text': 'What they asked'}
    """
    found = dict(guessed)
    for field in lacking:
        telling = {*bare(_WORDS.get(field, "")).split()}
        free = (name for name in names if name not in found.values())
        if field not in found and (best := next((n for n in free if telling & {*bare(spelled(n)).split("_")}), None)):
            found[field] = best
    return found


def proposed(names: Iterable[str], mapping: Mapping[str, str], lacking: Iterable[str]) -> dict[str, str]:
    """Return every field that a file lacks and a name of it is recognised for, those of ``lacking`` first.

    >>> proposed(["LocalTime", "What was said", "Antwort des Assistenten", "outcome"], {}, ["time", "text"])
    {'time': 'LocalTime', 'text': 'What was said', 'response': 'Antwort des Assistenten', 'status': 'outcome'}
    """
    names, lacking = list(names), list(lacking)
    free = [name for name in names if name not in mapping.values()]
    others = [field for field in _WORDS if field not in mapping and field not in names and field not in lacking]
    found = suggested(free, guess(names, mapping), [*lacking, *others])
    return {field: found[field] for field in (*lacking, *_NAMES) if field in found}


def map_options(mapping: Mapping[str, str]) -> str:
    """Return the options of a command line that give fields these names."""
    return " ".join(f"--map {ours}={quoted(theirs)}" for ours, theirs in mapping.items())


def paths(value: Any, before: str = "", deep: int = PATHS_DEEP) -> Iterator[str]:
    """Yield the paths to the plain values of an object, with dots: ``message.content.0.text``."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None or not deep:
        if before:
            yield before
        return
    if (
        isinstance(value, list)
        and before
        and all(isinstance(each, str) or (isinstance(each, dict) and "text" in each) for each in value[:1])
    ):
        yield before  # the parts of a text
        return
    for name, each in inside:
        if isinstance(value, list) and name:
            return  # the first of a list shows what the others are like
        yield from paths(each, f"{before}.{name}" if before else str(name), deep - 1)

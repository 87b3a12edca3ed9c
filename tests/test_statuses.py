"""How it went, in the words that people write into a table."""

from __future__ import annotations

import shlex

import pytest

from sayagain.schema.status import folded
from sayagain.text.shell import quoted

DENIED = [
    "didn't work", "didn’t work", "Did not work", "doesn't work", "not working", "not done", "not completed",
    "no success",
    "nicht geklappt", "hat nicht funktioniert", "funktioniert nicht", "nicht fertig", "ohne Erfolg",
    "n'a pas marché", "N’a pas marche", "ne fonctionne pas", "pas réussi", "sans succès",
    "no funcionó", "no realizado", "sin éxito", "non riuscito", "non ha funzionato", "non completato",
    "werkt niet", "niet klaar", "não funcionou", "nie działa", "nie wykonane", "fungerade inte", "inte klart",
    "virker ikke", "ikke færdig", "ei toimi", "ei valmis", "çalışmadı", "nefunguje", "не работает", "не готово",
]  # fmt: skip


@pytest.mark.parametrize("status", DENIED)
def test_a_word_for_done_behind_a_not_is_an_error(status: str) -> None:
    assert folded(status) == folded(status.upper()) == "error"


@pytest.mark.parametrize(
    "status",
    ["yes or no", "not yet done", "no comment", "no error", "work", "possible", "not sure", "did", "not", "ok, no"],
)
def test_what_denies_something_else_or_leaves_it_open_is_no_status(status: str) -> None:
    assert folded(status) == status


def test_what_is_known_as_a_whole_stays_what_it_is() -> None:
    assert [folded(word) for word in ("not supported", "not found", "unhandled")] == [
        "unsupported",
        "error",
        "unsupported",
    ]


@pytest.mark.parametrize(
    "value", ["plain", "two words", "didn't work", "it's $5", "l'a `dit`", 'so "called"', "don't!"]
)
def test_what_a_message_quotes_is_one_word_of_a_shell(value: str) -> None:
    assert shlex.split(quoted(value)) == [value]

"""What only sounds like a complaint stops nothing, and what is one in whatever words stops a rewrite at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sayagain.online.layer import Layer
from sayagain.schema import LayerAction, Turn
from sayagain.text.normalise import form_of
from sayagain.text.phrases import phrases
from sayagain.text.replies import declines, offers_more, reply

STARTED = datetime(2026, 3, 2, 18, 10, tzinfo=UTC)
LIGHT = ("turn of the kitchen light", "turn off the kitchen light")
JAZZ = ("lay some jazz", "play some jazz")
OFF = "Turned off the kitchen light."


def goes_on(pair: tuple[str, str], said: str, gap: float = 8.0, response: str = OFF, **after: Any) -> bool:
    """Return whether a rewrite is made again though something was said after it."""
    layer, (heard, meant) = Layer.open(None), pair

    def says(day: int, second: float, text: str, **told: Any) -> LayerAction | None:
        turn = Turn(user="mira", time=STARTED + timedelta(days=day, seconds=second), text=text)
        action = layer.rewrite(turn)
        layer.observe(turn.model_copy(update={**told, "layer": action}))
        return action

    says(0, 0, heard, status="error", response="Sorry, I did not understand that.")
    says(0, 8, meant, status="ok", response="Done.")
    made = says(1, 0, heard, status="ok", response=response)
    assert made is not None
    assert made.rewrite == meant
    says(1, gap, said, **{"status": "ok", "response": "Done.", **after})
    return bool((again := says(2, 0, heard, status="ok")) and again.rewrite == meant)


@pytest.mark.parametrize(
    ("response", "said"),
    [(f"{OFF} Anything else?", "no"), (f"{OFF} Anything else?", "No, that's all, thanks."),
     (f"{OFF} What else can I do?", "nope"), ("Das Licht ist aus. Kann ich sonst noch etwas tun?", "Nein, danke."),
     ("La lumière est éteinte. Autre chose ?", "non merci"), ("消しました。他に何かありますか？", "いいえ"),
     (f"{OFF} Shall I dim the lamp?", "no thank you")],
)  # fmt: skip
def test_who_wants_nothing_else_takes_nothing_back(response: str, said: str) -> None:
    assert goes_on(LIGHT, said, response=response)
    assert goes_on(LIGHT, said, response=response, status="cancelled")


@pytest.mark.parametrize(
    ("response", "said"),
    [(OFF, "no"), (OFF, "no thanks"), (f"{OFF} Is that right?", "no"), (f"{OFF} Anything else?", "no, that was wrong"),
     (f"{OFF} Anything else?", "undo that"), (f"{OFF} Anything else?", "not the kitchen light"),
     ("Anything else? I turned off the kitchen light.", "no")],
)  # fmt: skip
def test_where_in_doubt_a_no_stops_it(response: str, said: str) -> None:
    assert not goes_on(LIGHT, said, response=response)


@pytest.mark.parametrize(
    "said",
    ["undo the last item on the list", "no more milk on the list", "I said turn off the kitchen light",
     "No, I said turn off the kitchen light"],
)  # fmt: skip
def test_a_request_of_its_own_and_a_confirmation_take_nothing_back(said: str) -> None:
    assert goes_on(LIGHT, said)


@pytest.mark.parametrize(
    "said",
    ["undo the light", "undo the last step", "undo what happened to the light", "no more", "no more of that",
     "no more lights in the kitchen", "I said turn on the kitchen light", "I never said turn off the kitchen light",
     "no, turn off the kitchen light", "undo right now", "no more changing my words in here"],
)  # fmt: skip
def test_what_speaks_of_what_was_done_stops_it(said: str) -> None:
    assert not goes_on(LIGHT, said)


def test_what_plays_is_stopped_when_it_was_heard_for_a_while() -> None:
    assert goes_on(JAZZ, "stop", gap=20)
    assert not goes_on(JAZZ, "stop", gap=6)
    assert not goes_on(JAZZ, "never mind", gap=20)
    assert not goes_on(LIGHT, "stop", gap=20)


@pytest.mark.parametrize(
    "said",
    ["never do that again", "stop doing that", "don't change my words", "what? no!", "leave it on",
     "Mach das nie wieder!", "Hör auf damit", "Was? Nein!", "lass es an",
     "ne fais plus jamais ça", "arrête de faire ça", "laisse la allumée",
     "nunca más", "déjala encendida", "smettila", "nunca mais", "doe dat niet", "gör aldrig om det",
     "gør det aldrig igen", "больше так не делай", "bir daha yapma", "ऐसा मत करो", "二度とやらないで", "别再这样"],
)  # fmt: skip
def test_a_complaint_is_heard_in_whatever_words(said: str) -> None:
    assert not goes_on(LIGHT, said)


@pytest.mark.parametrize("language", sorted(phrases("declines")))
def test_who_offers_more_and_who_declines_is_known_in_each_language(language: str) -> None:
    assert all(declines(form_of(said)) for said in phrases("declines")[language])
    assert all(offers_more(f"Ok. {each}?") for each in phrases("offers_more")[language])
    assert all(reply(form_of(said)) == "denial" for said in phrases("says").get(language, ()) if reply(form_of(said)))

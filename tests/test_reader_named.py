"""The reader on five dialogues by name, as the reference assistant logs them in a home with a fortnight behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from failing import log

from sayagain.labels.reader import readings
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES

EVENING = datetime(2026, 3, 16, 18, 30, tzinfo=UTC)
LOST = "Sorry, I didn't understand that."

Slots = dict[str, tuple[str, str | None]]
"""Name of a slot → its value, and the entity that it resolved to."""


def turn(
    name: str,
    heard: dict[str, float],
    after: float,
    response: str,
    *,
    meaning: tuple[str, str, float] | None = None,
    slots: Slots | None = None,
    others: Iterable[tuple[str, str, Slots]] = (),
    action: str | None = None,
    status: str = "ok",
    place: str = "living_room",
    wake: float = 0.9961,
    **known: Any,
) -> Turn:
    """A turn so many seconds after the evening began: hypotheses with scores, then what each stage made of it."""
    filled = slots or {}
    (text, score), *_ = heard.items()
    domain, intent, confidence = meaning or (None, None, 0.0)
    time = EVENING + timedelta(seconds=after)
    said = f"{intent}({', '.join(f'{slot}={value}' for slot, (value, _) in filled.items())})" if intent else ""
    looked_up = [pair for pair in filled.values() if pair[1] or status == "error"]
    found = "; ".join(f"{value} → {entity or 'nothing'}" for value, entity in looked_up)
    sure = 1.0 if all(entity for _, entity in looked_up) else 0.0
    trace: list[dict[str, Any]] = [
        {"stage": "wake", "output": "okay_nabu", "confidence": wake},
        {"stage": "asr", "output": text, "confidence": score},
        {"stage": "nlu", "output": said, "confidence": confidence},
        *([{"stage": "entity", "output": found, "confidence": sure}] if intent else []),
        {"stage": "result", "output": status if action else "no_match"},
        {"stage": "reply", "output": response},
    ]
    row: dict[str, Any] = {
        **{"turn": name, "user": "home7.person70", "device": f"home7.speaker.{place}", "time": time, "text": text},
        "end_time": time + timedelta(seconds=4.5),
        "asr": [{"text": each, "score": value} for each, value in heard.items()],
        "interpretation": _understood(domain, intent, filled, confidence),
        "alternatives": [_understood(*each, confidence - 0.07) for each in others],
        **{"action": action, "status": status, "response": response, "barge_in": False, "trace": trace},
        "context": {
            **{"device_type": "speaker", "device_state": "idle", "place": f"area.{place}"},
            **{"local_time": f"{time:%H:%M}", "sensors": {"alarm": None, "oven": False, "timer": False}},
        },
        "audio": f"{name}.wav",
    }
    return Turn.model_validate({key: value for key, value in (row | known).items() if value is not None})


def _understood(domain: str | None, intent: str | None, slots: Slots, confidence: float) -> dict[str, Any] | None:
    if intent is None:
        return None
    filled = [{"name": name, "value": value, "entity": entity} for name, (value, entity) in slots.items()]
    return {"domain": domain, "intent": intent, "slots": filled, "confidence": round(confidence, 3)}


def heard(text: str, score: float = -0.06) -> dict[str, float]:
    """Hypotheses that are the same words."""
    plain = text.rstrip(".?")
    return {text: score, plain: score - 0.2, f"{plain},": score - 0.35, f"{plain}!": score - 0.5}


DOOR = "cover.garage.garage_door"
FILM, BOOK = "film.harry_potter", "audiobook.harry_potter"
GOBLET = "film.harry_potter_and_the_goblet_of_fire"


def opened(name: str, after: float, text: str = "Open the garage door.", **known: Any) -> Turn:
    """A request to open the garage door that works."""
    return turn(
        name,
        known.pop("heard", heard(text)),
        after,
        "Okay, garage door position open.",
        meaning=("device", "open", 0.8),
        slots={"name": ("garage door", DOOR)},
        action=f"open({DOOR})",
        **known,
    )


def played(name: str, after: float, text: str, slots: Slots, action: str, title: str, **known: Any) -> Turn:
    """A request to play something."""
    meaning = ("media", "play", known.pop("confidence", 0.8))
    response = f"Okay, playing {title}."
    return turn(name, heard(text), after, response, meaning=meaning, slots=slots, action=f"play({action})", **known)


def fortnight() -> list[Turn]:
    """What this person said on the fourteen evenings before: every day the same, and it worked."""
    said = []
    for day in range(-14, 0):
        begun = 86_400 * day
        said += [
            opened(f"door{day}", begun + 60),
            turn(
                f"time{day}",
                heard("What time is it?"),
                begun + 900,
                "It is 18:45.",
                meaning=("clock", "get_time", 1.0),
                action="get_time()",
            ),
            played(
                f"queen{day}",
                begun + 1800,
                "Play Queen.",
                {"media": ("queen", "artist.queen")},
                "artist.queen",
                "queen",
                engaged_for=900.0,
            ),
            played(
                f"film{day}",
                begun + 9000,
                "Play the film Harry Potter.",
                {"kind": ("film", None), "media": ("harry potter", FILM)},
                FILM,
                "harry potter",
                engaged_for=3600.0,
                place="bedroom",
            ),
        ]
    return said


def later() -> list[Turn]:
    """What is said some hours after, of other things."""
    return [opened("door+", 86_400 + 60), opened("door++", 2 * 86_400 + 60)]


def outcome_of(wanted: str, said: list[Turn], folder: Path) -> tuple[str, float]:
    """Return what the reader takes a turn for, and P(no assistant here serves it)."""
    rows = {row["turn"]: row for row in readings(log(folder, [*fortnight(), *said, *later()])).to_pylist()}
    return max(OUTCOMES, key=lambda outcome: rows[wanted][f"p_{outcome}"]), rows[wanted]["p_unsupported"]


def test_open_the_garage_door_misheard_so_that_entity_and_action_fail_after_it_failed_at_asr(tmp_path: Path) -> None:
    garbage = turn(
        "garbage",
        {
            "Open the garbage door.": -0.4312,
            "Open the garage door.": -0.4688,
            "Open the garbage door": -0.5521,
            "Open the garbage store.": -0.7743,
            "Open a garbage door.": -0.8016,
        },
        60,
        "Sorry, I couldn't find garbage door.",
        meaning=("device", "open", 0.8),
        slots={"name": ("garbage door", None)},
        status="error",
    )
    assert outcome_of("garbage", [garbage, opened("again", 71)], tmp_path)[0] == "asr"


def test_open_the_garage_door_heard_without_the_and_done_is_correct(tmp_path: Path) -> None:
    hypotheses = {"Open garage door": -0.1891, "Open garage door.": -0.2646, "Open the garage door.": -0.3102}
    without = opened("without", 60, heard=hypotheses)
    outcome, unsupported = outcome_of("without", [without], tmp_path)
    assert outcome == "correct"
    assert unsupported < 0.5


def test_make_me_a_sandwich_is_unsupported_and_no_failure(tmp_path: Path) -> None:
    sandwich = turn(
        "sandwich",
        heard("Make me a sandwich.", -0.0273),
        60,
        "Sorry, I can't do that.",
        meaning=("unsupported", "unsupported", 0.8),
        slots={"thing": ("a sandwich", None)},
        action="unsupported()",
        status="unsupported",
        place="kitchen",
    )
    outcome, unsupported = outcome_of("sandwich", [sandwich], tmp_path)
    assert unsupported > 0.5
    assert outcome == "correct"


def test_play_harry_potter_sent_to_the_film_in_place_of_the_audiobook_failed_at_nlu(tmp_path: Path) -> None:
    film: Slots = {"kind": ("film", None), "media": ("harry potter", FILM)}
    book: Slots = {"kind": ("audiobook", None), "media": ("harry potter", BOOK)}
    sent = played(
        "sent",
        12_600,
        "Play Harry Potter.",
        film,
        FILM,
        "harry potter",
        confidence=0.62,
        others=[("media", "play", book)],
        place="bedroom",
        undone_after=6.8,
    )
    again = played(
        "again",
        12_613,
        "Play the audiobook Harry Potter.",
        book,
        BOOK,
        "harry potter",
        confidence=0.9,
        place="bedroom",
        engaged_for=1740.0,
    )
    assert outcome_of("sent", [sent, again], tmp_path)[0] == "nlu"


def test_the_wrong_harry_potter_film_failed_at_the_result(tmp_path: Path) -> None:
    def goblet(name: str, after: float, title: str, **known: Any) -> Turn:
        slots: Slots = {"media": ("harry potter and the goblet of fire", GOBLET)}
        text = "Play Harry Potter and the Goblet of Fire."
        return played(name, after, text, slots, GOBLET, title, confidence=0.87, place="bedroom", **known)

    wrong = goblet("wrong", 9000, "harry potter and the chamber of secrets", undone_after=9.4)
    again = goblet("again", 9015, "harry potter and the goblet of fire", engaged_for=4200.0)
    assert outcome_of("wrong", [wrong, again], tmp_path)[0] == "result"

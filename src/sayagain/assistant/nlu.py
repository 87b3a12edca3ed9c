"""Understanding: text to parses, by the templates of ``data/sentences.yaml`` and home-assistant-intents.

The home plays no part: its names are wildcards here, so that a text always means the same and its parses can be kept.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sayagain.assistant.intents import DOMAIN
from sayagain.assistant.stages import Parse
from sayagain.extras import needs
from sayagain.text.normalise import normalise

if TYPE_CHECKING:
    from hassil import Intents, RecognizeResult

MOST_WILD_WORDS = 5
"""A wildcard that takes more words has swallowed a part of the sentence: names and titles are shorter."""
MOST_PARSES = 4
"""Alternatives kept; those after them were never chosen."""
LEAST_LITERAL = 1 / 3
"""Share of the words that a sentence of home-assistant-intents must spell out: with names as wildcards, its short
templates ("{name} on") would take nearly anything."""
WILDCARD_WORTH = 0.6
"""Confidence that a word in a wildcard adds, where a word of the template adds 1."""

_POLITE = re.compile(r"^(?:please )?(?:(?:can|could|would|will) you )?(?:please )?|(?: for me)?(?: please)?$")
"""What people put around a request without meaning anything by it."""
_AN_HOUR = re.compile(r"\ban? hour\b")
_SPELLINGS = (
    (re.compile(r"\bto (morrow|night|day)\b"), r"to\1"),
    (re.compile(r"\bper cent\b"), "percent"),
)
"""Spellings of recognisers that no template has."""

ARTICLES = frozenset({"the", "my", "our", "a", "an", "is", "in", "set"})
WITHOUT_ARTICLE = ("name", "area", "list", "timer_name", "contact")
"""Slots whose wildcard may not begin with one of these words: another split of the same sentence is meant."""

_HA: dict[str, str] = {
    "HassClimateGetTemperature": "get_temperature",
    "HassClimateSetTemperature": "set_temperature",
    "HassGetCurrentDate": "get_date",
    "HassGetCurrentTime": "get_time",
    "HassGetWeather": "get_weather",
    "HassListAddItem": "list_add",
    "HassListRemoveItem": "list_remove",
    "HassMediaNext": "next_track",
    "HassMediaPause": "pause",
    "HassMediaPlayerMute": "mute",
    "HassMediaPlayerUnmute": "unmute",
    "HassMediaPrevious": "previous_track",
    "HassMediaUnpause": "resume",
    "HassNevermind": "cancel",
    "HassSetPosition": "set_position",
    "HassSetVolume": "set_volume",
    "HassShoppingListAddItem": "list_add",
    "HassStartTimer": "set_timer",
    "HassCancelTimer": "cancel_timer",
    "HassPauseTimer": "pause_timer",
    "HassUnpauseTimer": "resume_timer",
    "HassTimerStatus": "timer_status",
    "HassTurnOn": "turn_on",
    "HassTurnOff": "turn_off",
    "HassVacuumReturnToBase": "return_to_base",
}
"""Intents of Home Assistant to ours."""
_HA_BY_DOMAIN = {
    ("turn_on", "cover"): "open",
    ("turn_off", "cover"): "close",
    ("turn_on", "lock"): "lock",
    ("turn_off", "lock"): "unlock",
}
_HA_SLOTS = {
    "name": "name",
    "area": "area",
    "item": "item",
    "position": "percent",
    "volume_level": "percent",
    "temperature": "degrees",
    "hours": "hours",
    "minutes": "minutes",
    "seconds": "seconds",
}
"""Their slots to ours; a result with another slot than these is left out."""
_HA_FIXED = {"domain", "device_class"}
_GROUPS = {"light", "fan", "cover", "lock", "switch"}


class Templates:
    """The understanding that hassil does (extra ``assistant``). Keeps the parses of each text it has seen."""

    def __init__(self) -> None:
        """Say what is missing at once, not at the first request."""
        needs("home_assistant_intents")
        self._known: dict[str, tuple[Parse, ...]] = {}

    def understand(self, text: str) -> tuple[Parse, ...]:
        """Return what ``text`` may mean, the surest first; empty for wording that no template has.

        Of two parses the surer comes first (more words spelled out by the template), then the one whose wildcards
        take fewer words, then the one with more slots, then by name: the order is the same every time.
        """
        form = normalise(text)
        if form not in self._known:
            bare = _AN_HOUR.sub("1 hour", _POLITE.sub("", form))
            for spelling, usual in _SPELLINGS:
                bare = spelling.sub(usual, bare)
            self._known[form] = self._parses(bare) if bare else ()
        return self._known[form]

    def _parses(self, form: str) -> tuple[Parse, ...]:
        found = self._results(form, self._ours) or self._results(form, self._theirs, LEAST_LITERAL)
        best: dict[object, tuple[Any, ...]] = {}
        for parse, loose in found:
            rank = (-parse.confidence, loose, -len(parse.slots), parse.intent, parse.slots)
            if parse.meaning not in best or rank < best[parse.meaning][0]:
                best[parse.meaning] = (rank, parse)
        return tuple(parse for _, parse in sorted(best.values(), key=lambda one: one[0]))[:MOST_PARSES]

    def _results(self, form: str, intents: Intents, least: float = 0.0) -> list[tuple[Parse, int]]:
        from hassil import recognize_all  # noqa: PLC0415

        words = form.count(" ") + 1
        found = []
        for result in recognize_all(form, intents):
            wild = [len(entity.text_clean.split()) for entity in result.entities_list if entity.is_wildcard]
            loose = sum(wild)
            if max(wild, default=0) > MOST_WILD_WORDS or min(wild, default=1) == 0 or (words - loose) / words < least:
                continue
            parse = _parse(result, 1 - (1 - WILDCARD_WORTH) * loose / words)
            if parse is not None:
                found.append((parse, loose))
        return found

    @cached_property
    def _ours(self) -> Intents:
        from hassil import Intents  # noqa: PLC0415

        with (files("sayagain.assistant") / "data" / "sentences.yaml").open(encoding="utf8") as file:
            intents: Intents = Intents.from_yaml(file)
        intents.skip_words = list(self._theirs.skip_words)
        return intents

    @cached_property
    def _theirs(self) -> Intents:
        from hassil import Intents  # noqa: PLC0415

        content = json.loads((files("home_assistant_intents") / "data" / "en.json").read_text(encoding="utf8"))
        for name in ("name", "area", "floor"):
            content["lists"][name] = {"wildcard": True}
        content["intents"] = {name: body for name, body in content["intents"].items() if name in _HA}
        for body in content["intents"].values():
            for block in body["data"]:
                needed = block.pop("requires_context", {}).get("domain")
                block.pop("excludes_context", None)
                if isinstance(needed, str):
                    block.setdefault("metadata", {})["needs"] = needed
        intents: Intents = Intents.from_dict(content)
        return intents


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _parse(result: RecognizeResult, confidence: float) -> Parse | None:
    """Return the parse of one result, in our intents and slots; None when we have none for it."""
    intent = result.intent.name
    slots = {
        name: entity.text_clean.casefold() if entity.is_wildcard else _plain(entity.value)
        for name, entity in result.entities.items()
    }
    if any(slots.get(name, "").split(" ")[0] in ARTICLES for name in WITHOUT_ARTICLE):
        return None
    if intent in _HA:
        domain = slots.get("domain") or (result.intent_metadata or {}).get("needs", "")
        intent = _HA_BY_DOMAIN.get((_HA[intent], domain), _HA[intent])
        if not set(slots) <= {*_HA_SLOTS, *_HA_FIXED}:
            return None
        ours = {_HA_SLOTS[name]: value for name, value in slots.items() if name in _HA_SLOTS}
        if "name" not in ours and domain in _GROUPS:
            ours["group"] = domain
        slots = ours
    return Parse(DOMAIN[intent], intent, tuple(sorted(slots.items())), round(confidence, 3))

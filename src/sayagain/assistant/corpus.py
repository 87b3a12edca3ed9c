"""The closed set of texts that simulated people say: each was recorded in many voices.

A goal key is what a person wants, as a kind and its slots (``("turn_on", "name=desk lamp")``); the same key has
several phrasings, from wording a fixed grammar accepts to wording it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from sayagain.assistant.catalogues import SEVERAL_ROOMS, areas, catalogue, devices, lines

Style = Literal[
    "plain", "short", "long", "other_words", "entity_only", "correction", "slow",
    "unsupported", "not_meant", "feedback", "answer",
]  # fmt: skip
"""How a text says its goal; ``slow`` is a plain text spoken slowly and so has no texts of its own."""

RARE_PHRASINGS = 3
"""Phrasings of a goal that is not active: the plain one and enough others to rephrase twice."""
RARER_PHRASINGS = 2
"""Phrasings of a goal of ``RARER_KINDS``, which are many and seldom wanted: the corpus must stay recordable."""
RARER_KINDS = frozenset({
    "is_on", "is_open", "is_locked", "play_film", "play_audiobook", "forecast", "list_remove", "temperature_in",
    "play_artist", "set_temperature", "list_ask", "set_brightness", "set_color", "set_position", "turn_on_in",
    "turn_off_in",
})  # fmt: skip


class GoalKey(NamedTuple):
    """The key of a goal: its kind and slots, whatever the wording."""

    kind: str
    slots: str = ""
    """``name=value`` parts, separated by semicolons and sorted by name."""

    @property
    def values(self) -> Mapping[str, str]:
        """The slots by name."""
        return _values(self.slots)


@cache
def _values(slots: str) -> Mapping[str, str]:
    pairs = (cast(tuple[str, str], tuple(part.split("=", 1))) for part in slots.split(";") if part)
    return MappingProxyType(dict(pairs))


def goal_key(kind: str, **slots: str) -> GoalKey:
    """Return the key with its slots in order.

    >>> goal_key("turn_on_in", name="blinds", area="office")
    GoalKey(kind='turn_on_in', slots='area=office;name=blinds')
    """
    return GoalKey(kind, ";".join(f"{name}={value}" for name, value in sorted(slots.items())))


@dataclass(frozen=True, slots=True)
class Utterance:
    """One way to say a goal."""

    text: str
    """Lower case, as spoken, numbers as words."""
    goal: GoalKey
    style: Style
    active: bool
    """Whether each voice recorded it several times."""


PERCENTS = ("ten", "twenty five", "fifty", "eighty")
COLORS = ("red", "blue", "green", "purple", "orange", "warm white")
DEGREES = ("eighteen", "twenty", "twenty one", "twenty three")
OVEN_DEGREES = ("one hundred eighty", "two hundred")
SPOKEN_DURATIONS = (
    "one minute", "three minutes", "five minutes", "ten minutes", "fifteen minutes", "fifty minutes", "twenty minutes",
    "thirty minutes", "thirteen minutes", "forty five minutes", "an hour", "two hours",
)  # fmt: skip
TIMES = (
    "five thirty", "six", "six fifteen", "six thirty", "six forty five", "seven", "seven fifteen", "seven thirty",
    "eight", "eight thirty", "nine", "ten",
)  # fmt: skip
ON_OFF = frozenset({"light", "switch", "fan", "media_player", "coffee_maker"})
ACTIVE_NAMES = frozenset({"garage door", "bedside lamp", "coffee maker", "front door", "vacuum"})
"""Devices whose on, off, open, close, lock and cleaning are said often enough to be recorded several times."""
ACTIVE_SLOTS = frozenset({
    "kitchen", "living room", "we don't talk anymore", "we don't talk about bruno", "harry potter", "hunger games",
    "queen", "jazz", "radio one", "boston", "portland", "ten minutes", "seven", "milk", "mom", "john",
})  # fmt: skip
ACTIVE_KINDS = frozenset({
    "turn_on", "turn_off", "turn_on_area", "turn_off_area", "open", "close", "lock", "unlock", "play_song",
    "play_artist", "play_title", "play_playlist", "play_radio", "weather", "timer_set", "alarm_set", "list_add", "call",
    "vacuum_start",
})  # fmt: skip


def _numbered(names: list[str], values: tuple[str, ...], start: int = 0) -> Iterator[tuple[str, str]]:
    """Give each name one value in turn: every value occurs, and the corpus stays small."""
    return ((name, values[(start + place) % len(values)]) for place, name in enumerate(names))


def _device_goals() -> Iterator[GoalKey]:
    for device in devices():
        for name in device.spoken:
            if device.domain in ON_OFF:
                yield goal_key("turn_on", name=name)
                yield goal_key("turn_off", name=name)
                if name == device.name and device.domain != "light":
                    yield goal_key("is_on", name=name)
            pairs = {"cover": ("open", "close"), "lock": ("lock", "unlock"), "vacuum": ("vacuum_start", "vacuum_stop")}
            yield from (goal_key(kind, name=name) for kind in pairs.get(device.domain, ()))
        if device.domain == "cover" or "opening" in device.capabilities:
            yield goal_key("is_open", name=device.name)
        if device.domain == "lock":
            yield goal_key("is_locked", name=device.name)
        if device.name == "oven" or {device.domain, *device.capabilities} >= {"sensor", "temperature"}:
            yield goal_key("temperature_of", name=device.name)
        if device.name in SEVERAL_ROOMS and device.domain in {"light", "fan", "cover", "media_player"}:
            two = ("open_in", "close_in") if device.domain == "cover" else ("turn_on_in", "turn_off_in")
            yield from (goal_key(kind, name=device.name, area=area) for area in device.areas for kind in two)


def _value_goals() -> Iterator[GoalKey]:
    can = {kind: [each.name for each in devices() if kind in each.capabilities] for kind in ("brightness", "color")}
    for name, percent in _numbered(can["brightness"], PERCENTS):
        yield goal_key("set_brightness", name=name, percent=percent)
    for start in (0, 3):
        for name, color in _numbered(can["color"], COLORS, start):
            yield goal_key("set_color", name=name, color=color)
    covers = [each.name for each in devices() if "position" in each.capabilities]
    for name, percent in _numbered(covers, PERCENTS):
        yield goal_key("set_position", name=name, percent=percent)
    for device in devices():
        if device.domain == "climate" or device.name == "oven":
            for degrees in DEGREES if device.domain == "climate" else OVEN_DEGREES:
                yield goal_key("set_temperature", name=device.name, degrees=degrees)
            yield from (goal_key("set_temperature", name=name, degrees=DEGREES[1]) for name in device.aliases)
    for area in areas():
        if area.name != "garden":
            yield goal_key("temperature_in", area=area.name)
        for spoken in (area.name, *area.aliases):
            yield goal_key("turn_on_area", area=spoken)
            yield goal_key("turn_off_area", area=spoken)
    yield from (goal_key("volume_set", percent=percent) for percent in PERCENTS)
    yield from (goal_key("timer_set", duration=duration) for duration in SPOKEN_DURATIONS)
    yield from (goal_key("alarm_set", time=time) for time in TIMES)


def city_names() -> tuple[str, ...]:
    """Return what cities are called; a namesake also with its region."""
    names = [city.name for city in catalogue()["city"]]
    with_region = [city.aliases[0] for city in catalogue()["city"] if names.count(city.name) > 1]
    return tuple(dict.fromkeys([*names, *with_region]))


def _catalogue_goals() -> Iterator[GoalKey]:
    pools = catalogue()
    for song in pools["song"]:
        yield goal_key("play_song", title=song.name, artist=song.of)
    for artist in pools["artist"]:
        yield from (goal_key("play_artist", artist=name) for name in (artist.name, *artist.aliases))
    for kind in ("film", "audiobook"):
        for entry in pools[kind]:
            yield from (goal_key("play_title", title=name) for name in (entry.name, *entry.aliases))
            yield goal_key(f"play_{kind}", title=entry.name)
    for kind in ("playlist", "radio"):
        yield from (goal_key(f"play_{kind}", title=entry.name) for entry in pools[kind])
    for city in city_names():
        yield goal_key("weather", city=city)
    yield from (goal_key("forecast", city=city) for city in city_names()[::3])
    for contact in pools["contact"]:
        yield from (goal_key("call", contact=name) for name in (contact.name, *contact.aliases))
    for item in pools["item"]:
        yield goal_key("list_add", item=item.name, list=item.of)
    for item in pools["item"][::2]:
        yield goal_key("list_remove", item=item.name, list=item.of)
    for each in pools["list"]:
        yield from (goal_key("list_ask", list=name) for name in (each.name, *each.aliases))


def _correction_goals() -> Iterator[GoalKey]:
    pools = catalogue()
    yield from (goal_key("correct_area", area=area.name) for area in areas())
    yield from (goal_key("correct_name", name=device.name) for device in devices() if device.domain != "sensor")
    media = (entry.name for kind in ("song", "film", "audiobook", "artist") for entry in pools[kind][:8])
    yield from (goal_key("correct_media", title=title) for title in dict.fromkeys(media))
    yield from (goal_key("correct_contact", contact=contact.name) for contact in pools["contact"][:20])
    yield from (goal_key("correct_city", city=city) for city in city_names() if len(city.split()) > 1)


@cache
def templates() -> dict[str, tuple[tuple[Style, str], ...]]:
    """Return the phrasings of each kind of goal as (style, text with slots in braces), commonest first."""
    found: dict[str, list[tuple[Style, str]]] = {}
    for line in lines("phrasings.txt"):
        kind, style, text = line.split(" / ")
        found.setdefault(kind, []).append((cast(Style, style), text))
    return {kind: tuple(texts) for kind, texts in found.items()}


def is_active(goal: GoalKey) -> bool:
    """Return whether all phrasings of a goal are in the corpus and recorded several times by each voice."""
    values = goal.values
    if not values:
        return True
    return goal.kind in ACTIVE_KINDS and any(
        value in (ACTIVE_NAMES if name == "name" else ACTIVE_SLOTS) for name, value in values.items()
    )


def _phrasings(goal: GoalKey, place: int) -> Iterator[Utterance]:
    texts = templates()[goal.kind]
    active = is_active(goal)
    if goal.kind.startswith("correct_"):
        texts = (texts[place % len(texts)],)
    rest = len(texts) - 1
    others = min(rest, (RARER_PHRASINGS if goal.kind in RARER_KINDS else RARE_PHRASINGS) - 1)
    kept = range(1, rest + 1)
    if not active and others < rest:
        # the first kept differs from goal to goal, so that all phrasings of a kind occur
        first = 1 + place % (rest - others + 1)
        kept = range(first, first + others)
    for style, text in [texts[0], *(texts[each] for each in kept)]:
        spoken = re.sub(r"\b(the|my) (the|my) ", r"\2 ", text.format_map(goal.values))
        yield Utterance(spoken, goal, style, active)


@cache
def utterances() -> tuple[Utterance, ...]:
    """Return the whole corpus in a fixed order. A text that means several goals is there once for each."""
    bare = (GoalKey(kind) for kind, texts in templates().items() if not any("{" in text for _, text in texts))
    goals = dict.fromkeys(chain(_device_goals(), _value_goals(), _catalogue_goals(), bare, _correction_goals()))
    found = [each for place, goal in enumerate(goals) for each in _phrasings(goal, place)]
    apart: tuple[Style, ...] = ("unsupported", "not_meant")
    for style in apart:
        for text in lines(f"{style}.txt"):
            key = goal_key(style, text=text)
            found.append(Utterance(text, key, style, False))
    return tuple(dict.fromkeys(found))


@cache
def by_goal() -> dict[GoalKey, tuple[Utterance, ...]]:
    """Return the phrasings of every goal, the commonest first."""
    return grouped(utterances())


def grouped(said: Iterable[Utterance]) -> dict[GoalKey, tuple[Utterance, ...]]:
    """Return utterances by their goal, in their order."""
    found: dict[GoalKey, list[Utterance]] = {}
    for each in said:
        found.setdefault(each.goal, []).append(each)
    return {goal: tuple(texts) for goal, texts in found.items()}


def texts() -> tuple[str, ...]:
    """Return the distinct texts: what is to be recorded."""
    return tuple(dict.fromkeys(each.text for each in utterances()))


def active_texts() -> tuple[str, ...]:
    """Return the texts that each voice records several times."""
    return tuple(dict.fromkeys(each.text for each in utterances() if each.active))


def corrections(goal: GoalKey) -> tuple[Utterance, ...]:
    """Return texts that put a goal right by what was heard wrongly ("no the kitchen one"); may be empty."""
    kinds = {"name": "correct_name", "area": "correct_area", "title": "correct_media", "artist": "correct_media"}
    kinds |= {"contact": "correct_contact", "city": "correct_city"}
    keys = [
        goal_key(kinds[slot], **{"title" if slot == "artist" else slot: value})
        for slot, value in goal.values.items()
        if slot in kinds
    ]
    return tuple(chain.from_iterable(by_goal().get(key, ()) for key in keys))

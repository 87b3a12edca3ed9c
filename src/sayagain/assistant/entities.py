"""Entity resolution: what people call things, to the things of a home.

It does what assistants of today do: the nearest name wins, the room of the device breaks ties, and of two equal names
one is taken silently. What else is going on in the home is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from sayagain.assistant.action import Action, action
from sayagain.assistant.stages import HomeRecord, Match, Named, Parse, Resolution, Situation
from sayagain.text.normalise import normalise

NEAR_ENOUGH = 80.0
"""Least similarity (0 to 100) of a name to what was said: a letter or two may be wrong, a word may not."""
ASKS_FROM = 68.0
"""Least similarity of a name that is asked about ("Did you mean the hall light?")."""
NEARLY_AS_NEAR = 5.0
"""How much less similar an alternative may be."""
MOST_ALTERNATIVES = 3

OWN_SLOT = {"city", "contact", "list"}
"""Kinds of the catalogue with a slot of their own; all others are media."""
DEFAULT_LIST = "shopping"
ROOM_WIDE = {"get_temperature": "climate", "set_temperature": "climate", "start_cleaning": "vacuum"}
"""Intents that need no name, and the domain of the device they then mean."""
ASKS_FOR_DEVICE = {"return_to_base": "vacuum", "turn_on": "coffee_maker"}
LIT_HERE = frozenset({"brighten", "dim"})
"""Intents that without a name mean the lamps of the room that can."""
FITTING = {
    ("turn_on", "cover"): "open",
    ("turn_off", "cover"): "close",
    ("set_brightness", "cover"): "set_position",
    ("turn_on", "vacuum"): "start_cleaning",
    ("turn_off", "vacuum"): "return_to_base",
    ("turn_on", "lock"): "unlock",
    ("turn_off", "lock"): "lock",
    ("turn_on", "media"): "play",
    ("turn_off", "media"): "stop",
}
"""What an intent comes to for a domain of devices that has another word for it."""
LAST = frozenset({"it", "that", "them"})
"""Names of what was used last."""
ABOUT_BEFORE = frozenset({"correct", "yes"})
"""Intents that are about what was done or asked before."""
_ARTICLE = re.compile(r"^(?:the|my|our) ")


class Names:
    """All names of one home's things of one kind, ready to be searched."""

    def __init__(self, things: Sequence[Named]) -> None:
        """Index names and aliases in their normal form."""
        self.things = things
        pairs = [
            (_ARTICLE.sub("", normalise(name)), at)
            for at, thing in enumerate(things)
            for name in (thing.name, *thing.aliases)
        ]
        self._names = [name for name, _ in pairs]
        self._owner = [at for _, at in pairs]
        self._found: dict[tuple[str, float], list[tuple[int, float]]] = {}

    def near(self, value: str, least: float = NEAR_ENOUGH) -> list[tuple[int, float]]:
        """Return places in ``things`` with similarity (0 to 1), nearest first, equal ones in the order of the home."""
        if (value, least) not in self._found:
            best: dict[int, float] = {}
            for _, score, at in process.extract(
                _ARTICLE.sub("", normalise(value)),
                self._names,
                scorer=fuzz.token_sort_ratio,
                score_cutoff=least,
                limit=None,
            ):
                owner = self._owner[at]
                best[owner] = max(best.get(owner, 0.0), score / 100)
            self._found[value, least] = sorted(best.items(), key=lambda one: (-one[1], one[0]))
        return self._found[value, least]


class _Index:
    def __init__(self, home: HomeRecord) -> None:
        self.home = home
        self.devices = Names(home.devices)
        self.areas = Names(home.areas)
        self.domains = {device.id: device.domain for device in home.devices}
        media = [entry for kind in sorted(set(home.catalogue) - OWN_SLOT) for entry in home.catalogue[kind]]
        self.domains |= {entry.id: "media" for entry in media}
        self.catalogue = {"media": Names(media)} | {kind: Names(home.catalogue.get(kind, ())) for kind in OWN_SLOT}
        self.of_kind = {kind: Names(entries) for kind, entries in home.catalogue.items()}


class Nearest:
    """The entity resolver. Keeps an index of the home it has seen last, and how requests were placed in it."""

    def __init__(self) -> None:
        """Start with no home."""
        self._index: _Index | None = None
        self._placed: dict[tuple[Parse, str | None], Resolution] = {}

    def resolve(self, parse: Parse, home: HomeRecord, situation: Situation) -> Resolution:
        """Place ``parse`` in ``home``; the resolution has no action when a slot finds nothing."""
        if self._index is None or self._index.home is not home:
            self._index, self._placed = _Index(home), {}
        if parse.intent in ABOUT_BEFORE or dict(parse.slots).get("name") in LAST:
            return _Placing(self._index, parse, situation).resolution()
        key = (parse, situation.area)  # nothing else of the situation plays a part
        if key not in self._placed:
            self._placed[key] = _Placing(self._index, parse, situation).resolution()
        return self._placed[key]


class _Placing:
    """One parse in one home: the state of one call to ``resolve``."""

    def __init__(self, index: _Index, parse: Parse, situation: Situation) -> None:
        self.index, self.parse, self.situation = index, parse, situation
        self.slots = dict(parse.slots)
        self.matches: list[Match] = []

    def resolution(self) -> Resolution:
        last, asked = self.situation.last, self.situation.asked
        if self.parse.intent == "yes" and asked is not None:
            return Resolution(self.parse, (), asked)
        if self.parse.intent == "correct":
            if last is None:
                return Resolution(self.parse)
            self._correct(last)
            return self._done(last.intent, dict(last.parameters))
        if self.slots.get("name") in LAST and last is not None and last.targets:
            self.matches.append(Match("name", self.slots["name"], last.targets, 1.0))
            return self._done(self.parse.intent, {k: v for k, v in self.slots.items() if k != "name"})
        self._devices()
        self._media()
        for kind in sorted(OWN_SLOT):
            if kind in self.slots:
                self._match(kind, self.index.catalogue[kind])
        if self.parse.domain == "list" and "list" not in self.slots:
            self.slots["list"] = DEFAULT_LIST
            self._match("list", self.index.catalogue["list"])
            del self.slots["list"]
        placed = {match.slot for match in self.matches} | {"kind", "scope"}
        return self._done(self.parse.intent, {k: v for k, v in self.slots.items() if k not in placed})

    def _done(self, intent: str, parameters: dict[str, str]) -> Resolution:
        matches = tuple(self.matches)
        if all(match.entities for match in matches):
            return Resolution(self.parse, matches, self._action(intent, parameters, matches))
        likely = [match._replace(entities=match.entities or match.alternatives[:1]) for match in matches]
        guess = self._action(intent, parameters, likely)
        sure = all(match.entities for match in likely) and all(
            match.slot != "area" or match.entities for match in matches
        )
        return Resolution(self.parse, matches, guess=guess if sure and guess.targets else None)

    def _action(self, intent: str, parameters: dict[str, str], matches: Sequence[Match]) -> Action:
        targets = [entity for match in matches for entity in match.entities if match.slot != "area"]
        domains = {self.index.domains.get(target, "") for target in targets}
        fitting = FITTING.get((intent, next(iter(domains))), intent) if len(domains) == 1 else intent
        if fitting == "stop":  # what plays here, whatever it is called
            targets = []
        return action(fitting, *targets, **parameters)

    def _media(self) -> None:
        """Find what is to be played: by name among its kind, by artist, or the first of a kind."""
        kind = self.slots.get("kind")
        names = self.index.of_kind.get(kind, self.index.catalogue["media"]) if kind else self.index.catalogue["media"]
        if "media" in self.slots:
            self._match("media", names)
        elif "artist" in self.slots:
            self._match("artist", self.index.of_kind.get("artist", names))
        elif kind:
            first = tuple(entry.id for entry in names.things[:1])
            self.matches.append(Match("kind", kind, first, 1.0 if first else 0.0))

    def _devices(self) -> None:
        area = self._area()
        intent = self.parse.intent
        if "name" in self.slots:
            self._match("name", self.index.devices, area)
            if not self.matches[-1].entities:
                self._in_a_room(self.slots["name"])
            media = self.index.catalogue["media"]
            if not self.matches[-1].entities and intent == "turn_on" and media.near(self.slots["name"]):
                self.matches.pop()  # "turn on radio one"
                self._match("name", media)
        elif "group" in self.slots:
            here = None if self.slots.get("scope") == "home" else area or self.situation.area
            self._group(self.slots["group"], here, "group")
        elif intent in LIT_HERE:
            self._group("light", self.situation.area, "group", able="brightness")
        elif intent in ROOM_WIDE:
            self._group(ROOM_WIDE[intent], area or self.situation.area, "device", one=True)
        elif intent in ASKS_FOR_DEVICE:
            self._group(ASKS_FOR_DEVICE[intent], None, "device")

    def _in_a_room(self, name: str) -> None:
        """Read a name that no device has as a room ("the kitchen", of a temperature), or as room and name."""
        words = name.split()
        for size in range(len(words), 0, -1):
            rooms = self.index.areas.near(" ".join(words[:size]))
            rest = " ".join(words[size:])
            if not rooms or (not rest and self.parse.intent not in ROOM_WIDE):
                continue
            self.matches.pop()
            area = self.index.areas.things[rooms[0][0]].id
            if rest:
                self.slots["name"] = rest
                self._match("name", self.index.devices, area)
            else:
                self._group(ROOM_WIDE[self.parse.intent], area, "name", one=True)
            return

    def _area(self) -> str | None:
        return self._match("area", self.index.areas) if "area" in self.slots else None

    def _group(self, domain: str, area: str | None, slot: str, *, one: bool = False, able: str = "") -> None:
        every = [
            device
            for device in self.index.home.devices
            if device.domain == domain and (not able or able in device.capabilities)
        ]
        found = [device for device in every if device.area == area]
        if not found and (one or area is None):
            found = every
        taken = tuple(device.id for device in (found[:1] if one else found))
        self.matches.append(Match(slot, domain, taken, 1.0 if taken else 0.0))

    def _correct(self, last: Action) -> None:
        for slot in self.slots.keys() & {"name", "city"}:
            pools = [self.index.devices, *(self.index.catalogue[kind] for kind in ("media", "city", "contact"))]
            self._match(slot, next((pool for pool in pools if pool.near(self.slots[slot])), self.index.devices))
            return
        area = self._area()
        kinds = {device.domain for device in self.index.home.devices if device.id in last.targets}
        if area is not None:
            self._group(next(iter(sorted(kinds)), ""), area, "device")

    def _match(self, slot: str, names: Names, area: str | None = None) -> str | None:
        """Take the nearest thing and note it; return its id, or None."""
        value = self.slots[slot]
        found = names.near(value)
        here = area or self.situation.area

        def room(at: int) -> bool:
            thing = names.things[at]
            return getattr(thing, "area", None) == here

        if area is not None:
            found = [one for one in found if room(one[0])] or found
        ranked = sorted(found, key=lambda one: (-one[1], not room(one[0]), one[0]))
        if not ranked:
            farther = [names.things[at].id for at, _ in names.near(value, ASKS_FROM)[:MOST_ALTERNATIVES]]
            self.matches.append(Match(slot, value, (), 0.0, tuple(farther)))
            return None
        best = ranked[0][1]
        others = [names.things[at].id for at, score in ranked[1:] if best - score <= NEARLY_AS_NEAR / 100]
        taken = names.things[ranked[0][0]].id
        self.matches.append(Match(slot, value, (taken,), round(best, 3), tuple(others[:MOST_ALTERNATIVES])))
        return taken

"""Numbers of a request with the tool that was called for it and the reply: do they agree?"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from sayagain.errors import FormatError
from sayagain.text.normalise import form_of
from sayagain.text.similarity import likeness

TOOLS = (
    "HassTurnOn", "HassTurnOff", "HassSetPosition", "HassLightSet", "HassListAddItem", "HassVacuumStart",
    "HassVacuumReturnToBase", "HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious",
    "HassSetVolume", "HassMediaPlayerMute", "HassStopMoving", "HassFanSetSpeed", "HassClimateSetTemperature",
    "GetLiveContext", "GetDateTime", "calendar_get_events", "todo_get_items",
)  # fmt: skip
"""Tools of Home Assistant that are told apart; any other is a tool that it does not have."""
ARGUMENTS = ("name", "area", "floor", "domain", "device_class", "item", "position", "volume_level", "brightness")
NAMING = ("name", "area", "item", "domain")
"""Arguments whose words are looked for in the request and in the reply."""
DOINGS = {
    "on": r"\b(turn(ed)?|switch(ed)?|is|are|now) (\w+ ){0,3}on\b",
    "off": r"\b(turn(ed)?|switch(ed)?|shut|is|are|now) (\w+ ){0,4}off\b",
    "open": r"\bopen(ed|ing)?\b",
    "close": r"\bclos(e|ed|ing)\b",
    "lock": r"\block(ed)?\b",
    "unlock": r"\bunlock(ed)?\b",
    "start": r"\b(start(ed|ing)?|begin|begun|clean(ing)?|vacuum(ing)?|sweep)\b",
    "stop": r"\bstop(ped|ping)?\b",
    "return": r"\b(return(ed|ing)?|dock|base|home)\b",
    "pause": r"\bpaus(e|ed|ing)\b",
    "play": r"\b(play(ing)?|resum(e|ed|ing)|unpaus(e|ed))\b",
    "next": r"\b(next|skip(ped|ping)?)\b",
    "mute": r"\bmut(e|ed)\b",
    "volume": r"\bvolume\b",
    "set": r"\bset\b",
    "add": r"\b(add(ed)?|put)\b",
    "water": r"\bwater(ing)?\b",
    "all": r"\b(all|both|every|upstairs|downstairs|lights|doors|and)\b",
    "ask": r"^(what|is|are|how|do|does|am|will|when|which|who|please tell|can you tell)\b",
}
"""What is asked for, or said to be done, by patterns over the normal form."""
CUES = {
    "asks": r"\?",
    "sorry": r"sorry|apolog|unfortunately|oops",
    "cannot": r"can(no|')t|cannot|unable|could ?n.t|could not|not able|won't",
    "not found": r"no .*(found|match)|not (find|found|support|exist|available)|isn.t|doesn.t|don.t|do not|does not",
    "error": r"error|fail|issue|invalid|timeout|unexpected|try again|wrong",
    "which": r"\bwhich\b|specify|clarify|more (details|information|specific)|please provide",
    "syntax": r"[{}<>\[\]]|tool_|hass[A-Z]?|function|```",
    "done": r"\bdone\b|has been|have been|i'?ve|i have|is now|are now|will (now )?be|\bok\b|successfully",
    "instructs": r"you can|use the command|by calling|would need|to do (this|that|so)",
}
"""What a reply shows, by patterns over it in lower case."""
NO_CLAIM = ("asks", "sorry", "cannot", "not found", "error", "which", "syntax", "instructs")
"""Cues of replies that do not claim that what was asked for is done."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PAIR = re.compile(r"'(\w+)': (?:'(.*?)'(?=[,}])|(\[.*?\]|[\w.]+))")


@dataclass(frozen=True)
class ToolCall:
    """A tool that was called, with its arguments as text."""

    tool: str
    arguments: Mapping[str, str]

    @property
    def shape(self) -> str:
        """The call without what it names: the tool and which arguments it has."""
        return " ".join([self.tool, *sorted(name for name, value in self.arguments.items() if value)])

    @property
    def canonical(self) -> str:
        """The call as one text that does not depend on the order of its arguments, case or punctuation."""
        pairs = sorted((name, form_of(value)) for name, value in self.arguments.items())
        return " ".join([self.tool, *(f"{name}={value}" for name, value in pairs if value)])


NO_CALL = ToolCall("", {})


@lru_cache(maxsize=1 << 14)
def tool_call(text: str) -> ToolCall:
    """Return the call that a text of the form ``{'tool_name': …, 'tool_args': {…}}`` is, as far as it can be read.

    >>> tool_call("{'tool_name': 'HassTurnOn', 'tool_args': {'name': 'Joe's', 'domain': ['light']}}").arguments
    {'name': "Joe's", 'domain': "['light']"}
    """
    if not text.strip():
        return NO_CALL
    try:
        read = ast.literal_eval(text)
        tool, arguments = str(read["tool_name"]), read["tool_args"] or {}
        return ToolCall(tool, {str(name): _flat(value) for name, value in arguments.items()})
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError):
        pairs = {name: quoted or bare for name, quoted, bare in _PAIR.findall(text.replace("'tool_args': {", ""))}
        return ToolCall(pairs.pop("tool_name", "?"), pairs)


def _flat(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Home:
    """The catalogue of a home: names of devices with their kinds, and areas, in normal form."""

    names: Mapping[str, frozenset[str]]
    areas: frozenset[str]


NO_HOME = Home({}, frozenset())


def homes(folder: Path) -> dict[str, Home]:
    """Return the homes whose fixtures lie under a folder, by what their tasks' identifiers begin with.

    Raises:
        FormatError: a file of fixtures cannot be read.
    """
    found: dict[str, Home] = {}
    for path in sorted(folder.glob("*/*/_fixtures.yaml")):
        try:
            fixtures = yaml.safe_load(path.read_text(encoding="utf8"))
            areas = frozenset(form_of(area["name"]) for area in fixtures["areas"])
            names: dict[str, frozenset[str]] = {}
            for entity in fixtures["entities"]:
                kind = entity["id"].partition(".")[0]
                names[form_of(entity["name"])] = names.get(form_of(entity["name"]), frozenset()) | {kind}
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"{path} does not describe a home", "Name the folder of the set with --data") from error
        found[path.parent.name.replace("-", "_")] = Home(names, areas)
    return found


def home_of(task: str, known: Mapping[str, Home]) -> Home:
    """Return the home that a task is about: the longest name that its identifier begins with."""
    fitting = [name for name in known if task.startswith(name)]
    return known[max(fitting, key=len)] if fitting else NO_HOME


@lru_cache(maxsize=1 << 15)
def doings(text: str) -> tuple[bool, ...]:
    """Return which of ``DOINGS`` a text speaks of."""
    form = form_of(text[:300])
    return tuple(re.search(pattern, form) is not None for pattern in DOINGS.values())


@lru_cache(maxsize=1 << 15)
def cues(reply: str) -> tuple[bool, ...]:
    """Return which of ``CUES`` a reply shows."""
    lower = reply.lower().replace("’", "'")
    return tuple(re.search(pattern, lower) is not None for pattern in CUES.values())


def claims_success(reply: str) -> bool:
    """Return whether a reply says that what was asked for is done: it says something, and nothing to the contrary.

    >>> claims_success("The fan is off."), claims_success("Which fan?"), claims_success("")
    (True, False, False)
    """
    shown = dict(zip(CUES, cues(reply), strict=True))
    return bool(form_of(reply[:300])) and not any(shown[name] for name in NO_CLAIM)


@lru_cache(maxsize=1 << 15)
def answer(reply: str) -> str:
    """Return what a reply answers: its numbers, yes or no, and what it says is done."""
    form = form_of(reply[:300])
    said = [name for name, is_so in zip(DOINGS, doings(reply), strict=True) if is_so]
    words = [word for word in ("yes", "no", "not", "none") if word in form.split()]
    return " ".join([*sorted(set(_NUMBER.findall(form))), *words, *said])


def agreement(request: str, call: ToolCall, reply: str) -> list[float]:
    """Return how far request, call and reply agree, from these three alone."""
    asked, said = form_of(request), form_of(reply[:300])
    wanted, done = doings(request), doings(reply)
    numbers = set(_NUMBER.findall(asked))
    given = {each for value in call.arguments.values() for each in _NUMBER.findall(value)}
    told = set(_NUMBER.findall(said))
    return [
        float(call.tool == ""), *(float(call.tool == tool) for tool in TOOLS), float(len(call.arguments)),
        *(float(bool(call.arguments.get(name))) for name in ARGUMENTS), float(bool(set(call.arguments) - {*ARGUMENTS})),
        *(part for name in NAMING for part in _found(call.arguments.get(name), asked, said)),
        float(len(numbers)), float(len(numbers & given)), float(len(given - numbers)), float(len(numbers & told)),
        *map(float, wanted), *map(float, done), float(sum(a and b for a, b in zip(wanted, done, strict=True))),
        float(sum(b and not a for a, b in zip(wanted, done, strict=True))),
        *map(float, cues(reply)), float(claims_success(reply)), float(len(said.split())), float(len(reply)),
        likeness(asked, said), _shared(asked, said), float(len(asked.split())),
    ]  # fmt: skip


def _found(value: str | None, asked: str, said: str) -> list[float]:
    """Return how much of an argument's words are in the request and in the reply; −1 where there is no argument."""
    form = form_of(value or "")
    return [_shared(form, asked), _shared(form, said)] if form else [-1.0, -1.0]


def _shared(form: str, other: str) -> float:
    words = form.split()
    held = set(other.split()) | {word.rstrip("s") for word in other.split()}
    return sum(word in held or word.rstrip("s") in held for word in words) / max(1, len(words))


CATALOGUE = 10
"""Numbers of :func:`catalogued`."""


def catalogued(request: str, call: ToolCall, reply: str, home: Home) -> list[float]:
    """Return how far call and reply name what the home has, and what the request names; shape (``CATALOGUE``,)."""
    name, area = form_of(call.arguments.get("name", "")), form_of(call.arguments.get("area", ""))
    domain = call.arguments.get("domain", "")
    asked, said = form_of(request), form_of(reply[:300])
    meant = _named(asked, home.names)
    spoken = _named(said, home.names)
    areas = [each for each in home.areas if each in asked]
    return [
        float(name in home.names) if name else -1.0,
        float(any(kind in domain for kind in home.names.get(name, ()))) if name and domain else -1.0,
        float(area in home.areas) if area else -1.0,
        float(name in meant) if name and meant else -1.0,
        float(area in areas) if area and areas else -1.0,
        float(len(meant)),
        float(len(areas)),
        float(len(spoken)),
        float(len(set(meant) & set(spoken))) if meant else -1.0,
        float(sum(bool(kinds & {domain}) for kinds in home.names.values())) if domain else -1.0,
    ]


def _named(form: str, names: Mapping[str, frozenset[str]]) -> Sequence[str]:
    return [each for each in names if each and each in form]

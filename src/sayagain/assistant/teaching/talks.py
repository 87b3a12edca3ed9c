"""What is said beside requests in a teaching home: questions of the assistant, answers, and what people teach unasked.

After each answered request the assistant may ask (``dialogue.Dialogue``); the person answers, ignores it, or wants no
more questions. Who is not asked may teach by themselves where the same thing keeps failing. All that is drawn comes
from streams of its own, so that the days are those of the first preset.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np

from sayagain.assistant.action import Action
from sayagain.assistant.chain import Chain, TurnResult
from sayagain.assistant.circumstances import Memory
from sayagain.assistant.corpus import GoalKey
from sayagain.assistant.dialogue import Dialogue, is_request
from sayagain.assistant.home import Home
from sayagain.assistant.layer import Teachable
from sayagain.assistant.people import DIALOGUE, Person
from sayagain.assistant.pursuit import Pursuit
from sayagain.assistant.reactions import Reaction
from sayagain.assistant.stages import Situation
from sayagain.assistant.teaching.lesson import DAYS, Meant
from sayagain.assistant.teaching.plain import Plain
from sayagain.assistant.teaching.traits import ANSWERS_NEEDLESS, STOPS, STOPS_NEEDLESS, WEEKEND, Traits, traits
from sayagain.assistant.teaching.wordings import Speaks, hour
from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Turn

REPEATED = 2
"""Failures in a row of one goal after which people may teach unasked."""
LATELY = timedelta(days=7)
"""Within so long a goal has failed twice."""
MOST_TRIES = 3
"""Times that somebody tries to teach the same thing that the assistant does not take in."""
REPLIES_AFTER = timedelta(seconds=4)
"""From an answer to what is said to it beside the next request."""
WHOLE = 0.6
"""Share of those who say a whole request in "I meant …", where the name alone would do. Assumed."""
AS_ITSELF = 0.6
"""Share of those who tell what they meant just now, and not what their words mean from now on. Assumed."""

NAMES = ("name", "title", "artist", "city", "contact", "area")
"""Slots of a goal that are the name of what it is about."""


@dataclass(frozen=True)
class Happened:
    """One answered request, with what is known of it."""

    turn: Turn
    said: str
    pursuit: Pursuit
    goal: Action | None
    defect: bool
    point: str | None
    """Where it failed."""
    reaction: Reaction
    result: TurnResult
    memory: Memory
    day: int


Row = tuple[Turn, dict[str, Any]]


class Talks:
    """The talks of one home."""

    def __init__(self, home: Home, people: Sequence[Person], chain: Chain, speaks: Speaks) -> None:
        """Nothing was taught yet."""
        self._chain, self._plain, self._say = chain, Plain(home, chain), speaks.say
        self._names = {each.id: each.name for each in home.catalogue.get("artist", ())}
        self.traits: Mapping[str, Traits] = {each.id: traits(each, home) for each in people}
        self._dialogues: dict[str, Dialogue] = {}
        self._learned: dict[tuple[str, str], Meant] = {}
        """What each person knows that the assistant has learned, by what it is about."""
        self._failed: dict[tuple[str, str], datetime] = {}
        """When each goal of each person failed last."""
        self._tries: Counter[tuple[str, str]] = Counter()

    def after(self, happened: Happened, teachable: Teachable, home: str) -> tuple[dict[str, Any], list[Row]]:
        """Return what is true of a request beside what its answer tells, and what is said after it."""
        why = self.worth_asking(happened)
        told: dict[str, Any] = {"worth_asking": why}
        rng = _stream(happened)
        person = happened.pursuit.person.id
        dialogue = self._dialogues.setdefault(person, Dialogue(teachable))
        question = dialogue.ask(happened.turn)
        rows: list[Row] = []
        if question is not None:
            told["asked"] = question.kind
            told["taken"], reply = self._taken(happened, question, why, rng)
            if reply is not None:
                rows.append(self._said(happened, *reply, dialogue, answer=True, home=home))
        elif (unasked := self._unasked(happened, rng)) is not None:
            rows.append(self._said(happened, *unasked, dialogue, answer=False, home=home))
        return told, rows

    def worth_asking(self, happened: Happened) -> str | None:
        """Return why a question after a request is worth it, by what nobody but the person knows; None where it is not.

        To be called once for each request, in the order of time.
        """
        if not happened.defect:
            return None
        about = (happened.pursuit.person.id, _about(happened.pursuit.key))
        failed, self._failed[about] = self._failed.get(about), happened.turn.time
        if failed is not None and happened.turn.time - failed <= LATELY:
            return "again"
        if happened.reaction.kind == "undo" or happened.reaction.style == "correction":
            return "declared"
        resolution = happened.result.resolution
        if resolution is not None and any(not match.entities for match in resolution.matches):
            return "unknown"
        return None

    def _taken(
        self, happened: Happened, question: Question, why: str | None, rng: np.random.Generator
    ) -> tuple[str, tuple[str, Meant | None] | None]:
        """Return how a person takes a question, and what they say to it."""
        who = self.traits[happened.pursuit.person.id]
        stops, answers = rng.random(2).tolist()
        if stops < (STOPS if why else STOPS_NEEDLESS):
            return "stop", (self._say(rng, "reply", "stop"), None)
        if answers >= who.answers * (1.0 if why else ANSWERS_NEEDLESS):
            return "ignored", None
        return "answered", self._reply(happened, question, rng)

    def _reply(self, happened: Happened, question: Question, rng: np.random.Generator) -> tuple[str, Meant | None]:
        if question.kind == "did_that_work":
            return self._say(rng, "reply", "no" if happened.defect else "yes"), None
        meant = self._meant(happened, rng, asked=True)
        if question.kind == "which_one":
            names = happened.pursuit.key.values.values()
            fitting = [each for each in question.options if each in names]
            return (fitting[0], meant) if fitting else (self._say(rng, "reply", "neither"), None)
        if meant is None:
            return self._say(rng, "reply", "neither"), None
        return self._in_words(happened, meant, rng, asked=True), meant

    def _unasked(self, happened: Happened, rng: np.random.Generator) -> tuple[str, Meant | None] | None:
        """Return what a person teaches by themselves, where the same thing keeps failing."""
        key, person = happened.pursuit.key, happened.pursuit.person.id
        readiness = float(rng.random())
        if not happened.defect or happened.memory.failed[key] < REPEATED or readiness >= self.traits[person].teaches:
            return None
        meant = self._meant(happened, rng, asked=False)
        if meant is None:
            return None
        about = (person, _about(key))
        if self._learned.get(about) == meant or self._tries[about] >= MOST_TRIES:
            return None
        self._tries[about] += 1
        return self._in_words(happened, meant, rng, asked=False), meant

    def _meant(self, happened: Happened, rng: np.random.Generator, *, asked: bool) -> Meant | None:
        """Return what a person would teach about the request that failed; None where they have no words for it."""
        pursuit, key = happened.pursuit, happened.pursuit.key
        itself, whole = rng.random(2).tolist()
        if key.kind == "wake_me":
            return self._waking(pursuit.person, happened.day)
        if key.kind == "play_music":
            return Meant("music", self._names.get(pursuit.person.favourite, ""))
        if happened.goal is None or key.kind in DIALOGUE:
            return None
        plain = self._plain.words(happened.goal, pursuit.speaker, pursuit.person.own)
        if plain is None:
            return None
        fails = happened.point in ("nlu", "entity") and plain != happened.said
        if fails and not asked and itself >= AS_ITSELF and not key.kind.startswith("correct_"):
            return Meant("words", plain, subject=happened.said)
        name = next((key.values[slot] for slot in NAMES if slot in key.values), None)
        return Meant("meant", plain if name is None or whole < WHOLE else name)

    def _waking(self, person: Person, day: int) -> Meant:
        who = self.traits[person.id]
        weekend = (day + 1) % 7 in WEEKEND
        days = None if not who.lies_in else "weekends" if weekend else "weekdays"
        return Meant("wake", f"{person.rises:02d}:00", days=days)

    def _in_words(self, happened: Happened, meant: Meant, rng: np.random.Generator, *, asked: bool) -> str:
        person, key = happened.pursuit.person.id, happened.pursuit.key
        if meant.about in ("wake", "music"):
            does = "changed" if (person, _about(key)) in self._learned else "lesson"
            if meant.about == "music":
                return self._say(rng, "music", does, name=meant.value)
            ways = DAYS[meant.days]
            days = ways[int(rng.integers(len(ways)))]
            return self._say(rng, "wake", does, time=hour(int(meant.value[:2])), days=days)
        if meant.about == "words":
            return self._say(rng, "words", "lesson", said=meant.subject or "", plain=meant.value)
        if meant.value in key.values.values():
            return self._say(rng, "meant", "thing", name=meant.value)
        return self._say(rng, *(("reply", "meant") if asked else ("meant", "lesson")), plain=meant.value)

    def _said(
        self, happened: Happened, text: str, meant: Meant | None, dialogue: Dialogue, *, answer: bool, home: str
    ) -> Row:
        """Return what was said to the assistant beside requests, with what came of it."""
        before = happened.turn
        said = Turn(
            turn=f"{before.turn}t",
            user=before.user,
            device=before.device,
            time=before.time + REPLIES_AFTER,
            text=text,
            context=before.context,
        )
        speaker = happened.pursuit.speaker
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, None, None)
        requested = is_request(self._chain, text, situation)  # and what it would do is left out of this home
        taught = None if requested else (dialogue.answer if answer else dialogue.teach)(said)
        if meant is not None:
            self._remember(happened, meant, taught)
        right = meant.learned(taught.learned if taught is not None else None) if meant is not None else None
        told = {
            "turn": said.turn,
            "said": text,
            "home": home,
            "kind": "answer" if answer else "teach",
            "met": taught is not None if right is None else right,
            "defect": False,
            "taught": meant.told() if meant is not None else None,
            "taught_right": right,
        }
        response = "Sorry, I didn't understand that." if taught is None else taught.say
        return said.model_copy(update={"status": "error" if taught is None else "ok", "response": response}), told

    def _remember(self, happened: Happened, meant: Meant, taught: Taught | None) -> None:
        """Let a person who was told that something is remembered believe it, and ask again for what had failed.

        Who only said what they meant just now does not count on it.
        """
        if taught is not None and taught.learned is not None:
            person, key = happened.pursuit.person.id, happened.pursuit.key
            self._learned[person, _about(key)] = meant
            self._tries[person, _about(key)] = 0
            if meant.about != "meant":
                happened.memory.failed[key] = 0


def _about(key: GoalKey) -> str:
    return f"{key.kind}/{key.slots}"


def _stream(happened: Happened) -> np.random.Generator:
    """Return a stream of this attempt's own: what is said beside requests changes no request."""
    pursuit = happened.pursuit
    seed = blake2b(f"{pursuit.id}/{pursuit.attempt}/talks".encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(seed))

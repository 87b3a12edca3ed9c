"""The people of simulated homes: how they speak, what they are used to ask for, and what they ask for by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from sayagain.assistant.action import action
from sayagain.assistant.cases import wanted
from sayagain.assistant.corpus import GoalKey, Style, by_goal, is_active, texts, utterances
from sayagain.assistant.goals import MEANINGS, Circumstances
from sayagain.assistant.home import Home
from sayagain.assistant.recordings import NOISES

NOISE_SHARES = (0.62, 0.08, 0.1, 0.12, 0.08)
HABITS = 8
"""Requests a person makes at the same time of most days."""
BY_CHANCE = 6.0
"""Mean requests a day that are no habit."""
ZIPF = 1.1
"""Exponent of the long tail: few requests come often, most hardly ever."""
UNSUPPORTED = 0.05
"""Share of the goals a day that no assistant here can serve."""
READINESS = (10.0, 4.0, 2.0, 0.8)
"""How readily plain, short, long and other words are used (parameters of a Dirichlet): people who live with an
assistant speak as it understands. Assumed."""
UNUSUAL_STYLES: frozenset[Style] = frozenset({"other_words", "entity_only", "correction"})
"""Styles in which nobody asks at first who knows no others."""
UNUSUAL = 3.0
"""How much farther down a person's list those requests come that hang on what is going on. Assumed."""
OVERHEARD = 7.0
"""Mean number of sentences a day that one person says to others where a speaker hears them, of those that sound a
little like a wake word or are plain talk: one in twenty of the recorded ones wakes it, so about 2 % of turns."""
REACTIONS = frozenset({"yes", "no", "wrong", "thanks", "never_mind", "again", "call_back", "turn_it_on", "turn_it_off",
                       "open_it", "close_it", "stop", "pause", "resume", "next", "previous", "louder", "quieter",
                       "timer_cancel", "timer_left", "alarm_cancel", "how_long"})  # fmt: skip
"""Kinds that need something to have happened before: no habits."""
DIALOGUE = frozenset({"yes", "no", "wrong", "thanks", "never_mind"})
"""Kinds that only answer or react and are never wanted by themselves."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Something asked for at about the same time."""

    goal: GoalKey
    hour: float
    """Of the day."""
    weekdays: frozenset[int]
    """Monday is 0."""
    probability: float
    """Of asking, on such a day."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who lives in a home."""

    id: str
    seed: int
    voice: str
    texts: frozenset[str]
    """All that is recorded in a voice like this person's."""
    distance: str
    """near or far."""
    noise: str
    """What is usually heard beside them."""
    styles: tuple[tuple[Style, float], ...]
    """How readily each style is used, adding up to 1."""
    habits: tuple[Habit, ...]
    goals: tuple[GoalKey, ...]
    """All that this person may ask for by chance, the likeliest first."""
    favourite: str
    """Id of the artist this person likes best."""
    own: frozenset[str]
    """Ids of the devices meant where names are equal."""
    rises: int
    """Hour of getting up."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A goal at a time."""

    goal: GoalKey
    hour: float
    """Of the day."""
    speaker: str
    """Id of the speaker that is nearest."""


@lru_cache(maxsize=8)
def possible_goals(home: Home) -> tuple[GoalKey, ...]:
    """Return all goals that have a meaning in a home, in the order of the corpus."""
    now = Circumstances(
        home,
        home.speakers[0],
        last=action("pause"),
        last_device=home.devices[0].id,
        playing="song",
        alarm="07:00",
        timer=True,
    )
    return tuple(goal for goal in by_goal() if goal.kind not in DIALOGUE and wanted(goal, now) is not None)


def _habits(random: np.random.Generator, goals: Sequence[GoalKey]) -> tuple[Habit, ...]:
    usual = [goal for goal in goals if is_active(goal) and goal.kind not in REACTIONS]
    found = []
    for at in random.choice(len(usual), size=min(HABITS, len(usual)), replace=False):
        days = (frozenset(range(7)), frozenset(range(5)), frozenset({5, 6}))[random.choice(3, p=(0.5, 0.35, 0.15))]
        found.append(Habit(usual[at], float(random.uniform(6, 23)), days, float(random.uniform(0.3, 0.9))))
    return tuple(sorted(found, key=lambda habit: habit.hour))


def _likeliest_first(random: np.random.Generator, goals: Sequence[GoalKey]) -> tuple[GoalKey, ...]:
    """Order goals by chance; those recorded in many takes come first, so that one can say them again and again."""
    draws = random.random(len(goals)).tolist()
    rank = {goal: draw * (1 if goal.kind in MEANINGS else UNUSUAL) for goal, draw in zip(goals, draws, strict=True)}
    return tuple(sorted(goals, key=lambda goal: (not is_active(goal), rank[goal])))


def _every_text(_voice: str) -> frozenset[str]:
    return frozenset(texts())


def make_person(
    home: Home,
    seed: int,
    voices: Sequence[str] = ("voice",),
    recorded: Callable[[str], frozenset[str]] = _every_text,
    possible: Sequence[GoalKey] | None = None,
) -> Person:
    """Return someone who lives in ``home``; the same seed gives the same person.

    Args:
        home: where they live.
        seed: of all that is drawn.
        voices: one of them is theirs.
        recorded: what can be said in a voice. They ask only for what they can say in ordinary words.
        possible: all that they may ask for; by default all that has a meaning in ``home``.
    """
    random = np.random.default_rng([seed, 0x50])
    voice = voices[int(random.integers(len(voices)))]
    said = recorded(voice)
    every = possible_goals(home) if possible is None else possible
    goals = [goal for goal in every if _ordinarily(goal, said)]
    styles: tuple[Style, ...] = ("plain", "short", "long", "other_words")
    ease = random.dirichlet(READINESS)
    artists = home.catalogue["artist"]
    equal: dict[str, list[str]] = {}
    for device in home.devices:
        equal.setdefault(device.name, []).append(device.id)
    return Person(
        id=f"{home.id}.person{seed}",
        seed=seed,
        voice=voice,
        texts=said,
        distance=str(random.choice(("near", "far"), p=(0.75, 0.25))),
        noise=str(random.choice(NOISES, p=NOISE_SHARES)),
        styles=tuple((style, float(share)) for style, share in zip(styles, ease, strict=True)),
        habits=_habits(random, goals),
        goals=_likeliest_first(random, goals),
        favourite=artists[random.integers(len(artists))].id if artists else "",
        own=frozenset(ids[random.integers(len(ids))] for ids in equal.values()),
        rises=int(random.integers(5, 9)),
    )


def _ordinarily(goal: GoalKey, said: frozenset[str]) -> bool:
    """Whether a goal can be said in other than unusual words."""
    return any(one.text in said and one.style not in UNUSUAL_STYLES for one in by_goal()[goal])


def by_chance(person: Person, uniform: float) -> GoalKey:
    """Return a goal that a person wants by chance: few come often, most hardly ever (a Zipf law)."""
    return person.goals[int(np.searchsorted(_zipf(len(person.goals)), uniform, side="right"))]


@cache
def _zipf(size: int) -> NDArray[np.float64]:
    """Return the cumulated weights of ranks."""
    weights = np.arange(1, size + 1) ** -ZIPF
    return np.asarray(np.cumsum(weights) / weights.sum())


@cache
def _apart(said: frozenset[str]) -> dict[str, list[GoalKey]]:
    """Return the goals that have no meaning in any home, by kind: those for which there are words in ``said``.

    Words that are also a request were recorded after a wake word: nobody says them to somebody else.
    """
    kinds = ("unsupported", "not_meant")
    requests = {one.text for one in utterances() if one.goal.kind != "not_meant"}
    return {
        kind: [
            goal
            for goal in by_goal()
            if goal.kind == kind
            and _ordinarily(goal, said)
            and not (kind == "not_meant" and goal.values["text"] in requests)
        ]
        for kind in kinds
    }


def day_goals(person: Person, home: Home, day: int) -> list[Wish]:
    """Return what a person asks for on a day (0 is a Monday), in the order of time."""
    random = np.random.default_rng([person.seed, day, 0x51])
    asked = [
        (habit.goal, habit.hour + float(random.normal(0, 0.25)))
        for habit in person.habits
        if day % 7 in habit.weekdays and random.random() < habit.probability
    ]
    for _ in range(int(random.poisson(BY_CHANCE))):
        asked.append((by_chance(person, float(random.random())), float(random.uniform(6, 23.5))))
    apart = _apart(person.texts)
    counts = {"unsupported": random.binomial(len(asked), UNSUPPORTED), "not_meant": random.poisson(OVERHEARD)}
    for kind, count in counts.items():
        for _ in range(int(count) if apart[kind] else 0):
            asked.append((apart[kind][random.integers(len(apart[kind]))], float(random.uniform(6, 23.5))))
    speakers = random.integers(len(home.speakers), size=len(asked))
    wishes = [Wish(goal, hour, home.speakers[at].id) for (goal, hour), at in zip(asked, speakers, strict=True)]
    return sorted(wishes, key=lambda wish: (wish.hour, wish.goal))

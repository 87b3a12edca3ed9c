"""Simulated homes: days of requests, each drawn from the recordings, answered by the chain and reacted to by people.

Wishes of a day (``people``) → a queue in the order of time → what is said (``pursuit``) → a clip of it
(``recordings``) → the layer, if there is one → the chain in this home's world → the person's reaction (``reactions``)
→ perhaps the next attempt, back into the queue. Every attempt draws from a stream of its own, so that two runs with
one seed, with and without a layer, differ only in what the layer changed.

What the log gets is what a real deployment would see. The truth goes into a table of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from sayagain.assistant.candidates import meant_by
from sayagain.assistant.chain import TurnResult
from sayagain.assistant.circumstances import Household
from sayagain.assistant.corpus import GoalKey, Style
from sayagain.assistant.failure import failure_point, met
from sayagain.assistant.goals import Circumstances, meets
from sayagain.assistant.home import Home, Speaker
from sayagain.assistant.layer import Chooser, Layer, Teachable
from sayagain.assistant.people import Person, by_chance, make_person
from sayagain.assistant.pursuit import GoldParses, Pursuit, choose
from sayagain.assistant.reactions import DEFAULT_RATES, Answer, Reaction, ReactionRates, react, temper
from sayagain.assistant.reactions import Situation as Reacted
from sayagain.assistant.record import completion
from sayagain.assistant.recordings import Clip, Recordings
from sayagain.assistant.setting import HOMES, Preset
from sayagain.assistant.stages import Heard, Situation, Understanding
from sayagain.assistant.teaching.talks import Happened, Talks
from sayagain.assistant.teaching.wordings import Speaks
from sayagain.schema.truth import Truth
from sayagain.schema.turn import Context, Hypothesis, LayerAction, Stage, Turn
from sayagain.text.normalise import normalise

SIMULATION_START = datetime(2025, 1, 6, tzinfo=UTC)
"""Midnight before the first day, a Monday."""

HOME_SIZE_SHARES = (0.25, 0.4, 0.2, 0.15)
"""Shares of homes with one, two, three and four people who talk to the assistant. Assumed."""

NOTICED = 0.8
"""Share of wrong actions that the person sees or hears to be wrong. Assumed."""

SPEECH_RATE = 15.0
"""Letters a second at which responses are spoken."""

HEARD_SHARE = 0.4
"""Share of a response that was heard when somebody interrupted it."""

THINKS = 1.0
"""Seconds from the end of a request to the answer."""

LEAST_GAP = 2.0
"""Seconds from one request to the next at the least."""

WITHOUT_WORDS = frozenset({"undo", "engage", "nothing", "give_up"})
"""Reactions in which nothing is said to the assistant."""

LASTING = frozenset({"play", "play_music", "call"})
"""Intents after which one listens, watches or talks on."""

NAMING: frozenset[Style] = frozenset({"other_words", "long", "correction"})
"""Styles in which who was not understood may name what is wanted."""


@dataclass(frozen=True)
class Means:
    """The resources that all homes share: recordings, understanding, layer and reaction rates."""

    recordings: Recordings
    understanding: Understanding
    layer: Layer | None = None
    rates: ReactionRates = DEFAULT_RATES
    chooser: Chooser | None = None
    preset: Preset = HOMES
    teaching: Speaks | None = None
    """In which words people teach and answer, who also change their minds; None where nobody teaches."""
    teachable: Teachable | None = None
    """What they teach; None where nothing remembers it."""


def live(means: Means, homes: int, weeks: int, seed: int, after: int = 0) -> Iterator[list[tuple[Turn, Truth]]]:
    """Yield the turns of each home with their truth, in the order of time.

    The first ``after`` weeks are lived without the layer and not yielded, so that a layer that learned from them is
    judged on what the same people do next.
    """
    for life in lives(means, homes, seed):
        life.on(after * 7, None)
        yield life.on(weeks * 7, means.layer, means.chooser, means.teachable)


def lives(means: Means, homes: int, seed: int) -> Iterator[Life]:
    """Yield homes that have not lived a day yet."""
    for number in range(homes):
        yield Life(means.preset.home(seed * 10_000 + number), means)


class Life:
    """The life of one home, day after day."""

    def __init__(self, home: Home, means: Means) -> None:
        """Move the people in; they have not said anything yet."""
        self._home, self._means = home, means
        self._layer: Layer | None = None
        self._chooser: Chooser | None = None
        self._teachable: Teachable | None = None
        self._day = 0
        seed = int(home.id.removeprefix("home"))
        rng = np.random.default_rng([seed, 0x60])
        self._key = rng.bytes(32)
        voices = means.recordings.voices
        count = 1 + int(rng.choice(len(HOME_SIZE_SHARES), p=HOME_SIZE_SHARES))
        self._setting = means.preset.setting(home, seed)
        goals = self._setting.goals()
        self._people = [
            make_person(home, seed * 10 + number, voices, means.recordings.texts, goals) for number in range(count)
        ]
        self._tempers = {each.id: temper(np.random.default_rng([each.seed, 0x61])) for each in self._people}
        self._household = Household(self._setting.world())
        understanding = means.preset.understanding(means.understanding)
        self._chain = self._setting.chain(understanding, self._household.world)
        self._talks = Talks(home, self._people, self._chain, means.teaching) if means.teaching else None
        self._gold = GoldParses(understanding, self._setting.ways)
        self._speakers = {speaker.id: speaker for speaker in home.speakers}
        self._rng = np.random.Generator(np.random.PCG64())
        self._queue: list[tuple[datetime, int, Pursuit]] = []
        self._pushed = 0
        self._rows: list[tuple[Turn, dict[str, Any]]] = []
        self._truth: dict[str, dict[str, Any]] = {}

    def on(
        self, days: int, layer: Layer | None, chooser: Chooser | None = None, teachable: Teachable | None = None
    ) -> list[tuple[Turn, Truth]]:
        """Live on for some days, with a layer and a chooser or without; return the turns with what is known by then."""
        self._layer, self._chooser, self._teachable, before = layer, chooser, teachable, len(self._rows)
        for day in range(self._day, self._day + days):
            for each in self._people:
                person = self._talks.traits[each.id].on(each, day) if self._talks else each
                for number, wish in enumerate(self._setting.wishes(person, day)):
                    time = SIMULATION_START + timedelta(days=day, hours=wish.hour)
                    name = f"{person.id}-{day}-{number}"
                    self._push(time, Pursuit(name, person, wish.goal, self._speakers[wish.speaker]))
            self._live(SIMULATION_START + timedelta(days=day + 1))
        self._day += days
        return [(turn, Truth(**truth)) for turn, truth in self._rows[before:]]

    def _push(self, time: datetime, pursuit: Pursuit) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (time, self._pushed, pursuit))

    def _live(self, until: datetime) -> None:
        while self._queue and self._queue[0][0] < until:
            time, _, pursuit = heapq.heappop(self._queue)
            self._attempt(time, pursuit)

    def _attempt(self, time: datetime, pursuit: Pursuit) -> None:
        rng = self._rng
        pursuit.start(rng)
        person = pursuit.person
        memory = self._household.memory(person)
        said = choose(pursuit, memory, rng, self._setting.ways)
        if said is None:
            return
        clip = self._means.recordings.draw(
            said.text, person.voice, person.noise, person.distance == "far", pursuit.style is not None, rng
        )
        addressed = pursuit.key.kind != "not_meant"
        if not (clip.awake or addressed):
            return
        world = self._household.world
        world.pass_time(max(timedelta(), time.replace(tzinfo=None) - world.now))
        self._household.write_down(pursuit.key)
        now = self._setting.around(self._household, person, pursuit.speaker)
        goal = pursuit.goal if pursuit.attempt > 1 else self._setting.wanted(pursuit.key, now)
        if goal is None and addressed and pursuit.key.kind != "unsupported":
            return  # nothing here it could be about: nobody would ask
        noticed = bool(rng.random() < NOTICED)
        answered = self._answer(time, pursuit, clip, now, goal) if clip.awake else _Answered("nothing_heard")
        situation = Reacted(answered.kind, noticed, pursuit.attempt, answered.lasting)
        reaction = react(situation, rng, self._tempers[person.id], self._means.rates)
        if answered.result is not None and answered.request is not None:
            turn = self._seen(answered.result, answered.request, answered.layer, reaction, clip.seconds)
            self._rows.append((turn, self._truth[turn.turn]))
            for each in {id(each): each for each in (self._layer, self._chooser) if each is not None}.values():
                each.observe(turn)
            memory.learn(pursuit.key, said.text, answered.kind in ("good", "question"))
            if self._talks is not None and addressed:
                self._talk(self._talks, Happened(
                    turn, said.text, pursuit, goal, bool(self._truth[turn.turn]["defect"]),
                    self._truth[turn.turn]["failure_point"], reaction, answered.result, memory,
                    (time - SIMULATION_START).days,
                ))  # fmt: skip
        if addressed:
            self._go_on(time, pursuit, said.text, answered, reaction, goal, rng)

    def _talk(self, talks: Talks, happened: Happened) -> None:
        """Let the assistant ask, and the person answer or teach; what would be worth asking is known in any case."""
        truth = self._truth[happened.turn.turn]
        if self._teachable is None:
            truth["worth_asking"] = talks.worth_asking(happened)
            return
        told, rows = talks.after(happened, self._teachable, self._home.id)
        truth.update(told)
        self._rows += rows

    def _answer(self, time: datetime, pursuit: Pursuit, clip: Clip, now: Circumstances, goal: Any) -> _Answered:
        world, speaker = self._household.world, pursuit.speaker
        memory = self._household.memory(pursuit.person)
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, memory.last, memory.asked)
        gold = self._gold.gold(clip.text, pursuit.key, goal)
        seen = self._setting.context(now, world)
        request = _request(pursuit.turn(self._key), time, pursuit.person, speaker, clip, self._home.id, seen)
        action = self._layer.rewrite(request) if self._layer else None
        heard = [Heard(action.rewrite, 0.0), *clip.heard] if action and action.rewrite else clip.heard
        candidates = self._chain.candidates(heard, situation) if heard else []
        offered = [self._chain.offered(each, situation) for each in candidates]
        request = request.model_copy(update={"candidates": offered})
        choice = self._chooser.choose(offered, request) if self._chooser and offered else None
        chosen = meant_by(choice.interpretation) if choice is not None and choice.do == "choose" else None
        before = world.snapshot()
        result = self._chain.run(heard, situation, chosen=chosen)
        request = request.model_copy(update={"choice": choice})
        success = met(result, gold)
        unsupported = gold.addressed and gold.action is None
        failure = None
        if not success and not unsupported:
            failure = failure_point(self._chain, heard, situation, gold, before, chosen).failure
        memory.asked = result.asked
        if result.action is not None and result.outcome.succeeded:
            memory.note(result.action, world)
        recovered = success and bool(clip.heard) and _form(clip.heard[0].text) != _form(clip.text)
        self._truth.setdefault(request.turn, {}).update(
            turn=request.turn,
            said=clip.text,
            meaning=_meaning(pursuit.key, goal),
            goal=pursuit.id,
            met=success and not unsupported,
            defect=failure is not None,
            failure_point=failure,
            recovered=recovered,
            unsupported=unsupported,
            rephrases=pursuit.failed,
            condition=clip.condition,
            voice=clip.voice,
            clip=clip.id,
            home=self._home.id,
            kind=pursuit.key.kind,
            offered=goal is not None and any(each.action and meets(each.action, goal) for each in candidates),
        )
        if pursuit.failed:
            self._truth[pursuit.failed]["rephrased_by"] = request.turn
        return _Answered(_kind(result, clip, success and not unsupported), result, request, action)

    def _seen(
        self, result: TurnResult, request: Turn, layer: LayerAction | None, reaction: Reaction, spoken: float
    ) -> Turn:
        """Return the turn as the log has it; its request took ``spoken`` seconds."""
        answer = len(result.outcome.response) / SPEECH_RATE * (HEARD_SHARE if reaction.barge_in else 1.0)
        ends = spoken + THINKS + answer
        if reaction.kind not in WITHOUT_WORDS and reaction.gap is not None:
            ends = min(ends, max(LEAST_GAP, reaction.gap))  # nobody spoke into an answer who did not interrupt
        seen: dict[str, Any] = {"barge_in": reaction.barge_in, "end_time": request.time + timedelta(seconds=ends)}
        if reaction.kind == "undo":
            seen["undone_after"] = round(reaction.gap or 0.0, 1)
            self._undo(result)
        if reaction.kind == "engage":
            seen["engaged_for"] = round(reaction.gap or 0.0, 1)
        return request.model_copy(update=completion(request, result, layer) | seen)

    def _undo(self, result: TurnResult) -> None:
        """Put back by hand what the turn changed."""
        back = {
            "on": "off",
            "off": "on",
            "open": "closed",
            "closed": "open",
            "locked": "unlocked",
            "unlocked": "locked",
        }
        for key, value in result.outcome.changes:
            device, _, state = key.rpartition("/")
            if value in back:
                self._household.world.set_by_hand(device, state, back[value])

    def _go_on(
        self, time: datetime, pursuit: Pursuit, said: str, answered: _Answered, reaction: Reaction, goal: Any,
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        """Put what the person does next into the queue."""
        then = time + timedelta(seconds=max(LEAST_GAP, reaction.gap or 0.0))
        person = pursuit.person
        if reaction.kind in ("repeat", "rephrase"):
            style: Style = reaction.style or "slow"
            if style == "correction" and answered.kind != "wrong_action":
                style = "other_words"  # nothing was done that could be put right
            named = self._setting.plainly(person, goal) if style in NAMING and goal is not None else None
            self._push(then, pursuit.again(style, said, answered.turn, goal).named(named))
        elif reaction.kind == "answer":
            self._push(then, pursuit.answered(said, goal))
        elif reaction.kind == "try_later":
            self._push(then, Pursuit(f"{pursuit.id}l", person, pursuit.key, pursuit.speaker))
        elif reaction.kind == "thank":
            self._push(then, Pursuit(f"{pursuit.id}t", person, GoalKey("thanks"), pursuit.speaker))
        elif reaction.kind == "new_request" and len(pursuit.id) < LONGEST_CHAIN:
            other = by_chance(person, float(rng.random()))
            self._push(then, Pursuit(f"{pursuit.id}n", person, other, pursuit.speaker))


LONGEST_CHAIN = 40
"""Letters of a pursuit's id: each request that follows another adds one, and days must end."""


@dataclass(frozen=True, slots=True)
class _Answered:
    kind: Answer
    result: TurnResult | None = None
    """None when the assistant slept on."""
    request: Turn | None = None
    """What the log has of the turn before it was answered."""
    layer: LayerAction | None = None

    @property
    def turn(self) -> str | None:
        """The identifier of the turn, if there was one."""
        return self.request.turn if self.request is not None else None

    @property
    def lasting(self) -> bool:
        """Whether something plays on."""
        return self.result is not None and self.result.action is not None and self.result.action.intent in LASTING


def _kind(result: TurnResult, clip: Clip, success: bool) -> Answer:
    if success:
        return "good" if result.asked is None else "question"
    if not clip.heard:
        return "nothing_heard"
    return "wrong_action" if result.outcome.succeeded else "not_understood"


def _meaning(key: GoalKey, goal: Any) -> str:
    if goal is None:
        return key.kind
    parameters = ",".join(f"{name}={value}" for name, value in goal.parameters)
    return f"{goal.intent}({';'.join(goal.targets)}{'|' + parameters if parameters else ''})"


def _request(
    turn: str, time: datetime, person: Person, speaker: Speaker, clip: Clip, home: str, context: Context
) -> Turn:
    """Return the turn as far as it is known before it is understood."""
    return Turn(
        turn=turn,
        user=person.id,
        device=f"{home}.{speaker.id}",
        time=time,
        text=clip.heard[0].text if clip.heard else "",
        asr=_hypotheses(clip),
        context=context,
        trace=[Stage(stage="wake", output=clip.wake_word, confidence=round(clip.wake_score, 4))],
        audio=f"{turn}.wav",
    )


_form = cache(normalise)
"""Normal forms of what is recorded, which is said again and again."""


@cache
def _hypotheses(clip: Clip) -> list[Hypothesis]:
    return [Hypothesis(text=one.text, score=one.score) for one in clip.heard]

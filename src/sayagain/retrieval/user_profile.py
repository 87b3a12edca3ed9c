"""The user profile: one person's requests, how they went, and what they said instead.

It grows turn by turn, by what ``user_tracker`` judges of each turn, up to a bound: what was said last, and most, stays.
Its entries are replaced, never changed, so that a copy is made in microseconds and stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from math import exp
from typing import Any, Self

from rapidfuzz import fuzz

from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.remembering import to_forget
from sayagain.schema.meaning import slots_of, slots_text
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of
from sayagain.text.phonetics import sound

MOST_PHRASES = MOST_HABITS = 2_000
"""Phrases, and habits, kept of one person: each is compared with every request. People of a simulated home said 167 to
223 different things in eight weeks; this is ten times as many (benchmarks/one_person.py tells what they cost)."""

SLACK = 1.1
"""Share of ``MOST_HABITS`` at which some are forgotten: all that is counted over habits is then counted anew."""

MOST_FAILED = 1_000
"""Requests of which it is kept what the person meant, took back or agreed to: one in four fails, and most do once."""

MOST_WAYS = 20
"""Wordings kept of a request that failed, and values of each circumstance of a habit: more say nothing more."""

MOST_DAYS = 5
"""Days kept on which a person said a request another way: more say nothing more."""

MOST_TIMES = 40
"""Times kept of a habit: the last weeks say when it is due."""

FAR = 2.0
"""Spreads beyond which a time is none near."""

HABIT_SPREAD = 0.5
"""Hours within which a habit is about due: people are a quarter of an hour early or late."""

AROUND = ("device", "place", "activity", "device_state")
"""What is kept of the circumstances of a habit."""

NEARLY = 90
"""Likeness (0 to 100) from which a request is as good as another: a letter or an ending apart."""

TICKS = 96
"""Parts of the day that times are counted in, a quarter of an hour each: half of ``HABIT_SPREAD``."""


def hour_of(time: datetime) -> float:
    """Return the hour of the day, with its fraction."""
    return time.hour + time.minute / 60 + time.second / 3600


def _tick(hour: float) -> int:
    return int(hour * TICKS / 24) % TICKS


def around(turn: Turn) -> dict[str, str]:
    """Return what is known of the circumstances of a turn, by the names of ``AROUND``."""
    found = {"device": turn.device} | (turn.context.model_dump() if turn.context else {})
    return {name: value for name in AROUND if (value := found.get(name)) is not None}


def look_and_sound(form: str) -> str:
    """Return a normal form with its sound behind it: one comparison of both at once."""
    return f"{form} {sound(form)}"


@dataclass
class Offered:
    """A text that the person was asked about ("did you mean …?")."""

    text: str
    yes: int = 0
    """How often the answer was yes."""


@dataclass
class Habit:
    """One thing that a person wants, in whatever words."""

    good: float = 0.0
    """Expected number of times that it went well, rewritten or not."""
    last: datetime | None = None
    """When it last went well."""
    times: list[float] = field(default_factory=list)
    """Hours of the day (with fractions) at which it last went well, at most ``MOST_TIMES``."""
    around: dict[str, Counter[str]] = field(default_factory=dict)
    """What held around the person then, and how often: of each of ``AROUND``, by its value."""
    form: str | None = None
    """Normal form of the person's own words with which it last went well."""


@dataclass
class UserProfile:
    """One person's profile: their phrases and habits, what they meant, took back and agreed to."""

    phrases: dict[str, Phrase] = field(default_factory=dict)
    """By normal form."""
    habits: dict[str, Habit] = field(default_factory=dict)
    """By meaning."""
    meant: dict[str, dict[str, float]] = field(default_factory=dict)
    """Of a request that failed: how often (expected) which request that went well came after it."""
    meant_on: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Of the same pairs: the days on which that happened, at most ``MOST_DAYS``, as ISO dates."""
    blocked: dict[str, list[str]] = field(default_factory=dict)
    """Rewrites that the person took back: of a request, the normal forms that it must not become again."""
    unmeant: dict[str, list[str]] = field(default_factory=dict)
    """What these were understood as: the request must not become another wording of it either."""
    offers: dict[str, dict[str, Offered]] = field(default_factory=dict)
    """Of a request, what the person agreed to when asked, by its normal form."""
    corrected: dict[str, dict[str, dict[str, list[str]]]] = field(default_factory=dict)
    """Of a request that the person denied: what they said behind the denial, on which device (or ""), on which days."""
    looks_and_sounds: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What each phrase is compared by, in the order of ``phrases``: kept, for each is compared with every request."""
    ticks: dict[int, Counter[str]] = field(default_factory=dict, repr=False, compare=False)
    """How often each habit was in each part of the day, of the times that are kept."""
    total: float = field(default=0.0, compare=False)
    """Sum of what went well over all habits."""
    names: dict[str, float] = field(default_factory=dict, compare=False)
    """How often (expected) each slot with its value was in what went well: this person's people, places, songs."""
    slots: dict[str, float] = field(default_factory=dict, compare=False)
    """The same of each slot, whatever its value."""
    values: dict[str, frozenset[str]] = field(default_factory=dict, compare=False)
    """The slots that these values were in, by their normal form."""
    recent: list[str] = field(default_factory=list)
    """Normal forms that failed within the last minutes and were not made good yet, the last one last."""

    def copy(self) -> Self:
        """Return a profile that may change while this one stays as it is, and the other way round."""
        return type(self)(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    def went(self, form: str, phrase: Phrase, p_defect: float, again: bool = False) -> None:
        """Take in how a request went that the layer left alone; ``phrase`` has its text, meaning, and what was lost.

        ``again``: it was said again soon, though the assistant believes that it served it.
        """
        before = self.phrases.pop(form, None)
        known = self.phrases[form] = replace(before or phrase)  # the last said stands last
        known.good += 1 - p_defect
        known.bad += p_defect
        known.lost += phrase.lost if before else 0
        known.again += again
        if p_defect < 0.5:
            known.text, known.meaning = phrase.text, phrase.meaning
        self.looks_and_sounds[form] = self.looks_and_sounds.pop(form, "") or look_and_sound(form)
        while len(self.phrases) > MOST_PHRASES:
            gone = to_forget(self.phrases, lambda each: each.good + each.bad)
            del self.phrases[gone], self.looks_and_sounds[gone]

    def wanted(
        self, meaning: str, p_defect: float, time: datetime, around: Mapping[str, str], form: str | None = None
    ) -> None:
        """Take in that something was wanted, and went well enough.

        Args:
            meaning: what.
            p_defect: probability that it did not go well.
            time: when.
            around: circumstances, as :func:`around` returns them.
            form: the person's own words for it.
        """
        self.total += 1 - p_defect
        before = self.habits.pop(meaning, Habit())  # the last met with stands last
        times = [*before.times, round(hour_of(time), 3)]
        self._count_tick(times[-1], meaning, 1)
        if len(times) > MOST_TIMES:
            self._count_tick(times.pop(0), meaning, -1)
        counted = {name: _count(before.around.get(name, Counter()), value) for name, value in around.items()}
        self.habits[meaning] = Habit(
            before.good + 1 - p_defect, time, times, {**before.around, **counted}, form or before.form
        )
        self._count_names(meaning, 1 - p_defect)
        if len(self.habits) > MOST_HABITS * SLACK:
            while len(self.habits) > MOST_HABITS:
                del self.habits[to_forget(self.habits, lambda each: each.good)]
            self._count_habits()

    def _count_habits(self) -> None:
        """Count anew what is counted over all habits."""
        self.ticks, self.names, self.slots, self.values = {}, {}, {}, {}
        for meaning, habit in self.habits.items():
            for time in habit.times:
                self.ticks.setdefault(_tick(time), Counter())[meaning] += 1
            self._count_names(meaning, habit.good)
        self.total = sum(habit.good for habit in self.habits.values())

    def _count_tick(self, hour: float, meaning: str, count: int) -> None:
        tick = _tick(hour)
        self.ticks[tick] = self.ticks.get(tick, Counter()).copy()
        self.ticks[tick][meaning] += count

    def _count_names(self, meaning: str, good: float) -> None:
        for slot, value in slots_of(meaning):
            pair = slots_text([(slot, value)])
            form = form_of(value)
            self.values[form] = self.values.get(form, frozenset()) | {slot}
            self.names[pair] = self.names.get(pair, 0.0) + good
            self.slots[slot] = self.slots.get(slot, 0.0) + good

    def due(self, time: datetime) -> dict[str, float]:
        """Return how due each habit is at a time of day: the sum of ``HABIT_SPREAD``-hour kernels around its times."""
        hour, reach = hour_of(time), int(FAR * HABIT_SPREAD * TICKS / 24)
        found: dict[str, float] = {}
        for tick in range(_tick(hour) - reach, _tick(hour) + reach + 1):
            weight = exp(-((((tick + 0.5) * 24 / TICKS - hour) / HABIT_SPREAD) ** 2) / 2)
            for meaning, count in self.ticks.get(tick % TICKS, {}).items():
                if count:
                    found[meaning] = found.get(meaning, 0.0) + weight * count
        return found

    def said_again(self, failed: str, form: str, weight: float, day: date) -> None:
        """Take in that ``form`` went well after ``failed`` had not, and said the same with probability ``weight``."""
        ways = self.meant.get(failed, {})
        ways = {**ways, form: ways.get(form, 0.0) + weight}
        while len(ways) > MOST_WAYS:
            del ways[to_forget(ways, float)]
        self.meant[failed] = ways
        on = {way: days for way, days in self.meant_on.get(failed, {}).items() if way in ways}
        days = on.get(form, [])
        if day.isoformat() not in days and len(days) < MOST_DAYS:
            self.meant_on[failed] = {**on, form: [*days, day.isoformat()]}
        while len(self.meant) > MOST_FAILED:
            gone = to_forget(self.meant, lambda ways: sum(ways.values()))
            del self.meant[gone]
            self.meant_on.pop(gone, None)

    def works(self, form: str) -> bool:
        """Return whether the person says a request, and it went well at least as often as wrong."""
        return form in self.phrases and self.phrases[form].success >= 0.5

    def correct(self, form: str, target: str, device: str | None, day: date) -> None:
        """Take in that the person denied what came of ``form``, and said ``target`` in its place, which worked."""
        targets = self.corrected.pop(form, {})
        devices = targets.get(target, {})
        days = dict.fromkeys([*devices.get(device or "", []), day.isoformat()])
        kept = {**targets, target: {**devices, device or "": [*days][-MOST_DAYS:]}}
        self.corrected[form] = dict([*kept.items()][-MOST_WAYS:])  # the last corrected stands last
        while len(self.corrected) > MOST_FAILED:
            del self.corrected[next(iter(self.corrected))]

    def days_of(self, failed: str, form: str) -> int:
        """Return on how many days ``form`` went well after ``failed`` had not; one where they were not counted yet."""
        return len(self.meant_on.get(failed, {}).get(form, "?"))

    def block(self, form: str, target: str, meaning: str | None = None) -> None:
        """Never make ``target`` of ``form`` again, nor anything else that means ``meaning``."""
        for kept, value in ((self.blocked, target), (self.unmeant, meaning)):
            if value is not None and value not in kept.get(form, []):
                kept[form] = [*kept.pop(form, []), value][-MOST_FAILED:]  # the last taken back stands last
                if len(kept) > MOST_FAILED:
                    del kept[next(iter(kept))]
        if target in self.offers.get(form, {}):
            self.offers[form] = {each: offered for each, offered in self.offers[form].items() if each != target}

    def unblock(self, form: str, target: str, meaning: str | None) -> None:
        """Let ``target``, and what means ``meaning``, be made again of ``form`` and of requests nearly like it."""
        for kept, value in ((self.blocked, target), (self.unmeant, meaning)):
            for each in [each for each in kept if each == form or fuzz.ratio(each, form) >= NEARLY]:
                kept[each] = [one for one in kept[each] if one != value]
                if not kept[each]:
                    del kept[each]

    def taken_back(self, form: str) -> tuple[set[str], set[str]]:
        """Return the normal forms, and the meanings, that a request or one nearly like it must not become again."""
        near = [each for each in self.blocked if each == form or fuzz.ratio(each, form) >= NEARLY]
        targets = {target for each in near for target in self.blocked[each]}
        return targets, {meaning for each in near for meaning in self.unmeant.get(each, ())}

    def agree(self, form: str, target: str, text: str) -> None:
        """Take in that the person said yes when asked whether ``form`` meant ``target``, which is written ``text``."""
        asked = self.offers.get(form, {})
        offered = asked.get(target, Offered(text))
        self.offers[form] = {**asked, target: replace(offered, yes=offered.yes + 1)}
        while len(self.offers) > MOST_FAILED:
            del self.offers[to_forget(self.offers, lambda targets: sum(each.yes for each in targets.values()))]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with the profile."""
        habits = {
            meaning: {
                "good": habit.good,
                "last": habit.last.isoformat() if habit.last else None,
                "times": list(habit.times),
                "around": {name: dict(values) for name, values in habit.around.items()},
                "form": habit.form,
            }
            for meaning, habit in self.habits.items()
        }
        phrases = {form: phrase.to_json() for form, phrase in self.phrases.items()}
        meant = {failed: dict(ways) for failed, ways in self.meant.items()}
        blocked = {form: list(targets) for form, targets in self.blocked.items()}
        days = {failed: {form: list(dates) for form, dates in ways.items()} for failed, ways in self.meant_on.items()}
        unmeant = {form: list(meanings) for form, meanings in self.unmeant.items()}
        offers = {form: {target: {**vars(one)} for target, one in asked.items()} for form, asked in self.offers.items()}
        remembered = {"phrases": phrases, "habits": habits, "meant": meant, "meant_on": days, "blocked": blocked}
        corrected = {
            form: {target: {device: list(days) for device, days in on.items()} for target, on in targets.items()}
            for form, targets in self.corrected.items()
        }
        return {**remembered, "unmeant": unmeant, "offers": offers, "corrected": corrected}

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> Self:
        """Return what :meth:`to_json` gave; what an earlier release did not keep is empty."""
        phrases = {form: Phrase.of_json(one) for form, one in plain["phrases"].items()}
        habits = {
            meaning: Habit(
                one["good"],
                datetime.fromisoformat(one["last"]) if one["last"] else None,
                one["times"],
                {name: Counter(values) for name, values in one["around"].items()},
                one["form"],
            )
            for meaning, one in plain["habits"].items()
        }
        keys = {form: look_and_sound(form) for form in phrases}
        offers = {
            form: {target: Offered(**one) for target, one in asked.items()}
            for form, asked in plain.get("offers", {}).items()
        }
        said = (plain["meant"], plain.get("meant_on", {}))
        taken_back = (plain["blocked"], plain.get("unmeant", {}))
        profile = cls(phrases, habits, *said, *taken_back, offers, plain.get("corrected", {}), keys)
        profile._count_habits()
        return profile


def _count(counted: Counter[str], value: str) -> Counter[str]:
    counted = counted + Counter([value])
    while len(counted) > MOST_WAYS:
        del counted[to_forget(counted, float)]
    return counted

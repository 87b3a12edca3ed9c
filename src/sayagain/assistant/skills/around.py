"""What the assistant of the homes of ``contexts2`` can do beside: programs, appointments, news, scores, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.skills.base import Skill, answer, done, failed

if TYPE_CHECKING:
    from sayagain.assistant.world import World

STEP = 2
"""Degrees by which "warmer" and "cooler" go."""


def _tells(what: str) -> Skill:
    """Return the skill that answers about ``what``."""

    def skill(world: World, action: Action, _speaker: str) -> Outcome:
        names = " and ".join(map(world.name, action.targets))
        return answer(f"{names}: {what}" if names else what.capitalize())

    return skill


def _does(what: str) -> Skill:
    """Return the skill that does ``what`` here, which nothing else depends on."""

    def skill(world: World, action: Action, speaker: str) -> Outcome:
        for target in action.targets or (speaker,):
            world.state[f"{target}/did"] = what
        return done(what)

    return skill


def _degrees(by: int) -> Skill:
    def skill(world: World, action: Action, _speaker: str) -> Outcome:
        if not action.targets:
            return failed("no_target")
        for target in action.targets:
            key = f"{target}/temperature"
            world.state[key] = str(int(float(world.state.get(key, "20"))) + by)
        return done(f"{world.name(action.targets[0])} {by:+d} degrees")

    return skill


AROUND_SKILLS: dict[str, Skill] = {
    "warm_up": _degrees(STEP),
    "cool_down": _degrees(-STEP),
    "arm": _does("armed"),
    "start_program": _does("started"),
    "program_left": _tells("some minutes left"),
    "devices_on": _tells("what is on"),
    "media_left": _tells("some minutes left of what plays"),
    "next_photo": _does("next photo"),
    "brighten_screen": _does("screen brighter"),
    "tv_guide": _tells("what is on television"),
    "sleep_later": _does("plays on a while"),
    "add_to_timer": _does("timer longer"),
    "snooze": _does("snoozed"),
    "next_event": _tells("the next appointment"),
    "event_left": _tells("how long the appointment takes"),
    "list_events": _tells("today's appointments"),
    "next_step": _does("next step of the recipe"),
    "read_step": _tells("this step of the recipe"),
    "read_news": _tells("the news"),
    "read_messages": _tells("your messages"),
    "get_traffic": _tells("the traffic"),
    "get_score": _tells("the score"),
    "intercom": _does("said everywhere in the home"),
    "start_workout": _does("workout started"),
}

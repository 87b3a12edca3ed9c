"""All that belongs to the device one talks to: media, weather, clock, timers, alarms, lists, calls, small talk."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.reply import say
from sayagain.assistant.skills.base import Skill, answer, done, failed

if TYPE_CHECKING:
    from sayagain.assistant.world import World

SKIES = ("sunny", "cloudy", "rainy", "windy", "snowy")
VOLUME_STEP = 10


def _entry(world: World, action: Action) -> str | None:
    return next((target for target in action.targets if target in world.entries), None)


def _play(world: World, action: Action, speaker: str) -> Outcome:
    entry = _entry(world, action)
    if entry is None:
        return failed("no_target")
    world.state[f"{speaker}/media"] = entry
    world.state[f"{speaker}/playing"] = "playing"
    return done(f"playing {world.entries[entry][1].name}")


def _play_music(world: World, _action: Action, speaker: str) -> Outcome:
    kinds = [kind for kind in ("artist", "song", "music", "playlist", "station") if world.home.catalogue.get(kind)]
    if not kinds:
        return failed("no_target")
    entries = world.home.catalogue[kinds[0]]
    pick = entries[int(world.chance("music", world.now) * len(entries))]
    return _play(world, Action("play", (pick.id,)), speaker)


def _playing(to: str, what: str) -> Skill:
    def skill(world: World, _action: Action, speaker: str) -> Outcome:
        if f"{speaker}/playing" not in world.state:
            return failed("nothing", what=what)
        if to == "stopped":
            del world.state[f"{speaker}/playing"]
        else:
            world.state[f"{speaker}/playing"] = to
        return done(what)

    return skill


def _skips(by: int) -> Skill:
    def skill(world: World, _action: Action, speaker: str) -> Outcome:
        if f"{speaker}/playing" not in world.state:
            return failed("nothing", what="skip")
        world.state[f"{speaker}/track"] = str(int(world.state.get(f"{speaker}/track", "0")) + by)
        return done("skipped")

    return skill


def _whats_playing(world: World, _action: Action, speaker: str) -> Outcome:
    media = world.state.get(f"{speaker}/media", "")
    if f"{speaker}/playing" not in world.state or media not in world.entries:
        return answer("Nothing is playing")
    return answer(f"This is {world.entries[media][1].name}")


def _volume(by: int | None) -> Skill:
    def skill(world: World, action: Action, speaker: str) -> Outcome:
        target = next(iter(action.targets), speaker)
        now = int(float(world.state.get(f"{target}/volume", "50")))
        level = int(float(action.parameter("percent") or now)) if by is None else now + by
        world.state[f"{target}/volume"] = str(min(100, max(0, level)))
        return done("volume changed")

    return skill


def _mute(to: str) -> Skill:
    def skill(world: World, _action: Action, speaker: str) -> Outcome:
        world.state[f"{speaker}/muted"] = to
        return done("muted" if to == "yes" else "unmuted")

    return skill


def _weather(world: World, action: Action, _speaker: str) -> Outcome:
    city = _entry(world, action)
    place = world.entries[city][1].name if city else "here"
    day = action.parameter("day") or "today"
    sky = SKIES[int(world.chance("sky", place, day, world.now.date()) * len(SKIES))]
    degrees = int(world.chance("degrees", place, day, world.now.date()) * 30)
    return answer(f"{day.capitalize()} {place}: {sky}, {degrees} degrees")


def _now(form: str) -> Skill:
    def skill(world: World, _action: Action, _speaker: str) -> Outcome:
        return answer(f"It is {world.now.strftime(form)}")

    return skill


def _length(action: Action) -> timedelta:
    part = {name: float(action.parameter(name) or 0) for name in ("hours", "minutes", "seconds")}
    return timedelta(**part)


def _set_timer(world: World, action: Action, speaker: str) -> Outcome:
    length = _length(action)
    if not length:
        return failed("no_target")
    name = action.parameter("timer_name") or "timer"
    world.state[f"timer/{speaker}/{name}"] = (world.now + length).isoformat()
    return done(f"{name} set for {length}")


def _own(world: World, kind: str, speaker: str, name: str | None) -> list[str]:
    start = f"{kind}/{speaker}/{name or ''}"
    return sorted(key for key in world.state if key.startswith(start))


def _cancels(kind: str) -> Skill:
    def skill(world: World, action: Action, speaker: str) -> Outcome:
        keys = _own(world, kind, speaker, action.parameter("timer_name") or _clock(action))
        if not keys:
            return failed("nothing", what="cancel")
        for key in keys:
            del world.state[key]
        return done(f"{kind} cancelled")

    return skill


def _timers(paused: bool) -> Skill:
    def skill(world: World, action: Action, speaker: str) -> Outcome:
        keys = _own(world, "timer", speaker, action.parameter("timer_name"))
        if not keys:
            return failed("nothing", what="pause" if paused else "resume")
        for key in keys:
            value = world.state[key]
            world.state[key] = f"paused {value}" if paused else value.removeprefix("paused ")
        return done("timer paused" if paused else "timer running")

    return skill


def _when(state: str) -> str:
    """Return a moment (or a paused timer's) as people are told it: day and time."""
    paused, _, moment = state.rpartition(" ")
    return f"{paused} {datetime.fromisoformat(moment):%A %H:%M}".strip()


def _lists_own(kind: str) -> Skill:
    def skill(world: World, action: Action, speaker: str) -> Outcome:
        keys = _own(world, kind, speaker, action.parameter("timer_name"))
        return answer(
            ", ".join(f"{key.split('/')[-1]}: {_when(world.state[key])}" for key in keys) or f"No {kind} is set"
        )

    return skill


def _clock(action: Action) -> str | None:
    hour = action.parameter("hour")
    if hour is None:
        return None
    late = action.parameter("period") == "pm" and float(hour) < 12
    return f"{int(float(hour)) + 12 * late:02d}:{int(float(action.parameter('minute') or 0)):02d}"


def _set_alarm(world: World, action: Action, speaker: str) -> Outcome:
    at = _clock(action)
    if at is None:
        return failed("no_target")
    due = datetime.combine(world.now, time.fromisoformat(at))
    if due <= world.now or (action.parameter("day") == "tomorrow" and due.date() == world.now.date()):
        due += timedelta(days=1)
    world.state[f"alarm/{speaker}/{at}"] = due.isoformat()
    return done(f"alarm set for {at}")


def _items(world: World, action: Action) -> tuple[str, list[str]]:
    entry = _entry(world, action) or "list"
    return f"list/{entry}/", sorted(key for key in world.state if key.startswith(f"list/{entry}/"))


def _list_add(world: World, action: Action, _speaker: str) -> Outcome:
    item = action.parameter("item")
    if not item:
        return failed("no_target")
    world.state[_items(world, action)[0] + item] = "open"
    return done(f"{item} added")


def _list_remove(world: World, action: Action, _speaker: str) -> Outcome:
    key = _items(world, action)[0] + (action.parameter("item") or "")
    if key not in world.state:
        return failed("nothing", what="remove")
    del world.state[key]
    return done("removed")


def _list_read(world: World, action: Action, _speaker: str) -> Outcome:
    start, keys = _items(world, action)
    return answer(", ".join(key.removeprefix(start) for key in keys) or "The list is empty")


def _list_clear(world: World, action: Action, _speaker: str) -> Outcome:
    for key in _items(world, action)[1]:
        del world.state[key]
    return done("list cleared")


def _call(world: World, action: Action, speaker: str) -> Outcome:
    contact = _entry(world, action)
    if contact is None:
        return failed("no_target")
    world.state[f"{speaker}/call"] = contact
    return done(f"calling {world.entries[contact][1].name}")


def _hang_up(world: World, _action: Action, speaker: str) -> Outcome:
    if world.state.pop(f"{speaker}/call", None) is None:
        return failed("nothing", what="hang up")
    return done("call ended")


def _says(kind: str) -> Skill:
    def skill(_world: World, _action: Action, _speaker: str) -> Outcome:
        return Outcome("cancelled" if kind == "cancelled" else "ok", say(kind))

    return skill


TALK_SKILLS: dict[str, Skill] = {
    "play": _play,
    "play_music": _play_music,
    "pause": _playing("paused", "pause"),
    "resume": _playing("playing", "resume"),
    "stop": _playing("stopped", "stop"),
    "next_track": _skips(1),
    "previous_track": _skips(-1),
    "whats_playing": _whats_playing,
    "set_volume": _volume(None),
    "volume_up": _volume(VOLUME_STEP),
    "volume_down": _volume(-VOLUME_STEP),
    "mute": _mute("yes"),
    "unmute": _mute("no"),
    "get_weather": _weather,
    "get_time": _now("%H:%M"),
    "get_date": _now("%A, %d %B"),
    "set_timer": _set_timer,
    "cancel_timer": _cancels("timer"),
    "pause_timer": _timers(True),
    "resume_timer": _timers(False),
    "timer_status": _lists_own("timer"),
    "set_alarm": _set_alarm,
    "cancel_alarm": _cancels("alarm"),
    "list_alarms": _lists_own("alarm"),
    "list_add": _list_add,
    "list_remove": _list_remove,
    "list_read": _list_read,
    "list_clear": _list_clear,
    "call": _call,
    "hang_up": _hang_up,
    "cancel": _says("cancelled"),
    "thanks": _says("thanks"),
    "yes": _says("cancelled"),
    "no": _says("cancelled"),
}

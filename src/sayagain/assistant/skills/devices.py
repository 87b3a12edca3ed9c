"""Devices: switching, setting, and questions about their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.skills.base import Skill, answer, done, failed

if TYPE_CHECKING:
    from sayagain.assistant.stages import DeviceRecord
    from sayagain.assistant.world import World

SENSES_ONLY = frozenset({"sensor", "binary_sensor", "lock", "cover"})
"""Domains without an on and off."""
STEP = 20
"""Percent by which "brighter" and "dimmer" go."""


def _able(device: DeviceRecord, need: str) -> bool:
    if need == "power":
        return device.domain not in SENSES_ONLY
    return device.domain == need or need in device.capabilities


def _sets(need: str, state: str, value: str, parameter: str = "") -> Skill:
    """Return the skill that sets ``state`` of devices able to ``need`` to ``value``, or to a parameter."""

    def skill(world: World, action: Action, _speaker: str) -> Outcome:
        to = (action.parameter(parameter) or "") if parameter else value
        devices = [world.devices[target] for target in action.targets if target in world.devices]
        if not devices or not to:
            return failed("no_target")
        able = [device for device in devices if _able(device, need)]
        if not able:
            return failed("cannot", name=devices[0].name)
        for device in able:
            world.state[f"{device.id}/{state}"] = to
        return done(f"{devices[0].name} {state} {to}")

    return skill


def _steps(by: int) -> Skill:
    def skill(world: World, action: Action, _speaker: str) -> Outcome:
        devices = [world.devices[target] for target in action.targets if target in world.devices]
        able = [device for device in devices if _able(device, "brightness")]
        if not able:
            return failed("cannot", name=devices[0].name) if devices else failed("no_target")
        for device in able:
            key = f"{device.id}/brightness"
            world.state[key] = str(min(100, max(1, int(float(world.state.get(key, "50"))) + by)))
        return done(f"{able[0].name} brightness changed")

    return skill


def _toggle(world: World, action: Action, speaker: str) -> Outcome:
    on = any(world.state.get(f"{target}/power") == "on" for target in action.targets)
    return _sets("power", "power", "off" if on else "on")(world, action, speaker)


STARTS = {"power": "off", "position": "closed", "lock": "locked", "cleaning": "docked"}
_SHOWS = {"cover": "position", "lock": "lock", "vacuum": "cleaning"}


def _get_state(world: World, action: Action, _speaker: str) -> Outcome:
    device = next((world.devices[target] for target in action.targets if target in world.devices), None)
    if device is None:
        return failed("no_target")
    state = _SHOWS.get(device.domain, "power")
    value = world.state.get(f"{device.id}/{state}", STARTS[state])
    asked = action.parameter("state")
    return answer(
        f"{device.name} is {value}" if asked is None else f"{'Yes' if asked == value else 'No'}, it is {value}"
    )


def _get_temperature(world: World, action: Action, _speaker: str) -> Outcome:
    device = next((world.devices[target] for target in action.targets if target in world.devices), None)
    if device is None:
        return failed("no_target")
    degrees = world.state.get(f"{device.id}/temperature", str(18 + int(5 * world.chance("sensor", device.id))))
    return answer(f"{device.name}: {degrees} degrees")


DEVICE_SKILLS: dict[str, Skill] = {
    "turn_on": _sets("power", "power", "on"),
    "turn_off": _sets("power", "power", "off"),
    "toggle": _toggle,
    "open": _sets("cover", "position", "open"),
    "close": _sets("cover", "position", "closed"),
    "lock": _sets("lock", "lock", "locked"),
    "unlock": _sets("lock", "lock", "unlocked"),
    "set_brightness": _sets("brightness", "brightness", "", "percent"),
    "brighten": _steps(STEP),
    "dim": _steps(-STEP),
    "set_color": _sets("color", "color", "", "color"),
    "set_temperature": _sets("temperature", "temperature", "", "degrees"),
    "set_position": _sets("position", "position", "", "percent"),
    "set_speed": _sets("speed", "speed", "", "percent"),
    "start_cleaning": _sets("vacuum", "cleaning", "cleaning"),
    "return_to_base": _sets("vacuum", "cleaning", "docked"),
    "get_state": _get_state,
    "get_temperature": _get_temperature,
}

"""What the log of a home of ``contexts2`` shows of its circumstances: nothing of anybody's habits, whims or thoughts.

Sensors are called as homes call them: one has a name that tells nothing, another the unit of its makers, and now and
then one is silent.
"""

from __future__ import annotations

from pydantic import JsonValue

from sayagain.assistant.contexts2.around import Around
from sayagain.assistant.contexts2.chance import chance, pick
from sayagain.schema.turn import Context

SILENT = 0.03
"""Share of the hours in which a sensor reports nothing. Assumed: as often as devices are out of reach."""
TELLS_ACTIVITY = 0.85
"""Share of the hours in which a home knows what somebody does. Assumed."""
FAHRENHEIT = 0.25
"""Share of the homes whose thermometers have degrees Fahrenheit. Assumed."""
LOAD_NAMES = ("washer_load", "plug_0x3f_state", "sensor_7")
"""What homes call the contact that tells that the washing machine is loaded: two of three names tell nobody."""

NAMES = {
    "sky": "weather", "outside": "outdoor_temperature", "inside": "room_temperature", "daylight": "light_level",
    "others_home": "others_home", "guests": "guest_mode", "dishwasher": "dishwasher",
    "vacuum_battery": "vacuum_battery", "mop_battery": "mop_battery", "pm25": "pm25", "humidity": "bathroom_humidity",
    "unread": "unread_messages", "next_event": "next_event_in", "trip_in": "trip_in_days", "game": "game_on",
    "tv": "tv", "child_asleep": "child_asleep", "doorbell": "doorbell", "shower_on": "water_flow",
    "garage_open": "garage_door_contact", "alarm_rings": "alarm_ringing",
}  # fmt: skip
"""What goes on to the sensor that tells it."""
IN_DEGREES = frozenset({"outside", "inside"})


def context(now: Around, seed: int) -> Context:
    """Return what a real deployment would log of the circumstances."""
    hour = (now.time.date(), now.time.hour)
    home = {NAMES[name]: _as_told(name, now.values.get(name), seed) for name in NAMES}
    home["washing_machine"] = "on" if now.values["washer"] == "running" else "off"
    home[pick(LOAD_NAMES, seed, "load")] = now.values["washer"] == "loaded"
    told = {name: value for name, value in home.items() if chance(seed, "silent", name, *hour) >= SILENT}
    own: dict[str, JsonValue] = {"alarm": now.alarm or None, "timer": now.timer}
    known = chance(seed, "tells", now.room, *hour) < TELLS_ACTIVITY
    state = f"playing {now.playing}" if now.playing else f"showing {now.shows}" if now.shows else "idle"
    return Context(
        device_type="car" if now.room == "car" else "screen" if now.speaker.has_screen else "speaker",
        device_state=state,
        activity=now.activity or None if known else None,
        place=now.speaker.area,
        local_time=f"{now.time.hour:02d}:{now.time.minute:02d}",
        sensors=told | own,
    )


def _as_told(name: str, value: JsonValue, seed: int) -> JsonValue:
    if name in IN_DEGREES and isinstance(value, int | float) and chance(seed, "fahrenheit") < FAHRENHEIT:
        return round(value * 9 / 5 + 32)
    return value

"""The intents that the assistant knows, by domain: the closed set that the stages agree on."""

from __future__ import annotations

DOMAINS: dict[str, tuple[str, ...]] = {
    "device": (
        *("turn_on", "turn_off", "toggle", "open", "close", "lock", "unlock", "set_brightness", "brighten", "dim"),
        *("set_color", "set_temperature", "set_position", "set_speed", "start_cleaning", "return_to_base"),
        *("get_state", "get_temperature"),
    ),
    "media": (
        *("play", "play_music", "pause", "resume", "stop", "next_track", "previous_track", "whats_playing"),
        *("set_volume", "volume_up", "volume_down", "mute", "unmute"),
    ),
    "weather": ("get_weather",),
    "clock": ("get_time", "get_date"),
    "timer": ("set_timer", "cancel_timer", "pause_timer", "resume_timer", "timer_status"),
    "alarm": ("set_alarm", "cancel_alarm", "list_alarms"),
    "list": ("list_add", "list_remove", "list_read", "list_clear"),
    "call": ("call", "hang_up"),
    "dialogue": ("cancel", "thanks", "yes", "no", "correct"),
    "unsupported": ("unsupported",),
}
DOMAIN = {intent: domain for domain, intents in DOMAINS.items() for intent in intents}
"""Intent to its domain."""

AROUND: dict[str, tuple[str, ...]] = {
    "device": ("warm_up", "cool_down", "arm", "start_program", "program_left", "devices_on"),
    "media": ("media_left", "next_photo", "brighten_screen", "tv_guide", "sleep_later"),
    "timer": ("add_to_timer",),
    "alarm": ("snooze",),
    "calendar": ("next_event", "event_left", "list_events"),
    "reading": ("next_step", "read_step", "read_news", "read_messages"),
    "traffic": ("get_traffic",),
    "sport": ("get_score", "start_workout"),
    "call": ("intercom",),
}
"""Intents that only the assistant of the homes of ``contexts2`` knows, by domain."""
_AROUND = {intent: domain for domain, intents in AROUND.items() for intent in intents}


def domain_of(intent: str) -> str:
    """Return the domain of an intent; empty for one that nobody knows.

    >>> domain_of("turn_on"), domain_of("snooze")
    ('device', 'alarm')
    """
    return DOMAIN.get(intent) or _AROUND.get(intent, "")

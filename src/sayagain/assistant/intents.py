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

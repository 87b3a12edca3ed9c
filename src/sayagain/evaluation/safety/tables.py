"""Requests and replies of the made-up homes of a language: one JSON file a language, and Home Assistant's replies."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from home_assistant_intents import get_intents
from pydantic import BaseModel, ConfigDict

LANGUAGES = ("en", "de", "nl", "fr", "es", "it", "pt", "sv", "pl", "ru", "hi", "ja")


class Table(BaseModel):
    """The requests and replies of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    background: list[str]
    """Requests that always work and have nothing to do with a case."""
    worked: list[str]
    """Replies to what went well."""
    failed: list[str]
    """Replies to what did not go, though it was understood."""
    denials: list[str]
    """Ways of saying that this was not meant."""
    cancel: str
    devices: dict[str, str]
    """A name for a device of each domain of Home Assistant."""
    filled: list[tuple[str, str, str, str]]
    """(intent, stakes, frame, what fills it) where locale data fill the frame."""
    pairs: list[tuple[str, str, str, str, list[tuple[str, str]]]]
    """(kind, intent, stakes, frame, fillings that must not be confused)."""
    weekdays: list[int] = [0, 1, 2, 3, 4, 5, 6]
    """Weekdays (Monday is 0) whose names fit the frame as they stand in the locale data."""
    dayparts: list[str] = []
    """Parts of the day, where the locale data have none that fit."""
    mishearings: list[tuple[str, str]] = []
    """(heard, said)."""


@cache
def table(language: str) -> Table:
    """Return the table of a language."""
    text = files(__package__).joinpath("languages", f"{language}.json").read_text(encoding="utf-8")
    return Table.model_validate_json(text)


@cache
def not_understood(language: str) -> str:
    """Return how Home Assistant says that it understood nothing."""
    return str((get_intents(language) or {})["responses"]["errors"]["no_intent"])


@cache
def refusals(language: str) -> tuple[str, ...]:
    """Return what an assistant says of a request that it could not do, whatever the reason."""
    errors = (get_intents(language) or {})["responses"]["errors"]
    return (*table(language).failed, str(errors["no_intent"]), str(errors["handle_error"]))

"""Somebody who talks to a layer, for the tests of what it makes of what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sayagain import Layer, Turn
from sayagain.schema import LayerAction

MONDAY = datetime(2026, 5, 4, 7, tzinfo=UTC)


class Person:
    """Somebody who talks to a layer, and to an assistant that takes some spellings only."""

    def __init__(self, layer: Layer, user: str = "kai", time: datetime = MONDAY) -> None:
        self.layer, self.user, self.time = layer, user, time

    def says(self, text: str, status: str | None = "ok", response: str = "Started.", after: float = 3600) -> str | None:
        """Say something, whatever the layer makes of it; return what it made of it."""
        self.time += timedelta(seconds=after)
        action = self.layer.rewrite(Turn(user=self.user, time=self.time, text=text))
        told = {"user": self.user, "time": self.time, "text": text, "status": status, "response": response}
        self.layer.observe(Turn.model_validate(told | ({"layer": action} if action else {})))
        return action.rewrite if action else None

    def corrects(self, wrong: str, response: str, right: str) -> None:
        self.says(wrong, "error", response)
        self.says(right, after=9)

    def made_of(self, text: str) -> LayerAction | None:
        return self.layer.rewrite(Turn(user=self.user, time=self.time + timedelta(days=1), text=text))

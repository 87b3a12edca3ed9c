"""A conversation with the assistant of one home: it remembers what it did and asked last, and may ask a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sayagain.assistant.action import Action
from sayagain.assistant.chain import Chain, TurnResult
from sayagain.assistant.entities import Nearest
from sayagain.assistant.home import Home
from sayagain.assistant.layer import Layer
from sayagain.assistant.parses import understanding
from sayagain.assistant.stages import Heard, Situation, TraceRow
from sayagain.assistant.world import NONE, World
from sayagain.schema.turn import Hypothesis, Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    result: TurnResult
    rewrite: TraceRow | None
    """What the layer put in place of what was heard."""


class Conversation:
    """Talks to the first speaker of a home."""

    def __init__(self, home: Home, layer: Layer | None = None, n_best: int = 1) -> None:
        """Start with nothing said; of ``n_best`` hypotheses the first that means something is taken."""
        self._layer, self._speaker = layer, home.speakers[0]
        self._world = World(home, mishaps=NONE)
        self._chain = Chain(understanding(), Nearest(), self._world, n_best=n_best)
        self._last: Action | None = None
        self._asked: Action | None = None

    def say(self, heard: Sequence[Heard]) -> Exchange:
        """Answer a request, given its n-best."""
        texts = [Hypothesis(text=one.text, score=one.score) for one in heard]
        request = Turn(time=self._world.now, text=heard[0].text, asr=texts) if heard else None
        action = self._layer.rewrite(request) if self._layer and request else None
        row = None
        if action is not None and action.rewrite is not None:
            heard = [Heard(action.rewrite, 0.0), *heard]
            row = TraceRow("layer", f"{action.rewrite} ({action.source})")
        speaker = self._speaker
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, self._last, self._asked)
        result = self._chain.run(heard, situation)
        self._last, self._asked = result.action or self._last, result.asked
        if self._layer and request:
            told = {"status": result.outcome.status, "response": result.outcome.response, "layer": action}
            self._layer.observe(request.model_copy(update=told))
        return Exchange(result, row)

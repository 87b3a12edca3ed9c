"""A conversation with the assistant of one home: it remembers what it did and asked last, and may ask a layer.

What the layer made of a request by this person's own past is said before the answer, and a question of the layer after
it; "yes" then does what was asked about. What a person teaches and is asked goes through ``dialogue``. In simulated
homes what the layer did is not said: a longer answer would end later and be interrupted elsewhere, and what people do
there must not depend on the words of a layer that is measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sayagain.assistant.action import Action, Outcome
from sayagain.assistant.chain import Chain, TurnResult
from sayagain.assistant.dialogue import Dialogue, is_request
from sayagain.assistant.entities import Nearest
from sayagain.assistant.home import Home
from sayagain.assistant.layer import Layer, Teachable
from sayagain.assistant.parses import understanding
from sayagain.assistant.record import completion
from sayagain.assistant.stages import Heard, Situation, TraceRow
from sayagain.assistant.world import NO_MISHAPS, World
from sayagain.schema.turn import Hypothesis, LayerAction, Turn
from sayagain.text.normalise import form_of
from sayagain.text.replies import agrees_to


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it."""

    result: TurnResult
    rewrite: TraceRow | None
    """What the layer put in place of what was heard."""


class Conversation:
    """Talks to the first speaker of a home."""

    def __init__(
        self, home: Home, layer: Layer | None = None, n_best: int = 1, teachable: Teachable | None = None
    ) -> None:
        """Start with nothing said; of ``n_best`` hypotheses the first that means something is taken."""
        self._dialogue = Dialogue(teachable) if teachable is not None else None
        self._layer, self._speaker = layer, home.speakers[0]
        self._world = World(home, mishaps=NO_MISHAPS)
        self._chain = Chain(understanding(), Nearest(), self._world, n_best=n_best)
        self._last: Action | None = None
        self._asked: Action | None = None
        self._offered: str | None = None

    def say(self, heard: Sequence[Heard]) -> Exchange:
        """Answer a request, given its n-best."""
        texts = [Hypothesis(text=one.text, score=one.score) for one in heard]
        request = Turn(time=self._world.now, text=heard[0].text, asr=texts) if heard else None
        speaker = self._speaker
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, self._last, self._asked)
        if request is not None and (beside := self._beside(request, situation)) is not None:
            return Exchange(beside, None)
        action = self._layer.rewrite(request) if self._layer and request else None
        row = None
        if action is not None and action.rewrite is not None:
            heard = [Heard(action.rewrite, 0.0), *heard]
            row = TraceRow("layer", f"{action.rewrite} ({action.source})")
        elif request and self._offered and agrees_to(form_of(request.text), form_of(self._offered)):
            heard = [Heard(self._offered, 0.0)]
        self._offered = action.offer if action is not None else None
        result = _saying(self._chain.run(heard, situation), action)
        self._last, self._asked = result.action or self._last, result.asked
        if request is not None:
            turn = request.model_copy(update=completion(request, result, action))
            if self._layer:
                self._layer.observe(turn)
            question = self._dialogue.ask(turn) if self._dialogue and result.asked is None else None
            if question is not None:
                result = _replying(result, f"{result.outcome.response} {question.say}")
        return Exchange(result, row)

    def _beside(self, request: Turn, situation: Situation) -> TurnResult | None:
        """Return what is said to words that teach, or answer a question; None where they are a request."""
        dialogue = self._dialogue
        if dialogue is None or self._asked is not None:
            return None
        options = dialogue.question.options if dialogue.question is not None else ()
        if form_of(request.text) not in map(form_of, options) and is_request(self._chain, request.text, situation):
            return None
        taught = dialogue.answer(request)
        if taught is None or not taught.understood:
            taught = dialogue.teach(request)
        if taught is None:
            return None
        trace = (TraceRow("asr", request.text), TraceRow("layer", "taught"), TraceRow("reply", taught.say))
        return TurnResult(trace, None, None, None, Outcome("ok", taught.say))


def _saying(result: TurnResult, action: LayerAction | None) -> TurnResult:
    """Return the result with what the layer has to say to the person: the surest of its rewrites need no words."""
    if action is None or not action.say:
        return result
    answer = result.outcome.response
    if action.offer is not None:
        answer = f"{answer} {action.say}"
    elif (action.source or "").startswith("personal"):
        answer = f"{action.say} {answer}"
    else:
        return result
    return _replying(result, answer)


def _replying(result: TurnResult, answer: str) -> TurnResult:
    """Return the result with another answer."""
    trace = tuple(row._replace(output=answer) if row.stage == "reply" else row for row in result.trace)
    return replace(result, outcome=replace(result.outcome, response=answer), trace=trace)

"""A scripted home: one person asks, the assistant offers interpretations, the layer chooses, the person goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sayagain.online.layer import Layer
from sayagain.schema import Choice, Context, Interpretation, Turn

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
MUCH_LATER, SOON = timedelta(hours=5), timedelta(seconds=12)


@dataclass
class ScriptedHome:
    """One person and an assistant that does what it always does, unless the layer chooses otherwise."""

    layer: Layer
    user: str = "ann"
    now: datetime = MONDAY
    turns: int = 0
    chosen: list[str] = field(default_factory=list)

    def ask(
        self,
        text: str,
        candidates: Sequence[Interpretation],
        meant: int,
        context: Context | None = None,
        says: Mapping[int, tuple[str, Interpretation]] | None = None,
    ) -> int:
        """Ask once; where something else is done than what is meant, say it again in the words of ``says``.

        Returns the place of what was done.
        """
        self.now += MUCH_LATER
        done = self._turn(text, candidates, context)
        if done != meant and says is not None:
            again, interpretation = says[meant]
            self.now += SOON
            self._turn(again, [interpretation], context)
        return done

    def _turn(self, text: str, candidates: Sequence[Interpretation], context: Context | None) -> int:
        self.turns += 1
        request = Turn(user=self.user, device="speaker", time=self.now, text=text, context=context)
        choice: Choice | None = self.layer.choose(candidates, request)
        acts = choice is not None and choice.do == "choose"
        place = choice.place or 0 if acts and choice is not None else 0
        seen = {"interpretation": candidates[place], "candidates": list(candidates), "choice": choice}
        told = {"status": "ok", "response": "done", "end_time": self.now + timedelta(seconds=4)}
        self.layer.observe(request.model_copy(update={**seen, **told}))
        return place

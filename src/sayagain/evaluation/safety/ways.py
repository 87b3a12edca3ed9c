"""Every way of saying no to a rewrite: by a word, by saying it again, by hand, by a button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sayagain.assistant.layer import Layer as AnyLayer
from sayagain.evaluation.safety.case import meant
from sayagain.evaluation.safety.tables import LANGUAGES, table
from sayagain.schema.turn import LayerAction, Turn

Says = Callable[[AnyLayer, Turn, int], bool]
"""Says no about a rewritten turn, in one of several wordings; returns whether it was made again meanwhile."""


def done(text: str, interpreted: bool) -> dict[str, Any]:
    """Return what the assistant itself has to say of a text that it worked on: that all went well.

    Whether there is an interpretation besides depends on what the log has had so far.
    """
    went = {"status": "ok", "response": "Okay."}
    return {**went, "interpretation": meant("Did", what=text)} if interpreted else went


def made(layer: AnyLayer, request: Turn) -> LayerAction | None:
    """Return what is made of a request, where it is rewritten."""
    action = layer.rewrite(request)
    return action if action is not None and action.rewrite and action.rewrite != request.text else None


def _says(words: Callable[[int], str]) -> Says:
    """Return a way that is a request of its own: a word, soon after."""

    def says(layer: AnyLayer, turn: Turn, number: int) -> bool:
        layer.observe(turn)
        text = words(number)
        after = Turn(user=turn.user, device=turn.device, session=turn.session, time=turn.time + timedelta(seconds=6),
                     text=text, status="error", response="Sorry?")  # fmt: skip
        layer.rewrite(after)
        layer.observe(after)
        return False

    return says


def _with(**fields: Any) -> Says:
    """Return a way that is a field of the turn itself."""

    def says(layer: AnyLayer, turn: Turn, number: int) -> bool:
        layer.observe(Turn.model_validate({**turn.model_dump(), **fields}))
        return False

    return says


def _later(**fields: Any) -> Says:
    """Return a way that is a field of the turn, told once more when the turn was told already."""

    def says(layer: AnyLayer, turn: Turn, number: int) -> bool:
        layer.observe(turn)
        told = turn.model_dump()
        layer.observe(Turn.model_validate({**told, **fields, "layer": {**told["layer"], **fields.get("layer", {})}}))
        return False

    return says


def nothing(layer: AnyLayer, turn: Turn, number: int) -> bool:
    """Say nothing: what is not made again then is no matter of listening."""
    layer.observe(turn)
    return False


def _repeat(layer: AnyLayer, turn: Turn, number: int) -> bool:
    """Say the same again at once; the second time, it must not be rewritten any more."""
    layer.observe(turn)
    asked = Turn(user=turn.user, device=turn.device, session=turn.session, time=turn.time + timedelta(seconds=12),
                 text=turn.text)  # fmt: skip
    action = made(layer, asked)
    went = {name: getattr(turn, name) for name in ("status", "response", "interpretation")}
    layer.observe(asked.model_copy(update={"layer": action, **went}))
    return action is not None and turn.layer is not None and action.rewrite == turn.layer.rewrite


def _denials(language: str) -> Says:
    words = table(language).denials
    return _says(lambda number: words[number % len(words)])


WAYS_TO_SAY_NO: dict[str, Says] = {
    "feedback": _later(feedback={"helpful": False}),
    "refused": _later(layer={"accepted": False}),
    "repeat": _repeat,
    "undo": _with(undone_after=15.0),
    "undo_later": _later(undone_after=15.0),
    "cancelled": _with(status="cancelled"),
    "cancelled_later": _later(status="cancelled"),
    "cancel_word": _says(lambda number: table(LANGUAGES[number % len(LANGUAGES)]).cancel),
    **{f"denial.{language}": _denials(language) for language in LANGUAGES},
}
"""Every way of saying no."""

"""A turn that is told of again: by a client that tries once more, or because more of it is known by now."""

from __future__ import annotations

from typing import Any

from sayagain.schema import Turn

CANCELLED = "cancelled"


def retold(kept: Turn, again: Turn) -> Turn:
    """Return a turn with what is only known afterwards: feedback, an answer, that it was undone, stayed with or called
    off.

    Of these, what is known of it stays, whatever comes late or twice; so does all else. It cannot fail.
    """
    more: dict[str, Any] = {**(again.model_extra or {}), **(kept.model_extra or {})}
    for name in ("feedback", *Turn.promoted):
        if getattr(kept, name) is None:
            more[name] = getattr(again, name)
    answered = None if again.layer is None else again.layer.accepted
    if kept.layer is not None and kept.layer.accepted is None:
        more["layer"] = kept.layer.model_copy(update={"accepted": answered})
    if again.status == CANCELLED:
        more["status"] = CANCELLED
    return kept.model_copy(update=more)

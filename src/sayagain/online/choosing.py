"""Choosing at request time: which of the interpretations that the assistant has is meant, in this context."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from sayagain.choices.chooser import Chooser
from sayagain.choices.exploration import Exploration
from sayagain.choices.history import History
from sayagain.experiments.assignment import draw, unit_of_request
from sayagain.guards.irreversible import irreversible
from sayagain.guards.rules import Rules
from sayagain.schema.preference import Preference
from sayagain.schema.turn import Choice, Interpretation, Turn
from sayagain.text.normalise import form_of


def chosen(
    chooser: Chooser,
    candidates: Sequence[Interpretation],
    request: Turn,
    history: History,
    exploration: Exploration,
    rules: Rules,
    began: datetime,
) -> Choice | None:
    """Return what to do in place of the first of ``candidates``; None leaves it to the assistant.

    What the request turned out to mean before joins them. A request and its retries, the first of which ``began`` then,
    share one draw.
    """
    offers = history.offers(form_of(request.text), candidates)
    fixed, drawn = partial(irreversible, rules=rules), partial(_drawn, unit_of_request(request.user, began))
    choice = chooser.choose(offers, request, history, exploration, fixed, drawn)
    if choice is None or (choice.place or 0) < len(candidates):
        return choice
    return choice.model_copy(update={"place": None}) if choice.place else None


def as_taught(
    candidates: Sequence[Interpretation], request: Turn, preferences: Sequence[Preference], rules: Rules
) -> Choice | None:
    """Return the candidate that has what its person set for what they ask for; None where there is not just one.

    What cannot be undone is asked about, whoever set it.
    """
    asked = f" {form_of(request.text)} "
    for each in preferences:
        if each.kind != "default" or f" {form_of(each.subject)} " not in asked:
            continue
        value = form_of(each.value)
        fitting = [at for at, one in enumerate(candidates) if value in (form_of(slot.value) for slot in one.slots)]
        if len(fitting) == 1 and fitting[0]:
            place = fitting[0]
            do: Literal["choose", "ask"] = "ask" if irreversible(candidates[place], rules) else "choose"
            interpretation = candidates[place]
            return Choice(place=place, interpretation=interpretation, do=do, p_meant=1.0, p_default=0.0, why=TAUGHT)
    return None


TAUGHT = "its person said so"


def _drawn(unit: str, share: float) -> bool:
    return draw("choice", unit, {"try": share, "leave": 1 - share})[0] == "try"

"""Turns as moments of choosing: what is known when a request was understood, and what its outcome says was meant.

A context is flat: the request, how the assistant understands it, and each thing that is known of the moment, sensors
by the names that the log has for them. Nothing here knows what a sensor or a kind of device is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sayagain.choices.moments import Candidate, Example, Moment, Value
from sayagain.schema.meaning import meaning_text
from sayagain.schema.turn import Context, Interpretation, Turn
from sayagain.text.normalise import form_of

LAST_COUNTS = timedelta(minutes=10)
"""How long what was done last bears on what is meant now."""

PART_OF_DAY = 3
"""Hours that are one part of the day."""

NAMED = frozenset({"name", "relation"})
"""Details that belong to no kind: they are counted apart."""

UNKNOWN = frozenset({"", "none", "unknown", "unavailable"})
"""Values of sensors that tell nothing."""

NOTHING_DONE = "nothing"
"""The kind of an empty interpretation: the assistant does nothing."""

NONE_PRIOR = 3.0
"""Log-odds of none of the candidates beside one of them: what fails was mostly misheard, and what else the assistant
offers is a guess. Of what was tried without knowing more, one in ten to twenty went well (simulated)."""

ASKS = "asks about"
"""The detail of an empty interpretation that says that the assistant asks back: the person chooses then."""

NO_CANDIDATE = Candidate(
    {"kind": "none of these", "meaning": "none of these", "exact": "none of these"}, {"none": 1.0}, NONE_PRIOR
)
"""What was meant, where it was none of the candidates."""

Last = tuple[datetime, str]
"""When something was done last, and its intent."""


def moment_of(request: Turn, candidates: Sequence[Interpretation], last: Last | None = None) -> Moment:
    """Return the moment of a request with its candidates, and with ``NO_CANDIDATE`` after them."""
    described = [_candidate(place, each, request) for place, each in enumerate(candidates)]
    context = context_of(request, last)
    context["understood"] = described[0].facets["kind"] if described else NOTHING_DONE
    return Moment(context, [*described, NO_CANDIDATE], {"person": request.user})


def context_of(request: Turn, last: Last | None) -> dict[str, Value]:
    """Return what is known of a request's moment, by name."""
    context = request.context or Context()
    time = clock(request)
    found: dict[str, Value] = {
        "request": form_of(request.text),
        "hour": str(time.hour // PART_OF_DAY),
        "day": "weekend" if time.weekday() >= 5 else "weekday",
    }
    told = {"device_type": context.device_type, "state": context.device_state, "place": context.place}
    told |= {"activity": context.activity}
    found |= {name: value for name, value in told.items() if value}
    if last is not None and timedelta() <= request.time - last[0] <= LAST_COUNTS:
        found["last"] = last[1]
    for name, value in context.sensors.items():
        if (shown := _shown(value)) is not None:
            found[f"sensor {name}"] = shown
    return found


def clock(request: Turn) -> datetime:
    """Return the time of a request on the person's own clock, where that is told (HH:MM)."""
    local = request.context.local_time if request.context is not None else None
    hour, _, minute = (local or "").partition(":")
    if hour.isdigit() and minute[:2].isdigit() and int(hour) < 24 and int(minute[:2]) < 60:
        return request.time.replace(hour=int(hour), minute=int(minute[:2]))
    return request.time


def _shown(value: object) -> Value | None:
    """Return a sensor's value as it is counted; of what changes all the time, as clock times do, that it is there."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if not isinstance(value, str) or value.casefold() in UNKNOWN:
        return None
    return "set" if value[:1].isdigit() else value.casefold()


def _candidate(place: int, each: Interpretation, request: Turn) -> Candidate:
    details = each.details or {}
    told = sorted((name, str(value)) for name, value in details.items() if name not in NAMED)
    told += sorted({(slot.name, "") for slot in each.slots if slot.entity is None or not told})
    kind = "|".join([each.intent or NOTHING_DONE, *(f"{name}={value}" for name, value in told)])
    meaning = meaning_text(each) or NOTHING_DONE
    values = {
        "place": float(place),
        "default": float(place == 0),
        "nothing": float(each.intent is None),
        "entities": float(sum(slot.entity is not None for slot in each.slots)),
    }
    if states := _states(each, request):
        values["active"] = sum(states) / len(states)
    facets = {"kind": kind, "meaning": meaning, "exact": exact(each)}
    if "relation" in details:
        facets["relation"] = f"{each.intent} {details['relation']}"
    return Candidate(facets, values)


def exact(each: Interpretation) -> str:
    """Return what an interpretation does, to the entity: two that do the same are equal."""
    entities = sorted(slot.entity for slot in each.slots if slot.entity is not None)
    others = sorted(f"{slot.name}={slot.value.casefold()}" for slot in each.slots if slot.entity is None)
    return "|".join([each.intent or NOTHING_DONE, *entities, *others])


def _states(each: Interpretation, request: Turn) -> list[bool]:
    """Return of the entities whose state a sensor of the same name tells whether they are active."""
    sensors: Mapping[str, object] = request.context.sensors if request.context is not None else {}
    named = [sensors.get(slot.entity or "", sensors.get(slot.value.casefold())) for slot in each.slots]
    return [
        value if isinstance(value, bool) else str(value).casefold() in ACTIVE for value in named if value is not None
    ]


ACTIVE = frozenset({"on", "open", "playing", "unlocked", "running", "yes", "true"})
"""States that count as active."""


ASKED_INSTEAD = 60.0
"""Seconds within which another request for something else that was offered says that this had been meant."""

ASKED_INSTEAD_WEIGHT = 0.8
"""Probability that it had: some want the one and then the other."""


def asked_instead(moment: Moment, taken: int, time: datetime, then: Turn) -> bool:
    """Return whether the next request got what had been offered, and not taken, at a moment before."""
    done = done_in(then)
    soon = 0 <= (then.time - time).total_seconds() <= ASKED_INSTEAD
    others = {each.facets["exact"] for place, each in enumerate(moment.candidates) if place != taken}
    return soon and done is not None and exact(done) in others


def went(moment: Moment, taken: int, p_defect: float) -> list[Example]:
    """Return what the outcome of a turn says of a moment.

    Args:
        moment: with ``NO_CANDIDATE`` last.
        taken: place of the candidate that was done.
        p_defect: probability that it was not what was meant, or was not done.
    """
    fold = moment.people.get("person", "")
    others = [place for place in range(len(moment.candidates)) if place != taken]
    found = [Example(moment, [taken], fold, 1 - p_defect), Example(moment, others, fold, p_defect)]
    return [each for each in found if each.weight > LEAST_WEIGHT]


def said_again(moment: Moment, taken: int, meant: str, weight: float) -> list[Example]:
    """Return what a later turn that worked says of a moment.

    Args:
        moment: with ``NO_CANDIDATE`` last.
        taken: place of the candidate that was done.
        meant: :func:`exact` form of what the later turn was understood as.
        weight: probability that it says the same.
    """
    none = len(moment.candidates) - 1
    place = next((at for at, one in enumerate(moment.candidates) if one.facets["exact"] == meant), none)
    if place == taken or weight <= LEAST_WEIGHT:
        return []
    return [Example(moment, [place], moment.people.get("person", ""), weight)]


LEAST_WEIGHT = 0.1
"""Weight from which an example is worth learning from."""


def offered_in(turn: Turn) -> Sequence[Interpretation]:
    """Return what could have been done at a turn, first what the assistant would do by itself."""
    own = [] if turn.interpretation is None else [turn.interpretation, *turn.alternatives]
    if turn.choice is not None and turn.choice.place is None:  # it is what the log shows that was meant before
        return [*(turn.candidates or [Interpretation()]), turn.choice.interpretation]
    return turn.candidates or own


def taken_in(turn: Turn) -> int:
    """Return the place of what was done; the first where what is told of a choice is of other candidates."""
    choice, offered = turn.choice, len(offered_in(turn))
    if choice is None or choice.do != "choose":
        return 0
    place = offered - 1 if choice.place is None else choice.place
    return place if place < offered else 0


def done_in(turn: Turn) -> Interpretation | None:
    """Return what was done at a turn; None where nothing was."""
    offered = offered_in(turn)
    done = offered[taken_in(turn)] if offered else None
    return done if done is not None and done.intent is not None else None

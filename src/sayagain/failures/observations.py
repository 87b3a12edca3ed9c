"""Observations: what the log shows about why a turn failed, each in a sentence.

Words that are quoted are normal forms. What was said before and after is that of the same person.
"""

from __future__ import annotations

import re
from math import isclose

from sayagain.failures.evidence import ALL_OBSERVATIONS, UNSUPPORTED, Evidence, observation
from sayagain.failures.scenes import AROUND, Scene
from sayagain.guards.difference import difference
from sayagain.guards.responses import admits_not_understood
from sayagain.schema.reading import OUTCOMES
from sayagain.schema.turn import REPORTED, Hypothesis, Slot, Stage, Turn
from sayagain.text.normalise import form_of
from sayagain.text.phrasebook import ASKS, phrasebook
from sayagain.text.replies import reply

FALSE_WAKE, ASR, NLU, ENTITY, RESULT, CORRECT = OUTCOMES

AT_ONCE = 60.0
"""Seconds within which what is said next is about the turn."""

LEFT_AT_ONCE = 30.0
"""Seconds of listening, watching or reading within which nobody got what they wanted."""

UNSURE_MATCH = 0.5
"""Confidence of the entity stage below which it found no name like the one that was said."""


def observed(scene: Scene, outcome: str) -> list[Evidence]:
    """Return all that is seen of a turn; what speaks for ``outcome`` stands first, and for few others before many."""
    told = ((each, each.sees(scene)) for each in ALL_OBSERVATIONS.values())
    found = [Evidence(each.name, each.speaks_for, sentence) for each, sentence in told if sentence is not None]
    return sorted(found, key=lambda each: (outcome not in each.speaks_for, len(each.speaks_for)))


# Waking


@observation(FALSE_WAKE)
def wake_unsure(scene: Scene) -> str | None:
    """The wake word was heard less surely than mostly."""
    stage, low = _stage(scene.turn, "wake"), scene.scale.wake
    if stage is None or not _is_low(stage.confidence, low):
        return None
    return f"the wake word is unsure ({stage.confidence:.2f}; nine in ten of this log are above {low:.2f})"


@observation(FALSE_WAKE, UNSUPPORTED)
def nothing_followed(scene: Scene) -> str | None:
    """The assistant says that it did nothing, and nobody minds."""
    if scene.after or not _reported(scene.turn):
        return None
    alone = "" if scene.before else ", nor before"
    return f"nothing was done, and nobody said anything else within {AROUND.seconds // 60} minutes{alone}"


# Hearing


@observation(ASR, FALSE_WAKE)
def nothing_heard(scene: Scene) -> str | None:
    """There are no words."""
    return None if scene.form else "no words were heard"


@observation(ASR)
def said_again_was_a_hypothesis(scene: Scene) -> str | None:
    """What was said again is what another hypothesis was."""
    witness = _witness(scene)
    if witness is None or (said := form_of(witness.text)) == scene.form:
        return None
    place = next((at for at, each in enumerate(scene.turn.asr, 1) if form_of(each.text) == said), None)
    return None if place is None else f'hypothesis {place} is what was then said again: "{said}"'


@observation(ASR)
def said_again_sounds_alike(scene: Scene) -> str | None:
    """What was said again differs by words that sound alike."""
    witness = _witness(scene)
    if witness is None or not scene.form:
        return None
    changes = difference(scene.form, form_of(witness.text)).changes
    if not changes or not all(change.resembles for change in changes):
        return None
    words = ", ".join(f'"{" ".join(each.found)}" in the place of "{" ".join(each.lost)}"' for each in changes)
    return f"said again {_later(scene, witness)} with {words}, which sounds alike{_and_worked(scene)}"


@observation(ASR)
def hypotheses_differ(scene: Scene) -> str | None:
    """The recogniser considered other words in the place of some."""
    for other in scene.turn.asr[1:]:
        changes = difference(scene.form, form_of(other.text)).changes
        if len(changes) == 1 and changes[0].lost and changes[0].found:
            values = " ".join(form_of(slot.value) for slot in _slots(scene.turn)).split()
            where = " in the entity" if set(changes[0].lost) <= set(values) else ""
            lost, found = " ".join(changes[0].lost), " ".join(changes[0].found)
            return f'two hypotheses differ{where}: "{lost}" or "{found}"{_scores(scene.turn.asr[0], other)}'
    return None


@observation(ASR, FALSE_WAKE)
def recogniser_unsure(scene: Scene) -> str | None:
    """The recogniser's score is low for this log."""
    score, low = scene.turn.asr[0].score if scene.turn.asr else None, scene.scale.asr
    if not _is_low(score, low):
        return None
    return f"the recogniser is unsure ({score:.2f}; nine in ten of this log are above {low:.2f})"


@observation(NLU, ENTITY, RESULT)
def hypotheses_agree(scene: Scene) -> str | None:
    """All hypotheses are the same words."""
    forms = {form_of(each.text) for each in scene.turn.asr}
    many = len(scene.turn.asr)
    return f"all {many} hypotheses are the same words" if many > 1 and len(forms) == 1 else None


# Understanding


@observation(ASR, NLU, FALSE_WAKE, UNSUPPORTED)
def nothing_understood(scene: Scene) -> str | None:
    """The assistant understood nothing."""
    if admits_not_understood(scene.turn.response):
        return "the answer admits that it understood nothing"
    known = scene.turn.interpretation is not None and scene.turn.interpretation.intent is not None
    return None if known or scene.scale.nlu is None else "no meaning was found in it"


@observation(NLU)
def meaning_unsure(scene: Scene) -> str | None:
    """Confidence in the meaning is low for this log."""
    meaning, low = scene.turn.interpretation, scene.scale.nlu
    if meaning is None or not _is_low(meaning.confidence, low):
        return None
    return f"the meaning is unsure ({meaning.confidence:.2f}; nine in ten of this log are at {low:.2f} or above)"


@observation(NLU)
def meant_otherwise(scene: Scene) -> str | None:
    """Said again, it was taken for something else, and worked."""
    here, there = _intent(scene.turn), _intent(scene.put_right)
    if here is None or there is None or here == there:
        return None
    return f"taken for {here}; said again it was taken for {there}, and worked"


@observation(NLU)
def passed_over(scene: Scene) -> str | None:
    """The meaning that worked was considered here too."""
    there = _intent(scene.put_right)
    if there is None or there == _intent(scene.turn):
        return None
    considered = {".".join(filter(None, (each.domain, each.intent))) for each in scene.turn.alternatives}
    return "what it meant when it worked was considered here, and passed over" if there in considered else None


@observation(NLU, ENTITY)
def asked_back(scene: Scene) -> str | None:
    """The assistant had to ask."""
    return "the assistant had to ask what was meant" if scene.turn.outcome == "clarify" else None


@observation(NLU, ENTITY, ASR)
def said_again_in_other_words(scene: Scene) -> str | None:
    """What was said again differs by words that do not sound alike."""
    witness = _witness(scene)
    if witness is None:
        return None
    said = form_of(witness.text)
    changes = difference(scene.form, said).changes
    if not said or not changes or all(change.resembles for change in changes):
        return None
    return f'said again {_later(scene, witness)} as "{said}"{_and_worked(scene)}'


# Entities


@observation(ENTITY)
def name_not_found(scene: Scene) -> str | None:
    """The entity stage found no name like the one that was said."""
    stage = _stage(scene.turn, "entity")
    if stage is None or stage.confidence is None or stage.confidence >= UNSURE_MATCH or not stage.output:
        return None
    return f"looking up the name: {stage.output} (confidence {stage.confidence:.2f})"


@observation(ENTITY)
def resolved_otherwise(scene: Scene) -> str | None:
    """Said again, a name resolved to something else, and worked."""
    if scene.put_right is None:
        return None
    others = {slot.name: slot for slot in _slots(scene.put_right)}
    for slot in _slots(scene.turn):
        other = others.get(slot.name)
        if other is not None and None not in (slot.entity, other.entity) and slot.entity != other.entity:
            return f'"{slot.value}" was {slot.entity}; said again it was {other.entity}, and worked'
    return None


# The result


@observation(RESULT)
def action_failed(scene: Scene) -> str | None:
    """There was something to do, and it failed."""
    failed = scene.turn.action is not None and scene.turn.outcome == "error"
    return "what to do was found, and doing it failed" if failed else None


@observation(RESULT)
def answered_otherwise(scene: Scene) -> str | None:
    """The same action is mostly answered in other words."""
    answer = scene.turn.response
    if answer is None or scene.usual is None or _reported(scene.turn) or form_of(answer) == form_of(scene.usual):
        return None
    return "the same action is mostly answered in other words"


@observation(RESULT, ENTITY, NLU)
def said_again_in_the_same_words(scene: Scene) -> str | None:
    """The same words again."""
    if scene.again is None or not scene.form or form_of(scene.again.text) != scene.form:
        return None
    worked = ", and it worked" if scene.again == scene.put_right else ""
    return f"said again {_later(scene, scene.again)} in the same words{worked}"


@observation(NLU, ENTITY, RESULT)
def same_as_before(scene: Scene) -> str | None:
    """The same request had the same answer shortly before."""
    same = [each for each in scene.before if form_of(each.text) == scene.form and each.response == scene.turn.response]
    if not same or not scene.form or not scene.turn.response:
        return None
    seconds = (scene.turn.time - same[-1].time).total_seconds()
    return f"the same request had the same answer {seconds:.0f} s before"


@observation(NLU, ENTITY, RESULT)
def undone(scene: Scene) -> str | None:
    """What was done was put back by hand."""
    after = scene.turn.undone_after
    return None if after is None else f"undone by hand {after:.0f} s later"


@observation(NLU, ENTITY, RESULT)
def left_at_once(scene: Scene) -> str | None:
    """Nobody stayed with what was played or shown."""
    engaged = scene.turn.engaged_for
    return f"left after {engaged:.0f} s" if engaged is not None and engaged < LEFT_AT_ONCE else None


# What the person said of it


@observation(ASR, NLU, ENTITY, RESULT)
def denied(scene: Scene) -> str | None:
    """The next request denies what was done, or calls it off; who says no to a question answers it."""
    told = {"denial": "denies it", "cancellation": "calls it off", "undo": "takes it back"}
    said = reply(form_of(scene.after[0].text)) if _at_once(scene) else None
    answers = said == "denial" and re.search(ASKS, scene.turn.response or "")
    return f"the next request {told[said]}" if said in told and not answers else None


@observation(ASR, NLU, ENTITY, RESULT)
def interrupted(scene: Scene) -> str | None:
    """The person cut in to say it again."""
    cut = scene.turn.barge_in and scene.again is not None and _at_once(scene)
    return "the answer was interrupted to say it again" if cut else None


@observation(ASR, NLU, ENTITY, RESULT)
def unhelpful(scene: Scene) -> str | None:
    """The person said that it did not help."""
    feedback = scene.turn.feedback
    return "the person said that it did not help" if feedback and feedback.helpful is False else None


# What speaks for the turn, and what is no failure


@observation(CORRECT)
def engaged(scene: Scene) -> str | None:
    """The person stayed with what was played or shown."""
    stayed = scene.turn.engaged_for
    return None if stayed is None or stayed < LEFT_AT_ONCE else f"the person stayed with it for {stayed:.0f} s"


@observation(CORRECT)
def thanked(scene: Scene) -> str | None:
    """The next request thanks."""
    thanks = _at_once(scene) and phrasebook().act(form_of(scene.after[0].text)) == "thanks"
    return "the person thanked for it" if thanks else None


@observation(UNSUPPORTED)
def refused(scene: Scene) -> str | None:
    """The assistant says that it does not do such things."""
    return "the assistant says that it cannot do this" if scene.turn.outcome == "unsupported" else None


def _stage(turn: Turn, name: str) -> Stage | None:
    return next((each for each in turn.trace if each.stage == name), None)


def _slots(turn: Turn) -> list[Slot]:
    return turn.interpretation.slots if turn.interpretation is not None else []


def _intent(turn: Turn | None) -> str | None:
    """Return the intent of a turn, with its domain."""
    meaning = None if turn is None else turn.interpretation
    if meaning is None or meaning.intent is None:
        return None
    return ".".join(filter(None, (meaning.domain, meaning.intent)))


def _reported(turn: Turn) -> bool:
    """Return whether the assistant says that it did nothing."""
    return turn.outcome in REPORTED or (turn.outcome is None and admits_not_understood(turn.response))


def _at_once(scene: Scene) -> bool:
    return bool(scene.after) and (scene.after[0].time - scene.turn.time).total_seconds() <= AT_ONCE


def _witness(scene: Scene) -> Turn | None:
    """Return the turn that tells best what was meant: the one that worked, else the one that says it again."""
    return scene.put_right or scene.again


def _is_low(value: float | None, low: float | None) -> bool:
    """Return whether a score is below those of nine in ten; many scores are equal but for rounding."""
    return value is not None and low is not None and value < low and not isclose(value, low)


def _later(scene: Scene, turn: Turn) -> str:
    return f"{(turn.time - scene.turn.time).total_seconds():.0f} s later"


def _and_worked(scene: Scene) -> str:
    return ", and it worked" if scene.put_right is not None else ""


def _scores(first: Hypothesis, other: Hypothesis) -> str:
    known = first.score is not None and other.score is not None
    return f" (scores {first.score:.2f} and {other.score:.2f})" if known else ""

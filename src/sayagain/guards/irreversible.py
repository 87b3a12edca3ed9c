"""What is only asked about, never chosen and never tried: what could not simply be undone."""

from __future__ import annotations

from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.guards.stakes import Stakes
from sayagain.schema.meaning import meaning_text
from sayagain.schema.turn import Interpretation
from sayagain.text.normalise import form_of


def irreversible(each: Interpretation, rules: Rules) -> bool:
    """Return whether doing this could not simply be undone, by what the assistant says and by what it is about.

    What only costs something is taken at the assistant's word.
    """
    if each.intent is None:
        return False
    words = form_of(" ".join([each.intent.replace("_", " "), *(slot.value for slot in each.slots)]))
    free = Stakes.COSTLY if each.reversible else Stakes.REVERSIBLE
    dear = rules.stakes(words, meaning_text(each)) > free
    return each.reversible is False or dear or bool(rules.owner.forbids(Side(words, each.intent)))

"""The receipt of an erasure: how much there was in each place, and what is out of reach."""

from __future__ import annotations

from pydantic import BaseModel


class Receipt(BaseModel):
    """What was erased of a person. It names nobody, and repeats nothing that was said."""

    turns: int
    """Turns erased from the inbox and the log."""
    names: int
    """Spellings of the person's name that were found: all of them are one person."""
    erased: dict[str, int]
    """Place → how much was erased there (``places.Place``)."""
    notes: list[str]
    """What was not reached, or is still to be done."""

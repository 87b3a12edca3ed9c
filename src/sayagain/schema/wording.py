"""How the people and the assistant of a log put it: the languages that it is in, and what it showed itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from sayagain.schema.record import Record

Phrase = Annotated[str, Field(min_length=1, max_length=200)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=1000)]


class Wording(Record):
    """The languages of a log, whose lists apply to it, and the phrases that it showed besides (``defects/wording.py``).

    What is learned is in the words of ``min_people`` people at the least.
    """

    model_config = ConfigDict(strict=True)

    languages: Phrases = ("en",)
    """Codes (ISO 639), sorted."""
    denials: Phrases = ()
    """Openings of requests, in normal form, by which people say the last one again."""
    thanks: Phrases = ()
    """Requests, in normal form, that follow what went well."""
    at_a_loss: Phrases = ()
    """Openings of responses, in small letters, words separated by one space, after which people say it again."""


ENGLISH = Wording()
"""What is believed of a log of which nothing is known."""

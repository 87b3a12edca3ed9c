"""Commands: what people say to be told, or to have forgotten, what they taught."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sayagain.preferences.tokens import kept, plain, tokens
from sayagain.schema.preference import Preference

_ABOUT_ME = r"(?: (?:about me|of me|for me|from me|so far|that i (?:taught|told) you))*"
_LIST = re.compile(
    rf"^ (?:what do you (?:know|remember)|what have (?:i|you) (?:taught you|told you|learned|learnt|"
    rf"remembered)|what did i (?:teach|tell) you|what are my preferences"
    rf"|(?:list|show|tell|read)(?: me)? (?:my preferences|what you (?:know|remember)|everything you (?:know|"
    rf"remember)|what i (?:taught|told) you)|do you (?:know|remember) (?:anything|something)){_ABOUT_ME}$"
)
_GUIDE = re.compile(
    r"^ (?:learn|set up|ask me (?:for|about)|get to know|go through) (?:(?:all )?my preferences|me|what i "
    r"like)$|^ get to know me$"
)
_QUIET = re.compile(
    r"^(?: (?:please|just))* (?:(?:stop|quit) (?:asking|questioning|bothering)|(?:do not|never)(?: ever)? ask)"
    r"(?: (?:me|us))?(?: (?:so many|all these|all those|any|your|more|silly))*"
    r"(?: (?:things|questions|stuff|anything|that|again|any ?more))*$"
    r"|^ (?:no more|i (?:do not )?want no more|i do not want any(?: more)?|stop the) questions$"
)
_ALL = re.compile(
    r"^ (?:forget|delete|erase|clear) (?:everything|all)(?: (?:of that|you (?:know|remember|learned|have learned)|i "
    r"(?:taught|told) you|that|of it|my preferences|about me))*$"
    r"|^ (?:forget|delete|erase|clear) (?:all )?my preferences$"
)
_LAST = re.compile(
    r"^ (?:forget (?:that|it|what i (?:just )?said|the last (?:one|thing))|(?:undo|delete|scrap|remove) "
    r"(?:that|the last one)|do not remember that|unlearn that|never mind that)(?: again)?$"
)
_SOME = re.compile(
    r"^ (?:forget|delete|unlearn|remove|scrap)(?: (?:that|what i (?:said|told you|taught you)(?: about)?|"
    r"everything about|all about|about|the rule about|the name|my preference (?:for|about)|the one about|"
    r"what))?(?P<about> .+)$"
)
_COMMON = frozenset(
    [
        "i",
        "you",
        "me",
        "mean",
        "means",
        "like",
        "likes",
        "do",
        "not",
        "is",
        "are",
        "by",
        "when",
        "say",
        "said",
        "about",
        "want",
        "call",
        "of",
        "for",
        "to",
        "in",
        "on",
        "it",
        "that",
        "no",
        "longer",
        "and",
        "what",
        "as",
        "used",
        "never",
        "always",
    ]
)


@dataclass(frozen=True)
class Command:
    """A command over what was taught."""

    does: Literal["list", "forget", "guide", "quiet"]
    which: Literal["all", "last", "some"] = "all"
    about: str = ""
    """Words of what is to be forgotten, where that is neither all nor the last."""


_COMMANDS = (
    (_LIST, Command("list")),
    (_GUIDE, Command("guide")),
    (_QUIET, Command("quiet")),
    (_ALL, Command("forget")),
    (_LAST, Command("forget", "last")),
)
"""What is said → what it asks for, in order."""


def command(text: str) -> Command | None:
    """Return the command that a person gives, or None.

    >>> command("What do you know about me?"), command("forget that"), command("turn on the light")
    (Command(does='list', which='all', about=''), Command(does='forget', which='last', about=''), None)
    """
    said = tokens(text)
    for form in (said.replace(" ,", ""), plain(said).replace(" ,", "")):
        given = next((each for pattern, each in _COMMANDS if pattern.match(form)), None)
        if given is not None:
            return given
        if found := _SOME.match(form):
            return Command("forget", "some", kept(found["about"]))
    return None


def meant_by(asked: Command, preferences: Sequence[Preference]) -> list[Preference]:
    """Return the preferences that a command is about; what names most of its words, where it names some."""
    if asked.which == "all":
        return list(preferences)
    if asked.which == "last":
        return list(preferences[-1:])
    wanted = set(asked.about.split()) - _COMMON
    shared = [len(wanted & set(f"{each.subject} {each.value}".split())) for each in preferences]
    most = max(shared, default=0)
    return [each for each, count in zip(preferences, shared, strict=True) if count == most > 0]

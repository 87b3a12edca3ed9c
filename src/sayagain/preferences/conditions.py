"""Conditions: when a statement holds (time, day, place, device) and for whom, found in it and taken out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sayagain.preferences.restrictions import RESTRICTIONS
from sayagain.preferences.times import Clock
from sayagain.schema.preference import Condition, Scope

SCOPES: Mapping[Scope, re.Pattern[str]] = {
    "household": re.compile(
        r"(?: ,)?(?: (?:for|with|by|to))?(?: (?:all of us|(?:the |our |my )?(?:whole |entire )(?:family|house|"
        r"household|home)"
        r"|everyone(?: (?:here|in here|in (?:the|this|our) (?:house|home|family|flat|household)))?"
        r"|everybody(?: (?:here|in here|in (?:the|this|our) (?:house|home|family|flat|household)))?"
        r"|in (?:this|our) (?:house|home|flat|household|apartment)|(?:it is a |a |as a |our |new |the )*house "
        r"rules?(?: is(?: that)?)?"
        r"|(?:nobody |no one |anyone |everyone |everybody )?under this roof|anyone here|anybody here|none of "
        r"us))(?: ,)?(?= |$)"
    ),
    "device": re.compile(
        r"(?: ,)?(?: (?:on|for|with|from|to|at|in))? this (?:speaker|device|tablet|phone|screen|display|box|"
        r"unit)(?: (?:alone|here))?(?: ,)?(?= |$)"
    ),
}  # fmt: skip
WE_ALL = re.compile(r" we all(?= )")
OF_ALL = re.compile(
    r" (?:everyone|everybody|anyone|the (?:whole |entire )?(?:family|household))(?: (?:here|in here|in (?:the|"
    r"this|our) (?:house|home|family|flat|household)|at home))?"
    r" (?P<verb>love|like|hate|enjoy|dislike|adore|call|prefer)s(?= )"
)
"""What all of a household do, as "everyone here loves"."""

UNLESS_NAMED = re.compile(
    r"(?: ,)?(?: unless (?:i|we) (?:name|say|give|ask for|mention|specify|pick|choose|state|request|tell "
    r"you)(?: (?:a|an|another|the|some|any|which|what|different|particular|specific))+(?: [^ ,]+){1,2})(?: "
    r",)(?= |$)"
)
STANDING = re.compile(
    r"(?: ,)?(?: (?:(?:right )?from now on(?:wards?)?|as of (?:now|today|right now)|starting (?:now|today|from "
    r"now|from today|right now|immediately)|from today(?: on| onwards?)?|from this (?:day|moment|point)(?: on| "
    r"onwards?| forwards?)?|from tonight on|now and (?:forever|always)|for all time|every single time|without "
    r"exception|no exceptions|for the future|the next time and every time|in all cases|in every case|at every "
    r"turn|on every occasion|day in day out|till i say otherwise|until i say otherwise|until i tell you "
    r"otherwise|unless i change my mind|from today on|from this day on|from here on(?: out| in)?|from now "
    r"onwards?|going forwards?|in (?:the )?future"
    r"|by default|as (?:a|the|my) default(?= ?$| ,)|as a rule|as a general rule|in general|generally|at all "
    r"times|every time|each time"
    r"|unless (?:i|we) (?:say|tell you|ask|specify|name|mention|state|request|pick|choose|want)(?: (?:so|you|"
    r"it|for))*(?: (?:otherwise|differently|different|something else|anything else|another one|another|a "
    r"different one|where|which one|which|what))?"
    r"|(?:if|when|whenever|unless|in case) (?:i|we) (?:do not|did not|have not|forget to|never) (?:say|tell "
    r"you|tell|ask|specify|specified|name|named|mention|mentioned|state|pick|choose|give)(?: (?:you|so|it|for|"
    r"a|an|any|where|which|what|one|the|otherwise|room|device|else|how|long|much|city|place|app|service|"
    r"station|source|speaker|anything|something|volume|number|time|length|amount|temperature|unit|units|"
    r"language|shop|store|player|channel|duration|level|town|scale))*"
    r"|(?:if|when) (?:nothing|no [^ ]+) (?:else )?(?:is|was) (?:said|named|mentioned|given|specified)|(?:and|"
    r"but) (?:i )?(?:do not|did not) (?:say|name|specify|tell you|mention|give)(?: (?:where|which|what|one|a|"
    r"the|any|room|place|city|device|how|long|else|speaker|service|source))+|(?:if|when|where|whenever) there "
    r"is no(?:thing)?(?: [^ ,]+){0,2} (?:named|given|mentioned|specified|said)|without (?:saying|naming|"
    r"telling you|specifying|mentioning)(?: (?:a|the|where|which|one|what|any|room|place|else|how|long))*"
    r"|unless told otherwise|unless otherwise (?:said|stated|told|specified)|otherwise|for good|permanently|"
    r"forever|for ever|at any time|until further notice|whatever happens|no matter what))(?: ,)?(?= |$)"
)
"""What says that a statement lasts, without saying when it holds."""


@dataclass(frozen=True)
class Stripped:
    """A statement without what restricts it."""

    text: str
    when: Condition
    scope: Scope
    standing: bool
    """Whether it says that it lasts."""
    spans: Mapping[str, str] = field(default_factory=dict)


def restricted(text: str, clock: Clock, fields: frozenset[str]) -> tuple[str, Condition]:
    """Take out of tokens the phrases that restrict some fields; the first of each counts.

    >>> text, when = restricted(" on weekdays play music in the kitchen", Clock(False), frozenset(["day"]))
    >>> text, when.said
    (' play music in the kitchen', {'day': 'weekdays'})
    """
    found: dict[str, str] = {}
    for phrase in RESTRICTIONS:
        for match in phrase.pattern.finditer(text):
            gives = phrase.condition(match, clock)
            if gives.keys() <= fields and not gives.keys() & found.keys():
                found |= gives
                text = text[: match.start()] + (" ," if " ," in match[0] else "") + text[match.end() :]
                break
    return text, Condition(**found)


def scope_of(text: str) -> tuple[str, Scope]:
    """Take out of tokens for whom a statement holds.

    >>> scope_of(" in this house the big room means the lounge")
    (' the big room means the lounge', 'household')
    """
    if WE_ALL.search(text):
        return WE_ALL.sub(" we", text), "household"
    text = OF_ALL.sub(lambda found: f" we all {found['verb']}", text)
    if WE_ALL.search(text):
        return WE_ALL.sub(" we", text), "household"
    for scope, pattern in SCOPES.items():
        if pattern.search(text):
            return pattern.sub("", text), scope
    return text, "person"


def stand(text: str) -> tuple[str, bool]:
    """Take out of tokens what says that a statement lasts; tell whether something did."""
    without = STANDING.sub("", UNLESS_NAMED.sub("", text))
    return without, without != text

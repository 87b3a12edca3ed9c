"""Conditions: when a statement holds (time, day, place, device) and for whom, found in it and taken out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from sayagain.preferences.times import CLOCK, DAYS, Clock
from sayagain.schema.preference import Condition, Scope

ROOMS = (
    "kitchen|living room|sitting room|family room|bedroom|bathroom|hall|hallway|office|study|garage|garden|"
    "back garden|nursery|"
    "playroom|dining room|lounge|den|basement|cellar|attic|loft|car|gym|balcony|porch|laundry room|laundry|"
    "utility room|"
    "workshop|patio|toilet|shower|shed|conservatory|library|guest room|spare room|kids room|kids' room|children's room|"
    "front room|back room|pantry|landing|corridor|terrace|yard|bath|sunroom|studio|cabin|camper|van|dressing room"
)
_ADJECTIVES = (
    "guest|spare|master|kids|kids'|children's|childrens|upstairs|downstairs|main|small|big|little|home|front|"
    "back|ground "
    "floor|baby's|boys'|girls'|boys|girls|second|other"
)
PLACE = rf"(?: (?:{_ADJECTIVES}))?(?: (?:{ROOMS}))"
DEVICES = (
    "tablet|phone|speaker|display|tv|watch|laptop|screen|radio|telly|television|computer|desktop|soundbar|hub|"
    "headphones|earbuds"
)
DEVICE = rf"(?: [^ ,]+)??(?: (?:{DEVICES}))"
_DAYS = "|".join(DAYS)
_PART = r"(?:mornings?|afternoons?|evenings?|nights?)"
_MEAL = r"(?:breakfast|lunch|lunchtime|dinner|dinnertime|supper|bedtime|noon|sunset|sunrise|dawn|dusk|sundown)"
_THE = r"(?: (?:the|my|our))?"

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
class _Found:
    """A phrase that restricts when something holds."""

    pattern: re.Pattern[str]
    gives: Callable[[re.Match[str], Clock], dict[str, str | None]]


def _singular(part: str) -> str:
    part = part.strip()
    return part if part in ("weekdays", "weekends", "holidays") else part.removesuffix("s")


def _day(day: str) -> str:
    day = day.strip()
    if day in (
        "weekdays",
        "weekday",
        "work days",
        "workdays",
        "work day",
        "working days",
        "week days",
        "workday",
        "monday to friday",
        "monday through friday",
        "week",
    ):
        return "weekdays"
    if ("saturday" in day and "sunday" in day) or day.startswith("weekend"):
        return "weekends"
    return "holidays" if day.startswith("holiday") else day.removesuffix("s")


_DAY_NAME = (
    rf"(?:weekdays?|week days|work ?days?|working days|weekends?|holidays?|saturdays? and sundays?|mondays? "
    rf"(?:to|through|till) fridays?|(?:{_DAYS})s?)"
)


@cache
def _phrases() -> list[_Found]:
    """Return the phrases in the order in which they are looked for: the longest first."""

    def told(pattern: str, gives: Callable[[re.Match[str], Clock], dict[str, str | None]]) -> _Found:
        return _Found(re.compile(rf"(?: ,)?(?:{pattern})(?: ,)?(?= |$)"), gives)

    def sided(found: re.Match[str], clock: Clock) -> dict[str, str | None]:
        return {"time": clock.range(f" {found['side'].strip()}{found['clock']}")}

    return [
        told(r" (?:every|each) (?:single )?(?:day|week)| daily| all (?:day|the time)| day and night", lambda *_: {}),
        told(
            rf" (?:on|every|each)?{_THE} ?(?P<day>{_DAY_NAME}) (?:in the )?(?P<part>{_PART}|{_MEAL})",
            lambda f, _: {"day": _day(f["day"]), "time": _singular(f["part"])},
        ),
        told(
            rf"(?: every| each)? (?P<part>{_PART}) (?:on|of) {_THE} ?(?P<day>{_DAY_NAME})",
            lambda f, _: {"day": _day(f["day"]), "time": _singular(f["part"])},
        ),
        told(
            r" (?:during|in|on|through|over) the (?:working |work )?(?:week|weekdays)| in the week",
            lambda *_: {"day": "weekdays"},
        ),
        told(
            rf" (?:on|at|every|each|over|during|come|only on)(?: the| any| a| all)? (?P<day>{_DAY_NAME})",
            lambda f, _: {"day": _day(f["day"])},
        ),
        told(
            (
                rf" (?P<day>weekdays|weekends|work days|workdays|mondays? (?:to|through|till) fridays?|saturdays? and "
                rf"sundays?|(?:{_DAYS})s)"
            ),
            lambda f, _: {"day": _day(f["day"])},
        ),
        told(
            rf"(?: from| between)(?P<range>{CLOCK}(?: to| till| until| and){CLOCK})",
            lambda f, c: {"time": c.range(f["range"])},
        ),
        told(
            (
                rf"(?: any ?time)?(?P<side> before| until| till| after| from| past| later than| earlier than| "
                rf"since)(?P<clock>{CLOCK})(?: on| onwards| onward)?"
            ),
            sided,
        ),
        told(rf" at(?P<clock>{CLOCK})", lambda f, c: {"time": c.time(f["clock"])}),
        told(
            rf" (?P<side>before|after|until|past)(?: the)? (?P<part>{_MEAL}|dark)",
            lambda f, _: {
                "time": f"{ {'until': 'before', 'past': 'after'}.get(f['side'], f['side']) } {_meal(f['part'])}"
            },
        ),
        told(
            (
                rf" (?:in|at|during|by|through|over|throughout|with|for|around|while (?:we|i) (?:are|am)? ?(?:having|"
                rf"eating|at)|when (?:we|i) (?:have|are having|eat|are at|am at))(?: the| my| our)?(?: late| early)? "
                rf"(?P<part>{_PART}|{_MEAL})(?: ?time)?"
            ),
            lambda f, _: {"time": _meal(f["part"])},
        ),
        told(
            (
                rf" (?:every|each) (?P<part>{_PART}|{_MEAL})| (?P<alone>mornings|afternoons|evenings|nights)| "
                rf"(?P<over>overnight)"
            ),
            lambda f, _: {"time": "night" if f["over"] else _meal(f["part"] or f["alone"])},
        ),
        told(
            (
                rf" (?:when|while|if|whenever) (?:i am|we are|i) (?:in|on)(?: the| my| our)?(?P<place>{PLACE}| [^ ]+ "
                rf"room)"
            ),
            lambda f, _: {"place": f["place"]},
        ),
        told(
            rf" (?:in|out in|inside)(?: the| my| our)?(?P<place>{PLACE}| [^ ,]+ room)",
            lambda f, _: {"place": f["place"]},
        ),
        told(
            (
                r" in the(?P<place> (?!morning|afternoon|evening|night|future|house|home|background|way|dark|sun|rain|"
                r"summer|winter|spring|autumn|end|meantime|week|middle|first|mood|world|news|family|same|next|box|car "
                r"park)[^ ,]+)"
            ),
            lambda f, _: {"place": f["place"]},
        ),
        told(
            r" (?P<place>upstairs|downstairs|at work|at home)", lambda f, _: {"place": f["place"].removeprefix("at ")}
        ),
        told(
            (
                rf"(?<! turn)(?<! turning)(?<! switch)(?<! switching)(?<! put)(?<! putting) on(?: the| my| "
                rf"our)(?P<device>{DEVICE})"
            ),
            lambda f, _: {"device": f["device"]},
        ),
    ]


_MEALS = {"lunchtime": "lunch", "dinnertime": "dinner", "nighttime": "night", "sundown": "sunset"}


def _meal(part: str) -> str:
    word = _singular(part)
    return _MEALS.get(word, word)


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
    for phrase in _phrases():
        for match in phrase.pattern.finditer(text):
            gives = {name: " ".join(value.split()) for name, value in phrase.gives(match, clock).items() if value}
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

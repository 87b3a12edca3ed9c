"""Rules: standing permissions, bans and duties ("never wake me before nine"), read as polarity, verb and object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sayagain.preferences.tokens import kept
from sayagain.preferences.verbs import (
    COMPLEMENTS,
    IMPERATIVES,
    PARTICIPLES,
    PARTICLES,
    SWITCHING,
    base,
    is_gerund,
    merged,
    parted,
)
from sayagain.preferences.words import words

_PREAMBLE = re.compile(
    r"^(?: (?:it is (?:a|the|my|our) (?:house )?rule (?:that|to)|the (?:house )?rule is(?: that| to)?|(?:make|"
    r"have) it (?:a rule|a habit|your habit|a point)(?: to| that| of)?|get in(?:to)? the habit of|"
    r"it is (?:very |really |so )?important (?:that|to)|it is your job to|your job is to|i (?:really )?(?:want|"
    r"need|expect|prefer|insist)(?: that)?(?: you)? to(?= always| never| only)|i insist (?:that|on)|i expect "
    r"(?:that )?you to|"
    r"be careful to|take care to|see to it that|see that|at all times|in general|as a rule))(?: ,)?(?= )"
)
"""What introduces a rule without being part of it."""
_YOU = (
    r"(?: (?:you(?= (?:must|should|are|can|may|have|need|shall|always must))|i want you to|i would like you to|i "
    r"need you to|i expect you to|it is important that you|i want you|i would like you))?"
)
_ASKING = (
    r"(?:ask|check|confirm|double check|verify|consult|get my ok|get my permission|ask for permission|ask "
    r"permission|ask for my permission|ask for confirmation|get confirmation|get my approval|get permission|"
    r"get my confirmation|request confirmation|seek confirmation|run it by me|get my yes|get a yes|get my go "
    r"ahead|get my consent|get my approval first|wait for my ok|wait for my yes|wait for my confirmation|have "
    r"my permission|have my ok)"
    r"(?: (?:with|it|that|me|us|first|for|permission|my|ok|okay|approval|confirmation|always|from|things))*"
)
_MUST = (
    r"(?: (?:always|must|should|have to|need to|make sure to|make sure you|be sure to|please|never forget to|do "
    r"not forget to|remember to|want you to))*"
)
ASK = re.compile(rf"^{_YOU}{_MUST} {_ASKING} (?:always )?before(?: (?:you|ever|you ever|we))*(?P<deed> .+)$")
PERMITTED = re.compile(
    r"^ (?:you (?:always )?(?:need|have to have|have to get|must have|must get|should get)|i (?:always "
    r")?(?:want|need|would like|have)) (?:my (?:ok|okay|permission|approval|consent|say so)|to (?:be asked|"
    r"approve|confirm|give permission|give my ok|agree|be consulted|say yes|give the ok)(?: first)?)"
    r"(?: (?:before|to|for|if|when))(?: (?:you|i|we|can|may|want to|ever))*(?P<deed> .+)$"
)
ONLY_WITH = re.compile(
    r"^ (?:you (?:may|can|should|must|are allowed to) )?only(?P<deed> .+?) (?:with my (?:permission|ok|approval|"
    r"consent|say so)|(?:if|when|after|once) i (?:ok it|confirm|agree|approve|say yes|have confirmed|have agreed|"
    r"said yes|say so|tell you to)(?: it)?)$"
)
ASK_LAST = re.compile(rf"^ before(?: (?:you|ever))*(?P<deed> .+?)(?: you)?{_MUST} {_ASKING}$")
WITHOUT = re.compile(
    r"^(?: (?:you|i do not want you to|i never want you to|please))*(?: (?:must|should))? ?(?:never|do not(?: "
    r"ever)?|not|no)(?: ever)?(?P<deed> .+?)"
    r" (?:without|unless|before|until)(?: (?:you|i|we|first|have|had))*"
    r" (?:asking|checking|confirming|asked|confirmed|ask|check|confirm|my ok|my permission|my say so|my "
    r"approval|permission|consulting|say so|double checking|okayed|agreed|said so|said yes|told you to|allow "
    r"it|my confirmation|confirmation|my yes|my consent|my go ahead|my blessing|my word|my approval first|"
    r"getting my ok|getting my permission|getting my yes|having asked|having checked|having my ok|giving the "
    r"ok|i have confirmed)"
    r"(?: (?:with|me|us|first|it|that|before|for|permission|my|if|beforehand))*$"
)
NEVER = (
    r"(?<!a rule )never(?: ever)?(?: again)?|not once|not at any time|i will not have you|i will not have|we "
    r"will not have you|do not(?: you)? ever|do not|i do not want you to(?: ever)?|i never want you to|i do "
    r"not ever want you to|i do not want you|we do not want you to|must not|must never|should not(?: ever)?|"
    r"should never|are not allowed to|are never allowed to|are never to|are not to|may not|may never"
    r"|can not|can never|shall not|shall never|avoid|refrain from|quit|stop|no more|no|not|(?:i|we) would "
    r"(?:rather|prefer|like|love|appreciate)(?: it)?(?: if)?(?: for)? you (?:did not|do not|not to|never|would "
    r"not|to never|to not|not)(?: ever)?|i would rather not have you|i do not want to see you|i do not like "
    r"you to|(?:it is )?not ok to|it is not ok for you to|it is forbidden to|you are forbidden to|forget about|"
    r"no need to ever|there is no need to(?: ever)?|under no circumstances(?: should you| are you to| may "
    r"you)?|at no (?:time|point)(?: should you| are you to| may you)?|on no account(?: should you)?|in no case"
)
ALWAYS = (
    r"always|make sure(?: that)?(?: to| you| it)?(?: always)?|be sure to(?: always)?|must(?: always)?|"
    r"should(?: always)?|have to(?: always)?|"
    r"need to(?: always)?|ensure(?: that)?(?: you)?(?: always)?|be sure(?: that)? "
    r"you(?: always)?|see to it that you|are to(?: always)?|are supposed to|(?:never|do not ever|do not) "
    r"(?:ever )?forget to(?: always)?|remember always to|always remember to|without exception|every time"
)
ONLY = (
    r"only(?: ever)?(?: to)?|are fine but only to|may only ever|must only(?: ever)?|should only(?: ever)?|may "
    r"only(?: ever)?|can only|are only allowed to|are only to|are only ever to|always only"
)
POLAR = re.compile(
    rf"^{_YOU} (?:(?P<always>(?:never|do not ever|do not)(?: ever)? forget to(?: always)?|{ALWAYS})|"
    rf"(?P<never>{NEVER})|(?P<only>{ONLY}))(?P<rest>(?: .+))$"
)
NO_DEEDS = words("no_deeds")
"""Words after "always" or "never" that begin no duty and no ban."""
FACTS = re.compile(r" (?:i|we|she|he|they)(?= )")
SUBORDINATE = re.compile(
    r" (?:when|while|if|unless|until|before|after|because|so|as|without|whenever|where|what|that)(?= ).*$"
)
PASSIVE = re.compile(
    r"^(?P<object>(?: [^ ,]+)+?) (?:(?P<never>must not|must never|should never|should not|is never(?: to)?|are "
    r"never(?: to)?|is not to|are not to|is not allowed to|are not allowed to|may not|can not|shall not|may "
    r"never|can never)"
    r"|(?P<only>must only|should only|may only|can only|is only to|are only to|is only allowed to)|"
    r"(?P<always>must(?: always)?|should(?: always)?|has always to|have always to|needs always to|always has "
    r"to|always have to|always needs to|always need to|is always to|are always to))"
    r"(?: ever)?(?: be)?(?P<rest>(?: [^ ,]+)+)$"
)
NOT_ALLOWED = re.compile(
    r"^(?P<object>(?: [^ ,]+)+?) (?:is|are) (?:strictly |absolutely |completely |never )*(?:not allowed|a no|a no "
    r"go|taboo|out of bounds|not acceptable|not welcome|unacceptable|forbidden|banned|off limits|not ok|not "
    r"permitted|prohibited|never allowed|never ok)$"
)
_UNWANTED = re.compile(
    r"^ (?:i|we) (?:do not|never) (?:ever )?want (?:any |to hear any )?(?P<object>(?!to |you )(?: ?[^ ,]+){1,3})$"
)
ONLY_ALLOWED = re.compile(
    r"^(?P<object>(?: [^ ,]+)+?) (?:is|are) (?:only (?:allowed|ok|permitted|fine)|(?:allowed|ok|permitted|fine)(?: "
    r"but)? only)$"
)
_WANTED = re.compile(
    r"^ (?:i|we) (?:always )?want(?P<object> (?:the|my|our)(?: [^ ]+)+?) (?:(?P<always>always)|(?P<never>never)|"
    r"(?P<only>only))(?: to be| be)?(?P<rest> (?:[^ ]+ed|shut|kept|left|set|read|put|woken|shown|told|given|run|"
    r"made)(?: [^ ]+)*)$"
)
_STAYS = re.compile(
    r"^(?P<object> (?:the|my|our|all)(?: [^ ]+)+?) (?:(?:must|should|has to|have to|need to|needs to|is to|are to|"
    r"always|will|shall) )*(?P<verb>stays?|remains?)(?P<rest>(?: [^ ]+)+)$"
)


@dataclass(frozen=True)
class Rule:
    """What is read of a rule: its object, and polarity with verb and complement."""

    subject: str
    value: str


def rule_of(text: str, *, recurs: bool, surely: bool, standing: bool) -> Rule | None:
    """Return the rule that tokens state, None where they state none.

    Args:
        text: without when it holds and for whom.
        recurs: whether it holds at times that recur.
        surely: whether these times come again for sure, so that a plain order is a duty.
        standing: whether it was said to last.
    """
    said = re.sub(r"(?: ,)+", "", text)
    introduced = _PREAMBLE.sub("", said)
    if (asked := asks(introduced)) is not None:
        return asked
    text, ever = _ever(introduced)
    lasts = recurs or standing or ever or introduced != said
    if (named := _of_an_object(text, lasts=lasts)) is not None:
        return named
    if found := POLAR.match(text):
        return _polar(found, recurs=recurs, lasts=lasts)
    if FACTS.search(SUBORDINATE.sub("", text)) or _ASKS.match(text):
        return None
    return _otherwise(text, recurs=recurs, lasts=lasts, surely=surely or standing or ever or introduced != said)


_ASKS = re.compile(r"^ (?:when|how|what|why|where|who|which|if|whether)(?= )")


def _of_an_object(text: str, *, lasts: bool) -> Rule | None:
    """Return a rule that names its object and no verb: "shoes are not allowed", "I never want ads"."""
    patterns = ((NOT_ALLOWED, "never"), (ONLY_ALLOWED, "only"), *(((_UNWANTED, "never"),) if lasts else ()))
    matches = ((pattern.match(text), polarity) for pattern, polarity in patterns)
    return next((_done(found["object"], polarity) for found, polarity in matches if found), None)


def _otherwise(text: str, *, recurs: bool, lasts: bool, surely: bool) -> Rule | None:
    """Return a rule in the passive, about what stays as it is, with its polarity in the middle, or a plain order."""
    if found := PASSIVE.match(text) or _WANTED.match(text):
        return _passive(found)
    if found := _STAYS.match(text):
        return _stays(found, lasts=lasts)
    if (moved := _moved(text)) is not None and (found := POLAR.match(moved)):
        return _polar(found, recurs=recurs, lasts=lasts)
    return _deed(text, "always") if surely and text.split()[:1] and text.split(maxsplit=1)[0] in IMPERATIVES else None


def _polar(found: re.Match[str], *, recurs: bool, lasts: bool) -> Rule | None:
    """Return a rule that begins with its polarity."""
    word, rest = (found["never"] or found["only"] or found["always"]).strip(), found["rest"]
    polarity = "never" if found["never"] else "only" if found["only"] else "always"
    bare_duty = _BARE_DUTY.match(word) is not None and found.start(polarity) <= 1
    if FACTS.search(SUBORDINATE.sub("", rest)) or bare_duty or (word in LASTING_NEEDED and not lasts):
        return None
    if polarity == "always":
        stays = PASSIVE.match(rest) if rest.split()[0] in ("the", "my", "our") else None
        again = None if stays else POLAR.match(rest)
        if stays or again:
            return _passive(stays) if stays else again and _polar(again, recurs=recurs, lasts=True)
    if word in OF_THINGS:
        return _ban(word, rest, lasts=lasts)
    first = rest.split()[0]
    if first in NO_DEEDS or is_gerund(first):
        return _done(rest, polarity) if polarity == "only" and recurs and first not in NO_DEEDS else None
    return _deed(rest, polarity)


def _ban(word: str, rest: str, *, lasts: bool) -> Rule | None:
    """Return a ban of something done or of a thing: "no more telling me jokes", "no phones" where it lasts."""
    if is_gerund(rest.split(maxsplit=1)[0]):
        return _deed(rest, "never") if word != "stop" or lasts or len(rest.split()) > 1 else None
    return _done(rest, "never") if word == "no more" or (word in ("no", "avoid") and lasts) else None


_BARE_DUTY = re.compile(
    r"(?:can not|can never|may not|may never|shall not|must|should|have to|need to|are to|are supposed)"
)
"""Words of a duty that is nobody's where nobody is named: "must be nice"."""
OF_THINGS = frozenset(["no", "no more", "stop", "quit", "avoid", "refrain from"])
LASTING_NEEDED = frozenset(
    ["do not", "not", "forget about", "i do not want you to", "i do not want you", "we do not want you to"]
)
"""Bans that may be meant for once, where nothing says that they last."""


def _ever(text: str) -> tuple[str, bool]:
    """Return a text without "ever" or "always" at its end; and whether it stood there."""
    without = re.sub(r"(?: (?:ever|ever again|at all|always|at any time|under any circumstances))+$", "", text)
    if text.endswith(" always") and not POLAR.match(without):
        without = f" always{without}"
    return without, without != text and not text.endswith(" at all")


def _moved(text: str) -> str | None:
    """Return an order with "always", "only" or "never" moved from its middle to its beginning."""
    found = re.match(r"^(?P<before>(?: [^ ]+)+?) (?P<word>always|only|never)(?P<after> .+)$", text)
    if found is None or found["before"].split()[0] not in IMPERATIVES:
        return None
    return f" {found['word']}{found['before']}{found['after']}"


def asks(text: str) -> Rule | None:
    """Return the rule to ask before something is done, None where tokens state none."""
    found = next(
        (each for pattern in (ASK, ASK_LAST, WITHOUT, PERMITTED, ONLY_WITH) if (each := pattern.match(text))), None
    )
    if found is None:
        return None
    dropped = ("any", "anything", "something", "ever", "you", "even", "always", "please", "things", "some")
    deed = [word for word in kept(found["deed"]).split() if word not in dropped]
    return Rule(" ".join([base(deed[0]), *deed[1:]]), "ask first") if deed else None


NO_OBJECTS = frozenset(
    [
        "you",
        "i",
        "we",
        "it",
        "he",
        "she",
        "they",
        "that",
        "this",
        "there",
        "what",
        "everything",
        "something",
        "somebody",
        "nobody",
    ]
)


def _passive(found: re.Match[str]) -> Rule | None:
    polarity = "never" if found["never"] else "only" if found["only"] else "always"
    rest = found["rest"].split()
    done = rest[0] in PARTICIPLES or rest[0].endswith("ed") or rest[0] in COMPLEMENTS or rest[0] in IMPERATIVES
    if set(kept(found["object"]).split()) & NO_OBJECTS or not done:
        return None
    verb, more = PARTICIPLES.get(rest[0]) or base(rest[0]), rest[1:]
    if more and more[0] in PARTICLES:
        verb, more = f"{verb} {more[0]}", more[1:]
    verb = merged(verb, found["object"])
    return Rule(kept(found["object"]), " ".join([polarity, verb, *kept(" ".join(more)).split()]))


def _stays(found: re.Match[str], *, lasts: bool) -> Rule | None:
    """Return a rule about what stays as it is: "the door stays locked at night"."""
    standing = lasts or re.search(r" (?:must|should|has to|have to|always|is to|are to) ", found[0])
    verb = found["verb"].removesuffix("s")
    value = " ".join(["always", verb, *kept(found["rest"]).split()])
    return Rule(kept(found["object"]), value) if standing else None


APART = SWITCHING | {"wake", "shut", "read", "pick"}
"""Verbs whose particle may stand behind the object."""


def _done(text: str, polarity: str) -> Rule | None:
    """Return a rule without a verb: "no news before eight"."""
    subject = kept(text)
    return Rule(subject, polarity) if subject else None


def _deed(text: str, polarity: str) -> Rule | None:
    """Return a rule about doing something: verb, particle, object and complement, wherever the particle stands."""
    said = [word for word in text.split() if word not in ("ever", "just", "again", "please", "even")]
    while said and (said[0] in ("you", "to", "and") or said[:2] == ["be", "sure"] or said[0] == "sure"):
        said = said[1:]
    if not said or said[0] in NO_DEEDS:
        return None
    verb, rest = base(said[0]) if is_gerund(said[0]) else said[0], said[1:]
    particle = ""
    if rest and rest[0] in PARTICLES:
        particle, rest = rest[0], rest[1:]
    object_, complement = parted(rest)
    if not particle and verb in APART and complement and complement[0] in PARTICLES:
        particle, complement = complement[0], complement[1:]
    verb = merged(f"{verb} {particle}".strip(), " ".join(object_))
    value = " ".join([polarity, verb, *kept(" ".join(complement)).split()])
    return Rule(kept(" ".join(object_)), value)

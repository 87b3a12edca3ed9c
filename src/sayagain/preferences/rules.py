"""Rules: standing permissions, bans and duties ("never wake me before nine"), read as polarity, verb and object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sayagain.preferences.tokens import kept

_PREAMBLE = re.compile(
    r"^(?: (?:it is (?:a|the|my|our) (?:house )?rule (?:that|to)|the (?:house )?rule is(?: that| to)?|(?:make|have) it (?:a rule|a habit|your habit|a point)(?: to| that| of)?|get in(?:to)? the habit of|"
    r"it is (?:very |really |so )?important (?:that|to)|it is your job to|your job is to|i (?:really )?(?:want|need|expect|prefer|insist)(?: that)?(?: you)? to(?= always| never| only)|i insist (?:that|on)|i expect (?:that )?you to|"
    r"be careful to|take care to|see to it that|see that|at all times|in general|as a rule))(?: ,)?(?= )"
)
"""What introduces a rule without being part of it."""
_YOU = r"(?: (?:you(?= (?:must|should|are|can|may|have|need|shall|always must))|i want you to|i would like you to|i need you to|i expect you to|it is important that you|i want you|i would like you))?"
_ASKING = (
    r"(?:ask|check|confirm|double check|verify|consult|get my ok|get my permission|ask for permission|ask permission|ask for my permission|ask for confirmation|get confirmation|get my approval|get permission|get my confirmation|request confirmation|seek confirmation|run it by me|get my yes|get a yes|get my go ahead|get my consent|get my approval first|wait for my ok|wait for my yes|wait for my confirmation|have my permission|have my ok)"
    r"(?: (?:with|it|that|me|us|first|for|permission|my|ok|okay|approval|confirmation|always|from|things))*"
)
_MUST = r"(?: (?:always|must|should|have to|need to|make sure to|make sure you|be sure to|please|never forget to|do not forget to|remember to|want you to))*"
ASK = re.compile(rf"^{_YOU}{_MUST} {_ASKING} (?:always )?before(?: (?:you|ever|you ever|we))*(?P<deed> .+)$")
PERMITTED = re.compile(
    r"^ (?:you (?:always )?(?:need|have to have|have to get|must have|must get|should get)|i (?:always )?(?:want|need|would like|have)) (?:my (?:ok|okay|permission|approval|consent|say so)|to (?:be asked|approve|confirm|give permission|give my ok|agree|be consulted|say yes|give the ok)(?: first)?)"
    r"(?: (?:before|to|for|if|when))(?: (?:you|i|we|can|may|want to|ever))*(?P<deed> .+)$"
)
ONLY_WITH = re.compile(r"^ (?:you (?:may|can|should|must|are allowed to) )?only(?P<deed> .+?) (?:with my (?:permission|ok|approval|consent|say so)|(?:if|when|after|once) i (?:ok it|confirm|agree|approve|say yes|have confirmed|have agreed|said yes|say so|tell you to)(?: it)?)$")
ASK_LAST = re.compile(rf"^ before(?: (?:you|ever))*(?P<deed> .+?)(?: you)?{_MUST} {_ASKING}$")
WITHOUT = re.compile(
    r"^(?: (?:you|i do not want you to|i never want you to|please))*(?: (?:must|should))? ?(?:never|do not(?: ever)?|not|no)(?: ever)?(?P<deed> .+?)"
    r" (?:without|unless|before|until)(?: (?:you|i|we|first|have|had))*"
    r" (?:asking|checking|confirming|asked|confirmed|ask|check|confirm|my ok|my permission|my say so|my approval|permission|consulting|say so|double checking|okayed|agreed|said so|said yes|told you to|allow it|my confirmation|confirmation|my yes|my consent|my go ahead|my blessing|my word|my approval first|getting my ok|getting my permission|getting my yes|having asked|having checked|having my ok|giving the ok|i have confirmed)"
    r"(?: (?:with|me|us|first|it|that|before|for|permission|my|if|beforehand))*$"
)
NEVER = (
    r"(?<!a rule )never(?: ever)?(?: again)?|not once|not at any time|i will not have you|i will not have|we will not have you|do not(?: you)? ever|do not|i do not want you to(?: ever)?|i never want you to|i do not ever want you to|i do not want you|we do not want you to|must not|must never|should not(?: ever)?|should never|are not allowed to|are never allowed to|are never to|are not to|may not|may never"
    r"|can not|can never|shall not|shall never|avoid|refrain from|quit|stop|no more|no|not|(?:i|we) would (?:rather|prefer|like|love|appreciate)(?: it)?(?: if)?(?: for)? you (?:did not|do not|not to|never|would not|to never|to not|not)(?: ever)?|i would rather not have you|i do not want to see you|i do not like you to|(?:it is )?not ok to|it is not ok for you to|it is forbidden to|you are forbidden to|forget about|no need to ever|there is no need to(?: ever)?|under no circumstances(?: should you| are you to| may you)?|at no (?:time|point)(?: should you| are you to| may you)?|on no account(?: should you)?|in no case"
)
ALWAYS = (
    r"always|make sure(?: that)?(?: to| you| it)?(?: always)?|be sure to(?: always)?|must(?: always)?|should(?: always)?|have to(?: always)?|"
    r"need to(?: always)?|remember to(?: always)?|ensure(?: that)?(?: you)?(?: always)?|be sure(?: that)? you(?: always)?|see to it that you|are to(?: always)?|are supposed to|(?:never|do not ever|do not) (?:ever )?forget to(?: always)?|remember always to|always remember to|without exception|every time"
)
ONLY = r"only(?: ever)?(?: to)?|are fine but only to|may only ever|must only(?: ever)?|should only(?: ever)?|may only(?: ever)?|can only|are only allowed to|are only to|are only ever to|always only"
POLAR = re.compile(rf"^{_YOU} (?:(?P<always>(?:never|do not ever|do not)(?: ever)? forget to(?: always)?|{ALWAYS})|(?P<never>{NEVER})|(?P<only>{ONLY}))(?P<rest>(?: .+))$")
NO_DEEDS = frozenset(["the", "a", "an", "one", "two", "same", "i", "we", "she", "he", "they", "it", "my", "kidding", "joking", "this", "that",
                      "good", "true", "right", "late", "something", "someone", "not", "so", "too", "fun", "is", "are", "was", "in", "on", "at",
                      "because", "for", "just", "there", "mind", "look", "see", "going", "knew", "know", "been", "had", "listen", "listens", "forget"])  # fmt: skip
"""Words after "always" or "never" that begin no duty and no ban."""
FACTS = re.compile(r" (?:i|we|she|he|they)(?= )")
SUBORDINATE = re.compile(r" (?:when|while|if|unless|until|before|after|because|so|as|without|whenever|where|what|that)(?= ).*$")
PASSIVE = re.compile(
    r"^(?P<object>(?: [^ ,]+)+?) (?:(?P<never>must not|must never|should never|should not|is never(?: to)?|are never(?: to)?|is not to|are not to|is not allowed to|are not allowed to|may not|can not|shall not|may never|can never)"
    r"|(?P<only>must only|should only|may only|can only|is only to|are only to|is only allowed to)|(?P<always>must(?: always)?|should(?: always)?|has to(?: always)?|have to(?: always)?|needs to(?: always)?|need to(?: always)?|is always to|are always to))"
    r"(?: ever)?(?: be)?(?P<rest>(?: [^ ,]+)+)$"
)
NOT_ALLOWED = re.compile(r"^(?P<object>(?: [^ ,]+)+?) (?:is|are) (?:strictly |absolutely |completely |never )*(?:not allowed|a no|a no go|taboo|out of bounds|not acceptable|not welcome|unacceptable|forbidden|banned|off limits|not ok|not permitted|prohibited|never allowed|never ok)$")
_UNWANTED = re.compile(r"^ (?:i|we) (?:do not|never) (?:ever )?want (?:any |to hear any )?(?P<object>(?!to |you )(?: ?[^ ,]+){1,3})$")
ONLY_ALLOWED = re.compile(r"^(?P<object>(?: [^ ,]+)+?) (?:is|are) (?:only (?:allowed|ok|permitted|fine)|(?:allowed|ok|permitted|fine)(?: but)? only)$")
_WANTED = re.compile(r"^ (?:i|we) (?:always )?want(?P<object> (?:the|my|our)(?: [^ ]+)+?) (?:(?P<always>always)|(?P<never>never)|(?P<only>only))(?: to be| be)?(?P<rest> (?:[^ ]+ed|shut|kept|left|set|read|put|woken|shown|told|given|run|made)(?: [^ ]+)*)$")
_STAYS = re.compile(r"^(?P<object> (?:the|my|our|all)(?: [^ ]+)+?) (?:(?:must|should|has to|have to|need to|needs to|is to|are to|always|will|shall) )*(?P<verb>stays?|remains?)(?P<rest>(?: [^ ]+)+)$")
PARTICLES = frozenset(["on", "off", "up", "down", "out", "over", "away", "back"])
PREPOSITIONS = frozenset([
    "to", "with", "at", "for", "from", "about", "as", "without", "when", "while", "of", "by", "through", "into", "until",
    "if", "unless", "during", "in", "than", "so", "because", "via", "using", "under", "above", "below", "past", "like",
])  # fmt: skip
COMPLEMENTS = frozenset([
    "short", "low", "quiet", "loud", "dim", "warm", "bright", "brief", "open", "closed", "locked", "shut", "unlocked",
    "quietly", "loudly", "slowly", "softly", "briefly", "down", "up", "on", "off", "first", "twice", "again", "muted",
    "cool", "simple", "private", "clean", "slow", "fast", "automatically", "aloud", "running", "silent", "dark", "lower",
    "louder", "quieter", "slower", "polite", "concise", "together", "separately", "over", "away", "out", "charged", "ajar",
    "immediately", "properly", "soft", "hot", "cold",
])  # fmt: skip
TO_WHOM = frozenset(["me", "us"])
E_VERBS = frozenset("""
    us mak wak tak giv clos chang mov leav writ not driv dim_ shar danc smok charg mut paus rais schedul delet activat
    deactivat announc provid receiv serv sav stor updat enabl disabl prepar includ purchas phon danc swip shuffl com hav
    describ decreas increas resum translat confus arriv achiev quot prais plac prais remov replac refus
""".split())  # fmt: skip
"""Verbs without the e that their -ing form drops."""
SWITCHING = frozenset(["switch", "put", "flip", "flick", "turn"])


@dataclass(frozen=True)
class Rule:
    """What is read of a rule: its object, and polarity with verb and complement."""

    subject: str
    value: str
    standing: bool
    """Whether its own words say that it lasts."""


def rule_of(text: str, *, recurs: bool, standing: bool) -> Rule | None:
    """Return the rule that tokens state, None where they state none.

    Args:
        text: without when it holds and for whom.
        recurs: whether it holds at times that recur.
        standing: whether it was said to last.
    """
    text = re.sub(r"(?: ,)+", "", text)
    introduced = _PREAMBLE.sub("", text)
    standing, text = standing or introduced != text, introduced
    if (asked := asks(text)) is not None:
        return asked
    if found := NOT_ALLOWED.match(text):
        return _done(found["object"], "never")
    if (found := _UNWANTED.match(text)) and (recurs or standing or _ever(text)[1]):
        return _done(_ever(found["object"])[0], "never")
    if found := ONLY_ALLOWED.match(text):
        return _done(found["object"], "only")
    text, ever = _ever(text)
    lasts = recurs or standing or ever
    if found := POLAR.match(text):
        return _polar(found, recurs=recurs, lasts=lasts)
    if FACTS.search(SUBORDINATE.sub("", text)):
        return None
    if passive := PASSIVE.match(text):
        return _passive(passive)
    if wanted := _WANTED.match(text):
        return _passive(wanted)
    if stays := _STAYS.match(text):
        return _stays(stays, lasts=lasts)
    moved = _moved(text)
    if moved is not None and (found := POLAR.match(moved)):
        return _polar(found, recurs=recurs, lasts=lasts)
    return _deed(text, "always") if lasts and _imperative(text) else None


def _polar(found: re.Match[str], *, recurs: bool, lasts: bool) -> Rule | None:
    word, rest = (found["never"] or found["only"] or found["always"]).strip(), found["rest"]
    polarity = "never" if found["never"] else "only" if found["only"] else "always"
    if FACTS.search(SUBORDINATE.sub("", rest)):
        return None
    if polarity == "always" and (stays := PASSIVE.match(rest)) and rest.split()[0] in ("the", "my", "our"):
        return _passive(stays)
    if polarity == "always" and (again := POLAR.match(rest)):
        return _polar(again, recurs=recurs, lasts=True)
    first = rest.split()[0]
    if re.match(r"(?:must|should|have to|need to|are to|are supposed)", word) and found.start(polarity) <= 1:
        return None
    if word in LASTING_NEEDED and not lasts:
        return None
    if word in ("no", "no more", "stop", "quit", "avoid", "refrain from"):
        if _gerund(first):
            return _deed(rest, polarity) if word != "stop" or lasts or len(rest.split()) > 1 else None
        asks_more = word == "no more" or (word in ("no", "avoid") and lasts)
        return _done(rest, polarity) if asks_more else None
    if first in NO_DEEDS or _gerund(first):
        return _done(rest, polarity) if polarity == "only" and recurs and first not in NO_DEEDS else None
    return _deed(rest, polarity)


LASTING_NEEDED = frozenset(["do not", "not", "forget about", "i do not want you to", "i do not want you", "we do not want you to"])
"""Bans that may be meant for once, where nothing says that they last."""


def _ever(text: str) -> tuple[str, bool]:
    """Return a text without "ever" or "always" at its end; and whether it stood there."""
    without = re.sub(r"(?: (?:ever|ever again|again|at all|always|at any time|under any circumstances|any more|anymore))+$", "", text)
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
    found = next((each for pattern in (ASK, ASK_LAST, WITHOUT, PERMITTED, ONLY_WITH) if (each := pattern.match(text))), None)
    if found is None:
        return None
    dropped = ("any", "anything", "something", "ever", "you", "even", "always", "please", "things", "some")
    words = [word for word in kept(found["deed"]).split() if word not in dropped]
    return Rule(" ".join([base(words[0]), *words[1:]]), "ask first", True) if words else None


def _passive(found: re.Match[str]) -> Rule | None:
    polarity = "never" if found["never"] else "only" if found["only"] else "always"
    words = found["rest"].split()
    if found["object"].strip() in ("you", "i", "we", "it", "he", "she", "they"):
        return None
    verb, more = PARTICIPLES.get(words[0]) or base(words[0]), words[1:]
    if more and more[0] in PARTICLES:
        verb, more = f"{verb} {more[0]}", more[1:]
    verb = _merged(verb, found["object"])
    return Rule(kept(found["object"]), " ".join([polarity, verb, *kept(" ".join(more)).split()]), True)


PARTICIPLES = {
    "played": "play", "turned": "turn", "switched": "switch", "read": "read", "kept": "keep", "opened": "open", "closed": "close",
    "locked": "lock", "unlocked": "unlock", "used": "use", "left": "leave", "set": "set", "ordered": "order", "shown": "show",
    "called": "call", "sent": "send", "put": "put", "interrupted": "interrupt", "disturbed": "disturb", "woken": "wake",
    "dimmed": "dim", "heated": "heat", "told": "tell", "announced": "announce", "shared": "share", "recorded": "record",
    "started": "start", "muted": "mute", "shut": "shut", "answered": "answer", "given": "give", "changed": "change",
    "asked": "ask", "run": "run", "bought": "buy", "stopped": "stop", "lowered": "lower", "raised": "raise", "made": "make",
    "spoken": "speak", "mentioned": "mention", "allowed": "allow", "vacuumed": "vacuum", "paused": "pause", "added": "add",
}  # fmt: skip


def _stays(found: re.Match[str], *, lasts: bool) -> Rule | None:
    """Return a rule about what stays as it is: "the door stays locked at night"."""
    standing = lasts or re.search(r" (?:must|should|has to|have to|always|is to|are to) ", found[0])
    verb = found["verb"].removesuffix("s")
    return Rule(kept(found["object"]), " ".join(["always", verb, *kept(found["rest"]).split()]), True) if standing else None


def _done(words: str, polarity: str) -> Rule | None:
    """Return a rule without a verb: "no news before eight"."""
    subject = kept(words)
    return Rule(subject, polarity, True) if subject else None


def _deed(words: str, polarity: str) -> Rule | None:
    """Return a rule about doing something: verb, particle, object and complement, wherever the particle stands."""
    said = [word for word in words.split() if word not in ("ever", "just", "again", "please", "even")]
    while said and (said[0] in ("you", "to", "and") or said[:2] == ["be", "sure"] or said[0] == "sure"):
        said = said[1:]
    if not said or said[0] in NO_DEEDS:
        return None
    verb, rest = base(said[0]) if _gerund(said[0]) else said[0], said[1:]
    particle = ""
    if rest and rest[0] in PARTICLES:
        particle, rest = rest[0], rest[1:]
    object_, complement = _object(rest)
    if not particle and complement and complement[0] in PARTICLES and verb in (SWITCHING | {"wake", "shut", "turn", "read", "pick"}):
        particle, complement = complement[0], complement[1:]
    verb = _merged(f"{verb} {particle}".strip(), " ".join(object_))
    value = " ".join([polarity, verb, *kept(" ".join(complement)).split()])
    return Rule(kept(" ".join(object_)), value, True)


def object_of(text: str) -> str:
    """Return the object of a request, as it is kept: "my light" of "turn on my light in the evening".

    >>> object_of(" turn on my light"), object_of(" switch the big lamp off")
    ('light', 'big lamp')
    """
    words = text.replace(" ,", "").split()[1:]
    while words and words[0] in PARTICLES:
        words = words[1:]
    return kept(" ".join(_object(words)[0]))


def _object(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the object of a verb and what is left: "me" is the object only where nothing else follows it."""
    whom = words[:1] if words and words[0] in TO_WHOM else []
    rest = words[len(whom):]
    end = next((at for at, word in enumerate(rest) if word in PREPOSITIONS or _completes(rest, at)), len(rest))
    object_, complement = rest[:end], rest[end:]
    return (object_, complement) if object_ else (whom, complement)


def _completes(words: list[str], at: int) -> bool:
    """Return whether a word is no part of the object: "short" completes "keep the answers short", not "short answers"."""
    if at == len(words) - 1 and words[at].endswith("ly") and words[at] not in ("family", "assembly"):
        return True
    if words[at] not in COMPLEMENTS:
        return False
    following = words[at + 1] if at + 1 < len(words) else None
    return following is None or following in PREPOSITIONS or following in COMPLEMENTS or (at > 0 and words[at] in PARTICLES) or following == "and"


def _merged(verb: str, object_: str) -> str:
    """Return one verb for all that switch a thing, and for all that play."""
    word, _, particle = verb.partition(" ")
    if word in ("put", "turn", "switch") and particle == "on" and re.search(r"\b(?:music|radio|songs?|jazz|playlist)\b", object_) and word == "put":
        return "play"
    if word in SWITCHING and particle in ("on", "off"):
        return f"turn {particle}"
    return "read" if verb == "read out" else verb


def _imperative(text: str) -> bool:
    words = text.split()
    return bool(words) and words[0] in IMPERATIVES


IMPERATIVES = frozenset("""
    turn switch play put dim open close shut lock keep leave start stop set make read tell show give send pause mute lower
    raise run use speak talk answer reply call wake let stay avoid whisper limit skip reduce warm cool heat ask say announce
    hold ring block silence ignore lead go move order add water feed vacuum charge mop clean boil brew heat preheat arm disarm check record
    save download update restart reboot print share forward summarise translate shorten repeat spell explain hide allow filter shuffle
    flash blink air ventilate draw pull roll lift bring fetch buy reserve book pay schedule cancel delete remove clear wait be mention
    switch use include choose pick prefer remember unlock deliver offer sound beep notify alert inform text email message dial
""".split())  # fmt: skip


def _gerund(word: str) -> bool:
    return word.endswith("ing") and len(word) > 5 and word not in ("anything", "something", "everything", "morning", "evening", "nothing", "string")


def base(word: str) -> str:
    """Return the base form of a verb that may be in its -ing or -ed form.

    >>> base("waking"), base("turning"), base("setting"), base("ordering"), base("dimmed")
    ('wake', 'turn', 'set', 'order', 'dim')
    """
    if not _gerund(word) and not (word.endswith("ed") and len(word) > 4):
        return word
    stem = word.removesuffix("ing").removesuffix("ed")
    if word.endswith("ied"):
        return f"{stem[:-1]}y"
    if stem in E_VERBS:
        return f"{stem}e"
    doubled = len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz"
    return stem[:-1] if doubled else stem

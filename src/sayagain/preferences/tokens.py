"""Tokens: a statement as the grammars read it, and as it is kept.

Contractions are written out, politeness and fillers go, and of what somebody corrects the last version counts.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

CONTRACTIONS = {
    "i'm": "i am",
    "im": "i am",
    "i've": "i have",
    "ive": "i have",
    "i'd": "i would",
    "i'll": "i will",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "doesnt": "does not",
    "didn't": "did not",
    "didnt": "did not",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "won't": "will not",
    "wont": "will not",
    "isn't": "is not",
    "isnt": "is not",
    "aren't": "are not",
    "arent": "are not",
    "wasn't": "was not",
    "shouldn't": "should not",
    "shouldnt": "should not",
    "mustn't": "must not",
    "mustnt": "must not",
    "couldn't": "could not",
    "wouldn't": "would not",
    "haven't": "have not",
    "it's": "it is",
    "that's": "that is",
    "thats": "that is",
    "there's": "there is",
    "you're": "you are",
    "you'll": "you will",
    "we're": "we are",
    "we've": "we have",
    "we'd": "we would",
    "we'll": "we will",
    "they're": "they are",
    "what's": "what is",
    "it'd": "it would",
    "that'd": "that would",
    "they'd": "they would",
    "whats": "what is",
    "let's": "let us",
    "lets": "let us",
    "who's": "who is",
    "name's": "name is",
    "everyone's": "everyone is",
    "gonna": "going to",
    "wanna": "want to",
    "favorite": "favourite",
    "favorites": "favourites",
    "o'clock": "oclock",
    "okay": "ok",
    "color": "colour",
    "ain't": "is not",
    "needn't": "need not",
    "ya": "you",
    "'em": "them",
    "em": "them",
    "til": "until",
    "'til": "until",
    "gimme": "give me",
    "lemme": "let me",
    "cos": "because",
    "coz": "because",
    "mkay": "ok",
    "nah": "no",
    "nope": "no",
    "kinda": "kind of",
    "sorta": "sort of",
    "dunno": "do not know",
    "i'ma": "i am going to",
    "imma": "i am going to",
    "yknow": "you know",
    "y'know": "you know",
    "y'all": "you all",
    "anyways": "anyway",
    "thru": "through",
    "alrighty": "alright",
    "gotta": "got to",
    "here's": "here is",
    "cuz": "because",
    "'cause": "because",
}
"""What people say in one word, and ASR writes with or without its apostrophe → the words of it."""

FILLERS = re.compile(
    r"(?: ,)?(?: (?:um+|uh+|er+m?|hm+|mm+|erm|eh|ah|oh|yeah|yep|yup|yes|basically|literally|essentially|"
    r"obviously|innit|kind of(?! (?:music|food|film|films|movie|movies|book|thing|like))|sort of(?! (?:music|"
    r"food|film|thing|like))|(?<= is) like|(?<= means) like|(?<= mean) like|(?<= just) like|(?<= and) like|"
    r"(?<= say) like|(?<= the) like|(?<= so) like)|(?<! so) you know(?! (?:what|who|where|how|about))| i "
    r"suppose(?= ,)"
    r"|(?<! as) well(?= (?:that|it|,))| right(?= that)"
    r"|(?<= ,) like(?= ,)| well(?= ,)| right(?= ,)| so(?= ,)| ok(?: so)?(?= ,)| look(?= ,)| listen(?= ,))(?= |$)"
)
POLITE = re.compile(
    r"(?: ,)?(?: if you do not mind| if you please| if that is (?:ok|all right|alright|fine)| thank you(?: very much)?"
    r"| thanks(?: a lot| in advance)?|(?: and)?(?: that| it) would be (?:great|nice|lovely|good|helpful|"
    r"wonderful|perfect|ideal|appreciated|fantastic|amazing)| (?:if|when) you (?:could|would|can)(?: "
    r"please)?(?=(?: ,)?$| ,)| i (?:would|really|would really) appreciate (?:it|that)|(?: and)? thank you "
    r"kindly| please and thank you| do me a favour(?: and)?| kindly| please| pretty please| will you(?=(?: "
    r",)?$)| would you(?=(?: ,)?$)| ok(?=(?: ,)?$)| cheers)(?= |$)"
)
TRAILING = re.compile(
    r"(?: ,)?(?: (?:and|so|now|just|you|please|can you|could you|would you))*(?: (?:remember(?: (?:that|it|"
    r"this|me|please|for me|forever|always))?|keep (?:that|it|this) in mind|bear (?:that|it) in mind|got it|"
    r"get it|you should know|just so you know|so you know|just fyi|fyi"
    r"|by the way|make a note(?: of (?:that|it|this))?|take note|note (?:that|it|this)(?: down)?|write (?:that|"
    r"it) down|understood|do not forget(?: (?:that|it))?|you know|you got that|save (?:that|it|this)|learn "
    r"(?:that|it)|store (?:that|it)|that is what it means|that is what i mean|that is what i meant|is that "
    r"clear|is that ok|if that is ok|in case you (?:did not know|wondered|wonder)|thanks|thank you|alright|all "
    r"right|right|ok|call me that|use that|that is (?:all|it)|that is a rule|that is the rule|that is an order|"
    r"i mean it|seriously|honestly|for sure|of course|hear me|you hear|if i am honest|to be honest|if you must "
    r"know|full stop|period|end of story|no exceptions|and that is that|that is that|that is how it is|do not "
    r"ask|every single time|as always|and do not you forget it|don't you forget it|do not you forget it|so "
    r"please remember|mark my words|you hear me|i repeat|ok then|for next time|from here on|agreed|deal|that "
    r"is my rule|house rules|for the record|for future reference))+$"
)
WAKE = re.compile(
    r"^(?:(?: ,)?(?: (?:hey|hi|hello|ok|yo))? (?:alexa|siri|cortana|jarvis|nabu|mycroft|bixby|olly|computer|google"
    r"|assistant|rhasspy)(?: ,)?)+(?= )"
)
OPENING = re.compile(
    r"^(?:(?: ,)?(?: that(?= (?:the|my|our|by|when|if|whenever|i|we|in|on|for) )| ok(?: so)?| so| well| right| "
    r"alright| all right| hey| hi| hello| listen| look| oh| and| also|"
    r" but| yeah| yes| yep| no(?= ,)| just| hmm| actually| basically| honestly| anyway| by the way| one more thing|"
    r" another thing| one thing| note| for the record| fyi|"
    r" (?:just )?so (?:that )?you know| to be (?:honest|clear|fair)| (?:please )?(?:remember|note|learn|know|"
    r"keep in mind|"
    r"bear in mind|make a note|take note)(?: this)?(?: for me)?(?: that)?(?= )| (?:i|you) should know(?: that)?|"
    r" for (?:your|future) (?:information|reference)| here is (?:a|one) thing| let me (?:tell|teach) you(?: "
    r"something)?|"
    r" i (?:want|would like) you to (?:know|remember|learn)(?: that)?| (?:can|could|will|would) you(?: please)?(?= )|"
    r" i (?:want|need|would like|would prefer|would love)(?: it)?(?: for)?(?: if)? you to(?= )| i would prefer "
    r"(?:it )?if you(?= )|"
    r" i would appreciate it if you(?= )| you (?:can|could|may|need to|have to|got to)(?= )|"
    r" let us say(?: that)?| from here on(?: out)?| do me a favour(?: and)?| it would be (?:great|nice|lovely|"
    r"good|helpful|wonderful|better|best) if(?: you (?:could|would|can)?)?| i would (?:really )?(?:appreciate|"
    r"love|like|prefer) it if you (?:could|would|can)| (?:can|could|may) i ask you to| i am asking you to| i "
    r"ask that you| (?:here is|this is) how it works| here is the deal| the deal is(?: that)?| (?:so )?for "
    r"next time| i need to tell you(?: something)?(?: that)?| i want to teach you(?: something)?(?: that)?| "
    r"lesson| attention| important| let us agree(?: that)?| i hereby declare(?: that)?| may i remind you(?: "
    r"that)?| just remember(?: that)?| try to remember(?: that)?| you need to know(?: that)?| it helps to "
    r"know(?: that)?| good to know| what you should know is(?: that)?| i would have you know(?: that)?| "
    r"understand that(?= )| i guess(?: you should know)?(?: that)?| i (?:would|have to|must|can) say(?: that)?|"
    r" you (?:could|might|can) say(?: that)?| let us be clear| to be clear| just to be clear| for clarity| one "
    r"thing about me(?: is(?: that)?)?| something about me| about me| the thing is| i would prefer that| it "
    r"would (?:help|be (?:good|nice|great|helpful)) if you (?:knew|remembered|could|would)(?: that)?|"
    r" in my (?:contacts|phone ?book|address book)| note(?: down)?(?: that)?| i think you should know(?: "
    r"that)?| (?:please )?be aware(?: that)?| fun fact| heads up| quick note| new rule| here is a rule| rule| "
    r"remember this for me| (?:just )?a reminder(?: that)?| would you| as you know|"
    r" i (?:have|got) (?:a|one) (?:rule|thing|request)(?: for you)?| (?:and )?one (?:more|rule|thing)| i am "
    r"telling you(?: that)?| let it be known(?: that)?| know(?: that)?| i will have you know(?: that)?| i must "
    r"say| i have to say| i have to admit| i admit| you know what)(?: ,)?)+(?= )"
)
CORRECTION = re.compile(
    r"(?: ,)?(?: (?:no wait|wait no|wait|no sorry|sorry no|oh sorry|sorry|scratch that|strike that"
    r"|correction|no actually|actually no|actually|make that|or rather|rather|no make that|let me rephrase"
    r"|(?:sorry )?let me start (?:over|again)|no no|no|hang on|hold on|oops|my bad|i meant|no i meant)(?: ,)?)+(?= )"
)
"""What may introduce a correction; it is one where a comma stands before it, or none of its words is said otherwise."""
SURE_CORRECTION = re.compile(
    r"scratch that|strike that|no wait|wait no|correction|make that|or rather|sorry|rephrase|start (?:again|over)|"
    r"no make|no actually|actually no|hang on|hold on|i meant"
)

_STUTTER = re.compile(r"\b([a-z']+(?: [a-z']+)?)(?: \1\b)+")
"""Words that somebody said twice in a row: "the the", "by my by my"."""

ARTICLES = frozenset(["a", "an", "the", "my", "our", "your"])
"""Words that are never part of what is kept."""


def tokens(text: str) -> str:
    """Return the tokens of a text, each with a space before it; a comma is one.

    >>> plain(tokens("Hey Nabu, don't wake me before 7am, please!"))
    ' do not wake me before 7 am'
    """
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").casefold()
    plain = re.sub(r"(?<=\d)\.(?=\d\d ?[ap]\.?m)", ":", plain)
    plain = re.sub(r"\b([ap])\. ?m\b\.?", r"\1m", plain)
    plain = re.sub(r"(?<=\d)(am|pm|mins?|secs?|h|hrs?)\b", r" \1", plain)
    plain = re.sub(r"(?<=\d)\s*%|\bper ?cent\b", " percent", plain)
    plain = re.sub(r"(?<=\d)\s*°\s*[cf]?\b", " degrees", plain)
    plain = re.sub(r"(?<=\w)[-–](?=\w)", " ", plain)
    plain = re.sub(r"\.{2,}|…|[,;.!?–—()]+(?=\s|$)|\s[-–—:]+\s|(?<=\w):(?=\s)", " , ", plain)
    words = re.findall(r"[\w&+][\w'&:.+]*|,", plain)
    written = _STUTTER.sub(r"\1", " ".join(CONTRACTIONS.get(word, word) for word in words))
    return _tidy(" " + written)


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return what stands before and behind a statement, as ``data/edges.toml`` has it."""
    from sayagain.preferences.grammar import COMMA, Grammar  # noqa: PLC0415 - hassil loads slowly: most requests teach nothing

    file = resources.files("sayagain.preferences").joinpath("data", "edges.toml")
    content, grammar = tomllib.loads(file.read_text(encoding="utf8")), Grammar({}, {})
    opening, trailing = ("|".join(map(grammar.pattern, content[end])) for end in ("opening", "trailing"))
    return re.compile(rf"^(?:{opening})+{COMMA}(?= )"), re.compile(rf"(?:{trailing})+{COMMA}$")


def plain(text: str) -> str:
    """Return tokens without wake words, fillers, politeness and what opens a statement without being part of it."""
    for _ in range(3):  # one thing that goes may have hidden another
        before = text
        for pattern in (WAKE, FILLERS, POLITE, TRAILING, OPENING, *_edges()):
            text = _tidy(pattern.sub("", text))
        if text == before:
            break
    return text


def corrections(text: str) -> list[tuple[str, str]]:
    """Return where a text may be corrected: what stood before, and what counts instead; the last place first."""
    found = [each for each in CORRECTION.finditer(text) if each.start() > 0]
    told = [each for each in found if SURE_CORRECTION.search(each[0]) or "," in each[0]]
    return [(text[: each.start()], text[each.end() :]) for each in reversed(told)]


def kept(words: str) -> str:
    """Return words as they are kept: without articles and punctuation.

    >>> kept("the big lamp in my room")
    'big lamp in room'
    """
    return " ".join(word.strip("'.") for word in words.split() if word not in ARTICLES and word != ",")


def known_names(names: Iterable[str]) -> frozenset[str]:
    """Return names in the spelling in which statements are compared with them."""
    return frozenset(kept(tokens(each)) for each in names)


def _tidy(text: str) -> str:
    text = re.sub(r"(?: ,)+", " ,", re.sub(r" +", " ", text))
    return re.sub(r"^(?: ,)+|(?: ,)+ ?$", "", text).rstrip()

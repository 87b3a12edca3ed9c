"""What teaches nothing: requests, questions, one-time wishes, moods, quotations, what others like or was long ago."""

from __future__ import annotations

import re

_END = r"(?= |$)"
_TAG = re.compile(
    r"[,.;] *(?:ok|okay|right|alright|all right|got it|got that|clear|understood|yes|yeah|please|thanks|you "
    r"know|will you|would you|could you|can you|remember|"
    r"is that (?:ok|okay|clear|alright|fine|possible)|do you (?:understand|hear|get it)|can you (?:remember|"
    r"do) (?:that|it)|deal|huh|see|yeah)\? *$"
)
"""A question that only asks whether a statement was heard."""

ONCE = re.compile(
    r" (?:tonight|today|tomorrow|now(?! on| mean| call| known| and for)|this time|this once|just once|just "
    r"this once|for once|for now|right now|at the moment|for the moment|currently"
    r"|this (?:evening|morning|afternoon|week|weekend|month|minute|second|round|instance)|(?:for|in) the next|"
    r"until (?:tomorrow|i (?:get|come|am)|we (?:get|come|are)|the|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|next)"
    r"|till tomorrow|for a (?:bit|while|moment|minute|second|sec|change)|temporarily|only once|one time|one "
    r"more time|later(?! than)(?<! or later)|in a (?:minute|bit|moment|while|sec)|next (?:time|week|month|"
    r"monday|song|one|track)|yesterday|last (?:night|week|time|year)|this one time|for this|on this occasion|"
    r"at present|these days only|again(?= please)|just for)"
    + _END
)  # fmt: skip
"""Words of a wish that is for once, or of something that is over."""

_SAYS = (
    r"(?:says|said|keeps? saying|kept saying|sings?|sang|claims?|claimed|wrote|writes|told (?:me|us|you)|tells "
    r"(?:me|us)|yelled|shouted|asked|thinks|whispered|goes on about|wants)"
)
QUOTED = re.compile(
    rf" (?!i |we |you |to |never |always |just |only |also |usually |often |should |must )(?:(?:my|the|our|his|"
    rf"her|their|your) (?:[^ ]+ )?)?[^ ]+ {_SAYS}{_END}"
    rf"| (?:he|she|they|people|kids|friends|parents|some|others) (?:say|sing|call|mean|claim|think|tell){_END}"
)
"""What others said or think."""
_IF_SAID = re.compile(
    (
        r" (?:when|whenever|if|every time) (?:somebody|someone|anyone|anybody|any of us|one of us) (?:says|asks for|"
        r"asks|wants)"
    )
    + _END
)
QUOTES = re.compile(r"[\"“«](?:[^\"”»]* ){4,}[^\"”»]*[\"”»]")
"""A quotation; fewer words in quotes are a name or a word that is explained."""
SOURCES = re.compile(
    (
        r" (?:quote|unquote|according to|the lyrics?|lyrics|in the (?:song|movie|film|book|show|play)|the song "
        r"goes|the saying goes|as the saying|the line|it was written|headline reads)"
    )
    + _END
)

UNSURE = re.compile(
    (
        r" (?:(?:at|in) (?:my|his|her|their) (?:[^ ]+ )?[^ ]+'s (?:place|house|flat|home|office)|at work|on the "
        r"internet|maybe|perhaps|might|not sure|unsure|i guess|i wonder|imagine|suppose|supposing|what if|would|"
        r"could|i do not know|i am not certain|undecided|possibly|probably|hypothetically|thinking about|thinking "
        r"of maybe|let us pretend|pretend|i think i (?:may|might|could)|can not decide|if only|wish|wondering|i "
        r"had|used to|back then|when i was|as a (?:kid|child|teenager)|in my (?:youth|childhood|twenties|teens)|"
        r"years ago|once upon|was(?! always)|were(?! you)|(?<!you )did(?: not)?|had been|growing up)"
    )
    + _END
)
"""Words of a doubt, a mere possibility, or something that was."""
MAYBE_TOLD = re.compile(
    r" (?:i|we) would (?:like|love|prefer|appreciate)(?: it)?(?: if)?(?: for)? you(?: to)?|(?:i|we) would "
    r"(?:like|love|prefer)(?=[^,]* (?:to mean|default|to be called|to be known as|to be the))"
    r"| since i was [^,]+$| could (?=(?:eat|listen to|watch|drink|read|do without|not care less|live without) )"
    r"| that would be| default for [^ ]+ would be" + _END
)

QUESTION = re.compile(
    r"^(?: ,)?(?: and| so| but| hey)* (?:what|why|who|whose|where|how|which|do(?! not)|does|did|is|are|am|was|"
    r"were|has|have (?:you|we|i)|should i|should we|may i|can i|shall|could i|when (?:is|are|does|do|did|will|"
    r"should)|when can|will it|can it|could it|would it|would you (?:like|say|know)|do you|can you (?:tell me|"
    r"hear|see|understand|explain)|could you (?:tell me|explain)|any idea|"
    r"isn't|is not|are not|does not anyone|have i|tell me (?:what|why|who|where|how|if|whether|when))" + _END
)
SAYS_SO = re.compile(
    (
        r"^ (?:what (?:i|we) (?:mean|call|am|refer|want|understand|like|love|enjoy|hate|prefer|dislike|really|use)|"
        r"whenever|when (?:i|we|you))"
    )
    + _END
)

TAKES_BACK = re.compile(
    (
        r"^(?: ,)?(?: no| ok| please| so| well| actually)*(?: ,)? (?:forget|never mind|nevermind|ignore|delete|"
        r"undo|cancel|remove|scrap|disregard|erase|unlearn|drop|stop (?:using|thinking|treating|calling (?:it|that|"
        r"the|my)))"
    )
    + _END
)
DENIES = re.compile(
    (
        r" (?:i|we|you) (?:do not|did not|never|no longer|have not|will not|am not)(?: \w+)? (?:mean|meant|say|"
        r"said|called|refer|mind|know|think|want(?! (?:you|any|to (?:hear|listen|see|watch|eat)))|need|care "
        r"(?:what|if|about that|which)|remember|own|have)"
    )
    + _END
    + r"| (?:does not|do not|no longer|did not|will not) (?:mean|means|stand for|refer)"
    + _END
)
POINTS = frozenset(
    [
        "it",
        "this",
        "that",
        "them",
        "these",
        "those",
        "him",
        "her",
        "you",
        "here",
        "there",
        "one",
        "me",
        "us",
        "so",
        "nothing",
        "everything",
        "something",
        "anything",
        "what",
        "which",
        "how",
        "when",
        "where",
        "why",
        "who",
        "if",
        "to",
        "both",
        "either",
        "neither",
        "stuff",
        "things",
        "mine",
        "yours",
        "ones",
        "same",
        "not",
        "doing",
        "being",
        "having",
        "getting",
        "going",
        "i",
        "we",
        "he",
        "she",
        "they",
        "your",
        "his",
        "thing",
        "like",
        "and",
        "or",
        "but",
        "because",
        "or not",
        "way",
        "yes",
        "no",
        "love",
        "life",
        "day",
    ]
)
"""First words of what names nothing, or is a clause."""
POINTING = re.compile(r"(?:^| )(?:this|that|these|those|it)(?= |$)")


def teaches_nothing(text: str, raw: str) -> bool:
    """Return whether tokens are of a kind that teaches nothing, whatever else they say.

    Args:
        text: the tokens, without what opens a statement.
        raw: the statement as it was written.
    """
    if QUOTES.search(raw) or SOURCES.search(text) or ONCE.search(text):
        return True
    if (
        raw.rstrip().endswith("?")
        and not _TAG.search(raw.lower())
        and not re.match(r"\s*(?:\w+[ ,]+){0,4}?(?:can|could|would|will) you\b", raw.lower())
    ):
        return True
    if (QUESTION.match(text) and not SAYS_SO.match(text)) or TAKES_BACK.match(text) or DENIES.search(text):
        return True
    if QUOTED.search(_IF_SAID.sub("", text)):
        return True
    return bool(UNSURE.search(MAYBE_TOLD.sub("", text)))


def names_nothing(words: str) -> bool:
    """Return whether what is kept names nothing: it only points at something, or is empty.

    >>> names_nothing("this song"), names_nothing("jazz")
    (True, False)
    """
    said = words.split()
    return not said or said[0] in POINTS or said[0] in ("this", "that", "these", "those")

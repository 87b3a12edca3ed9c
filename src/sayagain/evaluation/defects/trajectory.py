"""A baseline: the twenty model-free signal types of "Signals: Trajectory Sampling and Triage for Agentic Interactions".

arXiv 2604.00356. Types and their order are the paper's: interaction (misalignment, stagnation, disengagement,
satisfaction), execution (failure, loop) and environment (exhaustion, here one type). What its abstract does not say is
taken from what its authors document and publish of their gateway (Plano, docs.planoai.dev/concepts/signals.html): what
each type looks for, its thresholds, and what each costs the quality of a conversation (``COSTS``). The lists of phrases
are our own, after theirs.

Guessed, for the paper judges whole conversations of agents that call tools, and this table single turns of assistants:

- A turn is charged with what its request, its answer and the next request show. Severities, which count signals of a
  whole conversation, are that of one signal.
- The call of a turn is its action, else its intent, with the slots as arguments. What came of it is the response; where
  the words of a failure match no type, the status tells: unsupported is a tool not found, clarify are invalid
  arguments, error is a state error.
- Requests that are spoken are short: one is a rephrase of another from two words in common that mean something (four).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sayagain.text.normalise import normalise

COSTS = {
    "misalignment": 15.0, "stagnation": 8.0, "disengagement": 10.0, "satisfaction": -12.0, "failure": 8.0, "loop": 5.0,
    "exhaustion": 3.0,
}  # fmt: skip
"""What a signal of each kind takes from the quality of a turn, which is 50 of 100 where none speaks."""
FINAL = frozenset({"escalation", "quit"})
"""Signals that take all of it."""

SAID: dict[str, tuple[str, str]] = {
    "correction": (
        "misalignment",
        r"^(?:no|nah|nope)\b.*\b(?:meant|said|asked|not what)\b|^no (?!problem|thanks?\b)|not what i (?:said|asked)"
        r"|not what i meant|i (?:just|already) (?:said|told)|you(?: are|'re) (?:wrong|not (?:quite|exactly) right)",
    ),
    "rephrase": ("misalignment", r"let me (?:rephrase|explain|say)|in other words|what i(?: am|'m) (?:saying|trying)"),
    "clarification": (
        "misalignment",
        r"(?:do not|don't|can't|cannot|not) (?:understand|follow|get it)|confused|no sense|what (?:do|does|are) "
        r"(?:you|that|it) (?:mean|saying)|(?:come|say (?:that|it)|repeat (?:that|it)|one more time)\b.*|i'm lost",
    ),
    "escalation": (
        "disengagement",
        r"(?:speak|talk|connect|transfer|get|chat)\b.*\b(?:human|person|supervisor|manager|agent|service|support)\b",
    ),
    "quit": (
        "disengagement",
        r"\b(?:give|giving) up\b|^(?:forget|screw) (?:it|this)|never mind|\bhopeless\b|why bother|not worth it"
        r"|elsewhere",
    ),
    "negative_stance": (
        "disengagement",
        r"useless|not help(?:ful|ing)|(?:does not|doesn't|not|isn't|still) work(?:ing)?|wast(?:e|ing) (?:of|my) time|"
        r"ridiculous|absurd|stupid|\bdumb\b|frustrat|disappoint|(?:tried|did|done) that already|bullshit|\bcrap\b",
    ),
    "gratitude": (
        "satisfaction",
        r"\bthank(?:s| you)\b|appreciate|exactly what i (?:needed|wanted)|you(?: are|'re) great",
    ),
    "confirmation": (
        "satisfaction",
        r"that works|this works|that(?: is|'s) (?:great|right|perfect)|^(?:perfect|great)\b|love it",
    ),
    "success": ("satisfaction", r"\b(?:it|that|this) worked|(?:it|that|this)(?: is|'s) working"),
}  # fmt: skip
"""What the next request says of a turn: type → its kind, and the words."""

CAME: dict[str, tuple[str, str]] = {
    "invalid_args": (
        "failure",
        r"(?:invalid|missing|required|wrong) (?:arg|param|field|value|format|type|date)|is not valid",
    ),
    "tool_not_found": (
        "failure",
        r"(?:unknown|no such|unrecogni[sz]ed) (?:tool|function|command)|not supported|can't do that",
    ),
    "auth_misuse": (
        "failure",
        r"unauthori[sz]ed|forbidden|(?:permission|access) denied|not (?:allowed|authori[sz]ed)|log ?in",
    ),
    "state_error": (
        "failure",
        r"already (?:exists?|on|off|running|started)|(?:invalid|illegal) state|not (?:started|running)",
    ),
    "bad_query": (
        "failure",
        r"(?:invalid|malformed|unknown) (?:query|field|filter|search|id)|no (?:results?|match)|not find",
    ),
    "exhaustion": (
        "exhaustion",
        r"server error|unavailable|try again later|tim(?:ed?|e) ?out|rate limit|too many requests|quota|connection"
        r"|network|unreachable|malformed|unexpected token|context (?:length|limit)|too (?:long|large)",
    ),
}  # fmt: skip
"""What the response says that came of a call that failed."""
BY_STATUS = {"unsupported": "tool_not_found", "clarify": "invalid_args", "error": "state_error"}

BASELINE_TURNS = 5
"""Requests of a conversation that is not long."""
DECAY = 0.25
"""Efficiency is 1 / (1 + DECAY × requests beyond these)."""
DRAGGING = 0.5
"""Efficiency below which a conversation drags on."""
LOOKS_BACK = 2
"""Messages of one side with which its next is compared."""
LEAST_TOKENS = 5
"""Words of a message that can be a repetition."""
SAME = 0.85
"""Likeness (Jaccard, of pairs of letters) from which it is one."""
OVERLAP = 0.75
"""Share of the words of the shorter request, of those that mean something, that a rephrase has, too."""
LEAST_WORDS = 2
NEW_WORDS = 0.5
"""Share of the words of a rephrase that may be new."""
RUN = 3
"""Calls in a row that are a loop; cycles that are an oscillation."""
LONGEST_CYCLE = 5

_LITTLE = (
    "a an the i me my we you your it its this that these is are was be do does did to of in on at for with and or "
    "not no please can could would will want like need have has uh um ok okay yes what which how about there"
)
_STOPWORDS = frozenset(_LITTLE.split())
_SHOUTED = re.compile(r"[?!]{2,}")
_SAID = {name: (kind, re.compile(words)) for name, (kind, words) in SAID.items()}
_CAME = {name: (kind, re.compile(words)) for name, (kind, words) in CAME.items()}

Found = Iterator[tuple[str, str]]
"""Types with their kinds."""


@dataclass(frozen=True)
class Exchange:
    """What the signals look at of one turn."""

    turn: str
    text: str
    form: str
    response: str
    failed: str | None
    """The type of failure that its status stands for."""
    call: str | None
    arguments: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Exchange:
        """Read a row of the log."""
        meaning = row["interpretation"] or {}
        slots = ";".join(sorted(f"{slot['name']}={slot['value']}" for slot in meaning.get("slots") or ()))
        call = row["action"] or meaning.get("intent")
        text, response = row["text"], (row["response"] or "").lower()
        return cls(row["turn"], text, normalise(text), response, BY_STATUS.get(row["status"] or ""), call, slots)


def scores(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return how bad each turn is by its signals, from 0 to 1, by its identifier.

    Args:
        rows: turns of a log in the order of sessions and, within one, of time.
    """
    found: dict[str, float] = {}
    for _, group in groupby(rows, lambda row: (row["user"], row["session"])):
        session = [Exchange.of(row) for row in group]
        looped = _loops(session)
        for place, exchange in enumerate(session):
            kinds = [*_interaction(session, place), *_execution(exchange), *looped[place]]
            cost = sum(COSTS[kind] for _, kind in kinds)
            final = any(name in FINAL for name, _ in kinds)
            found[exchange.turn] = 1.0 if final else min(max(50 + cost, 0.0), 100.0) / 100
    return found


def _interaction(session: Sequence[Exchange], place: int) -> Found:
    """Yield what the next request says of a turn, and whether either side goes round in circles."""
    this, after = session[place], session[place + 1] if place + 1 < len(session) else None
    if 1 / (1 + DECAY * max(place + 1 - BASELINE_TURNS, 0)) < DRAGGING:
        yield "dragging", "stagnation"
    before = session[max(place - LOOKS_BACK, 0) : place]
    if any(_repeats(this.response, each.response) for each in before):
        yield "repetition", "stagnation"
    if after is None:
        return
    said = [(name, kind) for name, (kind, words) in _SAID.items() if words.search(after.text.lower())]
    yield from said
    misaligned = any(kind == "misalignment" for _, kind in said)
    if not misaligned and _rephrases(after.form, this.form):
        yield "rephrase", "misalignment"
    elif _repeats(after.form, this.form):
        yield "repetition", "stagnation"
    letters = [letter for letter in after.text if letter.isalpha()]
    shouted = len(letters) >= 10 and sum(map(str.isupper, letters)) >= 0.8 * len(letters)
    if shouted or _SHOUTED.search(after.text):
        yield "negative_stance", "disengagement"


def _execution(this: Exchange) -> Found:
    """Yield the type of failure of a call, by what its response says, else by its status."""
    if this.failed is None:
        return
    by_words = ((name, kind) for name, (kind, words) in _CAME.items() if words.search(this.response))
    yield next(by_words, (this.failed, "failure"))


def _loops(session: Sequence[Exchange]) -> list[list[tuple[str, str]]]:
    """Return of each turn the loops that its call is in: the same call again, with other arguments, or in turns."""
    found: list[list[tuple[str, str]]] = [[] for _ in session]
    names = [each.call for each in session]

    def mark(name: str, start: int, end: int) -> None:
        for place in range(start, end):
            found[place].append((name, "loop"))

    start = 0
    for _, group in groupby(session, lambda each: each.call):
        run = [each.arguments for each in group]
        if names[start] is not None and len(run) >= RUN:
            mark("retry" if len(set(run)) == 1 else "parameter_drift", start, start + len(run))
        start += len(run)
    for length in range(2, LONGEST_CYCLE + 1):
        for start in range(len(names) - RUN * length + 1):
            cycle = names[start : start + length]
            if None not in cycle and len(set(cycle)) > 1 and cycle * RUN == names[start : start + RUN * length]:
                mark("oscillation", start, start + RUN * length)
    return [list(dict.fromkeys(each)) for each in found]


def _repeats(one: str, other: str) -> bool:
    if min(len(one.split()), len(other.split())) < LEAST_TOKENS:
        return False
    pairs, others = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return len(pairs & others) >= SAME * len(pairs | others)


def _rephrases(later: str, earlier: str) -> bool:
    """Return whether two requests have most words in common of those that mean something."""
    new, old = ({word for word in form.split() if word not in _STOPWORDS} for form in (later, earlier))
    if min(len(new), len(old)) < LEAST_WORDS or len(new - old) > NEW_WORDS * len(new):
        return False
    return len(new & old) >= OVERLAP * min(len(new), len(old))

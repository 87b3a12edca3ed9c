"""DSTC2: real calls to a restaurant assistant; was a request heard wrong, so that it mattered, or understood wrong?

What a method sees is what the log of the live system has (Henderson et al., 2014): hypotheses and interpretations with
their scores, the system's acts and responses, interruptions, and the turns before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.failures.calls import AFTER, BEFORE, HERE, numbers
from sayagain.evaluation.failures.labelled import Block, Floats, Ints, Labelled, Log, Method, without
from sayagain.evaluation.failures.models import as_it_is, boosting, linear, tfidf
from sayagain.evaluation.failures.neighbours import neighbours
from sayagain.evaluation.failures.plausibility import Trigrams, plausibility
from sayagain.evaluation.failures.wording import borne_out
from sayagain.evaluation.report import OURS
from sayagain.log.readers.contract import Read
from sayagain.log.readers.dstc2 import read as read_calls
from sayagain.schema import Turn
from sayagain.schema.truth import Truth
from sayagain.text.encoder import shipped
from sayagain.text.normalise import normalise

NAME = "dstc2"
OUTCOMES = ("asr", "nlu", "correct")

AMOUNTS_TO = {
    "false_wake": "asr", "asr": "asr", "nlu": "nlu", "entity": "nlu", "result": "correct", "correct": "correct",
}  # fmt: skip
"""Outcome of a reading → that of the set, which ends with what was understood."""

CARRIERS = {
    "ack": "okay ok kay fine good great alright right sure",
    "affirm": "yes yeah yea yep yup right correct sure ya uh",
    "bye": "bye goodbye good",
    "deny": "no not dont wrong",
    "hello": "hello hi hey halo",
    "negate": "no nope not wrong",
    "repeat": "repeat again back go",
    "reqalts": "else other another about different more change next anything",
    "reqmore": "more",
    "restart": "start over restart",
    "thankyou": "thank thanks thankyou",
    "dontcare": "any anything care matter dont doesnt whatever every all",
    "addr": "address where located location",
    "area": "area part where location town",
    "food": "food type kind serve cuisine",
    "name": "name called",
    "phone": "phone number telephone",
    "postcode": "post postcode code postal zip",
    "pricerange": "price range cost expensive cheap pricing much",
    "signature": "signature",
}
"""Words that carry an act, or the name of what is asked for; a value is carried by its own words."""

_ACT = re.compile(r"(\w+)\(([^()]*)\)")

Piece = tuple[str, str]
"""One thing that is meant: (act or slot, what is asked for or the value)."""


def outcome(said: str, meant: str, heard: str, understood: Sequence[Piece], wrong: bool) -> str | None:
    """Return how a turn went: ``correct``, ``asr``, ``nlu``, or None where the words do not decide between these two.

    correct: what was understood is what was meant. nlu: it is not, and the words were heard as they were said (in their
    normal form, however it is spaced). asr: it is not, and a word that carries what was lost was said and not heard, or
    one that carries what came in addition was heard and not said. None: words differ, but none of those.

    Args:
        said: what a person wrote down of the recording.
        meant: what people made of it, as the reader writes it (``inform(area=south) request(slot=phone)``).
        heard: the best hypothesis.
        understood: the pieces of the best interpretation.
        wrong: whether that differs from what was meant.
    """
    if not wrong:
        return "correct"
    spoken, caught = normalise(said).split(), normalise(heard).split()
    if "".join(spoken) == "".join(caught):
        return "nlu"
    gold = set(pieces(meant))
    lost = any(_carried(piece, spoken, caught) for piece in gold - set(understood))
    added = any(_carried(piece, caught, spoken) for piece in set(understood) - gold)
    return "asr" if lost or added else None


def pieces(meaning: str) -> Iterator[Piece]:
    """Yield the pieces of a meaning as the reader writes it.

    >>> list(pieces("inform(area=south) bye()"))
    [('area', 'south'), ('bye', '')]
    """
    for act, slots in _ACT.findall(meaning):
        pairs = [pair.partition("=") for pair in slots.split(",") if "=" in pair]
        yield from ((name, value) for name, _, value in pairs) if pairs else iter([(act, "")])


def _carried(piece: Piece, here: Sequence[str], there: Sequence[str]) -> bool:
    """Return whether a word that carries the piece is here and not there."""
    name, value = piece
    carriers = set(CARRIERS.get(value or name, value).split())
    return any(word in carriers and word not in there for word in here)


@dataclass(frozen=True)
class Call:
    """The turns of one call with their truth, in order."""

    turns: Sequence[Turn]
    truths: Sequence[Truth]


def read(data: Path, train: Path | None) -> list[Labelled]:
    """Return the turns of the calls in a file whose outcome the words decide, beside those of one to learn from.

    Raises:
        FormatError: a file is not one of the set.
    """
    reported = _calls(data)
    return [labelled([*reported, *(_calls(train) if train else ())], len(reported))]


def _calls(path: Path) -> list[Call]:
    by_call: dict[str, list[Read]] = {}
    for each in read_calls(path):
        if not isinstance(each, Read) or each.truth is None:
            raise FormatError(f"{path} is not of the set {NAME}", "Name one with --data, or another set with --set")
        by_call.setdefault(each.turn.session or "", []).append(each)
    if not by_call:
        raise FormatError(f"{path} holds no turns", f"Name a file of the set {NAME}")
    return [
        Call([each.turn for each in call], [each.truth for each in call if each.truth]) for call in by_call.values()
    ]  # fmt: skip


def labelled(held: Sequence[Call], reported: int) -> Labelled:
    """Return the turns of calls as a labelled set; those after the first ``reported`` calls are only learned from."""
    turns = [turn for call in held for turn in call.turns]
    known = [truth for call in held for truth in call.truths]
    first_learned = sum(len(call.turns) for call in held[:reported])
    outcomes = [_outcome(turn, truth) for turn, truth in zip(turns, known, strict=True)]
    clear = np.array([at for at, each in enumerate(outcomes) if each is not None], dtype=np.intp)
    truth = np.array([OUTCOMES.index(each) for each in outcomes if each is not None], dtype=np.intp)
    groups = np.array([str(known[at].fold) for at in clear])
    blocks = _blocks(held, turns, clear, truth)
    answered = np.array([turns[at].response is not None for at in clear], dtype=bool)
    log = Log(lambda: turns, clear, AMOUNTS_TO)
    return Labelled(
        NAME, OUTCOMES, truth, groups, groups, blocks, _methods(), clear >= first_learned, log,
        {f"{NAME}_answered": answered},
    )  # fmt: skip


def _outcome(turn: Turn, truth: Truth) -> str | None:
    return outcome(truth.said or "", truth.meaning or "", turn.text, understood(turn), bool(truth.defect))


def understood(turn: Turn) -> list[Piece]:
    """Return the pieces of what the assistant understood."""
    if turn.interpretation is None:
        return []
    slots = [(slot.name, slot.value) for slot in turn.interpretation.slots]
    acts = (turn.interpretation.intent or "").split("+")
    return slots + [(act, "") for act in acts if act and act not in {"inform", "request", "confirm"}]


def _blocks(held: Sequence[Call], turns: Sequence[Turn], clear: Ints, truth: Ints) -> dict[str, Block]:
    tables = [numbers(call.turns) for call in held]
    static = {part: np.vstack([table[part] for table in tables])[clear] for part in (HERE, BEFORE, AFTER)}
    next_of = [after for call in held for after in (*call.turns[1:], None)]
    before_of = [before for call in held for before in (None, *call.turns[:-1])]
    texts = [normalise(turns[at].text) for at in clear]
    meanings = [_meaning(turns[at]) for at in clear]
    vectors = shipped().encode(texts).astype(np.float64)
    after = shipped().encode([_text(next_of[at]) for at in clear]).astype(np.float64)
    documents = [_document(before_of[at], turns[at], None) for at in clear]
    with_next = [_document(before_of[at], turns[at], next_of[at]) for at in clear]
    many = len(OUTCOMES)
    acts = sorted({piece for turn in turns for piece in understood(turn)})
    one_hot = np.array([[piece in understood(turns[at]) for piece in acts] for at in clear], dtype=np.float64)
    return {
        **{part: _fixed(table) for part, table in static.items()},
        "words": tfidf(documents, truth, many),
        "words_and_next": tfidf(with_next, truth, many),
        "vectors": linear(np.hstack([vectors, one_hot]), truth, many),
        "vectors_and_next": linear(np.hstack([vectors, after, vectors * after, one_hot]), truth, many),
        "plausibility": _plausible(texts),
        "borne_out": borne_out([_heard(turns[at]) for at in clear], [understood(turns[at]) for at in clear]),
        "neighbours": neighbours(vectors, texts, meanings, truth == many - 1),
    }


ALL = (HERE, BEFORE, AFTER, "words_and_next", "vectors_and_next", "plausibility", "borne_out", "neighbours")
"""What our method sees."""


def _methods() -> dict[str, Method]:
    alone = tuple({"words_and_next": "words", "vectors_and_next": "vectors"}.get(each, each) for each in ALL)
    numbers_only = without(ALL, "words_and_next", "vectors_and_next", "plausibility", "borne_out", "neighbours")
    return {
        "tfidf": Method("baseline", as_it_is, ("words_and_next",)),
        "boosting": Method("baseline", boosting, numbers_only),
        OURS: Method("ours", boosting, ALL),
        "without_next": Method("ablation", boosting, without(alone, AFTER)),
        "without_scores": Method("ablation", boosting, without(ALL, HERE)),
        "without_text": Method("ablation", boosting, numbers_only),
        "without_borne_out": Method("ablation", boosting, without(ALL, "borne_out")),
    }


def _fixed(table: Floats) -> Block:
    def block(rows: Ints, known: Ints) -> Floats:
        return table[rows]

    return block


def _plausible(texts: Sequence[str]) -> Block:
    def block(rows: Ints, known: Ints) -> Floats:
        return plausibility([texts[row] for row in rows], Trigrams(texts[each] for each in known))

    return block


def _text(turn: Turn | None) -> str:
    return "" if turn is None else turn.text


def _heard(turn: Turn) -> list[tuple[str, float]]:
    """Return the hypotheses in normal form with their scores (logarithms)."""
    return [(normalise(each.text), each.score or 0.0) for each in turn.asr] or [(normalise(turn.text), 0.0)]


def _meaning(turn: Turn) -> str:
    return " ".join(sorted(f"{name}={value}" for name, value in understood(turn)))


def _document(before: Turn | None, turn: Turn, after: Turn | None) -> str:
    """Return what is seen of a turn as words, each marked by where it is from."""
    said = [f"{word}" for word in turn.text.split()]
    other = [f"n2:{word}" for each in turn.asr[1:3] for word in each.text.split() if word not in said]
    asked = [f"asked:{act}" for act, _ in _ACT.findall((before.action if before else None) or "welcome()")]
    meant = [f"meant:{name}={value}".replace(" ", "_") for name, value in understood(turn)]
    words = [*said, *other, *asked, *meant, f"status:{turn.status if after else None}"]
    if after is not None:
        words += [f"next:{word}" for word in after.text.split()]
        words += [f"then:{name}={value}".replace(" ", "_") for name, value in understood(after)]
        words += [f"answer:{act}" for act, _ in _ACT.findall(turn.action or "")]
    return " ".join(words)

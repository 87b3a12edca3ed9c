"""SLURP: real recordings of requests through a recogniser and an understander; was it heard and understood right?

Each turn is one recording (Bastianelli et al., EMNLP 2020; CC BY 4.0). What a method sees is what a live log would
show: the text that was heard, the intent and entities that it was understood as, and the kind of microphone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sayagain.evaluation.failures.labelled import Block, Flags, Floats, Ints, Labelled, Log, Method, without
from sayagain.evaluation.failures.models import as_it_is, boosting, intents, linear, tfidf
from sayagain.evaluation.failures.neighbours import neighbours
from sayagain.evaluation.failures.plausibility import Trigrams, plausibility
from sayagain.evaluation.failures.records import Record, with_train
from sayagain.evaluation.failures.tags import tags
from sayagain.evaluation.failures.wording import borne_out
from sayagain.evaluation.report import OURS
from sayagain.log.readers.slurp import recording
from sayagain.text.encoder import shipped

NAME = "slurp"
OUTCOMES = ("asr", "nlu", "asr+nlu", "correct")
FIELDS = (
    "file", "slurp_id", "headset", "gold_text", "asr_text", "gold_intent", "pred_intent", "oracle_text_intent",
    "gold_entities", "pred_entities", "oracle_text_entities",
)  # fmt: skip
AMOUNTS_TO = {
    "false_wake": "asr", "asr": "asr", "nlu": "nlu", "entity": "nlu", "result": "correct", "correct": "correct",
}  # fmt: skip
"""Outcome of a reading → that of the set, which ends with what was understood: entities are a part of it here."""
WORDING = "lm.txt"
"""Requests without recordings that lie beside the file: what people say to such an assistant, one a line."""
SMOOTHING = 10
"""Turns that stand for the whole set in a share that few turns show."""


def outcome(record: Record) -> str:
    """Return how a recording went: ``correct``, or which of the two stages failed.

    asr: what was heard was understood wrong, and the same words as people said them right. nlu: the words were heard
    exactly, and understood wrong. asr+nlu: heard wrong, and understood wrong even from the words as they were said.
    """
    if _meant(record, "pred") == _meant(record, "gold"):
        return "correct"
    if record["asr_text"].split() == record["gold_text"].split():
        return "nlu"
    return "asr" if _meant(record, "oracle_text") == _meant(record, "gold") else "asr+nlu"


def _meant(record: Record, whose: str) -> tuple[str, list[tuple[str, str]]]:
    entities = sorted((str(name), str(value)) for name, value in record[f"{whose}_entities"])
    return str(record[f"{whose}_intent"]), entities


def read(data: Path, train: Path | None) -> list[Labelled]:
    """Return the recordings of a file with their outcomes, beside those of one that is only learned from.

    Raises:
        FormatError: a file is not one of the set.
    """
    held, learned = with_train(data, train, FIELDS, NAME)
    return [labelled(held, learned, _wording(data))]


def _wording(path: Path) -> list[str]:
    beside = path.with_name(WORDING)
    return beside.read_text(encoding="utf8").splitlines() if beside.exists() else []


def labelled(held: Sequence[Record], learned: Flags, wording: Sequence[str]) -> Labelled:
    """Return the recordings as a labelled set.

    Args:
        held: lines of the file.
        learned: which of them are only learned from.
        wording: other requests that people say.
    """
    truth = np.array([OUTCOMES.index(outcome(each)) for each in held], dtype=np.intp)
    groups = np.array([str(each["slurp_id"]) for each in held])
    blocks = _blocks(held, wording, truth)
    log = Log(lambda: [each.turn for row in held for each in recording(row)], np.arange(len(held)), AMOUNTS_TO)
    return Labelled(
        NAME, OUTCOMES, truth, groups, groups, blocks, _methods(list(blocks)), learned, log, _views(truth)
    )  # fmt: skip


def _blocks(held: Sequence[Record], wording: Sequence[str], truth: Ints) -> dict[str, Block]:
    texts = [each["asr_text"] for each in held]
    understood = [each["pred_intent"] for each in held]
    many = len(OUTCOMES)
    right = truth == many - 1
    vectors = shipped().encode(texts).astype(np.float64)
    rendered = shipped().encode([_rendered(each) for each in held]).astype(np.float64)
    one_hot = (np.array(understood)[:, None] == np.unique(understood)).astype(np.float64)
    return {
        "plausibility": _plausible(texts, wording),
        "understood": _understood(held, truth),
        "words": tfidf([_document(each) for each in held], truth, many),
        "neighbours": neighbours(vectors, texts, understood, right),
        "tags": tags(texts, [[(name, value) for name, value in each["pred_entities"]] for each in held], right),
        "intents": intents(vectors, understood, right),
        "borne_out": borne_out([[(text, 0.0)] for text in texts], [_pieces(each) for each in held]),
        "vectors": linear(np.hstack([vectors, rendered, vectors * rendered, one_hot]), truth, many),
    }


ABLATED = ("plausibility", "understood", "words", "neighbours", "tags", "vectors")
"""Blocks without which ours is measured too."""


def _views(truth: Ints) -> dict[str, Flags]:
    """Return the part in which one stage failed at the most: what a reader that names one stage can be judged on."""
    return {f"{NAME}_one_stage": truth != OUTCOMES.index("asr+nlu")}


def _methods(blocks: Sequence[str]) -> dict[str, Method]:
    by_hand = ("plausibility", "understood")
    return {
        "tfidf": Method("baseline", as_it_is, ("words",)),
        "boosting": Method("baseline", boosting, by_hand),
        OURS: Method("ours", boosting, tuple(blocks)),
        **{f"without_{each}": Method("ablation", boosting, without(blocks, each)) for each in ABLATED},
    }


def _pieces(record: Record) -> list[str]:
    """Return the pieces of what was understood: the intent and the names of entities."""
    return [record["pred_intent"], *(name for name, _ in record["pred_entities"])]


def _rendered(record: Record) -> str:
    """Return what a request was understood as, in words."""
    return " ".join([record["pred_intent"].replace("_", " "), *(value for _, value in record["pred_entities"])])


def _document(record: Record) -> str:
    """Return what is seen of a recording as words, those of what was understood marked as such."""
    names = [f"entity={name}" for name, _ in record["pred_entities"]]
    microphone = "headset" if record["headset"] else "room"
    return " ".join([record["asr_text"], f"intent={record['pred_intent']}", *names, f"microphone={microphone}"])


def _plausible(texts: Sequence[str], wording: Sequence[str]) -> Block:
    base = Trigrams(wording)

    def block(rows: Ints, known: Ints) -> Floats:
        trigrams = base.copy()
        trigrams.add(texts[each] for each in known)
        words = np.array([[len(texts[row].split()), len(texts[row])] for row in rows], dtype=np.float64)
        return np.hstack([words.reshape(-1, 2), plausibility([texts[row] for row in rows], trigrams)])

    return block


def _understood(held: Sequence[Record], truth: Ints) -> Block:
    """Return the block of what was understood: how such intents and entities went, how far words bear them out."""

    def block(rows: Ints, known: Ints) -> Floats:
        shares = _Shares([_keys(held[each]) for each in known], truth[known])
        said = Counter(pair for each in known for pair in map(tuple, held[each]["pred_entities"]))
        values = Counter(value for _, value in said.elements())
        bayes = _Words([held[each]["asr_text"] for each in known], [held[each]["pred_intent"] for each in known])
        return np.array([
            [
                float(held[row]["headset"]),
                *shares.of(_keys(held[row])),
                *_entities(held[row], said, values),
                *bayes.of(held[row]["asr_text"], held[row]["pred_intent"]),
            ]
            for row in rows
        ]).reshape(len(rows), -1)  # fmt: skip

    return block


def _keys(record: Record) -> tuple[str, str]:
    """Return the intent, and the intent with the names of its entities."""
    names = " ".join(sorted(name for name, _ in record["pred_entities"]))
    return record["pred_intent"], f"{record['pred_intent']} {names}"


def _entities(record: Record, said: Counter[tuple[str, ...]], values: Counter[str]) -> list[float]:
    """Return how many entities there are, how often the rarest was heard, and how much of the text they take up."""
    pairs = [(name, value) for name, value in record["pred_entities"]]
    taken = sum(len(value.split()) for _, value in pairs)
    return [
        len(pairs),
        min((np.log1p(said[pair]) for pair in pairs), default=-1.0),
        min((np.log1p(values[value]) for _, value in pairs), default=-1.0),
        sum(value not in record["asr_text"] for _, value in pairs),
        taken / max(1, len(record["asr_text"].split())),
        max((len(value.split()) for _, value in pairs), default=0),
    ]


class _Shares:
    """How turns with a key went: shares of outcomes, drawn towards those of all, and how many there were."""

    def __init__(self, keys: Sequence[tuple[str, str]], truth: Ints) -> None:
        self.overall = np.bincount(truth, minlength=len(OUTCOMES)) / max(1, len(truth))
        self.counts: dict[tuple[int, str], Floats] = {}
        for both, true in zip(keys, truth, strict=True):
            for place, key in enumerate(both):
                self.counts.setdefault((place, key), np.zeros(len(OUTCOMES)))[true] += 1

    def of(self, keys: tuple[str, str]) -> list[float]:
        """Return the shares and the log of the count of each key of a turn."""
        found: list[float] = []
        for place, key in enumerate(keys):
            counts = self.counts.get((place, key), np.zeros(len(OUTCOMES)))
            total = float(counts.sum())
            found += [*((counts + SMOOTHING * self.overall) / (total + SMOOTHING)).tolist(), float(np.log1p(total))]
        return found


class _Words:
    """Which intents words are mostly understood as: naive Bayes over the words of known requests."""

    def __init__(self, texts: Sequence[str], intents: Sequence[str]) -> None:
        self.intents = sorted(set(intents))
        number = {intent: place for place, intent in enumerate(self.intents)}
        self.prior = np.zeros(len(self.intents))
        self.counts: dict[str, Floats] = {}
        for text, intent in zip(texts, intents, strict=True):
            self.prior[number[intent]] += 1
            for word in set(text.split()):
                self.counts.setdefault(word, np.zeros(len(self.intents)))[number[intent]] += 1

    def of(self, text: str, intent: str) -> list[float]:
        """Return the probability of the intent, that of the likeliest other, their gap and how open the choice is."""
        logs = np.log(self.prior + 0.5)
        for word in set(text.split()):
            if word in self.counts:
                logs = logs + np.log((self.counts[word] + 0.02) / (self.prior + 1))
        odds = np.exp(logs - logs.max())
        odds /= odds.sum()
        its = np.array([each == intent for each in self.intents])
        own = float(odds[its].sum())
        other = float(odds[~its].max(initial=0.0))
        open_ = float(-(odds * np.log(odds + 1e-12)).sum())
        return [own, other, float(np.log((own + 1e-4) / (other + 1e-4))), open_]

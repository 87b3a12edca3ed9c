"""The word pieces that the encoder knows: those of its base that requests are made of, and every single character.

The base has 30,522, most of them names in an encyclopedia; their table would be two thirds of the model. What is left
out is read as shorter pieces.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

from tokenizers import Tokenizer

from sayagain.text.pairs import Pair, texts_of

PIECES = 7_168
"""Pieces kept: all that the training texts are made of, then the most frequent of the base (they are numbered so)."""

LAST_LETTER = 0x0590
"""Latin, Greek and Cyrillic end here; ideographs are thousands, and the base knows little of them."""

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""Pieces with a meaning of their own, numbered from 0 in this order."""


def base_vocabulary() -> dict[str, Any]:
    """Return the tokenizer of the base, as the span model has it, in the form of ``tokenizer.json``."""
    found: dict[str, Any] = json.loads(
        resources.files("sayagain.rephrases").joinpath("model", "tokenizer.json").read_text("utf8")
    )
    return found


def pruned(pairs: Sequence[Pair], most: int = PIECES) -> tuple[str, list[int]]:
    """Return a smaller tokenizer (``tokenizer.json``), and the number that each of its pieces has in the base.

    Args:
        pairs: normalised requests whose pieces are all kept.
        most: pieces to keep; more only where the pairs are made of more.
    """
    return pruned_to(texts_of(pairs), most)


def pruned_to(texts: Sequence[str], most: int) -> tuple[str, list[int]]:
    """Return a smaller tokenizer that keeps all pieces of some texts, as :func:`pruned` does."""
    base = base_vocabulary()
    numbers: dict[str, int] = base["model"]["vocab"]
    whole = Tokenizer.from_str(json.dumps(base | {"truncation": None, "padding": None}))
    used = {each for line in whole.encode_batch(list(texts), add_special_tokens=False) for each in line.ids}
    kept = used | {number for piece, number in numbers.items() if _single(piece)}
    rest = sorted(number for piece, number in numbers.items() if number not in kept and _whole_word(piece))
    kept |= set(rest[: max(most - len(SPECIAL) - len(kept), 0)])
    kept -= {numbers[name] for name in SPECIAL}
    order = [*(numbers[name] for name in SPECIAL), *sorted(kept)]
    names = {number: piece for piece, number in numbers.items()}
    base["model"]["vocab"] = {names[number]: place for place, number in enumerate(order)}
    base["truncation"] = base["padding"] = None
    base["added_tokens"] = [
        each | {"id": SPECIAL.index(each["content"])} for each in base["added_tokens"] if each["content"] in SPECIAL
    ]
    ends = base["post_processor"]
    ends["special_tokens"] = {
        name: each | {"ids": [SPECIAL.index(name)]} for name, each in ends["special_tokens"].items()
    }
    return json.dumps(base, ensure_ascii=False, separators=(",", ":")), order


def _single(piece: str) -> bool:
    """Whether a piece is one letter or digit of an alphabet, alone or within a word; with them all else can be read."""
    letter = piece.removeprefix("##")
    return len(letter) == 1 and letter.isalnum() and ord(letter) < LAST_LETTER


def _whole_word(piece: str) -> bool:
    return piece.isascii() and piece.isalpha()

"""The word pieces that the encoder knows: those of its base that requests are made of, and every single character.

The base has 30,522, most of them names in an encyclopedia; their table would be two thirds of the model. What is left
out is read as shorter pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from tokenizers import Tokenizer

PIECES = 7_168
"""Pieces kept: all that the training texts are made of, then the most frequent of the base (they are numbered so)."""

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
"""Pieces with a meaning of their own, numbered from 0 in this order."""


def base_vocabulary() -> dict[str, Any]:
    """Return the tokenizer of the base, as the span model has it, in the form of ``tokenizer.json``."""
    found: dict[str, Any] = json.loads(
        resources.files("sayagain.rephrases").joinpath("model", "tokenizer.json").read_text("utf8")
    )
    return found


def prune(texts: Iterable[str], most: int = PIECES) -> tuple[dict[str, Any], list[int]]:
    """Return a smaller tokenizer, and the number that each of its pieces has in the base.

    Args:
        texts: normalised requests whose pieces are all kept.
        most: pieces to keep; more only where ``texts`` are made of more.
    """
    base = base_vocabulary()
    numbers: dict[str, int] = base["model"]["vocab"]
    whole = Tokenizer.from_str(json.dumps(base | {"truncation": None, "padding": None}))
    used = {number for line in whole.encode_batch(sorted(set(texts)), add_special_tokens=False) for number in line.ids}
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
    return base, order


def _single(piece: str) -> bool:
    """Whether a piece is one letter or digit of an alphabet, alone or within a word; with them all else can be read."""
    letter = piece.removeprefix("##")
    return len(letter) == 1 and letter.isalnum() and ord(letter) < LAST_LETTER


LAST_LETTER = 0x0590
"""Latin, Greek and Cyrillic; ideographs are thousands, and the base knows little of them."""


def _whole_word(piece: str) -> bool:
    return piece.isascii() and piece.isalpha()

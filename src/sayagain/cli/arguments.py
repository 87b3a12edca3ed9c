"""Reads what a person gives on the command line: formats, mappings, words, the matcher, public data."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sayagain.errors import FormatError, SayAgainError
from sayagain.extras import needs

if TYPE_CHECKING:
    from sayagain.bundle.signature import PrivateKey, PublicKey
    from sayagain.log.redaction import Redaction

DATA = "SAYAGAIN_DATA"
DEFAULT_DATA = Path("../shared/data")
PUBLIC_FILES = {
    "slurp": "slurp/asr_nlu_a.jsonl.gz",
    "dstc2": "dstc2/train.jsonl.gz",
    "evi": "evi/dialogues.en.tsv.gz",
    "ha_eval": "ha_eval/runs.jsonl.gz",
    "hwu64": "hwu64/hwu64_kfold1.csv",
    "nlsi": "nlsi/dialogues.jsonl.gz",
    "prefeval": "prefeval/explicit.jsonl.gz",
}
"""Where sets are in the directory of public data."""

DEFAULT_TURNS = 20_000
"""Turns of replayed traffic where no number is given."""


def pairs(option: str, given: Sequence[str] | None, example: str, form: str = "OURS=THEIRS") -> list[tuple[str, str]]:
    """Read the values of an option that are ``ONE=OTHER`` each.

    Raises:
        SayAgainError: one of them is not.
    """
    read = list[tuple[str, str]]()
    for each in given or ():
        one, separator, other = each.partition("=")
        if not separator or not one or not other:
            raise SayAgainError(f"--{option} {each} is not of the form {form}", f"For example: {example}")
        read.append((one, other))
    return read


def redaction(asked: bool, patterns: Sequence[str] | None) -> Redaction | None:
    """Return the redaction that ``--redact`` and ``--redact-pattern NAME=REGEX`` ask for; None where neither does."""
    if not (asked or patterns):
        return None
    from sayagain.log.redaction import KIND, Redaction

    read = dict[str, re.Pattern[str]]()
    example = "--redact-pattern 'customer=K-[0-9]{6}'"
    for name, regex in pairs("redact-pattern", patterns, example, "NAME=REGEX"):
        if not KIND.fullmatch(name):
            raise SayAgainError(f"--redact-pattern: {name} is no name of a kind", "Lower-case letters and _ make one")
        try:
            read[name] = re.compile(regex)
        except re.error as error:
            raise SayAgainError(f"--redact-pattern {name}: {error}", f"For example: {example}") from None
    return Redaction(read)


def lines(path: Path) -> list[str]:
    """Read words, one a line."""
    try:
        return [line.strip().lower() for line in path.read_text(encoding="utf8").splitlines() if line.strip()]
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SayAgainError(f"{path} cannot be read: {cause}", "Name a text file") from error


def matcher(name: str) -> Callable[[Sequence[str]], list[bool]]:
    """Import the assistant's matcher; whatever goes wrong in it, what people said stays out of the message."""
    module, _, function = name.partition(":")
    sys.path.insert(0, "")  # a module of the working directory, as for python -m
    try:
        asked = getattr(importlib.import_module(module), function)
    except Exception as error:
        raise SayAgainError(f"{name} cannot be imported", "Give --matcher module:function") from error

    def understood(texts: Sequence[str]) -> list[bool]:
        try:
            answers = [bool(answer) for answer in asked(texts)]
        except Exception as error:
            raise SayAgainError(f"The matcher {name} failed with {type(error).__name__}", _MATCHER) from error
        if len(answers) != len(texts):
            raise SayAgainError(f"The matcher {name} answered {len(answers)} times, not {len(texts)}", _MATCHER)
        return answers

    return understood


_MATCHER = "It takes a list of texts and returns, for each, whether it is understood"


def recordings_of(set: str, data: Path | None) -> Path:
    """Return the file of a set: ``data`` itself, or its place in the directory that ``data`` is.

    Raises:
        FormatError: there is nothing.
    """
    where = place(data)
    return where / PUBLIC_FILES[set] if where.is_dir() else where


def place(data: Path | None) -> Path:
    """Return where the public data are.

    Raises:
        FormatError: there is nothing.
    """
    found = data or Path(os.environ.get(DATA, DEFAULT_DATA))
    if not found.exists():
        raise FormatError(f"There are no data at {found}", f"Name a file or directory with --data, or set {DATA}")
    return found


def private_key(path: Path) -> PrivateKey:
    """Return the key that a bundle is signed with."""
    needs("cryptography")
    from sayagain.bundle.signature import PrivateKey

    return PrivateKey.read(path)


def public_key(path: Path | None) -> PublicKey | None:
    """Return the key that a bundle must be signed with; None where none is named."""
    if path is None:
        return None
    needs("cryptography")
    from sayagain.bundle.signature import PublicKey

    return PublicKey.read(path)

"""The values of a JSON array, or values that follow each other, each as the bytes that are in the file.

Brackets are counted, and nothing is parsed: so a value whose inside is broken costs one value, and what is too long is
passed over without being in memory. Parsers of streams hold a whole string, and give up at the first mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

_REST = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
_STRING_ENDS = re.compile(_REST + rb'(")?', re.DOTALL)
"""The rest of a string, and the quote that ends it; no quote where it goes on after these bytes."""
_MARK = re.compile(rb'[^"\[\]{},]*+(?:("%b")|([\[\]{},])|("%b))' % (_REST, _REST), re.DOTALL)
"""A string, or what values are made of and parted by, or a string that goes on after these bytes."""
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|("%b"))*+(?:([\[\]{}])|("%b))' % (_REST, _REST), re.DOTALL)
"""The same with no stop at whole strings and at commas, for the inside of a value."""


class BrokenOffError(Exception):
    """What was read is no JSON, or ends in the middle of a value."""


def values(chunks: Iterable[bytes], inside: str | None, most: int) -> Iterator[bytes | None]:
    """Yield the values in some JSON; None in the place of one of more than ``most`` bytes.

    Args:
        chunks: the JSON, cut anywhere.
        inside: the name of the array in the one object that it is; "" where it is the array, None where values
            follow each other.
        most: bytes of a value.

    Raises:
        BrokenOffError: brackets do not fit each other, or something is not closed.
    """
    place, held, in_string = _Place(inside), _Held(most), False
    for chunk in _whole_escapes(chunks):
        at = begin = 0
        if in_string:
            rest = cast("re.Match[bytes]", _STRING_ENDS.match(chunk))
            in_string, at = rest[1] is None, rest.end()
            place.string(rest[0], goes_on=True)
        while not in_string and (found := place.marks.match(chunk, at)) is not None:
            taking, at = place.taking, found.end()
            _, mark, begun = found.groups()
            if mark is None:
                in_string = begun is not None
                place.string(begun or found[1], goes_on=False)
            elif place.parts(mark):
                if taking:
                    held.add(chunk[begin : found.start(2) if place.level else at])
                    yield from held.give()
                begin = at
        if place.taking:
            held.add(chunk[begin:])
    if place.depth or in_string or held.give():
        raise BrokenOffError


def _whole_escapes(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bytes so that no backslash is parted from the character after it."""
    begun = b""
    for chunk in chunks:
        whole = begun + chunk
        begun = b"\\" * ((len(whole) - len(whole.rstrip(b"\\"))) % 2)
        yield whole.removesuffix(begun)
    yield begun


class _Place:
    """Where in some JSON one is: how deep, and whether among the values."""

    def __init__(self, inside: str | None) -> None:
        self.level = 0 if inside is None else 2 if inside else 1
        """The depth in which the values are."""
        self.depth = 0
        self.taking = not self.level
        self._outermost = (b"", b"[", b"{")[self.level]
        self._name = b'"%s"' % (inside or "").encode()
        self._latest = b""

    @property
    def marks(self) -> re.Pattern[bytes]:
        """What to look for next."""
        return _BRACKET if self.depth > self.level else _MARK

    def string(self, written: bytes, *, goes_on: bool) -> None:
        """Pass a string, or more of the one before; it may be the name of the array."""
        self._check(b'"')
        self._latest = ((self._latest if goes_on else b"") + written)[: len(self._name) + 1]

    def parts(self, mark: bytes) -> bool:
        """Pass a bracket or a comma; return whether a value ends there, or the first one begins."""
        self._check(mark)
        if mark == b",":
            return self.taking and self.depth == self.level > 0
        if mark in b"[{":
            begins = mark == b"[" and self.depth == self.level - 1 and (self.level == 1 or self._latest == self._name)
            self.depth += 1
            self.taking = self.taking or begins
            return begins
        self.depth -= 1
        ends = self.taking and self.depth == self.level - 1
        if self.depth < 0 or (ends and mark != b"]"):
            raise BrokenOffError
        self.taking = self.taking and not ends
        return ends or self.depth == self.level == 0

    def _check(self, mark: bytes) -> None:
        if self._outermost and not self.depth and mark != self._outermost:
            raise BrokenOffError


class _Held:
    """The bytes of the value that is being read, as long as they are not too many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = bytearray()
        self._too_long = False

    def add(self, more: bytes) -> None:
        self._too_long = self._too_long or len(self._bytes) + len(more) > self._most
        if self._too_long:
            self._bytes.clear()
        else:
            self._bytes += more

    def give(self) -> list[bytes | None]:
        """Return the value, if there is one, and begin with the next."""
        given: list[bytes | None] = [None] if self._too_long else [bytes(self._bytes)] if self._bytes.strip() else []
        self._bytes, self._too_long = bytearray(), False
        return given

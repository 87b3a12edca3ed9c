"""Reading Universal Binary JSON, as far as XGBoost writes it: whatever it says of a length is within the file.

XGBoost's own reader trusts the lengths in a file. Values are big-endian; an array whose items are numbers of one type
is read as a numpy array.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

import numpy as np

ARRAYS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
NUMBERS = {
    b"i": Struct(">b"), b"U": Struct(">B"), b"I": Struct(">h"), b"l": Struct(">i"), b"L": Struct(">q"),
    b"d": Struct(">f"), b"D": Struct(">d"),
}  # fmt: skip
PLAIN = {b"Z": None, b"T": True, b"F": False}
MOST_DEPTH = 32
"""Values within values; a model has nine."""


def parse(data: bytes) -> Any:
    """Return the value that some bytes are.

    Raises:
        ValueError: they are no such value, or go on after it.
    """
    reader = _Reader(data)
    value = reader.value(reader.take(1), 0)
    if reader.at != len(data):
        raise ValueError("it goes on after its end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if not 0 <= size <= len(self._data) - self.at:
            raise ValueError("it is cut short")
        self.at += size
        return self._data[self.at - size : self.at]

    def value(self, marker: bytes, depth: int) -> Any:
        if depth > MOST_DEPTH:
            raise ValueError("it is nested too deep")
        if marker in PLAIN:
            return PLAIN[marker]
        if marker == b"S":
            return self._text()
        if marker == b"[":
            return self._array(depth)
        if marker == b"{":
            return self._object(depth)
        return self._number(marker)

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (marker := self.take(1)) != b"}":
            self.at -= len(marker)
            name = self._text()
            if name in found:
                raise ValueError("a name stands twice")
            found[name] = self.value(self.take(1), depth + 1)
        return found

    def _array(self, depth: int) -> Any:
        marker = self.take(1)
        if marker == b"$":
            kind, hash_sign = self.take(1), self.take(1)
            if hash_sign != b"#":
                raise ValueError("an array has no length")
            return self._numbers(kind, self._length())
        if marker != b"#":
            raise ValueError("an array has no length")
        return [self.value(self.take(1), depth + 1) for _ in range(self._length())]

    def _numbers(self, marker: bytes, count: int) -> Any:
        if marker not in ARRAYS:
            raise ValueError("it has a value of an unknown type")
        kind = np.dtype(ARRAYS[marker])
        return np.frombuffer(self.take(count * kind.itemsize), kind)

    def _number(self, marker: bytes) -> Any:
        if marker not in NUMBERS:
            raise ValueError("it has a value of an unknown type")
        kind = NUMBERS[marker]
        return kind.unpack(self.take(kind.size))[0]

    def _text(self) -> str:
        return self.take(self._length()).decode("utf8")

    def _length(self) -> int:
        length = self._number(self.take(1))
        if not isinstance(length, int) or not 0 <= length <= len(self._data):
            raise ValueError("a length is none")
        return length

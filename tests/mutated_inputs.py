"""Files that are right, spoilt: bytes changed, cut out, doubled, and strange values put in."""

from __future__ import annotations

from random import Random

PIECES = (
    *(
        b"\xff",
        b"\xfe\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\\ud800",
        b"\\u0000",
        b"NaN",
        b"1e999",
        b"-",
        b"\r",
    ),
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b";",
        b"\t",
        b"\n",
        b"\n\n",
        b"[" * 300,
        b'{"a":' * 300,
        b"9" * 400,
        b"\\",
    ),
    *(b"null", b"true", b"[]", b"{}", b'""', b"0", b"-1", b"10000000000000000000000", b'"9999-12-31T23:59:59-23:59"'),
    *(b"0001-01-01T00:00:00+23:59", b"99/99/9999 99:99", b"46146.25", "👍".encode(), "Küche".encode("cp1252")),
)
"""Bytes that break a file, or a value in it, or a reader of either."""
MOST_CHANGES = 4


def mutated(whole: bytes, draw: Random) -> bytes:
    """Return a file with up to ``MOST_CHANGES`` changes."""
    for _ in range(draw.randint(1, MOST_CHANGES)):
        at, length = draw.randrange(len(whole) + 1), draw.choice((0, 1, 1, 4, 40))
        piece = draw.choice((b"", draw.choice(PIECES), draw.randbytes(2), whole[at : at + 30], _value(whole, draw)))
        whole = whole[:at] + piece + whole[at + length :]
    return whole


def _value(whole: bytes, draw: Random) -> bytes:
    """Return some other part of the file, from one separator to the next."""
    parts = whole.replace(b"\n", b",").split(b",")
    return b"," + draw.choice(parts)

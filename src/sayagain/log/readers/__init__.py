"""From files to turns: one reader a format, found by name in ``READERS``.

To add a format: write ``read(path, hints)`` in a file of its own, after the contract in ``contract.py``
(with ``lines.py`` for JSON lines), and name it here; the common checks in the tests then find it.
"""

from sayagain.log.readers import alexa, assist, chat, csv, dstc2, evi, jsonl, parquet, saif, slurp, takeout
from sayagain.log.readers.contract import Hints, Read, Reader, Rejected, fixed

READERS: dict[str, Reader] = {
    "alexa": alexa.read,
    "assist": fixed("assist", assist.read),
    "chat": chat.read,
    "csv": csv.read,
    "dstc2": fixed("dstc2", dstc2.read),
    "evi": fixed("evi", evi.read),
    "jsonl": jsonl.read,
    "parquet": parquet.read,
    "saif": fixed("saif", saif.read),
    "slurp": fixed("slurp", slurp.read),
    "takeout": takeout.read,
}
"""Reader by the name that ``sayagain import --format`` takes. A published format, whose columns are known, is
``"name": fixed("name", read)`` with ``read(path)``."""

__all__ = ["READERS", "Hints", "Read", "Reader", "Rejected", "fixed"]

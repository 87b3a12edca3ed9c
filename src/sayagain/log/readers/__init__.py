"""From files to turns: one reader a format, found by name in ``READERS``.

To add a format: write ``read(path, mapping)`` in a file of its own, after the contract in ``contract.py`` (with
``lines.py`` for JSON lines), and name it here; tests/test_log_readers.py then puts it through the common checks.
"""

from sayagain.log.readers import jsonl
from sayagain.log.readers.contract import Read, Reader, Rejected, fixed

READERS: dict[str, Reader] = {
    "jsonl": jsonl.read,
}
"""Reader by the name that ``sayagain import --format`` takes. For a published format: ``"name": fixed("name", read)``
with ``read(path)``."""

__all__ = ["READERS", "Read", "Reader", "Rejected", "fixed"]

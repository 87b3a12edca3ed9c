"""Which files a log has taken in, and how each was read: read in another way, the same rows would be there twice.

Of a file its beginning counts, so that one that has grown since is known again; of that, and of what was said about it,
digests are kept, no text. They go with the next erasure or retention: what was taken away may come in again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sayagain.errors import LogError
from sayagain.log.journal import Change

OPENING = 1 << 16
"""Bytes by which a file is known: a thousand rows, and no time at all."""


FILE = "_sources"
"""Where a log says it, a line a file."""


@dataclass(frozen=True)
class Source:
    """A file that was taken in."""

    size: int
    """Bytes of its beginning that count."""
    digest: str
    """Digest of them."""
    options: Mapping[str, str]
    """Option of the import → digest of what was said."""


def sources_of(log: Path) -> list[Source]:
    """Return the files that a log has taken in, as far as it knows."""
    try:
        written = (log / FILE).read_text(encoding="ascii")
        return [Source(**json.loads(line)) for line in written.splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise LogError(f"{log / FILE} is damaged", "Remove it; imports then compare with nothing before") from error


def taken_in(change: Change, log: Path, beginnings: Mapping[Path, bytes], options: Mapping[str, Any]) -> None:
    """Put it into a change that files were taken in with these options.

    Args:
        change: the change.
        log: directory of the log.
        beginnings: the first ``OPENING`` bytes of each file, unpacked.
        options: what was said about them, by the option that says it.

    Raises:
        LogError: one of them is in the log already, read otherwise.
    """
    known = sources_of(log)
    told = {option: _digest(repr(value).encode()) for option, value in options.items()}
    for path, start in beginnings.items():
        for source in known:
            same = len(start) >= source.size and _digest(start[: source.size]) == source.digest
            if same and (others := [name for name, said in told.items() if source.options.get(name, said) != said]):
                raise LogError(
                    f"{path} is in {log} already, read with another {' and '.join(f'--{name}' for name in others)}",
                    "Import it as before, or into a new log: --into",
                )
        known.append(Source(len(start), _digest(start), told))
    lines = dict.fromkeys(json.dumps(asdict(source)) for source in known)
    change.put("sources", log / FILE).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def forgotten(change: Change, log: Path) -> None:
    """Put it into a change that a log knows no files any more."""
    change.remove(log / FILE)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()

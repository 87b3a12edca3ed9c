"""Which files a log has taken in, and how each was read: read in another way, the same rows would be there twice.

Of a file its beginning counts, so that one that has grown since is known again; of that, and of what was said about it,
digests are kept, no text, and of what it brought the identifiers, so that this can give way when the file is read anew.
All of it goes with the next erasure or retention: what was taken away may come in again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import uuid4

from sayagain.errors import LogError
from sayagain.log.journal import Change

OPENING = 1 << 16
"""Bytes by which a file is known: a thousand rows, and no time at all."""


FILE = "_sources"
"""Where a log says it, a line a file."""
BROUGHT = "_brought"
"""Folder of the identifiers of the turns that each of them brought."""


@dataclass(frozen=True)
class Source:
    """A file that was taken in."""

    size: int
    """Bytes of its beginning that count."""
    digest: str
    """Digest of them."""
    options: Mapping[str, str]
    """Option of the import → digest of what was said."""
    turns: str | None = None
    """File in ``BROUGHT`` with the identifiers of the turns that it brought, empty where it brought none; None where
    nobody wrote them down."""

    def begins(self, start: bytes) -> bool:
        """Return whether a file that begins with these bytes is this one, or what it has grown to."""
        return len(start) >= self.size and _digest(start[: self.size]) == self.digest


def sources_of(log: Path) -> list[Source]:
    """Return the files that a log has taken in, as far as it knows."""
    try:
        written = (log / FILE).read_text(encoding="ascii")
        return [Source(**json.loads(line)) for line in written.splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise LogError(f"{log / FILE} is damaged", "Remove it; imports then compare with nothing before") from error


class Taking:
    """Files on their way into a log: what it knows of them, and what it will."""

    def __init__(
        self, log: Path, files: Sequence[tuple[Path, bytes]], options: Mapping[str, Any], *, replace: bool
    ) -> None:
        """Look whether they may be taken in.

        Args:
            log: directory of the log.
            files: the files, each with its first ``OPENING`` bytes, unpacked.
            options: what was said about them, by the option that says it.
            replace: whether what they brought before gives way.

        Raises:
            LogError: one of them is in the log already, read otherwise, and is not to be replaced; or nobody knows any
                more what it brought.
        """
        self._log, told = log, {option: _digest(repr(value).encode()) for option, value in options.items()}
        self._before, self._known = sources_of(log), list[Source]()
        self.origins = [log / BROUGHT / f"{uuid4().hex}.parquet" for _ in files]
        """Where the identifiers of the turns go that each of the files brings."""
        replaced = list[Source]()
        for (path, start), origin in zip(files, self.origins, strict=True):
            same = [source for source in self._before if source.begins(start)]
            if replace:
                replaced += same
                if any(source.turns is None for source in same):
                    unknown = f"{log} does not know any more which turns came from {path}"
                    raise LogError(unknown, "Import it into a new log: --into")
            elif others := [o for o, said in told.items() if any(each.options.get(o, said) != said for each in same)]:
                raise LogError(
                    f"{path} is in {log} already, read with another {' and '.join(f'--{name}' for name in others)}",
                    "Import it as before, into a new log (--into), or in place of what it brought before: --replace",
                )
            self._known.append(Source(len(start), _digest(start), told, origin.name))
        self._before = [source for source in self._before if source not in replaced]
        self.giving_way = [log / BROUGHT / source.turns for source in replaced if source.turns]
        """The identifiers of turns that give way."""

    def put(self, change: Change, brought: Mapping[int, int]) -> None:
        """Put it into a change that the files were taken in, each with so many new turns, by its number."""
        now = list[Source]()
        for number, source in enumerate(self._known):
            if brought.get(number):
                now.append(source)
            elif not any(replace(each, turns="") == replace(source, turns="") for each in [*self._before, *now]):
                now.append(replace(source, turns=""))
        lines = dict.fromkeys(json.dumps(asdict(source)) for source in [*self._before, *now])
        change.put("sources", self._log / FILE).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        for file in self.giving_way:
            change.remove(file)


def forgotten(change: Change, log: Path) -> None:
    """Put it into a change that a log knows no files any more."""
    change.remove(log / FILE)
    for file in sorted((log / BROUGHT).glob("*.parquet")):
        change.remove(file)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()

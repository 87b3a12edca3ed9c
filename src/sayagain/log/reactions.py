"""Messages that are nothing but a thumb: feedback on the turn before, and no request."""

from __future__ import annotations

import re
from datetime import timedelta

from sayagain.log.readers import Read
from sayagain.schema import Feedback, Turn

REACTS_WITHIN = timedelta(minutes=10)
"""Time after a turn in which a thumb is about it, where no session says so."""
_SHADE = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\\s]+")
"""Shades of skin and what makes a sign coloured: they change nothing of what a thumb means."""
_UP, _DOWN = "👍", "👎"
_LONGEST = 40
"""Characters beyond which a message is no reaction."""

Key = tuple[str | None, str, str | None]


def helpful(text: str) -> bool | None:
    """Return what a message that is nothing but thumbs says; None for all others.

    >>> helpful("👍🏽"), helpful("👎👎"), helpful("👍 thanks")
    (True, False, None)
    """
    if len(text) > _LONGEST or text.isascii():
        return None
    thumbs = set(_SHADE.sub("", text))
    return True if thumbs == {_UP} else False if thumbs == {_DOWN} else None


class Reactions:
    """Turns that may still be reacted to, and reactions that came before their turns (in files that run backward)."""

    def __init__(self) -> None:
        self._reads: list[Read] = []
        self._latest: dict[Key, int] = {}
        self._early: dict[Key, tuple[Read, bool]] = {}
        self.taken = 0
        """Reactions that became feedback."""

    def __len__(self) -> int:
        return len(self._reads)

    def add(self, read: Read, *, backward: bool) -> None:
        """Take one turn; ``backward``: the file seems to begin with its latest turn."""
        key = _key(read.turn)
        thumb = helpful(read.turn.text)
        if thumb is None:
            early = self._early.pop(key, None)
            if early is not None and _about(early[0].turn, read.turn):
                read = _felt(read, early[1])
                self.taken += 1
            elif early is not None:
                self._reads.append(early[0])
            self._keep(key, read)
            return
        place = self._latest.get(key)
        before = None if place is None else self._reads[place].turn
        if (
            before is not None
            and place is not None
            and _about(read.turn, before)
            and not (backward and before.time == read.turn.time)
        ):
            self._reads[place] = _felt(self._reads[place], thumb)
            self.taken += 1
        elif key in self._early or not backward:
            self._keep(key, read)
        else:
            self._early[key] = read, thumb

    def give(self, keep: int) -> list[Read]:
        """Return the turns so far, in order, but for the last ``keep``, which may yet be reacted to."""
        if not keep:
            self._reads += [read for read, _ in self._early.values()]
            self._early = {}
        count = max(0, len(self._reads) - keep)
        given, self._reads = self._reads[:count], self._reads[count:]
        self._latest = {_key(read.turn): place for place, read in enumerate(self._reads)}
        return given

    def _keep(self, key: Key, read: Read) -> None:
        self._latest[key] = len(self._reads)
        self._reads.append(read)


def _key(turn: Turn) -> Key:
    return turn.session, turn.user, turn.device


def _about(reaction: Turn, turn: Turn) -> bool:
    """Return whether a reaction came after a turn, in its session or soon."""
    after = reaction.time - turn.time
    return timedelta() <= after and (turn.session is not None or after <= REACTS_WITHIN)


def _felt(read: Read, thumb: bool) -> Read:
    if read.turn.feedback is not None:
        return read
    return Read(read.turn.model_copy(update={"feedback": Feedback(helpful=thumb)}), read.truth)

"""What a layer remembers of a person, where it is forgotten: by an open layer, or where none is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sayagain.online.people import People
from sayagain.online.standing import Standings
from sayagain.state import Database
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.preferences import Preferences
from sayagain.state.questions import Questions


@dataclass(frozen=True)
class Remembered:
    """What there was of a person."""

    profiles: frozenset[str]
    """The spellings of their name that had a profile."""
    complaints: int
    preferences: int = 0
    questions: int = 0


class Memory(Protocol):
    """What remembers people."""

    def forget(self, user: str) -> Remembered:
        """Erase what is remembered of a person, however their name is spelled; return what there was.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def reload(self) -> str | None:
        """Load the version of the bundle that is in use now, where one is served; return its name.

        Raises:
            BundleError: it cannot be used.
        """
        ...


class Closed:
    """The memory of layers that are not open; the other processes are kept away from it."""

    def __init__(self, database: Database) -> None:
        """Hold the memory in a state database; :meth:`close` it.

        Raises:
            StateError: another process has it.
        """
        self._people = People.of(database, self)
        self._standings = Standings(Lifecycle(database))
        self._preferences, self._questions = Preferences(database), Questions(database)

    def forget(self, user: str) -> Remembered:
        """See :class:`Memory`."""
        complaints, preferences = self._standings.forget(user), self._preferences.erase(user)
        return Remembered(self._people.forget(user), complaints, preferences, self._questions.erase(user))

    def reload(self) -> None:
        """Serve nothing."""

    def close(self) -> None:
        """Let another process have it."""
        self._people.leave(self)

"""The protocol of a layer, as the service uses it: the only thing the service knows about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sayagain.online.erasure.memory import Remembered
from sayagain.schema import Choice, Interpretation, LayerAction, Turn
from sayagain.schema.explanation import Explanation
from sayagain.schema.preference import Preference, Taught
from sayagain.schema.question import Question
from sayagain.state.switch import Switch


class OnlineLayer(Protocol):
    """A learned layer in use; every method may be called from several threads."""

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what to work on in place of a request, within milliseconds; None leaves it alone."""
        ...

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Return which of the interpretations of a request to act on, or to ask about; None acts on the first.

        Raises:
            StateError: the state database cannot be read.
        """
        ...

    def explain(self, request: Turn) -> Explanation:
        """Return what :meth:`rewrite` would do with a request, and why; nothing is remembered of the question.

        Raises:
            BundleError: the bundle cannot be read any more.
            StateError: the state database cannot be read.
        """
        ...

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        """Take in what a person says to hold from now on, or to be told or forgotten; it is kept when this returns.

        Raises:
            StateError: the state database cannot be used; nothing was learned.
        """
        ...

    def ask(self, session: Sequence[Turn]) -> Question | None:
        """Return a question for the person of a session whose last turn was just answered; mostly None.

        Raises:
            StateError: the state database cannot be used; nothing was asked.
        """
        ...

    def answer(self, question: Question, turn: Turn) -> Taught:
        """Take in the answer to a question.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def taught(self, user: str) -> list[Preference]:
        """Return what a person taught and holds, the oldest first.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def preferences(
        self, user: str, time: datetime, place: str | None = None, device: str | None = None
    ) -> list[Preference]:
        """Return what a person taught that is in force at a time of theirs.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def unlearn(self, user: str, ids: Sequence[str]) -> int:
        """Forget some of what a person taught, for good; return how much held.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def observe(self, turn: Turn) -> None:
        """Take in what happened; called again with the same turn when feedback about it came."""
        ...

    def flush(self) -> None:
        """Make what was observed last: what was observed before is not shown again after a restart."""
        ...

    def reload(self) -> str | None:
        """Load the version of the bundle that is in use now; return its name, None without a bundle.

        Raises:
            BundleError: it cannot be used; the one before goes on.
        """
        ...

    def forget(self, user: str) -> Remembered:
        """Erase what is remembered of a person, however their name is spelled; return what there was.

        Raises:
            StateError: the state database cannot be used.
        """
        ...

    def look(self) -> Switch:
        """Return the switch of the whole layer, after a look at the state database where that is due."""
        ...

    def catch_up(self) -> None:
        """Serve what was changed in the state database from the next request on."""
        ...

    def switch_off(self, reason: str) -> Switch:
        """Leave every request alone, in all processes on the state database; observing and learning go on.

        Raises:
            StateError: the state database cannot be used; the switch is as it was.
        """
        ...

    def switch_on(self) -> Switch:
        """Serve requests again.

        Raises:
            StateError: the state database cannot be used; the switch is as it was.
        """
        ...

    def close(self) -> None:
        """Flush, and end: nothing is observed any more."""
        ...

    @property
    def switch(self) -> Switch:
        """Return the switch, as it was seen last."""
        ...

    @property
    def fault(self) -> str | None:
        """Return why what another process changed, such as the version in use, is not loaded; None where it is."""
        ...

    @property
    def held(self) -> str | None:
        """Return why nothing of the bundle is done: it is served in shadow; None where it is done, or there is none."""
        ...

    @property
    def version(self) -> str | None:
        """Return the version of the bundle in use; None without one."""
        ...

"""Plain words: a request that this assistant is known to do what is wanted for, in the words that it knows best."""

from __future__ import annotations

from functools import cache

from sayagain.assistant.action import Action
from sayagain.assistant.chain import Chain
from sayagain.assistant.corpus import GoalKey, by_goal
from sayagain.assistant.goals import MEANINGS, Circumstances, meets
from sayagain.assistant.home import Home, Speaker
from sayagain.assistant.people import DIALOGUE
from sayagain.assistant.stages import Heard, Situation


class Plain:
    """Finds plain words in one home."""

    def __init__(self, home: Home, chain: Chain) -> None:
        """Know the home, and the assistant that is talked to there."""
        self._home, self._chain = home, chain
        self._goals = cache(self._by_action)
        self.words = cache(self._words)
        self.means = cache(self._means)

    def _by_action(self, speaker: Speaker, own: frozenset[str]) -> dict[Action, list[GoalKey]]:
        now = Circumstances(self._home, speaker, own=own)
        found: dict[Action, list[GoalKey]] = {}
        for key in by_goal():
            if key.kind in MEANINGS and key.kind not in DIALOGUE:
                wanted = MEANINGS[key.kind](key, now)
                if wanted is not None:
                    found.setdefault(wanted, []).append(key)
        return found

    def _words(self, wanted: Action, speaker: Speaker, own: frozenset[str]) -> str | None:
        """Return words with which ``wanted`` is done where they are heard as they are; None where there are none."""
        for key in self._goals(speaker, own).get(wanted, ()):
            for one in sorted(by_goal()[key], key=lambda each: each.style != "plain"):
                if self._means(one.text, wanted, speaker):
                    return one.text
        return None

    def _means(self, text: str, wanted: Action, speaker: Speaker) -> bool:
        """Return whether the assistant takes a text for what is wanted."""
        situation = Situation(speaker.id, speaker.area, speaker.has_screen, None, None)
        done = self._chain.candidates([Heard(text, 0.0)], situation)[0].action
        return done is not None and meets(done, wanted)

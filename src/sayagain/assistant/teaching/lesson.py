"""What a person means to teach: the words for it, and what must come of them."""

from __future__ import annotations

from dataclasses import dataclass

from sayagain.schema.preference import Preference
from sayagain.text.normalise import form_of

ARTICLES = frozenset(["the", "my", "our", "a", "an"])
DAYS = {None: ("",), "weekdays": ("on weekdays", "during the week", "Monday to Friday"),
        "weekends": ("on weekends", "at the weekend", "on Saturdays and Sundays")}  # fmt: skip
"""Days on which a lesson holds → how they are said."""


@dataclass(frozen=True)
class Meant:
    """A lesson as it was meant."""

    about: str
    """wake, music, words or meant: what the wordings are about."""
    value: str
    """What is to be kept: an hour as HH:MM, a name, or a request in plain words."""
    subject: str | None = None
    """The words that mean it, where a statement names them."""
    days: str | None = None

    def told(self) -> str:
        """Return it in words for a table."""
        parts = (self.about, self.subject, self.value, self.days)
        return " | ".join(each for each in parts if each)

    def learned(self, kept: Preference | None) -> bool:
        """Return whether just that was learned."""
        if kept is None:
            return False
        kinds = {"wake": ("value", "default"), "music": ("like", "default")}.get(self.about, ("alias",))
        return (
            kept.kind in kinds
            and _bare(kept.value) == _bare(self.value)
            and (self.subject is None or _bare(kept.subject) == _bare(self.subject))
            and kept.when.said == ({"day": self.days} if self.days else {})
        )


def _bare(words: str) -> list[str]:
    return [word for word in form_of(words).split() if word not in ARTICLES]

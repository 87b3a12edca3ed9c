"""The settings of one run of learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sayagain import __version__
from sayagain.bundle.manifest import RecordedSettings
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.side import Matcher
from sayagain.rewrites.select import MIN_PEOPLE
from sayagain.schema.rewrite import Mined

if TYPE_CHECKING:
    from sayagain.bundle.signature import PrivateKey


@dataclass(frozen=True)
class Settings:
    """The settings of a run of learning; the defaults suit a log of many people."""

    min_people: int = MIN_PEOPLE
    review: bool = False
    """Whether rewrites wait for a person before they go live."""
    sensitive: Sequence[str] | None = None
    """Words that no rewrite may touch, besides those of the policy; where neither names any, a list of the package."""
    policy: OwnerPolicy = NO_POLICY
    matcher: Matcher | None = None
    state: str | None = None
    """URL of the state database; None for a SQLite file beside the bundle."""
    sign: PrivateKey | None = None
    """The key to sign the bundle with; None leaves it unsigned."""
    keep_tables: Path | None = None
    """Folder that the intermediate tables are written to, to be looked at; None for none."""
    gate: bool = False
    """Whether the new version comes into use only where rewrites that were drawn in the log's last days, which are then
    not learned from, show that it does better than what was done, or the same; where they are too few, it does."""
    spans: bool = True
    """Whether the span model reads the turns that are worth it; otherwise the pairwise scorer links alone."""
    mine: Sequence[Mined] = ("chain", "spans")
    """What rewrites are mined from; where both find one for a request, the first one's is taken."""

    @property
    def owner(self) -> OwnerPolicy:
        """Return what the owner says, of both sources."""
        return self.policy if self.sensitive is None else self.policy.forbidding(self.sensitive)

    def recorded(self) -> RecordedSettings:
        """Return what the manifest of a bundle keeps of them."""
        return RecordedSettings(
            min_people=self.min_people,
            review=self.review,
            release=__version__,
            sensitive=tuple(self.owner.forbidden),
            stakes=self.owner.stakes,
        )

"""The manifest of a bundle: what it was learned from, with which settings, what came of it, and its checksums.

A field that this release does not know is kept: a later release of the same format may have written it, and ``report
--json`` shows the manifest as it is on the disk. A field that an earlier release did not write has a default.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError

from sayagain.bundle.damage import LEARN_AGAIN, damaged
from sayagain.bundle.layout import FORMAT, MOST_BYTES, ONLINE, READABLE, WORDS_FOLDER
from sayagain.errors import BundleError
from sayagain.schema.record import Record

StakesName = Literal["reversible", "costly", "people", "deletion", "money", "security"]
"""The classes of ``guards.stakes.Stakes``, as manifests and policy files write them."""

HOUSEHOLD_LIMIT = 3
"""Least people behind a rewrite below which a bundle is one household's."""

Count = Annotated[int, Field(ge=0, lt=1 << 63)]


class LearnedFrom(Record):
    """The figures of the log that a bundle was learned from; None where its manifest does not say."""

    model_config = ConfigDict(strict=True)

    log: str | None = None
    """Path of the log, as it was given."""
    turns: Count | None = None
    """Turns in the log."""
    users: Count | None = None
    """Distinct people who said them."""
    first: str | None = None
    """Day of the first turn, in ISO 8601; its time where a person stands for themselves (``min_people`` 1)."""
    last: str | None = None
    """The same of the last turn."""
    organic: Count | None = None
    """Turns that were not rewritten: the only ones that requests and moves between them are learned from."""
    left_out: dict[str, Count] = Field(default_factory=dict)
    """The others, by the reason: too long, without words, rewritten."""
    expected_defects: float | None = None
    """Sum of P(defect) over the organic turns, in turns."""
    expected_rephrases: float | None = None
    """Sum over the organic turns of P(a later turn says it again), in turns."""


class RecordedSettings(Record):
    """The settings that a bundle was learned with, as far as serving and reports need them."""

    model_config = ConfigDict(strict=True)

    min_people: int = Field(default=3, ge=1, lt=1 << 63)
    """Distinct people behind each text, meaning and rewrite that it holds, at the least."""
    review: bool = False
    """Whether rewrites waited for a person before they went live."""
    release: str | None = None
    """Release of SayAgain that learned it."""
    sensitive: tuple[str, ...] | None = None
    """Words that no rewrite may touch; None for the list of the package."""
    stakes: dict[StakesName, tuple[str, ...]] = Field(default_factory=dict)
    """Class of action → the words, phrases and intents that the owner puts in it."""


class Figures(Record):
    """The figures of the run that learned a bundle."""

    model_config = ConfigDict(strict=True)

    states: Count = 0
    """Distinct requests that were said at least once: the states of the Markov chain."""
    moves: Count = 0
    """Pairs of requests with a transition from the one to the other."""
    rewrites: Count = 0
    """Rewrites that were published."""
    respelled: Count = 0
    """Spellings that the assistant refuses while it serves another one of the same request."""
    names: Count = 0
    """Names that people say in requests that work."""
    aliases: Count = 0
    """Other spellings that they were heard in, in vain."""
    held: dict[str, Count] = Field(default_factory=dict)
    """Why published rewrites wait for a person → rewrites."""
    refused: dict[str, Count] = Field(default_factory=dict)
    """Reason of a guard → rewrites that it refused."""
    too_few: Count = 0
    """Requests with a meaning that people said next in their place, and fewer than ``min_people`` did: not learned."""
    seconds: float = 0.0
    """Duration of the run, before the bundle was published."""


class PolicyStep(Record):
    """One step of a policy: an expert (``retrieval.experts``), and how sure it must be."""

    model_config = ConfigDict(strict=True)

    expert: str
    least: float | None = None
    """Sureness from which its proposal is made, in its own unit; None: the ranker as calibrated, others always."""


class Worth(Record):
    """What a policy would have been worth on some turns of the log, as far as the log tells it (estimated)."""

    model_config = ConfigDict(strict=True)

    wins: float
    """Failed turns that it would have mended, expected."""
    losses: float
    """Turns that went well and that it would have changed, expected."""
    value: float
    """Wins less 8.5 losses, in 1,000 requests; with the ends of its 95 % interval."""
    low: float
    high: float


class Backtested(Record):
    """The policy that serves, and what a backtest on the last part of the log says of it (``learning.policies``)."""

    model_config = ConfigDict(strict=True)

    policy: tuple[PolicyStep, ...]
    """The steps in order."""
    turns: Count
    """Turns on which it was bounded; it was chosen on as many before them."""
    usual: Worth
    """Of what serves where no log has told otherwise."""
    added: Worth | None = None
    """What the last step adds to that; None where nothing is added."""

    @property
    def helps(self) -> bool:
        """Whether what serves wins more than it loses, beyond doubt."""
        return self.usual.low > 0


GateVerdict = Literal["better", "same", "not shown", "worse"]


class Gain(Record):
    """What a version would have gained on drawn rewrites over what was done with them (``experiments.off_policy``).

    Gains are of P(went well), on the average of the units on which the version differs.
    """

    model_config = ConfigDict(strict=True)

    verdict: GateVerdict
    """``better``: the lower bound is above 0; ``worse``: the upper is below; ``same``: it differs nowhere."""
    units: Count
    """Requests with their retries whose rewrite was drawn, made or withheld."""
    differ: Count
    """Those on which the version would have done otherwise."""
    unsupported: Count
    """Those of them on which what it would have done was not tried."""
    estimate: float
    """With what was not tried taken for no gain and no loss."""
    low: float
    """Lower bound of the 95 % confidence sequence, with all that was not tried taken for gone wrong."""
    high: float
    """Upper bound, with all of it taken for gone well."""

    @property
    def passes(self) -> bool:
        """Whether the version may take the place of what is in use."""
        return self.verdict in ("better", "same")


class Failures(Record):
    """Where requests of the log failed, as the dialogue reader finds; expected numbers (``failures.totals``)."""

    model_config = ConfigDict(strict=True)

    turns: Count
    """Turns that were read, all others being left out of these figures."""
    goals: float
    """Goals of people that an assistant here serves."""
    met: float
    """Those that were met in the end."""
    first: dict[str, float]
    """Stage (``schema.reading.STAGES``) → turns that failed there first."""
    unsupported: Count
    """Requests that no assistant here serves, which are no failures."""
    mend: tuple[str, ...] = ()
    """What to mend first, in words: causes that ``min_people`` people met, those first that cost most turns."""


class Manifest(Record):
    """The manifest of one version of a bundle."""

    model_config = ConfigDict(strict=True)

    format: int
    """Format of the bundle (``layout.FORMAT``)."""
    created: datetime
    learned_from: LearnedFrom
    settings: RecordedSettings
    figures: Figures
    backtest: Backtested | None = None
    """What a backtest on the log says; None where the log was too small or young to tell, and in earlier releases."""
    failures: Failures | None = None
    """Where requests failed; None where the log was not read, and in earlier releases."""
    gate: Gain | None = None
    """What the gate found, where it was asked and had enough to tell; what does not pass was not put in use."""
    checksums: dict[str, str]
    """Path of each file, within the version → its SHA-256."""
    emptied: bool = False
    """Whether a person was erased from what was learned, so that nothing is in it until it is learned again."""

    @property
    def helps(self) -> bool | None:
        """Whether a backtest showed that what serves helps; None without one."""
        return None if self.backtest is None else self.backtest.helps

    def holds_as(self, other: Manifest) -> bool:
        """Return whether another version was learned from as much in the same way and holds the same.

        The index of words is left out: its files have other names each time they are written.
        """
        return self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        words = f"{ONLINE}/{WORDS_FOLDER}/"
        files = {name: digest for name, digest in self.checksums.items() if not name.startswith(words)}
        return self.learned_from, self.settings, files

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest.

        Raises:
            BundleError: it is missing or damaged, or of a format that this release does not know.
        """
        return cls.parse(written(path), path)

    @classmethod
    def parse(cls, text: bytes, path: Path) -> Self:
        """Read what :func:`written` returned of the manifest at ``path``.

        Raises:
            BundleError: it is damaged, or of a format that this release does not know.
        """
        try:
            known = json.loads(text.decode("utf8"))["format"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BundleError(f"{path} is missing or damaged", LEARN_AGAIN) from error
        if known not in READABLE:
            remedy = "Upgrade SayAgain, or learn the bundle again with this release"
            raise BundleError(f"{path.parent} has format {known}; this release reads formats 1 to {FORMAT}", remedy)
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise BundleError(f"{path} is damaged", LEARN_AGAIN) from error

    def write(self, path: Path) -> None:
        """Write what :meth:`read` reads."""
        path.write_text(self.model_dump_json(indent=1, exclude_unset=True) + "\n", encoding="utf8")

    def to_json(self) -> dict[str, Any]:
        """Return the plain values that are on the disk: without the defaults of what is not there."""
        return self.model_dump(mode="json", exclude_unset=True)


def written(path: Path) -> bytes:
    """Return what a manifest file holds.

    Raises:
        BundleError: it is missing, cannot be read, or is too long for a manifest.
    """
    try:
        if path.stat().st_size <= MOST_BYTES[path.suffix]:
            return path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} is missing or damaged", LEARN_AGAIN) from error
    raise damaged(path, "it is too long")

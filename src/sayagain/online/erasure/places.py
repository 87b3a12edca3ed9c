"""The registry of places that may hold what a person said: each is declared once, and erased by one step of ``erase``.

``docs/privacy.md`` shows it, and the tests compare it with that page, the tables of the state database and the disk.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A place that may hold what a person said, or their name."""

    name: str
    """As the receipt of an erasure calls it."""
    counts: str
    """What the receipt counts."""
    where: str
    """Where it lies: ``LOG``, ``BUNDLE`` and ``STATE`` are what the commands are given."""
    kept: str
    """How long what is there stays."""
    erased: str
    """How it is erased."""
    tables: frozenset[str] = frozenset()
    """Tables of the state database that make it up."""


TURNS = Place(
    "turns in the log",
    "turns",
    "`LOG/day=…/*.parquet`",
    "until `log retain`",
    "the files that hold some are written anew without them, or removed",
)
TRUTH = Place(
    "truth about turns",
    "rows",
    "`truth/` beside `LOG`",
    "as long as the turns",
    "with the turns, in one change",
)
STAGED = Place(
    "staged turns",
    "files",
    "`LOG/_staging`",
    "while turns are added; of a killed process until the log is opened or added to",
    "a change that was cut short is finished or discarded first",
)
REJECTED = Place(
    "rejected lines",
    "lines",
    "`LOG-rejected.jsonl`",
    "until the next import",
    "the file is removed: it names files, lines and fields, and not whose they were",
)
INBOX = Place(
    "inbox",
    "turns",
    "`STATE`, table `inbox`",
    "ten minutes (`--feedback-window`), until the turn is in the log",
    "the rows are deleted",
    frozenset({"inbox"}),
)
PROFILES = Place(
    "user profiles",
    "profiles",
    "`STATE`, table `memory`",
    "until erased",
    "the row is deleted; what a layer has in memory is gone, and not written any more",
    frozenset({"memory"}),
)
PREFERENCES = Place(
    "preferences",
    "preferences",
    "`STATE`, table `preference`",
    "until forgotten or erased; what was superseded stays as history until then",
    "the rows are deleted, with those that were superseded",
    frozenset({"preference"}),
)
QUESTIONS = Place(
    "questions",
    "questions",
    "`STATE`, table `question`",
    "until erased",
    "the rows are deleted: when the person was asked, and how they took it, without words",
    frozenset({"question"}),
)
COMPLAINTS = Place(
    "complaints",
    "complaints",
    "`STATE`, table `complaint`",
    "until erased",
    "the rows are deleted, in memory too; what followed from them stands",
    frozenset({"complaint"}),
)
STANDINGS = Place(
    "texts of standings",
    "pairs",
    "`STATE`, table `rewrite`",
    "while a bundle proposes the pair, or somebody decided about it",
    "the texts of all pairs go; a pair stands on by its id, a digest, so that what is blocked stays blocked",
    frozenset({"rewrite"}),
)
UNFINISHED = Place(
    "unfinished learning",
    "files",
    "`BUNDLE/.work`, `BUNDLE/.draft`",
    "while `learn` runs; of a killed run until the next",
    "the folders are removed; while a run is under way, erasing from the bundle and its log waits until it ends",
)
VERSIONS = Place(
    "versions of the bundle",
    "versions",
    "`BUNDLE/000001` and so on",
    "until deleted",
    "those of a household (`--min-people` below 3) are removed; an empty one takes the place of the one in use",
)
PAGES = Place(
    "freed pages",
    "pages",
    "files of `STATE`",
    "until an erasure",
    "SQLite: what is deleted is overwritten, the file written anew, the write-ahead log cut off; PostgreSQL: `VACUUM`",
)
REQUESTS = Place(
    "requests to erase",
    "requests",
    "`STATE`, table `erasure`",
    "until the erasure is done",
    "the row is deleted last, and its page cleared",
    frozenset({"erasure"}),
)

PLACES = (
    INBOX,
    PROFILES,
    PREFERENCES,
    QUESTIONS,
    COMPLAINTS,
    STANDINGS,
    TURNS,
    TRUTH,
    STAGED,
    REJECTED,
    UNFINISHED,
    VERSIONS,
    PAGES,
    REQUESTS,
)
"""All places, in the order in which they are erased."""

WITHOUT_TEXT = {
    "writer": "the process that holds the database: its number, its host, since when",
    "experiment": "experiments: their arms, when they ran, and which operator or key started and stopped them",
    "switch": "whether the layer is on, since when, and why not, in the words of who switched it",
    "trial": "how drawn uses of a pair went: figures, by the digest of the pair",
}
"""Tables of the state database that hold nothing of anybody → what they hold."""

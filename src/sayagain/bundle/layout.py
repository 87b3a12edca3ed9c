"""The layout of a bundle: its format, and the names of all its files.

``BUNDLE/current`` names the version in use, and below it those that were before; ``BUNDLE/000001/`` is one version,
with ``online/`` for what rewriting at request time needs.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMAT = 4
"""Format of the bundles that this release publishes. It is raised when files change, and when the rules change what a
bundle may hold."""

READABLE = (1, 2, 3, FORMAT)
"""Formats that this release reads; the first had no ``online``, the second was learned under fewer rules, in the third
k people stood behind requests alone. A bundle of another format is refused."""

CURRENT = "current"
"""The file of a bundle that names the version in use (``pointer``)."""

DIGITS = 6
"""Digits of the number that a version is called by."""

WORK, DRAFT = ".work", ".draft"
"""Folders of a run of learning that is not finished: its stages, and the version that it writes."""

LEARNING_LOCK, ERASURE_LOCK = ".learning", ".erasing"
"""Files that a run of learning locks, and an erasure the second of them (``lock``)."""

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
"""The signature of the manifest, where there is one (``signature``); the manifest does not vouch for it."""
REWRITES = "rewrites.parquet"
"""Proposals with their evidence."""
REFUSED = "refused.parquet"
"""What the guards held back, and why."""
SIGNALS = "signals.json"
"""What the label model learned."""
VERSION_FILES = (REWRITES, REFUSED, SIGNALS)
"""Files that every version has, besides the manifest, which vouches for them."""

ONLINE = "online"
"""The folder of a version with what rewriting at request time needs; a bundle of format 1 has none."""

REQUESTS_FILE = "requests.parquet"
WAYS_FILE = "ways.parquet"
SPELLINGS_FILE = "spellings.parquet"
PLACES_FILE = "places.npy"
NAMES_FILE = "names.parquet"
CONFUSIONS_FILE = "confusions.npy"
WORDS_FOLDER = "words"
VECTORS_FILE = "vectors.usearch"
WORKS_FILE = "works.ubj"
MEANT_FILE = "meant.ubj"
THRESHOLDS_FILE = "ranker.json"
CHOICE_TREES_FILE = "choices.ubj"
CHOICE_COUNTS_FILE = "choices.parquet"
CHOICE_DESIGN_FILE = "choices.json"
CHOOSER_FILE = "chooser.json"
ONLINE_FILES = (
    REQUESTS_FILE, WAYS_FILE, VECTORS_FILE, WORKS_FILE, MEANT_FILE, THRESHOLDS_FILE, f"{WORDS_FOLDER}/meta.json",
)  # fmt: skip
"""Files that ``online`` has in every bundle."""
LATER_ONLINE_FILES = (
    SPELLINGS_FILE, PLACES_FILE, NAMES_FILE, CONFUSIONS_FILE,
    CHOICE_TREES_FILE, CHOICE_COUNTS_FILE, CHOICE_DESIGN_FILE, CHOOSER_FILE,
)  # fmt: skip
"""Files that those of earlier releases do not have."""

MOST_BYTES: Mapping[str, int] = {
    ".json": 16 << 20, ".ubj": 64 << 20, ".npy": 4 << 30, ".parquet": 8 << 30, ".usearch": 32 << 30,
}  # fmt: skip
"""Bytes that a file may have, by its suffix: a hundred times what a million requests take. Of a larger one not even the
checksum is read."""

MOST_BYTES_OF_OTHERS = 8 << 30
"""The same for a file with another suffix: the parts of the word index, and what a later release adds."""

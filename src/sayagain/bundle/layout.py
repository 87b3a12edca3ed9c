"""The layout of a bundle: its format, and the names of all its files.

``BUNDLE/current`` names the version in use; ``BUNDLE/000001/`` is one version, with ``online/`` for what rewriting at
request time needs.
"""

from __future__ import annotations

FORMAT = 3
"""Format of the bundles that this release publishes. It is raised when files change, and when the rules change what a
bundle may hold."""

READABLE = (1, 2, FORMAT)
"""Formats that this release reads; the first had no ``online``, the second was learned under fewer rules. A bundle of
another format is refused."""

CURRENT = "current"
"""The file of a bundle that names the version in use."""

WORK, DRAFT = ".work", ".draft"
"""Folders of a run of learning that is not finished: its stages, and the version that it writes."""

MANIFEST = "manifest.json"
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
WORDS_FOLDER = "words"
VECTORS_FILE = "vectors.usearch"
WORKS_FILE = "works.ubj"
MEANT_FILE = "meant.ubj"
THRESHOLDS_FILE = "ranker.json"

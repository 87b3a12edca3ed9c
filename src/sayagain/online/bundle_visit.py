"""The process in which ``bundle_trial`` tries a bundle: it loads a version and visits all it holds, within limits."""

from __future__ import annotations

import os
import resource
import sys
from functools import partial
from math import isfinite
from pathlib import Path

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.damage import damaged, told
from sayagain.bundle.version import Version
from sayagain.errors import BundleError
from sayagain.online.bundle_trial import DAMAGED_STATUS
from sayagain.online.snapshot import WARMING, Snapshot
from sayagain.retrieval.options import Options
from sayagain.retrieval.policy import decide
from sayagain.retrieval.user_profile import UserProfile
from sayagain.state.lifecycle import Lifecycle

CPU_SECONDS, CPU_SECONDS_A_BYTE = 50, 0.5e-6
"""Seconds of CPU that the process may take, and more for each byte of the version: a small bundle takes two, one of
20,000 requests (10 MB) three."""
MEMORY = 4 << 30
MEMORY_A_BYTE = 16
"""Bytes of memory that it may take, besides what the libraries take before, and for each byte of the version: libraries
claim more than they use for each core, and a million requests take five times what they have on the disk."""

DATA = 5
"""The number in ``statm`` of the pages that the process may write to; mapped files are not among them."""

ASKED = 500
"""Requests of those that a bundle knows that are searched for, spread over all."""
NEAREST = 64
"""Requests that are wanted of each search: more than of any when a request is decided on."""
DECIDED = 20
"""Requests that are decided on, candidates, rules, ranker and all."""


def main() -> None:
    """Try the version in a directory, with the digest of its manifest; both are named on the command line."""
    path, digest = Path(sys.argv[1]), sys.argv[2]
    print("begun", flush=True)
    try:
        bundle = Bundle.open(path.parent, path.name, trial=partial(_limited, digest))
        snapshot = Snapshot.of(bundle, Lifecycle("sqlite://"))
        with told(path):
            visit(snapshot if snapshot.shadow is None else snapshot.shadow.snapshot)
            bundle.refused()
    except BundleError as error:
        print(error.args[0], error.remedy, sep="\n", flush=True)
        os._exit(DAMAGED_STATUS)  # what a library does at its end is of no interest
    os._exit(0)


def visit(snapshot: Snapshot) -> None:
    """Search the indices for what they hold, and decide on some of it.

    Raises:
        ValueError: an index finds what is not there.
    """
    context = snapshot.context
    forms = context.global_index.forms
    for index in (context.words, context.vectors):
        found = [(number, 0.0) for number in index.numbers()]
        for hits in index.search(forms[:: max(1, len(forms) // ASKED)], NEAREST):
            found += hits
        if not all(0 <= number < len(forms) and isfinite(score) for number, score in found):
            raise ValueError("an index finds what is not there")
    for form in forms[:: max(1, len(forms) // DECIDED)]:
        request = WARMING.model_copy(update={"text": form})
        decide(Options(request, UserProfile(), context, snapshot.ranker), snapshot.policy)


def _limited(digest: str, version: Version) -> None:
    """Limit the time of this process, and how much more memory it takes, before anything of the version is read.

    Only Linux tells how much memory it has.

    Raises:
        BundleError: it is not the version with that digest.
    """
    if version.digest != digest:
        raise damaged(version.path, "it changed while it was opened")
    seconds = CPU_SECONDS + int(CPU_SECONDS_A_BYTE * version.size)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    taken = Path("/proc/self/statm")
    if taken.exists():
        pages = int(taken.read_text().split()[DATA])
        most = pages * resource.getpagesize() + MEMORY + MEMORY_A_BYTE * version.size
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    main()

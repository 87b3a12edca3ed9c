"""The trial of a bundle: before a service loads a version, a process of its own loads it, and visits all that it holds.

The files of a bundle are read by libraries in C++ and Rust, and some are mapped into memory. Static checks bound what
they say (``Version.verified``, and where each is read); what they overlook ends the other process (``bundle_visit``). A
version that came through is remembered by the digest of its manifest, so that it is tried once.
"""

from __future__ import annotations

import os
import subprocess
import sys

from sayagain.bundle.damage import damaged
from sayagain.bundle.version import Version
from sayagain.errors import BundleError

VISIT = "sayagain.online.bundle_visit"
"""The module that the other process runs."""
DAMAGED_STATUS = 3
"""Exit status of one that found damage; its output has what it found, and the remedy."""

PATIENCE, PATIENCE_A_BYTE = 120.0, 2e-6
"""Seconds until a trial is given up, and more for each byte of the version, on a machine that has much else to do: a
small bundle takes two of CPU, one of 10 MB three."""

_passed: set[str] = set()


def none(version: Version) -> None:
    """Trust a version as it is."""


def run(version: Version) -> None:
    """Try a version, unless it came through before.

    Raises:
        BundleError: it is damaged, or cannot be tried.
    """
    if version.digest in _passed:
        return
    patience = PATIENCE + PATIENCE_A_BYTE * version.size
    try:
        ended = subprocess.run(
            [sys.executable, "-P", "-m", VISIT, str(version.path), version.digest],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a panic tells of what people said
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise damaged(version.path, f"it was not read within {patience:.0f} seconds") from None
    except OSError as error:
        raise _untried(version, error.strerror or type(error).__name__) from None
    begun, _, found = ended.stdout.decode("utf8", "replace").partition("\n")
    if not begun:
        raise _untried(version, f"it ended with {ended.returncode}")
    if ended.returncode == DAMAGED_STATUS:
        message, _, remedy = found.partition("\n")
        raise BundleError(message, remedy.strip())
    if ended.returncode:
        raise damaged(version.path, "it ends the process that reads it")
    _passed.add(version.digest)


def _untried(version: Version, why: str) -> BundleError:
    remedy = "Check that there is memory for a second process of Python"
    return BundleError(f"{version.path} cannot be tried in a process of its own: {why}", remedy)

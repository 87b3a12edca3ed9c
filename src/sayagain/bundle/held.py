"""The version that the gate left in shadow: published, judged on the log, and not put in use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sayagain.bundle.layout import MANIFEST
from sayagain.bundle.manifest import Gain, Manifest
from sayagain.bundle.pointer import used, versions
from sayagain.errors import BundleError


@dataclass(frozen=True)
class Held:
    """A version in shadow, and what the gate found when it was learned."""

    version: str
    gain: Gain


def held(bundle: Path) -> Held | None:
    """Return the last version of a bundle where the gate left it in shadow; None where it is, or was, in use."""
    *_, last = versions(bundle)
    if last.name in used(bundle):
        return None
    try:
        gain = Manifest.read(last / MANIFEST).gate
    except BundleError:  # damaged, so that it serves nobody
        return None
    return None if gain is None or gain.passes else Held(last.name, gain)


def newest_not_in_use(bundle: Path) -> str | None:
    """Return the last version of a bundle besides the one in use; None where there is no other."""
    in_use = used(bundle)[:1]
    return max((each.name for each in versions(bundle) if [each.name] != in_use), default=None)

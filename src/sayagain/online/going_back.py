"""Going back: another version of a bundle is put in use, and the state database agrees with it.

A version proposes rewrites, and the state database says of each how it stands: those that the versions after it
proposed no more are retired there, so that none of them would be served. Its proposals are taken in again as when it
was published. What people decided, and what they complained of, stands. Layers that run load it within seconds
(``watch``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.damage import LEARN_AGAIN
from sayagain.bundle.layout import DIGITS
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT
from sayagain.bundle.pointer import before, put, used, versions
from sayagain.bundle.version import no_bundle
from sayagain.errors import BundleError
from sayagain.experiments.stages import first_stages
from sayagain.state import Database
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.revision import tell

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey

SEE = "See: sayagain bundle list"


def use(bundle: Path, version: str, state: Database, signed_by: PublicKey | None = None) -> Bundle:
    """Put a version in use, by its number; return it. The one in use goes through all of it again.

    Raises:
        BundleError: there is no such version, it is damaged, emptied, or not signed with that key; or the bundle cannot
            be written. The version in use goes on.
        StateError: the state database cannot be used; the version in use goes on.
    """
    name, names = version.zfill(DIGITS), _used(bundle)
    if name not in (each.name for each in versions(bundle)):
        raise BundleError(f"{bundle} has no version {version}", SEE)
    return _put(bundle, names if names[:1] == [name] else [name, *names], state, signed_by)


def roll_back(bundle: Path, state: Database, signed_by: PublicKey | None = None) -> Bundle:
    """Go back to the version that was in use before the one that is; return it. What was erased since is passed over.

    Raises:
        BundleError: there was none, it is damaged, or not signed with that key; or the bundle cannot be written. The
            version in use goes on.
        StateError: the state database cannot be used; the version in use goes on.
    """
    names = _used(bundle)
    back = before(bundle)
    if not back:
        raise BundleError(f"No version of {bundle} was in use before {names[0]}, or is there still", SEE)
    return _put(bundle, back, state, signed_by)


def _used(bundle: Path) -> list[str]:
    if not Bundle.published(bundle):
        raise no_bundle(bundle)
    return used(bundle)


def _put(bundle: Path, names: Sequence[str], state: Database, signed_by: PublicKey | None) -> Bundle:
    opened = Bundle.open(bundle, names[0], signed_by=signed_by)
    manifest = opened.manifest
    if manifest.emptied:
        raise BundleError(f"{opened.path} was emptied when somebody was erased", LEARN_AGAIN)
    first = first_stages(household=manifest.settings.min_people < HOUSEHOLD_LIMIT, helps=manifest.helps)

    def agree() -> None:
        Lifecycle(state).receive(opened.rewrites, review=manifest.settings.review, first=first, anew=False)

    put(bundle, names, agree)
    tell(state)
    return opened

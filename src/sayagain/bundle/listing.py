"""The versions of a bundle, as their manifests tell of them; files are verified when a version is put in use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sayagain.bundle.held import held
from sayagain.bundle.layout import MANIFEST, SIGNATURE
from sayagain.bundle.manifest import Manifest, written
from sayagain.bundle.pointer import before, used, versions
from sayagain.bundle.version import no_bundle
from sayagain.errors import BundleError

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey


@dataclass(frozen=True)
class Listed:
    """One version of a bundle."""

    name: str
    manifest: Manifest | None
    """None where it is missing or damaged."""
    signed: bool
    """Whether it is signed with the key that was named; where none was, whether there is a signature at all."""
    in_use: bool
    before: bool
    """Whether it is what one goes back to from the version in use."""
    in_shadow: bool
    """Whether the gate left it there."""

    def facts(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        places = {"in_use": self.in_use, "before": self.before, "in_shadow": self.in_shadow}
        facts = {"version": self.name, **places, "signed": self.signed}
        if (manifest := self.manifest) is None:
            return {**facts, "damaged": True}
        learned_from = manifest.learned_from.model_dump(mode="json", include={"log", "turns", "users", "first", "last"})
        told = {"created": manifest.created.isoformat(), "learned_from": learned_from, "format": manifest.format}
        return {**facts, **told, "rewrites": manifest.figures.rewrites, "emptied": manifest.emptied}


def listed(bundle: Path, signed_by: PublicKey | None = None) -> list[Listed]:
    """Return all versions of a bundle, the latest first.

    Raises:
        BundleError: there are none.
    """
    found = list(versions(bundle)) if bundle.is_dir() else []
    if not found:
        raise no_bundle(bundle)
    in_use, back, shadow = used(bundle)[:1], before(bundle)[:1], held(bundle)
    return [
        Listed(
            each.name,
            _manifest(each),
            _signed(each, signed_by),
            in_use=[each.name] == in_use,
            before=[each.name] == back,
            in_shadow=shadow is not None and each.name == shadow.version,
        )
        for each in reversed(found)
    ]


def _manifest(version: Path) -> Manifest | None:
    try:
        return Manifest.read(version / MANIFEST)
    except BundleError:
        return None


def _signed(version: Path, signed_by: PublicKey | None) -> bool:
    if signed_by is None:
        return (version / SIGNATURE).is_file()
    try:
        signed_by.verify(version, written(version / MANIFEST))
    except BundleError:
        return False
    return True

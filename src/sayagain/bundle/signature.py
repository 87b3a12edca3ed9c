"""The signature of a bundle: Ed25519 over its manifest, which vouches for every file by its SHA-256.

Checksums tell damage; whoever can write to the folder can write others. A signature says who published a version. Keys
are PEM files, and ``manifest.sig`` is the 64 bytes of the signature, so that OpenSSL reads and verifies them as well.
This module needs the extra ``sign``; nothing else of the base install imports it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sayagain.bundle.layout import SIGNATURE
from sayagain.errors import BundleError

SIGNATURE_BYTES = 64
MOST_KEY_BYTES = 1 << 14
"""Bytes of a key file that are read: an Ed25519 key takes 119, and what is so much longer is no key."""

MAKE_KEYS = "Make a pair of keys with: sayagain bundle keygen FILE"


@dataclass(frozen=True)
class PrivateKey:
    """The key that signs bundles."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a key from its PEM file.

        Raises:
            BundleError: it is none.
        """
        key = _loaded(path, "private", lambda text: pem.load_pem_private_key(text, password=None))
        if not isinstance(key, Ed25519PrivateKey):
            raise BundleError(f"{path} is no private key of Ed25519", MAKE_KEYS)
        return cls(key)

    def public(self, path: Path) -> PublicKey:
        """Return the key that verifies what this one signs; messages call it ``path``."""
        return PublicKey(path, self.key.public_key())

    def sign(self, version: Path, manifest: bytes) -> None:
        """Write the signature of a manifest into the directory of its version."""
        (version / SIGNATURE).write_bytes(self.key.sign(manifest))


@dataclass(frozen=True)
class PublicKey:
    """The key that verifies who signed a bundle."""

    path: Path
    key: Ed25519PublicKey

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a key from its PEM file.

        Raises:
            BundleError: it is none.
        """
        key = _loaded(path, "public", pem.load_pem_public_key)
        if not isinstance(key, Ed25519PublicKey):
            raise BundleError(f"{path} is no public key of Ed25519", MAKE_KEYS)
        return cls(path, key)

    def verify(self, version: Path, manifest: bytes) -> None:
        """Verify the signature of a manifest in the directory of its version.

        Raises:
            BundleError: there is none, or it is not of this key and this manifest.
        """
        try:
            with (version / SIGNATURE).open("rb") as file:
                self.key.verify(file.read(SIGNATURE_BYTES + 1), manifest)
        except (OSError, InvalidSignature):
            remedy = "Learn it again with --sign, or name the public key of whoever signed it"
            raise BundleError(f"{version} is not signed with the key that belongs to {self.path}", remedy) from None


def make_keys(path: Path) -> Path:
    """Write a new private key, for its owner alone, and the public key beside it; return the path of the latter.

    Raises:
        BundleError: a file is there already, or cannot be written.
    """
    key, public = Ed25519PrivateKey.generate(), path.with_name(f"{path.name}.pub")
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    shared = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    for name, content, mode in ((path, private, 0o600), (public, shared, 0o644)):
        try:
            with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise BundleError(f"{name} cannot be written: {error.strerror}", "Name a file that is not there") from None
    return public


def _loaded(path: Path, kind: str, load: Callable[[bytes], object]) -> object:
    """Load a key; what is wrong with it is told without a word of what the file holds."""
    try:
        with path.open("rb") as file:
            return load(file.read(MOST_KEY_BYTES))
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}", MAKE_KEYS) from None
    except Exception:  # the library has errors of many kinds for what it cannot read
        raise BundleError(f"{path} is no {kind} key in PEM", MAKE_KEYS) from None

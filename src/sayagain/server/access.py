"""Access: what an address asks of a key, and how the middleware treats those who come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.routing import compile_path


class Scope(StrEnum):
    """What a key may be good for. None of them includes another, but ``admin`` is good for everything."""

    OBSERVE = "observe"
    """To tell what happened: turns, and feedback about them."""
    REWRITE = "rewrite"
    """To ask what to work on in place of a request."""
    VIEW = "view"
    """To look: why a request is rewritten (which shows a person's phrases), and the figures."""
    REVIEW = "review"
    """To decide about rewrites."""
    ADMIN = "admin"
    """To forget people and to load bundles; and all of the above."""


@dataclass(frozen=True)
class Access:
    """Who may ask one address."""

    scope: Scope | None = None
    """The scope that a key needs; None where every key does."""
    open: bool = False
    """Whether no key is needed."""
    whole: bool = False
    """Whether it concerns the service as a whole, so that no tenant's key does."""
    always: bool = False
    """Whether it is answered however busy the service is: one who looks why it is slow must see something."""
    audited: bool = False
    """Whether each request leaves an audit line; those that are refused for want of a key do in any case."""


class Addresses:
    """The addresses that there are, each with its access. A request for another never reaches the application."""

    def __init__(self, access: Mapping[str, Access]) -> None:
        """Take addresses as they are declared: ``/forget``, ``/forget/{job}``."""
        self._exact = {path: (path, each) for path, each in access.items() if "{" not in path}
        self._patterns = [(compile_path(path)[0], path, each) for path, each in access.items() if "{" in path]

    def find(self, path: str) -> tuple[str, Access] | None:
        """Return the declared address that a path is one of, and its access; None where there is none."""
        if found := self._exact.get(path):
            return found
        return next(((declared, access) for pattern, declared, access in self._patterns if pattern.match(path)), None)

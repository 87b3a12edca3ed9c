"""Pairs of source and target of one kind, looked up on every request: by text, or by id where the texts were erased."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sayagain.schema.rewrite import rewrite_id

Targets = Callable[[str, Iterable[str]], Collection[str]]
"""Form of a request, and the forms that it may become → those of a kind. What is known by text is named anyhow."""


def nothing(source: str, among: Iterable[str]) -> Collection[str]:
    """Return that there is none of the kind."""
    return ()


class Pairs:
    """A set of pairs. May be read while one thread changes it."""

    def __init__(self) -> None:
        self._targets: dict[str, frozenset[str]] = {}
        self._ids: frozenset[str] = frozenset()

    def put(self, id: str, source: str, target: str, *, belongs: bool) -> None:
        """Say whether a pair belongs to the set; ``source`` is empty where its texts were erased."""
        by_id = {id} if belongs and not source else set()
        self._ids = (self._ids - {id}) | by_id
        if source:
            others = self._targets.get(source, frozenset()) - {target}
            self._targets[source] = others | {target} if belongs else others

    def targets(self, source: str, among: Iterable[str]) -> Collection[str]:
        """Return the targets of a source; those whose texts were erased are recognised ``among`` others."""
        known = self._targets.get(source, frozenset())
        if not self._ids:
            return known
        return known | {form for form in among if rewrite_id(source, form) in self._ids}

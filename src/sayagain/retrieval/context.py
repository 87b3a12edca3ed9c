"""The retrieval context: what candidates are drawn from besides a person's profile, and the rules for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.rules import Rules
from sayagain.retrieval.catalogue import Catalogue
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.index import Index, VectorIndex, WordIndex
from sayagain.text.confusions import Confusions
from sayagain.text.encoder import shipped as encoder


class Precomputed(NamedTuple):
    """A rewrite that was mined from the log, for one request."""

    id: str
    text: str
    form: str
    lift: float = 1.0
    """Lower end of the interval of how much oftener the target ends well than the request."""


@dataclass(frozen=True)
class RetrievalContext:
    """The sources of candidates besides the person's profile, and the rules for them."""

    global_index: GlobalIndex
    words: Index
    vectors: Index
    precomputed: Mapping[str, Precomputed] = field(default_factory=dict)
    """Form → the live rewrite."""
    matcher: Callable[[Sequence[str]], Sequence[bool]] | None = None
    rules: Rules = field(default_factory=Rules)
    stopped: Callable[[str, Iterable[str]], Collection[str]] = lambda source, among: ()
    """Form, and forms that it may become → the forms that it must not become for anyone: blocked, or complained of.

    Those of which only a digest is kept are recognised among the ones it may become."""
    catalogue: Catalogue = field(default_factory=Catalogue)
    """The names that the assistant knows."""
    confusions: Confusions = field(default_factory=Confusions.unlearned)
    """How likely letters are misheard here."""

    def understands(self, text: str) -> bool:
        """Return whether the assistant understands a text, as far as it can be asked."""
        return self.matcher is None or bool(self.matcher([text])[0])


def rules_of(global_index: GlobalIndex, owner: OwnerPolicy, min_people: int = 1, places: Places | None = None) -> Rules:
    """Return the rules that the requests of everyone give."""
    return Rules.of(global_index.forms, global_index.meanings, global_index.success.tolist(), owner, min_people, places)


def nobody(owner: OwnerPolicy = NO_POLICY) -> RetrievalContext:
    """Return what is known where there is nobody else: nothing, and what no rewrite may do."""
    nothing = WordIndex.build([], []), VectorIndex.build([], [], encoder())
    return RetrievalContext(GlobalIndex.nobody(), *nothing, rules=Rules(owner=owner))

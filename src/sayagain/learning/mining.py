"""Rewrites from the counts of a log, by each source of rewrites."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sayagain.guards.rules import Rules
from sayagain.guards.side import Matcher
from sayagain.guards.slots import another
from sayagain.learning.carried import carried
from sayagain.learning.counting import Counts
from sayagain.learning.settings import Settings
from sayagain.log.anonymity import Public
from sayagain.rewrites.absorb import solve
from sayagain.rewrites.by_meaning import gather
from sayagain.rewrites.markov import Chain
from sayagain.rewrites.select import Policy, select, understood
from sayagain.schema.meaning import joined, parse_slots
from sayagain.schema.rewrite import Mined, Rewrite

TOO_FEW_PEOPLE = "too few people say it in these words"
ANOTHER_VALUE = another("value")


def mine(counts: Counts, settings: Settings, used: Sequence[Rewrite] = ()) -> tuple[Chain, list[Rewrite]]:
    """Return the chain, and the rewrites of every source that ``settings`` mines, best score first.

    A request gets one; what one source publishes is not refused for another. What is ``used`` goes on where the log
    has nothing against it.
    """
    rules = policy(counts, replace(settings, matcher=_once(settings.matcher)))
    meanings = counts.meanings["meaning"].to_numpy()
    forbidden = (rules.rules.reverses,)
    chain = Chain.of(counts.requests, counts.outcomes, counts.transitions, meanings, settings.min_people, forbidden)
    way, behind = gather(chain, counts.ways, counts.outcomes, meanings, settings.min_people, forbidden)
    sources: dict[Mined, Callable[[], list[Rewrite]]] = {
        "chain": lambda: select(chain, solve(chain.moves, chain.served), rules),
        "spans": lambda: select(chain, way, rules, "spans", lambda i, j: ([i, j], behind[i, j])),
    }
    found = [rewrite for name in settings.mine for rewrite in sources[name]()]
    taken: dict[str, Rewrite] = {}
    for rewrite in sorted(found, key=lambda rewrite: rewrite.refused is not None):
        taken.setdefault(rewrite.source, rewrite)
    public = Public.of(counts.public)
    told = {each.source: each for each in _told(list(taken.values()), counts, public)}
    proposed = {source: each for source, each in told.items() if each.refused is None}
    going_on = understood([*carried(used, proposed, chain, meanings, rules.rules, public)], rules.matcher)
    told |= {each.source: each for each in going_on if each.refused is None}
    return chain, sorted(told.values(), key=lambda rewrite: -rewrite.score)


def _told(rewrites: Sequence[Rewrite], counts: Counts, public: Public) -> list[Rewrite]:
    """Refuse what is in words of too few people; and let no reason name a slot that too few filled."""
    slots = {name for text in counts.requests["slots"].unique().to_pylist() for name, _ in parse_slots(text or "")}
    private = {another(name): ANOTHER_VALUE for name in slots - public.slots}

    def told(each: Rewrite) -> str | None:
        refused = each.refused if public.allows(each) else each.refused or TOO_FEW_PEOPLE
        return None if refused is None else private.get(refused, refused)

    return [each.model_copy(update={"refused": told(each)}) for each in rewrites]


def policy(counts: Counts, settings: Settings) -> Policy:
    """Return what the rewrites of a log must pass: the rules that its requests give."""
    said = counts.requests.take(counts.outcomes["state"])
    success = counts.outcomes["success"].to_numpy() / counts.outcomes["ended"].to_numpy()
    meanings = [
        joined(intent, slots)
        for intent, slots in zip(said["intent"].to_pylist(), said["slots"].to_pylist(), strict=True)
    ]
    forms = said["state"].to_pylist()
    rules = Rules.of(forms, meanings, success.tolist(), settings.owner, settings.min_people)
    return Policy(rules, settings.matcher)


def _once(matcher: Matcher | None) -> Matcher | None:
    """Return a matcher that is asked about each text only once, whichever source of rewrites brings it."""
    if matcher is None:
        return None
    known: dict[str, bool] = {}

    def answers(texts: Sequence[str]) -> list[bool]:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(fresh, matcher(fresh), strict=True))
        return [known[text] for text in texts]

    return answers

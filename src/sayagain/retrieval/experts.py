"""The experts: each says, of a request, which candidates it would put in its place, and how sure it is of each.

An expert proposes and no more: the guards pass what it proposes, or not, and the policy says how sure it must be. A new
one is a function here, under the name by which a policy, a bundle and an explanation call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from rapidfuzz import fuzz, process

from sayagain.guards.slots import SERVED_SHARE
from sayagain.retrieval.options import Options
from sayagain.retrieval.views import Floats
from sayagain.text.phonetics import sound

Proposals = Iterable[tuple[int, float]]
"""Places of candidates and how sure an expert is of each, the surest first."""

Expert = Callable[[Options], Proposals]

EXPERTS: dict[str, Expert] = {}
"""All experts by name."""

NOTHING: Proposals = ()


def expert(propose: Expert) -> Expert:
    """Declare an expert, under the function's name."""
    EXPERTS[propose.__name__] = propose
    return propose


@expert
def table(options: Options) -> Proposals:
    """The precomputed rewrite of this very request, unless it works for this person; its least lift, 0 to 1.

    Its evidence is its own: many people, and a lift beyond doubt. Only this person's experience outweighs it.
    """
    if options.heard not in options.context.precomputed or options.works:
        return NOTHING
    lift = options.context.precomputed[options.heard].lift
    return [(place, lift) for place, each in enumerate(options.found.candidates) if each.precomputed is not None]


@expert
def corrections(options: Options) -> Proposals:
    """What people go on to from this very request: the share of them that does.

    From requests that are only like it, more is spoilt than mended on recordings that were never learned from.
    """
    led = options.heard in options.context.global_index.ways
    if options.works or not led or not options.found.candidates:
        return NOTHING
    shares = [each.way if each.near >= 1.0 else 0.0 for each in options.found.candidates]
    return options.surest(np.array(shares, dtype=np.float32))


@expert
def look(options: Options) -> Proposals:
    """The request that works whose letters are nearest to any hypothesis: likeness, 0 to 1."""
    return _nearest(options, lambda form: form)


@expert
def hearing(options: Options) -> Proposals:
    """The same by its sounds."""
    return _nearest(options, sound)


@expert
def vector(options: Options) -> Proposals:
    """The request that works whose sentence vector is nearest: cosine."""
    if options.works or _works_for_others(options) or not options.found.candidates:
        return NOTHING
    return options.surest(np.array([each.cosine for each in options.found.candidates], dtype=np.float32))


@expert
def ranker(options: Options) -> Proposals:
    """The candidate that the models take for what was meant: P(meant) less P(works as heard)."""
    thresholds = options.ranker.thresholds
    if 1 - options.p_works < thresholds.offer:
        return NOTHING  # no candidate can gain so much: most requests end here
    if thresholds.cautious and not (options.known_to_fail or options.led):
        return NOTHING
    return options.surest(options.p_meant - np.float32(options.p_works))


def _nearest(options: Options, of: Callable[[str], str]) -> Proposals:
    if options.works or _works_for_others(options) or not options.found.candidates:
        return NOTHING
    heard = [of(form) for form in options.request.forms]
    alike: Floats = process.cdist(heard, [of(each.form) for each in options.found.candidates], scorer=fuzz.ratio)
    return options.surest(alike.max(axis=0) / 100)


def _works_for_others(options: Options) -> bool:
    number = options.context.global_index.number.get(options.heard)
    return number is not None and bool(options.context.global_index.success[number] > SERVED_SHARE)

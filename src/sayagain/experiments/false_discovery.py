"""Many hypotheses at once, each with an e-value: which may be acted on, so that few of those are false."""

from __future__ import annotations

from collections.abc import Mapping

FALSE_DISCOVERIES = 0.05
"""Expected share of false ones among those acted on."""


def discoveries(e_values: Mapping[str, float], level: float = FALSE_DISCOVERIES) -> frozenset[str]:
    """Return the hypotheses to reject: e-BH (Wang and Ramdas, JRSS-B 2022).

    Of K hypotheses the k with the largest e-values are rejected, for the largest k for which they all are at least
    K / (k level). It holds however the e-values depend on each other, and whenever it is looked at if each comes from
    an e-process.

    >>> sorted(discoveries({"a": 30.0, "b": 35.0, "c": 1.0}))
    ['a', 'b']
    """
    ranked = sorted(e_values, key=lambda name: e_values[name], reverse=True)
    enough = [k for k, name in enumerate(ranked, 1) if k * e_values[name] * level >= len(ranked)]
    return frozenset(ranked[: enough[-1]] if enough else [])

"""A rewrite as learning proposes it, with evidence that passes."""

from __future__ import annotations

from typing import Any

from sayagain.schema.rewrite import Rewrite, rewrite_id
from sayagain.text.normalise import form_of


def proposed(source: str, target: str, **more: Any) -> Rewrite:
    """Return a rewrite of a request to another; ``more`` gives fields that matter to a test."""
    state = form_of(target)
    evidence = {
        "people": 9, "visits": 50, "target_visits": 90, "own": 0.1, "success": 0.95, "score": 0.8, "lift": 0.85,
        "lift_low": 0.7, "lift_high": 0.9,
    }  # fmt: skip
    known = {"id": rewrite_id(source, state), "source": source, "target": target, "target_state": state}
    return Rewrite(**{**known, **evidence, **more})

"""SayAgain: every time someone has to say it again, the assistant learns.

The public names are listed in ``__all__``; each is imported when it is first used, so that ``import sayagain`` stays
light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Bundle": "sayagain.bundle.bundle",
    "Explanation": "sayagain.schema.explanation",
    "Layer": "sayagain.online.layer",
    "Lifecycle": "sayagain.state.lifecycle",
    "Log": "sayagain.log.store",
    "OwnerPolicy": "sayagain.guards.owner",
    "Rewrite": "sayagain.schema.rewrite",
    "SayAgainError": "sayagain.errors",
    "Settings": "sayagain.learning.settings",
    "Turn": "sayagain.schema",
    "ingest": "sayagain.log.ingest",
    "learn": "sayagain.learning.pipeline",
}

__all__ = [
    "Bundle", "Explanation", "Layer", "Lifecycle", "Log", "OwnerPolicy", "Rewrite", "SayAgainError", "Settings", "Turn",
    "ingest", "learn",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sayagain' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

"""The presets of simulated homes, by name. The first is frozen, and so is each other one once something was judged."""

from __future__ import annotations

from sayagain.assistant.contexts2.setting import CONTEXTS2
from sayagain.assistant.setting import HOMES, Preset

PRESETS: dict[str, Preset] = {each.name: each for each in (HOMES, CONTEXTS2)}
"""Name to homes."""

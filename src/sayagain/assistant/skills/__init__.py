"""The skills of the assistant: each intent is one function of the world, found by name."""

from __future__ import annotations

from sayagain.assistant.skills import devices, talk
from sayagain.assistant.skills.base import Skill

SKILLS: dict[str, Skill] = {**devices.DEVICE_SKILLS, **talk.TALK_SKILLS}
"""Intent to the function that does it. ``unsupported`` has none, and ``correct`` is resolved to what it corrects."""

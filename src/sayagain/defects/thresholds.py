"""Thresholds of signals, for a whole log and for one turn as it happens."""

from __future__ import annotations

FOLLOW_UP = 60.0
"""Seconds within which the next request can be a reaction to this turn. People who correct an assistant mostly do so
within half a minute, but a long answer and a moment's thought come before it."""

REPHRASE = 0.6
"""How alike two requests are when one probably says the other again: unrelated requests of a few words reach 0.5
through common words alone (docs/defects.md)."""

CLOSE = 0.8
"""How alike they are when they differ by a word or by what was misheard."""

UNLIKE = 0.4
"""Below this, two requests share no more than chance: something else was asked."""

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

UNDONE = 60.0
"""Seconds after which putting back is another wish."""

STAYED = 30.0
"""Seconds with an answer that show that it was wanted: who finds the wrong song playing stops it sooner."""

LEFT = 5.0
"""Seconds after which somebody who leaves has only seen what it was."""

MOST = 0.5
"""Share of what there was to listen to, watch or read, from which it was wanted."""

HARDLY_ANY = 0.1
"""Share up to which it was left as soon as it was seen."""

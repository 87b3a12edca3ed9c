"""What is read of a moment at which one of several interpretations may be meant."""

from __future__ import annotations

from sayagain.choices.crosses import Crosses
from sayagain.choices.features import Design

ITEMS = ("device_type", "state", "activity", "place", "hour", "day", "last")
"""What is crossed with how a request is understood; sensors, whatever they are called, are read besides."""

DESIGN = Design(
    Crosses.of([(*of, item) for of in (("understood",), ("understood", "request")) for item in ITEMS]),
    ("kind", "meaning", "exact", "relation"),
    ("person",),
    ("place", "default", "nothing", "entities", "active", "none"),
)

OWN_CROSSES = Crosses.of([("understood", "request"), *(("understood", item) for item in ITEMS)])
"""What one person's moments are counted under where nobody else's are known: too few for finer views."""

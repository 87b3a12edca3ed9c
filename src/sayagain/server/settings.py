"""The settings of the service, each with the reason for its default."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sayagain.log.redaction import Redaction
from sayagain.server.keys import Keys

HOST, PORT = "127.0.0.1", 8377

MOST_TURNS_A_BATCH = 1_000
"""Turns that one batch may bring: about what fits into a body."""


@dataclass(frozen=True)
class Settings:
    """How the service is to behave."""

    host: str = HOST
    port: int = PORT
    keys: Keys = field(default_factory=Keys)
    """Who may ask; without any key everybody, which is allowed on loopback only."""
    most_bytes: int = 1 << 20
    """Bytes of a body: a thousand turns with traces fit, and a hundred such bodies in memory do no harm."""
    patience: float = 5.0
    """Seconds until a request is given up, and before that for its headers to come, and for its body. An assistant that
    waits longer is no assistant."""
    reload_patience: float = 180.0
    """The same for loading a bundle, which is verified and tried in a process of its own first (``bundle_trial``)."""
    erasure_patience: float = 4.0
    """Seconds that ``/forget`` waits for the erasure before it answers with a job to ask about: clients wait for 5."""
    most_erasures: int = 100
    """Erasures that may wait: each reads the names in the whole log."""
    bundle: Path | None = None
    """The bundle that is served, from whose folder people are erased too; None without one."""
    in_flight: int = 64
    """Requests worked on at a time: at 3 ms each the last one waits for 0.2 s. More are turned away, to come again."""
    connections_a_client: int = 256
    """Connections from one address, or IPv6 network: a process may often have 1,024 files open."""
    bodies_a_client: int = 64
    """Bodies of one client under way at a time: as many as are worked on."""
    most_bytes_under_way: int = 256 << 20
    """Bytes of all bodies that are under way: those of four clients with all that they may send."""
    most_waiting: int = 100_000
    """Turns acknowledged and not yet taken in by the layer: about ten minutes of its work."""
    retry_after: int = 1
    """Seconds after which one who was turned away may come again."""
    feedback_window: float = 600.0
    """Seconds after its arrival in which feedback about a turn is taken; then the turn moves into the log."""
    compact_every: float = 600.0
    """Seconds between two moves into the log. Each writes a file a day, and looks for known ids in the whole log."""
    threads: int = 2
    """Threads that ask the layer for rewrites. In the event loop it would take no less CPU (4.2 ms a request in place
    of 4.3, 3 of them the layer's; benchmarks/serve.py), and while it is slow nobody could be turned away."""
    redaction: Redaction | None = None
    """What is redacted of all that arrives, before anything is kept; None: nothing."""
    audit: Path | None = None
    """File to append audit lines to; None where logging is set up elsewhere."""

    @property
    def in_flight_a_client(self) -> int:
        """Return how many requests of one client are worked on at a time: a quarter of the places is for others."""
        return max(1, self.in_flight * 3 // 4)

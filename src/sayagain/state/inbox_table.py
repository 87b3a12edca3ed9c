"""The inbox's table in the state database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, SmallInteger, Table

OPEN, CLOSING, LOGGED = 0, 1, 2
"""Stages of a turn: feedback about it is taken; it is on its way into the log; it is there."""

TABLES = MetaData()

INBOX = Table(
    "inbox",
    TABLES,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("body", LargeBinary),
    Column("received", Float, nullable=False),
    Column("stage", SmallInteger, nullable=False, default=OPEN),
    Column("revision", Integer, nullable=False, default=1),
    Column("handed", Integer, nullable=False, default=0),
)
"""One row a turn. ``number``: the order in which they came. ``id``: digest of the turn's identifier, which may be of
any length and hold anything. ``body``: the turn as JSON, with the feedback there is; null once it is logged.
``received``: Unix time. ``revision`` grows with feedback; ``handed`` is the one that the layer took in."""

WAITS = INBOX.c.handed < INBOX.c.revision
"""The layer has not taken in the turn, or not the feedback about it."""

Index("inbox_waiting", INBOX.c.number, sqlite_where=WAITS, postgresql_where=WAITS)
Index("inbox_stage", INBOX.c.stage, INBOX.c.received)

"""The tables of the state database, all of which are made when it is opened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)  # fmt: skip
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the state database."""


MEMORY = Table(
    "memory",
    Base.metadata,
    Column("user", String, primary_key=True),
    Column("memory", JSON, nullable=False),
)
"""One person's profile, a row."""


class RewriteRow(Base):
    """The standing of one pair of source and target."""

    __tablename__ = "rewrite"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    source: Mapped[str]
    target: Mapped[str]
    status: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str] = mapped_column(String(16))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ComplaintRow(Base):
    """One person's complaint of one pair of source and target."""

    __tablename__ = "complaint"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Identifier of the pair."""
    person: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Digest of the person's name as it is counted (``schema.person``): two spellings are one person."""
    source: Mapped[str]
    target: Mapped[str]
    """Normal form of the target."""
    time: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class TrialRow(Base):
    """What the drawn uses of one pair have shown (``experiments.trial``)."""

    __tablename__ = "trial"

    id: Mapped[str] = mapped_column(String(8), primary_key=True)
    """Identifier of the pair."""
    trial: Mapped[dict[str, Any]] = mapped_column(JSON)
    lost_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """When it was withdrawn for what its trial showed."""
    e_value: Mapped[float | None]
    """How sure that was."""
    people: Mapped[int | None]
    """People behind the pair when it was proposed the first time after that: it needs more to come back."""


WRITER = Table(
    "writer",
    Base.metadata,
    Column("pid", Integer, nullable=False),
    Column("host", String, nullable=False),
    Column("since", DateTime, nullable=False),
)
"""The process that holds the lock, or held it last: one row. ``since`` is UTC."""

ERASURE = Table(
    "erasure",
    Base.metadata,
    Column("job", String(32), primary_key=True),
    Column("user", String, nullable=False),
    Column("log", String, nullable=False),
    Column("asked", Float, nullable=False),
)
"""One row an erasure that was asked for and is not finished: a process that is killed leaves it for the next one.
``user``: whom to erase; gone with the row. ``log``: path of the log that it reaches. ``asked``: Unix time."""

EXPERIMENT = Table(
    "experiment",
    Base.metadata,
    Column("id", String(32), primary_key=True),
    Column("design", JSON, nullable=False),
    Column("started", Float, nullable=False),
    Column("started_by", String, nullable=False),
    Column("stopped", Float),
    Column("stopped_by", String),
    Column("running", Boolean, unique=True),
)
"""One row an experiment. ``design`` as ``schema.experiment`` has it. ``started``, ``stopped``: Unix times. ``running``:
true, or null once it was stopped; since no two rows may say true, one runs at a time, whoever starts them."""

SWITCH = Table(
    "switch",
    Base.metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False, default=0),
    Column("off", Boolean, nullable=False, default=False),
    Column("reason", String, nullable=False, default=""),
    Column("decided_by", String(16), nullable=False, default=""),
    Column("decided_at", Float, nullable=False, default=0.0),
)
"""The switch of the whole layer, and the revision of all that running layers must see: one row, whose ``number`` is 1.
``revision`` is raised by each such change (``state.revision``). ``reason``: why it was switched, as who did it put it.
``decided_at``: Unix time."""

PREFERENCE = Table(
    "preference",
    Base.metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("person", String, nullable=False),
    Column("tenant", String, nullable=False),
    Column("shared", String, nullable=False),
    Column("place", String(32), nullable=False),
    Column("lesson", JSON, nullable=False),
    Column("source", String(16), nullable=False),
    Column("seen", Integer, nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float),
    Column("ended", Float),
    Column("superseded_by", String(16)),
    Column("active", Boolean),
    UniqueConstraint("person", "place", "active"),
    Index("preference_person", "person"),
    Index("preference_shared", "tenant", "shared"),
)
"""One row a preference. ``number``: the order in which they came. ``person``: who said it, as they are counted
(``schema.person``). ``tenant``: whose people they are among. ``shared``: the device that it holds on, "*" for a
household; empty where it is the person's alone. ``place``: digest of what it decides; of those that decide the same
one is ``active``, the others have null there, so that no two can contradict each other, whoever writes.
``lesson``: as ``schema.preference`` has it, with the statement. ``since``, ``until``, ``ended``: Unix times."""

QUESTION = Table(
    "question",
    Base.metadata,
    Column("id", String(32), primary_key=True),
    Column("person", String(32), nullable=False, index=True),
    Column("session", String(32), nullable=False),
    Column("asked", Float, nullable=False),
    Column("outcome", String(16), nullable=False),
)
"""One row a question that somebody was asked. ``person``, ``session``: digests. ``asked``: Unix time. ``outcome``:
open, answered, ignored, or stop, where they want to be asked no more."""

OPEN, CLOSING, LOGGED, APART = 0, 1, 2, 3
"""Stages of a turn in the inbox: feedback about it is taken; it is on its way into the log; it is there; it is set
apart, for the layer or the log could not take it."""

INBOX = Table(
    "inbox",
    Base.metadata,
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

"""New turns on their way into a log: staged as they come, then freed of known ones, sorted and cut into days.

Nothing here holds more than a batch: what must see all turns at once (which ids are new, the order in
time) is done by DuckDB over the staged files, which spills when its bound is reached. It is asked in SQL: an import
runs on no other engine, and Ibis takes longer to load than a small import to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayagain.log.disk import bounded
from sayagain.log.giving_way import giving_way_in, gone_of, without_truth
from sayagain.log.journal import Change
from sayagain.schema import Turn

IMPORT_MEMORY = "512MB"
"""What DuckDB may hold before it spills: an import is bound by the parsing of its lines, so more gains little."""
ROWS_A_BATCH = 50_000
"""Turns held at a time as Arrow tables, on the way in and on the way out."""
BYTES_A_BATCH = 64 << 20
"""The same in bytes, for logs with very long requests."""
ROWS_A_FILE = 500_000
"""A file of a day holds at most this many turns, so that rewriting one stays cheap."""
ROWS_A_GROUP = 100_000
"""Turns in a row group: what a reader that wants a few columns or minutes skips by."""
IN_ORDER = "ORDER BY time, sequence NULLS FIRST, turn"
"""How turns are sorted within a file; those of a person and a moment are numbered."""
MOST_FILES_A_DAY = 8
"""A day with this many files is rewritten as one when turns are added: a log fed hourly stays whole."""


class Addition:
    """Turns, and the truth about them, staged for one change."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._turns = _Runs(change.staging, "turns")
        self._truth = _Runs(change.staging, "truth")
        self._source = 0
        self._backward: dict[int, int] = {}
        """Of each file that begins with its latest turn, by its number: turns staged when it ended."""
        self.taken_out = 0
        """Turns of the log that gave way."""
        self.brought: dict[int, int] = {}
        """New turns of each file, by its number."""

    def turns(self, table: pa.Table, unnamed: pa.Array | None = None) -> None:
        """Stage turns (schema of Turn); ``unnamed`` tells which of them have a hash of their content for an id."""
        unnamed = pa.repeat(False, table.num_rows) if unnamed is None else unnamed
        source = pa.repeat(pa.scalar(self._source, pa.int32()), table.num_rows)
        self._turns.add(table.append_column("unnamed", unnamed).append_column("source", source))

    def source_ends(self, *, backward: bool) -> None:
        """Say that what is staged from now on comes from another file: equal turns of two files are one turn.

        Args:
            backward: the file that ends here began with its latest turn.
        """
        if backward:
            self._backward[self._source] = self._turns.rows
        self._source += 1

    def truth(self, table: pa.Table) -> None:
        """Stage truth (schema of Truth); it is kept for the turns that turn out to be new."""
        self._truth.add(table)

    def settle(
        self,
        log: Path,
        days: Mapping[str, Sequence[Path]],
        truth: Path,
        origins: Sequence[Path] = (),
        giving_way: Sequence[Path] = (),
    ) -> int:
        """Put the new turns into the change, as files of ``log``; return how many there are.

        Args:
            log: directory of the log.
            days: the files the log has now, by the name of the day's directory.
            truth: directory of the truth table.
            origins: where the identifiers of the new turns of each file go, as Parquet; none: nowhere.
            giving_way: such files, of the turns that the log is to have no more, unless they are among the new ones.
        """
        with duckdb.connect(config=bounded(self.change.staging / "spill", IMPORT_MEMORY)) as engine:
            engine.execute("SET TimeZone = 'UTC'")  # days begin and end there
            if not self._turns.view(engine):
                return 0
            stored = [file for files in days.values() for file in files]
            if stored:
                _view(engine, "stored", stored)
            holders = giving_way_in(engine, stored, giving_way)
            _tell_apart(engine)
            _number(engine, self._backward)
            unknown = "ANTI JOIN stored USING (turn)" if stored else ""
            engine.execute(f"CREATE TABLE new AS SELECT turn, min(nth) AS nth FROM turns {unknown} GROUP BY turn")
            ((added,),) = engine.execute("SELECT count(*) FROM new").fetchall()
            if added or holders:
                self._put_turns(engine, log, days, holders)
                self._put_origins(engine, origins)
                if holders:
                    self.taken_out = gone_of(engine)
                    without_truth(engine, self.change, truth)
                self._put_truth(engine, truth)
        return int(added)

    def _put_turns(
        self, engine: duckdb.DuckDBPyConnection, log: Path, days: Mapping[str, Sequence[Path]], holders: Sequence[Path]
    ) -> None:
        touched = engine.execute("SELECT DISTINCT strftime(time, 'day=%Y-%m-%d') FROM turns SEMI JOIN new USING (nth)")
        full = [day for (day,) in touched.fetchall() if len(days.get(day, ())) >= MOST_FILES_A_DAY]
        crowded = list(dict.fromkeys([*(file for day in full for file in days[day]), *holders]))
        schema = Turn.arrow_schema()
        columns = ", ".join(f'"{name}"' for name in schema.names)
        kept = f"SELECT {columns} FROM turns SEMI JOIN new USING (nth)"
        if crowded:
            _view(engine, "crowded", crowded, mixed=True)
            there = set(engine.table("crowded").columns)
            filled = (f'"{name}"' if name in there else f'NULL AS "{name}"' for name in schema.names)
            kept += f" UNION ALL SELECT {', '.join(filled)} FROM crowded"
            kept += " ANTI JOIN gone USING (turn)" if holders else ""
        for file in crowded:
            self.change.remove(file)
        batches = engine.execute(f"{kept} {IN_ORDER}").to_arrow_reader(ROWS_A_BATCH)
        write_days(self.change, log, (pa.Table.from_batches([batch]) for batch in batches))

    def _put_origins(self, engine: duckdb.DuckDBPyConnection, origins: Sequence[Path]) -> None:
        for source, target in enumerate(origins):
            told = f"SELECT turn FROM turns SEMI JOIN new USING (nth) WHERE source = {source}"
            ((rows,),) = engine.execute(f"SELECT count(*) FROM ({told})").fetchall()
            self.brought[source] = rows
            if rows:
                engine.sql(told).write_parquet(str(self.change.put(f"origin-{source}", target)), compression="zstd")

    def _put_truth(self, engine: duckdb.DuckDBPyConnection, truth: Path) -> None:
        if not self._truth.view(engine):
            return
        known = engine.execute("""
            SELECT * EXCLUDE nth FROM truth
            SEMI JOIN (SELECT min(nth) AS nth FROM truth GROUP BY turn) USING (nth)
            SEMI JOIN new USING (turn)
            ORDER BY turn""")
        name = f"part-{uuid4().hex}.parquet"
        batches = known.to_arrow_reader(ROWS_A_BATCH)
        with pq.ParquetWriter(self.change.put(name, truth / name), batches.schema, compression="zstd") as writer:
            for batch in batches:
                writer.write_batch(batch)


def _tell_apart(engine: duckdb.DuckDBPyConnection) -> None:
    """Give equal turns of one file, whose ids are hashes of their content, an id each: the second gets ``…-2``."""
    engine.execute("""
        CREATE TABLE equal AS SELECT nth, turn || '-' || place AS turn FROM (
            SELECT nth, turn, row_number() OVER (PARTITION BY source, turn ORDER BY nth) AS place
            FROM turns SEMI JOIN (
                SELECT source, turn FROM turns WHERE unnamed GROUP BY source, turn HAVING count(*) > 1
            ) USING (source, turn) WHERE unnamed
        ) WHERE place > 1""")
    _replace(engine, "turn", "equal")


def _number(engine: duckdb.DuckDBPyConnection, backward: Mapping[int, int]) -> None:
    """Number the turns of a moment, as they came, where a person has several in it.

    Those of a file that begins with its latest turn are numbered from its end, so that they keep their order when more
    were put before them.
    """
    engine.execute("CREATE TABLE backward (source INTEGER, ends BIGINT)")
    for source, ends in backward.items():
        engine.execute("INSERT INTO backward VALUES (?, ?)", [source, ends])
    engine.execute("""
        CREATE TABLE numbered AS
        SELECT nth, coalesce(sequence, ends - nth, nth) AS sequence
        FROM turns SEMI JOIN (
            SELECT time, "user" FROM turns GROUP BY time, "user" HAVING min(turn) < max(turn)
        ) USING (time, "user")
        LEFT JOIN backward USING (source)""")
    _replace(engine, "sequence", "numbered")


def _replace(engine: duckdb.DuckDBPyConnection, column: str, table: str) -> None:
    """Take a column of the staged turns from a table, for the rows that are in it."""
    ((rows,),) = engine.execute(f"SELECT count(*) FROM {table}").fetchall()
    if rows:
        engine.execute(f"ALTER VIEW turns RENAME TO before_{table}")
        engine.execute(f"""
            CREATE VIEW turns AS SELECT given.* REPLACE (coalesce(better.{column}, given.{column}) AS {column})
            FROM before_{table} AS given LEFT JOIN {table} AS better USING (nth)""")


def write_days(change: Change, log: Path, tables: Iterable[pa.Table]) -> None:
    """Write turns that come sorted by time as files of their days, at most ``ROWS_A_FILE`` each."""
    schema = Turn.arrow_schema()
    day, rows, writer = None, 0, None
    for each_day, table in _by_day(tables):
        if writer is None or each_day != day or rows >= ROWS_A_FILE:
            if writer is not None:
                writer.close()
            day, rows = each_day, 0
            name = f"part-{uuid4().hex}.parquet"
            staged = change.put(name, log / f"day={day}" / name)
            writer = pq.ParquetWriter(staged, schema, compression="zstd")
        writer.write_table(table.cast(schema), row_group_size=ROWS_A_GROUP)
        rows += table.num_rows
    if writer is not None:
        writer.close()


def sorted_file(change: Change, engine: duckdb.DuckDBPyConnection, files: Sequence[Path], folder: Path) -> None:
    """Write the turns of files, in order of time, as one file of a folder."""
    name = f"part-{uuid4().hex}.parquet"
    _view(engine, "together", files)
    turns = engine.execute(f"SELECT * FROM together {IN_ORDER}").to_arrow_reader(ROWS_A_BATCH)
    schema = Turn.arrow_schema()
    with pq.ParquetWriter(change.put(name, folder / name), schema, compression="zstd") as writer:
        for batch in turns:
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=ROWS_A_GROUP)


def _by_day(tables: Iterable[pa.Table]) -> Iterator[tuple[date, pa.Table]]:
    """Cut each table, sorted by time, where the day changes."""
    for table in tables:
        days = table["time"].cast(pa.date32()).combine_chunks()
        start = 0
        for run in pc.run_end_encode(days).run_ends.to_pylist() if len(days) else ():
            yield days[start].as_py(), table.slice(start, run - start)
            start = run


def _view(engine: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], *, mixed: bool = False) -> None:
    """Give Parquet files a name in SQL; ``mixed``: they are of several releases, and their fields are not the same."""
    paths = [str(file) for file in files]
    engine.read_parquet(paths, hive_partitioning=False, union_by_name=mixed).create_view(name)


class _Runs:
    """Staged files of one kind. Their column ``nth`` numbers rows as they came: of one id the first wins."""

    def __init__(self, staging: Path, name: str) -> None:
        self._files: list[Path] = []
        self._held: list[pa.Table] = []
        self._staging = staging
        self._name = name
        self.rows = 0

    def add(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        numbers = pa.array(range(self.rows, self.rows + table.num_rows), pa.int64())
        self._held.append(table.append_column("nth", numbers))
        self.rows += table.num_rows
        if sum(held.num_rows for held in self._held) >= ROWS_A_BATCH or _size(self._held) >= BYTES_A_BATCH:
            self._flush()

    def view(self, engine: duckdb.DuckDBPyConnection) -> bool:
        """Give all of them the name of their kind in SQL; return whether there are any."""
        self._flush()
        if self._files:
            _view(engine, self._name, self._files)
        return bool(self._files)

    def _flush(self) -> None:
        if self._held:
            file = self._staging / f"{self._name}-{len(self._files):06d}"
            pq.write_table(pa.concat_tables(self._held), file, compression="zstd")
            self._files.append(file)
            self._held = []


def _size(tables: list[pa.Table]) -> int:
    return sum(int(table.nbytes) for table in tables)

"""Tables of rewrites, judged by what the people of simulated homes live next."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from sayagain.assistant.simulate import SIMULATION_START
from sayagain.evaluation.report import Row
from sayagain.evaluation.rewrites.homes import JUDGED_WEEKS, Table, evaluate
from sayagain.schema import Turn

NONSENSE = "colourless green ideas"


def value(rows: list[Row], method: str, metric: str) -> float:
    (only,) = (row.value for row in rows if (row.method, row.metric) == (method, metric))
    return only


def table(*rows: tuple[str, str]) -> pa.Table:
    return pa.table({"source": [source for source, _ in rows], "target": [target for _, target in rows]})


def test_a_table_rewrites_what_it_holds_however_it_is_written_and_nothing_else() -> None:
    layer = Table.of(table(("turn of the light", "turn off the light")))
    action = layer.rewrite(Turn(time=SIMULATION_START, text="Turn of the light!"))
    assert action is not None
    assert action.rewrite == "turn off the light"
    assert layer.rewrite(Turn(time=SIMULATION_START, text="turn on the light")) is None


def test_an_empty_table_changes_nothing_and_one_that_spoils_what_works_loses() -> None:
    learned: list[int] = []

    def planted(log: Path) -> dict[str, pa.Table]:
        said = duckdb.sql(f"select text, status from read_parquet('{log}/*/*.parquet')").fetchall()
        learned.append(len(said))
        spoilt = [(text.lower(), NONSENSE) for text in sorted({text for text, status in said if status == "ok"})]
        return {"sayagain": table(("what nobody says", NONSENSE)), "harmful": table(*spoilt)}

    rows = evaluate(turns=1_300, seed=15, learner=planted)
    (turns,) = {row.n for row in rows if row.method == "sayagain"}
    assert 0.5 * JUDGED_WEEKS / 8 < turns / learned[0] < 2 * JUDGED_WEEKS / 8
    for metric in ("defect_cut", "wins", "losses", "ties", "coverage"):
        assert value(rows, "sayagain", metric) == 0
    assert value(rows, "harmful", "losses") > 50
    assert value(rows, "harmful", "wins") == 0
    assert value(rows, "harmful", "defect_cut") < 0
    assert {row.role for row in rows if row.method == "harmful"} == {"ablation"}

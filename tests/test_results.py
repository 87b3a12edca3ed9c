"""``make results``: what there is time for is measured and written, the rest is marked with its age."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TODAY = date(2026, 12, 9)
PAGE = """# Results

| table | command | date | data | seed |
|---|---|---|---|---|
| [old](#old) | `evaluate old` | 2026-11-22 to 26 | homes | 1 |
| [both](#both) | `evaluate both` | 2026-12-09; DSTC2 2026-11-30 | eight sets | 1 |

Prose of 2026-11-22.
"""


@pytest.fixture(scope="module")
def writing() -> Iterator[Any]:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import write_results

    yield write_results
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "results.md"
    file.write_text(PAGE, encoding="utf8")
    return file


def row(method: str, metric: str, value: float, low: float | None = None, name: str = "slurp") -> dict[str, Any]:
    return {"set": name, "method": method, "metric": metric, "value": value, "low": low, "high": low and value + 0.1}


ROWS = [row("ours", "wins", 1109), row("ours", "fixed", 0.11, 0.1), row("theirs", "wins", 90), row("ours", "x", 1)]


def test_a_table_is_written_with_its_command_date_and_time(writing: Any, page: Path) -> None:
    table = writing.Table("rewrites", "rewrites --seed 1", 100, ("slurp",), ("wins", "fixed"))
    done = writing.write(page, [table], 3600, TODAY, lambda *_: ROWS, count(step=7).__next__)
    assert done == ["rewrites"]
    assert page.read_text().endswith(
        "<!-- table rewrites -->\n`sayagain evaluate rewrites --seed 1`, measured 2026-12-09 in 7 s\n\n"
        "|  | wins | fixed |\n|---|---|---|\n| `ours` | 1,109 | 0.11 [0.1, 0.21] |\n| `theirs` | 90 |  |\n\n"
        "<!-- end -->\n"
    )
    assert writing.measured(page.read_text(), table) == (TODAY, 7)


def test_only_the_methods_that_are_named_are_rows(writing: Any, page: Path) -> None:
    table = writing.Table("rewrites", "rewrites", 100, ("slurp",), ("wins",), ("theirs",))
    writing.write(page, [table], 3600, TODAY, lambda *_: ROWS)
    assert "`theirs`" in page.read_text()
    assert "`ours`" not in page.read_text()


def test_it_is_written_again_in_its_place(writing: Any, page: Path) -> None:
    table = writing.Table("rewrites", "rewrites", 100, ("slurp",), ("wins",))
    other = writing.Table("other", "other", 100, ("slurp",), ("wins",))
    for value in (1, 2):
        writing.write(page, [table, other], 3600, TODAY, lambda *_, v=value: [row("ours", "wins", v)])
    text = page.read_text()
    assert text.count("<!-- table rewrites -->") == text.count("<!-- table other -->") == 1
    assert text.count("| `ours` | 2 |") == 2


def test_what_was_measured_longest_ago_comes_first_as_far_as_the_time_goes(writing: Any, page: Path) -> None:
    long, short, new = (writing.Table(name, name, seconds) for name, seconds in (("l", 3000), ("s", 60), ("n", 60)))
    text = writing.written(PAGE, new, [row("ours", "f1", 0.5)], date(2026, 12, 1), 500)
    assert [each.name for each in writing.due(text, [new, long, short], 3600)] == ["s", "l", "n"]
    assert [each.name for each in writing.due(text, [new, long, short], 3100)] == ["s", "l"]
    assert [each.name for each in writing.due(text, [new, long, short], 560)] == ["s", "n"]


def test_the_age_of_what_was_not_measured_is_told_and_told_anew(writing: Any, page: Path) -> None:
    table = writing.Table("n", "n", 60)
    page.write_text(writing.written(PAGE, table, [row("ours", "f1", 0.5)], date(2026, 12, 1), 500))
    for today, old, both, block in ((TODAY, 17, 9, 8), (date(2026, 12, 11), 19, 11, 10)):
        assert writing.write(page, [table], 0, today) == []
        text = page.read_text()
        assert f"| 2026-11-22 (*{old} days old*) to 26 |" in text
        assert f"DSTC2 2026-11-30 (*{both} days old*) |" in text
        assert f"measured 2026-12-01 (*{block} days old*) in 500 s" in text
        assert text.count("days old") == (3 if today == TODAY else 4)
        assert "Prose of 2026-11-22.\n" in text
        assert writing.measured(text, table) == (date(2026, 12, 1), 500)


def test_a_command_that_fails_leaves_its_table_as_it_was(writing: Any, page: Path) -> None:
    table = writing.Table("n", "n", 60)
    page.write_text(writing.written(PAGE, table, [row("ours", "f1", 0.5)], TODAY, 500))
    before = page.read_text()
    assert writing.write(page, [table], 3600, TODAY, lambda *_: None) == []
    assert "| `ours` | 0.5 |" in page.read_text()
    assert writing.measured(page.read_text(), table) == writing.measured(before, table)


def test_a_command_that_takes_too_long_is_ended(writing: Any) -> None:
    assert writing.measure(writing.Table("n", "teaching", 60), 0.01) is None


def test_the_tables_that_are_listed_have_names_of_their_own_and_fit_into_an_hour(writing: Any) -> None:
    found = writing.listed()
    assert len({each.name for each in found}) == len(found)
    assert sum(each.seconds for each in found) <= writing.HOUR
    assert len(writing.due("", found, writing.HOUR)) == len(found)

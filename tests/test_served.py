"""Which requests are served here, by what the log shows of them."""

from __future__ import annotations

from typing import Any

import ibis
import pytest

from sayagain.defects.signals import ALL_SIGNALS
from sayagain.learning.served import with_served

SAID = {"volume forty": 0, "rollläden im bürger": 1, "rollläden im büro": 2, "make me a sandwich": 3, "walk the dog": 4}


def turn(request: str, p_defect: float, *signals: str, again: str | None = None) -> dict[str, Any]:
    pattern = sum(1 << list(ALL_SIGNALS).index(name) for name in signals)
    target = {"target": SAID[again], "p_rephrase": 0.9} if again else {"target": None, "p_rephrase": 0.0}
    return {"state": SAID[request], "p_defect": p_defect, "pattern": pattern, **target}


LOG = [
    *[turn("volume forty", 0.1, "ok")] * 3,
    turn("volume forty", 0.9, "ok", "denial"),
    *[turn("rollläden im bürger", 0.99, "error", again="rollläden im büro")] * 2,
    *[turn("rollläden im büro", 0.05, "ok")] * 2,
    *[turn("make me a sandwich", 0.95, "apology", again="walk the dog")] * 2,
    *[turn("walk the dog", 0.3, "unsupported")] * 2,
]


@pytest.mark.parametrize(
    ("request_", "served"),
    [
        ("volume forty", 0.75),  # it works, three times in four
        ("rollläden im bürger", 0.9),  # it never works, and does when it is said again
        ("rollläden im büro", 1.0),
        ("make me a sandwich", 0.0),  # neither it nor what is said next ever works
        ("walk the dog", 0.0),  # nobody minds that it is refused
    ],
)
def test_a_request_is_served_that_works_or_works_when_it_is_said_again(request_: str, served: float) -> None:
    schema = {"state": "int32", "p_defect": "float64", "pattern": "int64", "target": "int32", "p_rephrase": "float64"}
    found = with_served(ibis.memtable(LOG, schema=schema)).to_pyarrow().to_pylist()
    assert all(row["served"] == pytest.approx(served) for row in found if row["state"] == SAID[request_])
    assert len(found) == len(LOG)

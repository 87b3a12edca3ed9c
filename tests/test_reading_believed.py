"""The reader is believed where it explains what the log itself taught, and elsewhere only about stages."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from sayagain.learning.reading import held_against, trusted
from sayagain.schema.reading import READINGS, STAGES


def found(defect: list[float], stage: str = "asr", unsupported: float = 0.0) -> pa.Table:
    rows = [
        {
            "turn": str(place),
            **{f"p_{each}": value if each == stage else 0.0 for each in STAGES},
            **{"p_correct": 1 - value, "p_unsupported": unsupported},
            **{"p_goal_start": 1.0, "p_goal_met": 0.5, "said_again_by": None, "p_said_again": 0.0},
        }
        for place, value in enumerate(defect)
    ]
    return pa.Table.from_pylist(rows, READINGS)


SURE = [0.01] * 50 + [0.99] * 50


def own(values: list[float]) -> dict[str, float]:
    return {str(place): value for place, value in enumerate(values)}


def test_a_reader_that_agrees_is_believed() -> None:
    said = [0.2] * 50 + [0.7] * 50
    believed = held_against(found(said), own(SURE), {})
    np.testing.assert_allclose(1 - believed["p_correct"].to_numpy(), said, atol=1e-6)


def test_a_reader_that_tells_nothing_gives_the_stage_alone() -> None:
    believed = held_against(found([0.5, 0.4] * 50, "nlu"), own(SURE), {})
    np.testing.assert_allclose(believed["p_nlu"].to_numpy(), SURE, atol=1e-6)


def test_what_nobody_here_serves_is_no_defect() -> None:
    believed = held_against(found([0.5, 0.4] * 50, unsupported=1.0), own(SURE), {})
    assert (believed["p_correct"].to_numpy() > 0.99).all()


@pytest.mark.parametrize("agrees", [True, False])
def test_a_request_that_works_here_is_no_unsupported_one(agrees: bool) -> None:
    """The log is asked in the reader's place, whether that is believed elsewhere or not."""
    said = found([0.01] * 50 + [0.99] * 50 if agrees else [0.5, 0.4] * 50)
    unsure = pa.array([0.9] * 2 + [0.0] * 98, pa.float32())
    said = said.set_column(said.schema.get_field_index("p_unsupported"), "p_unsupported", unsure)
    failed_here = own([0.99, 0.99, *SURE[2:]])
    believed = held_against(said, failed_here, {"0": 1.0}, trust=float(agrees)).to_pylist()
    assert believed[0]["p_unsupported"] == 0
    assert believed[0]["p_correct"] < 0.5
    assert believed[1]["p_unsupported"] == pytest.approx(0.9)  # nothing shows that this one is served
    assert believed[1]["p_correct"] > 0.5


def test_probabilities_still_sum_to_one() -> None:
    believed = held_against(found([0.3, 0.6] * 50), own(SURE), {})
    total = sum(believed[f"p_{each}"].to_numpy() for each in (*STAGES, "correct"))
    np.testing.assert_allclose(total, 1, atol=1e-6)


@pytest.mark.parametrize("own", [[0.5] * 100, [0.01] * 100, [0.0] * 100])
def test_where_the_log_tells_nothing_apart_nothing_shows_that_the_reader_is_right(own: list[float]) -> None:
    assert trusted(np.linspace(0, 1, 100), np.array(own)) == 0


def test_trust_grows_with_what_the_reader_explains() -> None:
    draw = np.random.default_rng(1)
    own = np.repeat([0.05, 0.9], 2000)
    noise = draw.normal(size=len(own))
    trust = [trusted(own + spread * noise, own) for spread in (0.1, 0.45, 0.5, 3.0)]
    assert trust[0] == 1
    assert trust[0] > trust[1] > trust[2] > trust[3] == 0

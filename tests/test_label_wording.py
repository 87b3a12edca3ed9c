"""Transcripts beside labels: words that contradict a value of the label are not what was said."""

from __future__ import annotations

import pytest

from sayagain.labels.candidates import Candidate
from sayagain.labels.meant import Filled, Meant
from sayagain.labels.ranker import Pick
from sayagain.labels.wording import kept
from sayagain.text.normalise import normalise

ALARM = Meant(None, "SetAlarm", (Filled("time", "eight", None),))


@pytest.mark.parametrize(
    ("heard", "picked", "meant_by", "went_well", "transcript"),
    [
        ("wake me at eight", "wake me at six", "wake me at eight", False, "wake me at eight"),
        ("wake me at ate", "wake me at eight", "wake me at eight", False, "wake me at eight"),
        ("wake me up at eight", "wake me at eight", "wake me up at eight", True, "wake me up at eight"),
        ("make me at eight", "wake me at eight", "make me at eight", False, "wake me at eight"),
    ],
)
def test_no_transcript_changes_a_value_of_the_label(
    heard: str, picked: str, meant_by: str, went_well: bool, transcript: str
) -> None:
    said, own = (Candidate(text, normalise(text), None, "hypothesis") for text in (picked, heard))
    pick = Pick(Candidate(meant_by, normalise(meant_by), ALARM, "own"), 0.9, said, 0.1)
    assert kept(pick, own, went_well).said.text == transcript

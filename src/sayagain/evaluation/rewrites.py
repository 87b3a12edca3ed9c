"""Wins and losses of learned rewrites on replayed traffic, beside baselines and the best table there could be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from sayagain.evaluation import baselines
from sayagain.evaluation.curve import draw
from sayagain.evaluation.figures import Curve, Verdict, count, level_rows, rows
from sayagain.evaluation.replay import LEARNING, PRESETS, WEEKS, Recordings, Traffic, World, write_log
from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.verdicts import Assistant, Period, changes, oracle
from sayagain.learn import REVERSALS, Settings, judged, learn, policy
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.rewrites.bundle import Bundle

LEAST_JUDGED = 20_000
"""Turns of each judged period at least; a quarter of the learning traffic where that is more."""

OURS = "sayagain"

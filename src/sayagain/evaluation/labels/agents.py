"""Success of an agent with tools (tau-bench, airline): whether the database is right in the end, from the conversation.

Reported alone: 120 runs of 30 tasks are few. Folds part tasks. The task's own words, its wanted actions and what
computed the reward are never read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline

from sayagain.errors import FormatError
from sayagain.evaluation.labels.figures import score_rows
from sayagain.evaluation.report import FOLDS, OURS, Row
from sayagain.evaluation.statistics import Floats
from sayagain.log.readers.lines import BROKEN, json_records, object_of, reason

CHANGES = ("book", "cancel", "update", "send")
"""What the names of tools that change something begin with; other tools only look."""


@dataclass(frozen=True)
class Run:
    """One run: who said what, which tools were called, and whether it failed."""

    messages: list[tuple[str, str]]
    """Role (user, assistant, tool) and text; an assistant that calls a tool may say nothing."""
    tools: list[str]
    task: str
    failed: bool


def read(path: Path) -> list[Run]:
    """Read the runs of a file, without the policy, the task and the wanted actions.

    Raises:
        FormatError: a line is no run, or all ended alike.
    """
    found = list[Run]()
    for number, record in json_records(path):
        try:
            run = object_of(record)
            said = [
                (str(each["role"]), str(each.get("content") or "")) for each in run["traj"] if each["role"] != "system"
            ]
            tools = [call["function"]["name"] for each in run["traj"] for call in each.get("tool_calls") or ()]
            found.append(Run(said, tools, str(run["task_id"]), float(run["reward"]) < 1))
        except BROKEN as error:
            raise FormatError(f"{path}, line {number} is no run: {reason(error)}", "Give tau-bench's format") from error
    if len({each.failed for each in found}) < len((True, False)) or len({each.task for each in found}) < FOLDS:
        raise FormatError(f"{path} does not tell success from failure", f"It must hold both, and {FOLDS} tasks")
    return found


def evaluate(path: Path, seed: int) -> list[Row]:
    """Return the figures of a file of runs.

    Raises:
        FormatError: the file is not in the format.
    """
    runs = read(path)
    truth = np.array([each.failed for each in runs])
    tasks = np.array([each.task for each in runs], dtype=np.str_)
    counts = np.array([_counts(each) for each in runs])
    words = np.array([_words(each) for each in runs], dtype=np.object_)

    def fitted(columns: npt.NDArray[Any], model: Any) -> Floats:
        found = np.zeros(len(truth))
        for learned, unseen in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(columns, truth, tasks):
            found[unseen] = model.fit(columns[learned], truth[learned]).predict_proba(columns[unseen])[:, 1]
        return found

    forest = ExtraTreesClassifier(300, min_samples_leaf=3, class_weight="balanced", random_state=seed)
    regression = make_pipeline(
        TfidfVectorizer(min_df=2, sublinear_tf=True), LogisticRegression(class_weight="balanced", max_iter=500)
    )
    length = np.array([len(each.messages) for each in runs], dtype=np.float64)
    return list(
        score_rows(
            "tau_bench",
            {
                (OURS, "ours"): fitted(counts, forest),
                ("tfidf", "baseline"): fitted(words, regression),
                ("length", "baseline"): length,
            },
            truth,
            tasks,
            seed,
        )
    )


def _words(run: Run) -> str:
    return " ".join(f"{role}_{word}" for role, text in run.messages if role != "tool" for word in text.lower().split())


def _counts(run: Run) -> list[float]:
    """Return lengths, calls of tools by what they do, repeated calls, errors, and how the run ends."""
    texts = [text.lower() for role, text in run.messages if role == "assistant" and text]
    people = [text.lower() for role, text in run.messages if role == "user"]
    results = [text for role, text in run.messages if role == "tool"]
    changes = [name for name in run.tools if name.startswith(CHANGES)]
    return [
        len(run.messages),
        len(run.tools),
        len(changes),
        len(set(changes)),
        max(Counter(run.tools).values(), default=0),
        sum(name.startswith("transfer") for name in run.tools),
        sum(text.lower().startswith("error") for text in results),
        _share(texts, ("sorry", "unfortunately", "unable", "cannot")),
        _share(people, ("no", "not", "n't")),
        _share(people, ("thank",)),
        float(np.mean([len(text) for text in texts])) if texts else 0.0,
        float(np.mean([len(text) for text in people])) if people else 0.0,
    ]


def _share(texts: Sequence[str], words: Sequence[str]) -> float:
    return sum(any(word in text for word in words) for text in texts) / max(len(texts), 1)

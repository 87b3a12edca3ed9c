"""What may be done about an experiment: each comparison as better, worse or open, and all of them in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from sayagain.experiments.analysis import Analysis, Comparison
from sayagain.schema.experiment import LOWER_IS_BETTER, Experiment, Metric

Verdict = Literal["better", "worse", "open"]
"""Of an arm beside the control, as far as the confidence sequence tells."""


def verdict(comparison: Comparison) -> Verdict:
    """Return whether an arm is better or worse than the control by one metric, or whether that is open."""
    now = comparison.looks[-1]
    if not now.differs:
        return "open"
    lower = now.high < 0
    return "better" if lower == LOWER_IS_BETTER[cast("Metric", comparison.metric)] else "worse"


def conclusions(experiment: Experiment, analysis: Analysis) -> Iterator[str]:
    """Yield what follows from an analysis, a sentence each; it may be acted on whenever it is asked for.

    An arm that is worse by any metric is named, whatever else it is better at. Where units did not fall into the arms
    as planned nothing follows: what keeps some of them from being logged may hang on how they went.
    """
    if analysis.sample_ratio.differs:
        yield (
            "The units did not fall into the arms as planned: some are lost or double, and no difference is to be "
            "trusted. Look for turns that are not observed with what /rewrite answered."
        )
        return
    control = experiment.control
    for arm in (each for each in experiment.arms if each != control):
        found = {each.metric: verdict(each) for each in analysis.comparisons if each.arm == arm}
        worse = [metric for metric, each in found.items() if each == "worse"]
        if worse:
            yield f"{arm} is worse than {control} by {' and '.join(worse)}: stop the experiment."
        elif found.get(experiment.metric) == "better":  # an arm without units has none
            yield f"{arm} is better than {control} by {experiment.metric}: this may be acted on."
        else:
            yield f"Whether {arm} is better than {control} is open: go on, or stop without a winner."

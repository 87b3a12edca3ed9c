"""The sample-ratio check: whether units fall into the arms as planned, which may be looked at after every unit.

The likelihood of the counts where shares are unknown (drawn from a Dirichlet distribution around the planned ones) by
their likelihood under the planned ones is a martingale from 1 on, if units are drawn as planned. Lindon and Malek,
"Anytime-valid inference for multinomial count data" (NeurIPS 2022; arXiv 2011.03567), the test of multinomial counts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]

CONCENTRATION = 1000.0
"""How many units the belief in the planned shares weighs: it is quickest where two units in a hundred go astray."""


def log_evidence(counts: npt.NDArray[np.int64], shares: Floats, concentration: float = CONCENTRATION) -> Floats:
    """Return the logarithms of the e-values against the planned shares.

    Args:
        counts: shape (..., arms): units in each arm, at any moments of one experiment.
        shares: shape (arms,): the planned shares, above 0, which sum to 1.
        concentration: how many units the belief in the planned shares weighs.

    >>> bool(log_evidence(np.array([490, 510]), np.array([0.5, 0.5])) < 0)
    True
    >>> bool(log_evidence(np.array([4800, 5200]), np.array([0.5, 0.5])) > np.log(20))
    True
    """
    prior = concentration * shares
    in_all = gammaln(concentration) - gammaln(concentration + counts.sum(axis=-1))
    by_arm = gammaln(prior + counts) - gammaln(prior) - counts * np.log(shares)
    return np.asarray(in_all + by_arm.sum(axis=-1))

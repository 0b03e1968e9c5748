"""Signals of `lab_score::study::people` by scipy, statsmodels and numpy; writes people.json.

Run with Python 3.11, numpy 1.24.2, scipy 1.10.1, statsmodels 0.13.5:
    python3 tests/reference/study/people.py > tests/reference/study/people.json
"""

import json
import sys

import numpy as np
import scipy.optimize
import scipy.stats
import statsmodels.api as sm
from statsmodels.sandbox.stats.runs import runstest_1samp


def agreement(correct, shares, choices):
    """Score test of the observer's choices, at the mode of the penalised likelihood."""
    x = np.log(shares / (1 - shares))

    def loss(at):
        eta = at[0] + at[1] * x
        likelihood = np.sum(correct * eta - np.logaddexp(0, eta))
        return -likelihood + at[0] ** 2 / (2 * 3.0**2) + (at[1] - 1) ** 2 / (2 * 0.5**2)

    at = scipy.optimize.minimize(loss, [0.0, 1.0], method="BFGS", options={"gtol": 1e-10}).x
    p = 1 / (1 + np.exp(-(at[0] + at[1] * x)))
    v = p * (1 - p)
    own = sm.WLS(choices, sm.add_constant(x), weights=v).fit().resid
    return float(np.sum((correct - p) * own) / np.sqrt(np.sum(v * own**2)))


def main():
    rng = np.random.default_rng(15)
    n = 60
    shares = rng.uniform(0.3, 0.95, n)
    correct = (rng.random(n) < shares).astype(int)
    choices = np.where(rng.random(n) < 0.65, 1.0, -1.0)
    choices[:3] = 0.0
    follows = np.where(choices > 0, 1, np.where(choices < 0, 0, correct)).astype(int)
    times = 1000 * (0.3 + np.exp(0.2 + 0.3 * 4 * shares * (1 - shares) + 0.5 * rng.standard_normal(n)))
    split = 4 * shares * (1 - shares)
    design = sm.add_constant(np.column_stack([split, np.log(np.arange(1, n + 1))]))
    fit = sm.OLS(np.log(times), design).fit()
    left = (rng.random(n) < 0.6).astype(int)
    json.dump(
        {
            "shares": shares.tolist(),
            "correct": correct.tolist(),
            "follows": follows.tolist(),
            "choices": choices.tolist(),
            "times": times.tolist(),
            "left": left.tolist(),
            "agreement": agreement(correct, shares, choices),
            "agreement_of_follower": agreement(follows, shares, choices),
            "by_difficulty": float(fit.tvalues[1]),
            "autocorrelation": float(np.sum(fit.resid[1:] * fit.resid[:-1]) / np.sum(fit.resid**2)),
            "skewness": float(scipy.stats.skew(times)),
            "sd_log": float(np.std(np.log(times))),
            "median_log": float(np.median(np.log(times))),
            "runs": float(runstest_1samp(left, cutoff=0.5, correction=False)[0]),
            "scaled_deviation": float(scipy.stats.median_abs_deviation(times, scale="normal")),
            "t_tail": float(scipy.stats.t.sf(2.0, 0.37 * (n - 1))),
        },
        sys.stdout,
        indent=1,
    )


main()

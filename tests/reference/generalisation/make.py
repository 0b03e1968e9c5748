"""Reference results for scores against distance to the training images.

Written with numpy 2.4.6 and scipy 1.17.1. Run it in its own folder; it writes generalisation.json.

rho: scipy.stats.spearmanr. p: scipy.stats.permutation_test over all pairings of 8 images, two-sided. Interval: the percentiles
that scipy.stats.bootstrap takes of 20 000 draws of pairs.
"""

import json

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261128)


def rho(distance, score):
    return stats.spearmanr(distance, score).statistic


def trend(n, slope, digits):
    distance = np.round(rng.random(n), 2)
    score = np.round(slope * distance + rng.normal(size=n), digits)
    case = {"distance": distance.tolist(), "score": score.tolist(), "rho": rho(distance, score)}
    if n <= 8:
        test = stats.permutation_test((distance,), lambda d: rho(d, score), permutation_type="pairings", n_resamples=np.inf)
        # scipy doubles the smaller tail; here both tails are counted by the size of rho.
        null = np.abs(test.null_distribution)
        case["p"] = float(np.mean(null >= abs(case["rho"]) - 1e-9))
    else:
        low, high = stats.bootstrap(
            (distance, score), rho, paired=True, vectorized=False, method="percentile", n_resamples=20000, rng=rng
        ).confidence_interval
        case["interval"] = [low, high]
    return case


json.dump(
    {"exact": [trend(8, slope, 1) for slope in (-2.0, 0.0, 3.0)], "drawn": [trend(40, slope, 1) for slope in (-3.0, 0.0)]},
    open("generalisation.json", "w"),
    indent=1,
)

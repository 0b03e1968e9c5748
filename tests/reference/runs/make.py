"""Three runs over the same twelve test images, and what their paired differences are.

Written with numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0. Run it in its own folder; it writes runs.json.

p: scipy.stats.permutation_test over all 4096 signs of the differences, of the absolute mean. Holm: statsmodels'
multipletests over the right decisions of both runs by three observers. Bootstrap: scipy.stats.bootstrap by percentiles,
200 000 draws, so that its own noise stays below 0.002.
"""

import json

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

N_IMAGES, N_FOILS = 12, 5
OBSERVERS = ["pixel", "convnet.conv3", "gabor.energy"]
rng = np.random.default_rng(20261128)


def run(share):
    """Right decisions by halves, and the share of all other images that lose."""
    decisions = {of: (rng.binomial(2 * N_FOILS, share, N_IMAGES) / 2).tolist() for of in OBSERVERS}
    pairs = {of: (rng.binomial(2 * (N_IMAGES - 1), share, N_IMAGES) / 2 / (N_IMAGES - 1)).tolist() for of in OBSERVERS}
    return {"n_correct": decisions, "identification": pairs}


def paired(own, first):
    d = np.array(own) - np.array(first)
    size = lambda x, axis: np.abs(np.mean(x, axis=axis))
    test = stats.permutation_test(
        (d,), size, permutation_type="samples", vectorized=True, n_resamples=np.inf, alternative="greater"
    )
    drawn = stats.bootstrap((d,), np.mean, n_resamples=200_000, method="percentile", rng=np.random.default_rng(1))
    low, high = drawn.confidence_interval
    return {"value": d.mean(), "p": test.pvalue, "interval": [low, high]}


runs = [run(0.6), run(0.85), run(0.62)]
expected = []
for own in runs[1:]:
    of = {"decisions": {}, "pairs": {}}
    for observer in OBSERVERS:
        share = lambda r: np.array(r["n_correct"][observer]) / N_FOILS
        of["decisions"][observer] = paired(share(own), share(runs[0]))
        of["pairs"][observer] = paired(own["identification"][observer], runs[0]["identification"][observer])
    expected.append(of)

tests = [of["decisions"][observer] for of in expected for observer in OBSERVERS]
for test, p_holm in zip(tests, multipletests([test["p"] for test in tests], method="holm")[1]):
    test["p_holm"] = p_holm

with open("runs.json", "w") as file:
    json.dump({"n_foils": N_FOILS, "runs": runs, "expected": expected}, file, indent=1)
    file.write("\n")

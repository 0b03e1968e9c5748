"""Reference results for counts, tests and intervals.

Written with numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0. Run it in its own folder; it writes statistics.json.

Counts: Python's fractions. Binomial p: scipy.stats.binomtest. Wilson and Clopper-Pearson: statsmodels'
proportion_confint. Signs: scipy.stats.permutation_test over all signs. Holm: statsmodels' multipletests. Bootstrap:
scipy.stats.bootstrap by percentiles. Chance of class accuracy: the mean over all permutations, one by one.
"""

import json
from fractions import Fraction
from itertools import permutations

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20261127)


def tail(k, n, chance):
    return stats.binomtest(k, n, chance, alternative="greater").pvalue


def binomial():
    cases = [
        (346, 360, 0.5), (345, 360, 0.5), (262, 350, 0.5), (263, 350, 0.5), (169, 250, 0.5), (52, 70, 0.5),
        (3, 12, 1 / 6), (39, 70, 1 / 6), (1, 72, 1 / 72), (0, 72, 1 / 72), (72, 72, 0.5), (3, 3, 0.5), (5, 360, 0.5),
        (4000, 6000, 0.5), (57, 100, 0.37),
    ]
    return [{"k": k, "n": n, "chance": c, "p": tail(k, n, c)} for k, n, c in cases]


def intervals():
    cases = [(346, 360), (345.5, 360), (72, 72), (0, 72), (1.5, 3), (2.4, 3), (3, 3), (0, 3), (7, 11), (36.5, 72)]
    of = lambda k, n, method: list(proportion_confint(k, n, 0.05, method))
    return [{"k": k, "n": n, "wilson": of(k, n, "wilson"), "exact": of(k, n, "beta")} for k, n in cases]


def counts():
    """Right halves of each image, of so many decisions; some lose a decision as a float sum of shares."""
    cases = []
    for n_images, n_foils in [(72, 5), (60, 7), (50, 5), (30, 3), (200, 6), (72, 11), (350, 9), (48, 5)]:
        for _ in range(3):
            halves = rng.integers(n_foils, 2 * n_foils + 1, n_images)
            right = sum(Fraction(int(h), 2) for h in halves)
            n = n_images * n_foils
            whole = right.numerator // right.denominator
            lost = sum((h / 2) / n_foils for h in halves) * n_foils
            cases.append({
                "halves": halves.tolist(), "n_foils": n_foils, "whole": whole, "right": float(right),
                "float_sum": lost, "p": tail(whole, n, 0.5),
            })
    return cases


def sign_flips():
    cases = []
    for n in [3, 8, 12, 13]:
        for shift in [0.0, 0.1, 0.4]:
            a = np.round(np.clip(rng.normal(0.6 + shift, 0.2, n), 0, 1) * 10) / 10
            b = np.round(np.clip(rng.normal(0.6, 0.2, n), 0, 1) * 10) / 10
            # Shares of ten decisions make equal sums that differ by rounding only: whole numbers are exact.
            statistic = lambda x, y, axis: np.sum(np.round(10 * x) - np.round(10 * y), axis=axis)
            found = stats.permutation_test(
                (a, b), statistic, permutation_type="samples", n_resamples=np.inf, alternative="two-sided", vectorized=True
            )
            cases.append({"differences": (a - b).tolist(), "p": found.pvalue})
    return cases


def holm():
    cases = [[0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.9], [0.0001] * 18, [0.2], [0.02, 0.02, 0.001, 0.7, 1.0, 0.049]]
    cases.append(rng.uniform(0, 0.2, 12).tolist())
    return [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in cases]


def chance():
    cases = []
    for classes, named in [
        ([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0]),
        ([0, 0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 1, 2, 0]),
        ([0, 1, 2], [2, 2, 2]),
        ([0, 0, 1, 1, 1], [-1, 0, 1, -1, 1]),
    ]:
        c, m = np.array(classes), np.array(named)
        hits = [np.mean(c == m[list(order)]) for order in permutations(range(len(c)))]
        cases.append({"classes": classes, "named": named, "chance": float(np.mean(hits))})
    return cases


def bootstrap():
    differences = np.round(rng.normal(0.08, 0.25, 40), 2)
    found = stats.bootstrap(
        (differences,), np.mean, n_resamples=200_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    return {"differences": differences.tolist(), "interval": [found.low, found.high]}


def mean_intervals():
    """Wilson's interval on the way from the least to the largest value, and Student's."""
    cases = []
    for values, low, high in [
        ([1.0] * 72, 0, 1), ([0.5] * 3, 0, 1), ([0.8, 0.6, 1.0], 0, 1), ([0.0] * 3, -1, 1), ([0.2, -0.1, 0.4], -1, 1),
    ]:
        share = (np.mean(values) - low) / (high - low)
        bounds = proportion_confint(share * len(values), len(values), 0.05, "wilson")
        cases.append({"values": values, "range": [low, high], "interval": [low + (high - low) * b for b in bounds]})
    values = [1.0, 2.0, 4.0]
    student = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    cases.append({"values": values, "range": None, "interval": list(student)})
    return cases


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


with open("statistics.json", "w") as file:
    parts = [binomial, intervals, counts, sign_flips, holm, chance, bootstrap, mean_intervals]
    json.dump(plain({part.__name__: part() for part in parts}), file, indent=0)
    file.write("\n")

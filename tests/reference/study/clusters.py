"""Cluster-robust errors of a mean by statsmodels 0.13.5 (numpy 1.24.2, scipy 1.10.1, Debian's packages).

Run it in its own folder after glmer.R: python3 clusters.py; it writes clusters.json.
One and two groupings: statsmodels' cov_cluster and cov_cluster_2groups with its correction G/(G - 1)*(N - 1)/(N - k), where
k = 1, which is G/(G - 1). Three groupings: inclusion and exclusion of seven sums, written in numpy here.
"""

import csv
import itertools
import json

import numpy as np
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import cov_cluster, cov_cluster_2groups


def by_hand(correct, groupings):
    errors, n, total = correct - correct.mean(), len(correct), 0.0
    for size in range(1, len(groupings) + 1):
        for chosen in itertools.combinations(groupings, size):
            _, group = np.unique(np.column_stack(chosen), axis=0, return_inverse=True)
            sums = np.bincount(group, weights=errors)
            total -= (-1) ** size * len(sums) / (len(sums) - 1) * (sums**2).sum() / n**2
    return total


rows = []
for name in ("vim1", "brains", "null", "large", "few", "ceiling", "alone"):
    with open(f"decisions_{name}.csv") as file:
        table = list(csv.DictReader(file))
    column = {key: np.array([int(row[key]) for row in table]) for key in table[0]}
    correct = column["correct"].astype(float)
    fit = OLS(correct, np.ones(len(correct))).fit()
    image, distractor, rater = column["image"], column["distractor"], column["rater"]
    two = (image, distractor) if name == "alone" else (image, rater)
    one = float(cov_cluster(fit, image)[0, 0])
    both = float(cov_cluster_2groups(fit, two[0], group2=two[1])[0][0, 0])
    assert abs(both - by_hand(correct, two)) < 1e-12
    three = by_hand(correct, (image, distractor, rater)) if name != "alone" else both
    df = min(len(np.unique(groups)) for groups in two) - 1
    p = float(2 * stats.t.sf(abs((correct.mean() - 0.5) / np.sqrt(both)), df)) if both > 0 else None
    rows.append({"name": name, "image": one, "two": both, "three": float(three), "mean": correct.mean(), "df": df, "p": p})
with open("clusters.json", "w") as file:
    file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n")

"""Reference clusters for splits.

Written with numpy 2.4.6 and scikit-learn 1.9.1. Run it in its own folder; it writes kmeans.json.

planted: points around five means that lie well apart, and what sklearn.cluster.KMeans (50 starts) makes of them.
overlapping: points without clusters, and what KMeans makes of them from given means in one start.
"""

import json

import numpy as np
from sklearn.cluster import KMeans

rng = np.random.default_rng(20261128)


def case(points, k, **asked):
    points = np.round(points, 5).astype(np.float32)
    found = KMeans(k, algorithm="lloyd", tol=0, max_iter=300, **asked).fit(points.astype(np.float64))
    return {
        "n_columns": points.shape[1],
        "points": points.astype(float).round(5).ravel().tolist(),
        "labels": found.labels_.tolist(),
        "inertia": found.inertia_,
    }


means = 4.0 * rng.normal(size=(5, 18))
planted = means[rng.integers(0, 5, 80)] + rng.normal(size=(80, 18))
overlapping = rng.normal(size=(60, 18))
json.dump(
    {"planted": case(planted, 5, n_init=50, random_state=1), "overlapping": case(overlapping, 4, n_init=1, init=np.round(overlapping[:4], 5))},
    open("kmeans.json", "w"),
)

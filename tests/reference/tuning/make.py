"""A small linear world, and what scikit-learn chooses in it by cross-validation.

Written with numpy 2.4.6 and scikit-learn 1.9.1. Run it in its own folder; it writes the arrays of an experiment
(responses_A.npy, responses_B.npy, images.npy, trials.csv, generator.npz) and tuning.json.

Images are B·z of six latents; generator.npz holds B, so that the generator is the truth. Two subjects saw each of 40 training
and 10 test images twice: voxels are mixtures of the latents and noise.

tuning.json: GridSearchCV over the variance that PCA keeps, on the parts that the run drew (PARTS, from its record), of z-scores
of both subjects side by side, PCA, ridge regression to pixels with the penalty of RidgeCV among the 25 that `ridge_to_pixels`
tries; scored by the mean correlation of an image's pixels.
"""

import json

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

SIDE, N_LATENTS, N_TRAIN, N_TEST, N_REPEATS = 16, 6, 40, 10, 2
VARIANCES = [0.3, 0.6, 0.9, 1.0]
# The training images of each part, as the run's record says them.
PARTS = [
    [7, 9, 10, 13, 14, 19, 21, 22, 24, 26],
    [1, 4, 5, 17, 20, 23, 28, 33, 35, 37],
    [0, 3, 16, 18, 25, 27, 29, 34, 36, 39],
    [2, 6, 8, 11, 12, 15, 30, 31, 32, 38],
]

rng = np.random.default_rng(20261129)
across = np.cos(np.pi * np.outer(np.arange(3), np.arange(SIDE) + 0.5) / SIDE)
patterns = np.stack([np.outer(across[i], across[j]).ravel() for i in range(3) for j in range(3)][1 : N_LATENTS + 1])
basis = (0.2 * patterns.T).astype(np.float32)
latents = rng.normal(size=(N_TRAIN + N_TEST, N_LATENTS))
images = np.clip(latents @ basis.T, -1, 1).astype(np.float32)
np.save("images.npy", images.reshape(-1, SIDE, SIDE))
np.savez("generator.npz", weight=basis, bias=np.zeros(SIDE * SIDE, np.float32))

lines, means = ["subject,run,image,repeat,split"], []
for subject, n_voxels in [("A", 14), ("B", 10)]:
    mixing = rng.normal(size=(N_LATENTS, n_voxels))
    rows = np.concatenate([latents @ mixing + 2.5 * rng.normal(size=(N_TRAIN + N_TEST, n_voxels)) for _ in range(N_REPEATS)])
    rows = rows.astype(np.float32)
    np.save(f"responses_{subject}.npy", rows)
    means.append(rows.reshape(N_REPEATS, -1, n_voxels).astype(np.float64).mean(0))
    for repeat in range(N_REPEATS):
        for image in range(N_TRAIN + N_TEST):
            lines.append(f"{subject},{repeat},{image},{repeat},{'train' if image < N_TRAIN else 'test'}")
open("trials.csv", "w").write("\n".join(lines) + "\n")


class RidgeToPixels(RegressorMixin, BaseEstimator):
    """RidgeCV, whose penalties are shares of the largest eigenvalue."""

    def fit(self, x, y):
        centred = x - x.mean(0)
        largest = np.linalg.eigvalsh(centred @ centred.T).max()
        self.ridge_ = RidgeCV(alphas=largest * np.logspace(-5, 1, 25)).fit(x, y)
        return self

    def predict(self, x):
        return np.clip(self.ridge_.predict(x), -1, 1)


def likeness(model, x, y):
    return np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(y, model.predict(x))])


part_of = np.empty(N_TRAIN, int)
for part, members in enumerate(PARTS):
    part_of[members] = part
search = GridSearchCV(
    Pipeline([("scale", StandardScaler()), ("pca", PCA(svd_solver="full")), ("ridge", RidgeToPixels())]),
    {"pca__n_components": [None if variance == 1.0 else variance for variance in VARIANCES]},
    cv=PredefinedSplit(part_of),
    scoring=likeness,
).fit(np.hstack(means)[:N_TRAIN], images[:N_TRAIN].astype(np.float64))
found = search.cv_results_
scores = np.array([found[f"split{part}_test_score"] for part in range(len(PARTS))]).T
json.dump(
    {
        "parts": PARTS,
        "variances": VARIANCES,
        "scores": scores.tolist(),
        "means": found["mean_test_score"].tolist(),
        "standard_errors": (scores.std(1, ddof=1) / np.sqrt(len(PARTS))).tolist(),
        "chosen": int(search.best_index_),
    },
    open("tuning.json", "w"),
    indent=1,
)

"""Encoding models of reports/score/src/noise/encoding.rs: penalties by numpy, fits by scikit-learn, tests by scipy.

numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1. Writes encoding.json beside itself.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.linear_model import Ridge

rng = np.random.default_rng(20261129)
N_TRAIN, N_TEST, N_FEATURES, N_VOXELS = 40, 7, 55, 16


def single(values):
    """The numbers that 32-bit floats hold of three decimals, as the program reads them."""
    return np.round(values, 3).astype(np.float32).astype(np.float64)


scales = 10.0 ** rng.uniform(-1, 1, N_FEATURES)
train = single(rng.standard_normal((N_TRAIN, N_FEATURES)) * scales + 1)
test = single(rng.standard_normal((N_TEST, N_FEATURES)) * scales + 1)
# A feature that is the same for all training images.
train[:, 3] = 0.25
test[:, 3] = 0.5
truth = 0.03 * rng.standard_normal((N_FEATURES, N_VOXELS)) / scales[:, None]
noise = np.linspace(0.02, 1, N_VOXELS)
responses = single(train @ truth + noise * rng.standard_normal((N_TRAIN, N_VOXELS)) + rng.standard_normal(N_VOXELS))


def encode(train, test, responses):
    sd = train.std(axis=0)
    sd = np.where(sd > 0, sd, np.inf)
    x, z = (train - train.mean(axis=0)) / sd, (test - train.mean(axis=0)) / sd
    n = len(x)
    alphas = np.linalg.svd(x, compute_uv=False)[0] ** 2 * np.logspace(-5, 1, 25)
    hats = [x @ np.linalg.solve(x.T @ x + alpha * np.eye(x.shape[1]), x.T) for alpha in alphas]

    def gcv(hat, y):
        residual = (y - y.mean()) - hat @ (y - y.mean())
        return n * residual @ residual / (n - 1 - np.trace(hat)) ** 2

    penalties, fitted, predicted = [], [], []
    for y in responses.T:
        alpha = alphas[np.argmin([gcv(hat, y) for hat in hats])]
        model = Ridge(alpha=alpha, solver="svd").fit(x, y)
        penalties.append(alpha)
        fitted.append(model.predict(x))
        predicted.append(model.predict(z))
    return penalties, np.array(fitted).T, np.array(predicted).T


penalties, fitted, predicted = encode(train, test, responses)
order = rng.permutation(N_TRAIN)
one, other = order[: N_TRAIN // 2], order[N_TRAIN // 2 :]
found = []
for fit, asked in ((one, other), (other, one)):
    made = encode(train[fit], train[asked], responses[fit])[2].astype(np.float32).astype(np.float64)
    found.append([stats.pearsonr(a, b, alternative="greater") for a, b in zip(made.T, responses[asked].T)])
left_out = np.mean([[of.statistic for of in half] for half in found], axis=0)
p = np.minimum(1, 2 * np.min([[of.pvalue for of in half] for half in found], axis=0))
q = stats.false_discovery_control(p, method="bh")

out = {
    "train": np.round(train, 3).tolist(),
    "test": np.round(test, 3).tolist(),
    "responses": np.round(responses, 3).tolist(),
    "penalties": penalties,
    "fitted": fitted.ravel().tolist(),
    "predicted": predicted.ravel().tolist(),
    "one": one.tolist(),
    "other": other.tolist(),
    "left_out": left_out.tolist(),
    "q": q.tolist(),
}
(Path(__file__).parent / "encoding.json").write_text(json.dumps(out) + "\n")
print(np.round(left_out, 2), np.round(q, 4))

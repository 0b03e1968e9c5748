"""Bottlenecks, effective ranks, patterns and rings of reports/score/src/information, by numpy.

numpy 2.4.6. Writes information.json beside itself.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20261128)
N_TRAIN, N_TEST, N_LATENTS, N_VOXELS, SIDE = 60, 9, 12, 14, 12


def single(values):
    """The numbers that 32-bit floats hold of three decimals, as the program reads them."""
    return np.round(values, 3).astype(np.float32).astype(np.float64)


def written(values):
    return np.round(values, 3).tolist()


mixing = rng.standard_normal((N_LATENTS, N_LATENTS)) * 0.7 ** np.arange(N_LATENTS)[:, None]
offset = rng.standard_normal(N_LATENTS)
train = single(rng.standard_normal((N_TRAIN, N_LATENTS)) @ mixing + offset)
test = single(rng.standard_normal((N_TEST, N_LATENTS)) @ mixing + offset)

mean = train.mean(axis=0)
_, _, directions = np.linalg.svd(train - mean, full_matrices=False)
leading = {k: mean + (test - mean) @ directions[:k].T @ directions[:k] for k in (1, 2, 5, 10)}


def effective_rank(rows):
    sigma = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)[: len(rows) - 1]
    share = sigma / sigma.sum()
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


responses = single(train @ rng.standard_normal((N_LATENTS, N_VOXELS)) + 2 * rng.standard_normal((N_TRAIN, N_VOXELS)))
x, z = responses - responses.mean(axis=0), train - train.mean(axis=0)
cov_z = z.T @ z / (N_TRAIN - 1)
patterns = (x.T @ z / (N_TRAIN - 1)) @ np.linalg.pinv(cov_z)
shares = np.einsum("vk,kl,vl->v", patterns, cov_z, patterns) / x.var(axis=0, ddof=1)

n_images = 24
y, column = np.mgrid[0:SIDE, 0:SIDE]
eccentricity = np.hypot((2 * y + 1) / SIDE - 1, (2 * column + 1) / SIDE - 1).ravel()
originals = single(np.clip(rng.standard_normal((n_images, SIDE * SIDE)) / 2, -1, 1))
noise = rng.standard_normal(originals.shape) * (0.2 + 1.5 * eccentricity)
reconstructions = single(np.clip(originals + noise / 2, -1, 1))
r = np.array([np.corrcoef(originals[:, p], reconstructions[:, p])[0, 1] for p in range(SIDE * SIDE)])
ring = np.floor(6 * eccentricity).astype(int)
rings = [float(r[ring == k].mean()) for k in range(6)]
ring_pixels = [int((ring == k).sum()) for k in range(6)]

out = {
    "numpy": np.__version__,
    "train": written(train),
    "test": written(test),
    "leading": {str(k): np.round(v, 9).tolist() for k, v in leading.items()},
    "effective_rank": {name: effective_rank(rows) for name, rows in (("train", train), ("test", test), ("originals", originals))},
    "responses": written(responses),
    "patterns": np.round(patterns, 9).ravel().tolist(),
    "shares": shares.tolist(),
    "originals": written(originals),
    "reconstructions": written(reconstructions),
    "rings": rings,
    "ring_pixels": ring_pixels,
}
Path(__file__).with_name("information.json").write_text(json.dumps(out) + "\n")

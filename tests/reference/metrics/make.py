"""Reference results for the metrics of the field.

Written with numpy 2.4.6, bdpy 0.26, scikit-image 0.26.0, torch 2.15.0 and torchmetrics 1.9.0. Run it in its own folder; it writes metrics.json.

Pairwise identification, pattern and profile correlation: bdpy.evals.metrics. SSIM: skimage.metrics.structural_similarity with the
window of Wang et al. (2004): 11 x 11, Gaussian with sigma 1.5, population covariances; the same by torchmetrics. n-way identification: every set of n - 1
foils, one by one.
"""

import json
from itertools import combinations

import numpy as np
from bdpy.evals.metrics import pairwise_identification, pattern_correlation, profile_correlation
from skimage.metrics import structural_similarity

rng = np.random.default_rng(20261128)
N, HEIGHT, WIDTH = 9, 24, 20


def smooth(images):
    for axis in (1, 2):
        images = (np.roll(images, 1, axis) + images + np.roll(images, -1, axis)) / 3
    return images


originals = smooth(smooth(rng.standard_normal((N, HEIGHT, WIDTH))))
originals = np.clip(originals * 1.2, -1, 1).astype(np.float32)
noise = smooth(rng.standard_normal((N, HEIGHT, WIDTH)))
made = np.clip(0.35 * originals + 0.5 * noise, -1, 1).astype(np.float32)
x, y = originals.astype(np.float64), made.astype(np.float64)


def ssim(a, b):
    return structural_similarity(
        a, b, data_range=2.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )


def n_way(similar, n):
    """Share of sets of n candidates, the own one among them, in which the own one is the most similar; ties share."""
    shares = []
    for i in range(N):
        others = [k for k in range(N) if k != i]
        won = []
        for foils in combinations(others, n - 1):
            best = max(similar[i, k] for k in foils)
            ties = sum(similar[i, k] == similar[i, i] for k in foils)
            won.append(0.0 if best > similar[i, i] else 1.0 / (1 + ties))
        shares.append(float(np.mean(won)))
    return shares


flat_x, flat_y = x.reshape(N, -1), y.reshape(N, -1)
correlations = np.corrcoef(flat_x, flat_y)[:N, N:]
# Ties: coarse similarities.
coarse = np.round(correlations, 1)


def of_torchmetrics():
    """The map inside; the mean that torchmetrics returns also counts windows that hang over the border, onto mirrored pixels."""
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    pair = lambda images: torch.from_numpy(images)[:, None]
    _, maps = structural_similarity_index_measure(pair(y), pair(x), data_range=2.0, reduction="none", return_full_image=True)
    return maps[..., 5:-5, 5:-5].mean(dim=(1, 2, 3)).tolist()


with open("metrics.json", "w") as file:
    json.dump({
        "height": HEIGHT,
        "width": WIDTH,
        "originals": originals.ravel().tolist(),
        "reconstructions": made.ravel().tolist(),
        "pairwise": pairwise_identification(y, x).tolist(),
        "pattern": pattern_correlation(x, y).tolist(),
        "profile": profile_correlation(x, y).ravel().tolist(),
        "ssim": [[ssim(a, b) for b in y] for a in x],
        "ssim_torchmetrics": of_torchmetrics(),
        "coarse": coarse.tolist(),
        "n_way": {str(n): n_way(correlations, n) for n in (2, 3, 5)},
        "n_way_coarse": {str(n): n_way(coarse, n) for n in (2, 3, 5)},
    }, file)

"""Intervals of a mean over images and seeds at once, and random signs, for reports/score/src/effects.

numpy 2.4.6, scipy 1.17.1. Writes crossed.json beside this file; prints how often the intervals hold the truth.

    python make.py            writes the fixture
    python make.py coverage   also simulates, a minute
"""

import json
import pathlib
import sys

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
POWER = 0.8


def crossed(d):
    """Two-way layout with random effects by scipy's and numpy's own sums: d[seeds, images]."""
    n_seeds, n_images = d.shape
    by_images = n_seeds * d.mean(axis=0).var(ddof=1)
    if n_seeds == 1:
        variance, degrees = by_images / n_images, n_images - 1
    else:
        by_seeds = n_images * d.mean(axis=1).var(ddof=1)
        variance = (by_images + by_seeds) / (n_seeds * n_images)
        degrees = (by_images + by_seeds) ** 2 / (
            by_images**2 / (n_images - 1) + by_seeds**2 / (n_seeds - 1)
        )
    low, high = stats.t.interval(CONFIDENCE, degrees, d.mean(), np.sqrt(variance))
    quantiles = stats.t.ppf([(1 + CONFIDENCE) / 2, POWER], degrees)
    return {
        "low": low,
        "high": high,
        "standard_error": np.sqrt(variance),
        "degrees": degrees,
        "smallest": quantiles.sum() * np.sqrt(variance),
    }


def of_seeds(means):
    low, high = stats.t.interval(CONFIDENCE, len(means) - 1, means.mean(), stats.sem(means))
    return {"low": low, "high": high}


def all_signs(x):
    """Two-sided p of every sign of few differences."""
    signs = np.array(np.meshgrid(*[[1, -1]] * len(x))).reshape(len(x), -1)
    return float((np.abs(x @ signs) >= abs(x.sum()) - 1e-9).mean())


def draw(rng, n_seeds, n_images, image, seed, rest, mean=0.0):
    return (
        mean
        + rng.normal(0, image, n_images)[None]
        + rng.normal(0, seed, n_seeds)[:, None]
        + rng.normal(0, rest, (n_seeds, n_images))
    )


def fixture():
    rng = np.random.default_rng(1)
    cases = []
    for n_seeds, n_images, *spread in [(3, 72, 0.1, 0.02, 0.1), (2, 10, 0.1, 0.05, 0.2), (1, 8, 0.2, 0.0, 0.1), (5, 30, 0.0, 0.1, 0.1)]:
        d = draw(rng, n_seeds, n_images, *spread, mean=-0.03)
        case = {"differences": d.tolist(), "mean": d.mean(), "crossed": crossed(d)}
        if n_seeds > 1:
            case["of_seeds"] = of_seeds(d.mean(axis=1))
        if n_images <= 10:
            case["p_all_signs"] = all_signs(d.mean(axis=0))
        cases.append(case)
    path = pathlib.Path(__file__).with_name("crossed.json")
    path.write_text(json.dumps(cases, indent=1) + "\n")


def coverage(n_simulations=4000):
    """How often the interval holds a true difference of zero, how often random signs alone call it one (p < 0.05), and how
    often both do, on 72 images."""
    rng = np.random.default_rng(2)
    print("seeds image seed rest: covered, half width, signs alone, both")
    for n_seeds in (2, 3, 5):
        for spread in [(0.1, 0.0, 0.1), (0.1, 0.01, 0.1), (0.1, 0.02, 0.1), (0.1, 0.05, 0.1), (0.0, 0.02, 0.1)]:
            signs = rng.choice([-1.0, 1.0], (999, 72))
            held, half, alone, both = 0, 0.0, 0, 0
            for _ in range(n_simulations):
                d = draw(rng, n_seeds, 72, *spread)
                of = crossed(d)
                holds = of["low"] < 0 < of["high"]
                x = d.mean(axis=0)
                p = (1 + (np.abs(signs @ x) >= abs(x.sum()) - 1e-9).sum()) / 1000
                held += holds
                half += (of["high"] - of["low"]) / 2
                alone += p < 0.05
                both += p < 0.05 and not holds
            n = n_simulations
            print(n_seeds, *spread, f": {held / n:.3f} {half / n:.4f} {alone / n:.3f} {both / n:.3f}", flush=True)


fixture()
if "coverage" in sys.argv:
    coverage()

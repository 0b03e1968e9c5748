"""Writes noncentral.json: the noncentral F and chi-square distributions by scipy, and some by mpmath with 60 digits.

    python3 noncentral.py

Made with Python 3.11.7, numpy 2.4.6, scipy 1.17.1 and mpmath 1.3.0.
"""

import json
from pathlib import Path

import mpmath
import numpy as np
from scipy import stats

# Degrees of freedom between and within: 120 images in 10 runs by 13 repeats, 50 by 35, 70 by 2, and small ones.
DESIGNS = [(110, 1440), (49, 1666), (69, 69), (69, 70), (2, 3), (7, 24)]
LAMBDAS = [0.0, 0.3, 3.0, 30.0, 300.0, 3000.0, 1e5]
LEVELS = [0.001, 0.025, 0.3, 0.5, 0.95, 0.975, 0.9999]


def by_mpmath(d1, d2, lam, f):
    """The series itself, over every weight above 1e-25 of the largest."""
    mpmath.mp.dps = 60
    half, a0, b = mpmath.mpf(lam) / 2, mpmath.mpf(d1) / 2, mpmath.mpf(d2) / 2
    x = mpmath.mpf(d1) * mpmath.mpf(f) / (d1 * mpmath.mpf(f) + d2)
    spread = int(12 * np.sqrt(lam / 2 + 1)) + 60
    mode = int(lam / 2)
    total = mpmath.mpf(0)
    for j in range(max(0, mode - spread), mode + spread):
        weight = mpmath.exp(-half + (j * mpmath.log(half) if j else 0) - mpmath.loggamma(j + 1)) if lam else mpmath.mpf(j == 0)
        if weight > mpmath.mpf(10) ** -30:
            total += weight * mpmath.betainc(a0 + j, b, 0, x, regularized=True)
    return float(total)


def quantile(level, d1, d2, lam):
    return float(stats.ncf.ppf(level, d1, d2, lam) if lam else stats.f.ppf(level, d1, d2))


def probability(f, d1, d2, lam):
    return float(stats.ncf.cdf(f, d1, d2, lam) if lam else stats.f.cdf(f, d1, d2))


def main():
    cases, quantiles = [], []
    for d1, d2 in DESIGNS:
        for lam in LAMBDAS:
            for level in LEVELS:
                f = quantile(level, d1, d2, lam)
                exact = by_mpmath(d1, d2, lam, f) if lam <= 30 and level in (0.025, 0.95) else None
                cases.append([d1, d2, lam, f, probability(f, d1, d2, lam), exact])
                quantiles.append([level, d1, d2, lam, f])
    chi = []
    for d1 in (110, 69, 7):
        for lam in (0.3, 30.0, 3000.0):
            for level in (0.025, 0.5, 0.975):
                x = float(stats.ncx2.ppf(level, d1, lam))
                chi.append([d1, lam, x, float(stats.ncx2.cdf(x, d1, lam))])
    worst = max(abs(a[0] - c[4]) for a, c in zip(quantiles, cases))
    print("largest distance between scipy's own quantiles and probabilities:", worst)
    print("largest distance between scipy and mpmath:", max(abs(c[4] - c[5]) for c in cases if c[5] is not None))
    text = json.dumps({"noncentral_f": cases, "quantiles": quantiles, "noncentral_chi_square": chi})
    Path(__file__).with_name("noncentral.json").write_text(text + "\n")


main()

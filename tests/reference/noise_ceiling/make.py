"""Writes noise_ceiling.json: noise ceilings of voxels from repeats, by dense projection matrices in numpy, with intervals by scipy.

    python3 make.py

Made with Python 3.11.7, numpy 2.4.6 and scipy 1.17.1.
In the balanced designs the result is also checked against the textbook's one-way analysis of variance within runs.
"""

import json
from pathlib import Path

import numpy as np
from scipy import optimize, stats

LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9]
ALPHA = 0.01


def onto(labels):
    """The projection onto the columns that say which trial has which label."""
    z = (np.asarray(labels)[:, None] == np.unique(labels)[None]).astype(float)
    return z, z @ np.linalg.pinv(z)


def variances(y, image, run):
    n = len(image)
    z, onto_images = onto(image)
    _, onto_runs = onto(run)
    m = np.eye(n) - onto_runs
    forms = [m @ onto_images @ m, m @ (np.eye(n) - onto_images) @ m]
    expected = np.array([[np.trace(a), np.trace(z.T @ a @ z)] for a in forms])
    if expected[0, 0] < 0.5 or expected[1, 0] < 0.5 or expected[0, 1] < 1e-9:
        return None
    sums = np.array([np.einsum("tv,tu,uv->v", y, a, y) for a in forms])
    noise, signal = np.linalg.solve(expected, sums)
    between, within = sums / expected[:, :1]
    return signal, noise, stats.f.sf(between / within, expected[0, 0], expected[1, 0])


def textbook(y, image, run):
    """Images nested in runs, or each image once in each run; the same number of repeats for all."""
    image, run = np.asarray(image), np.asarray(run)
    images, runs = np.unique(image), np.unique(run)
    y = y - np.array([y[run == r].mean(0) for r in run])
    means = np.array([y[image == i].mean(0) for i in images])
    m = len(image) // len(images)
    nested = all(len(np.unique(run[image == i])) == 1 for i in images)
    error = len(image) - len(images) - (0 if nested else len(runs) - 1)
    between = m * (means**2).sum(0) / (len(images) - (len(runs) if nested else 1))
    within = sum(((y[image == i] - y[image == i].mean(0)) ** 2).sum(0) for i in images) / error
    return (between - within) / m, within


def ceilings(signal, noise, m):
    signal, noise = np.maximum(signal, 0), np.maximum(noise, 0)
    return np.where(signal > 0, np.sqrt(signal / np.where(signal > 0, signal + noise / m, 1)), 0)


def limits(y, image, run):
    """Limits of signal over noise variance: images behind runs against the rest, noncentral F over the chance of the runs."""
    image, run = np.asarray(image), np.asarray(run)
    z, _ = onto(image)
    r, onto_runs = onto(run)
    m = np.eye(len(image)) - onto_runs
    both = np.concatenate([z, r], 1)
    onto_both = both @ np.linalg.pinv(both)
    kappa = np.linalg.eigvalsh(z.T @ m @ z)[1:]
    d1, d2 = int((kappa > 1e-9 * kappa.max()).sum()), len(image) - np.linalg.matrix_rank(both)
    square = lambda a: np.einsum("tv,tu,uv->v", y, a, y)
    ratios = square(onto_both - onto_runs) / d1 / (square(np.eye(len(image)) - onto_both) / d2)
    if np.ptp(kappa) < 1e-9 * kappa.max():
        rho = np.array([kappa.mean()])
    else:
        mean, low, width = kappa.mean(), kappa.min(), np.ptp(kappa)
        share, variance = (mean - low) / width, kappa.var() * 2 / (len(kappa) + 2) / width**2
        both_ab = share * (1 - share) / variance - 1
        rho = low + width * stats.beta.ppf((np.arange(400) + 0.5) / 400, share * both_ab, (1 - share) * both_ab)

    def cdf(f, lam):
        # Scipy has no number for probabilities that are as good as 0.
        return stats.f.cdf(f, d1, d2) if lam <= 0 else np.nan_to_num(stats.ncf.cdf(f, d1, d2, rho * lam)).mean()

    def solve(f, level):
        if cdf(f, 0) <= level:
            return 0.0
        return optimize.brentq(lambda lam: cdf(f, lam) - level, 0, 1e4, xtol=1e-9)

    border = solve(1.0, 0.025)
    ends = []
    for f in ratios:
        low = solve(f, 0.95)
        ends.append([low if low < border else max(border, solve(f, 0.975)), solve(max(f, 1.0), 0.025)])
    return np.array(ends) / len(kappa)


def split_half(y, image, run):
    """Correlation of the means of every second presentation, run means of each half taken out, after Spearman and Brown."""
    image, run = np.asarray(image), np.asarray(run)
    seen, half = {}, []
    for i in image:
        half.append(seen.get(i, 0) % 2)
        seen[i] = seen.get(i, 0) + 1
    half = np.array(half)
    shared = sorted(set(image[half == 0]) & set(image[half == 1]))
    means = []
    for h in (0, 1):
        part, labels, runs = y[half == h], image[half == h], run[half == h]
        part = part - np.array([part[runs == r].mean(0) for r in runs])
        means.append(np.array([part[labels == i].mean(0) for i in shared]))
    r = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(means[0].T, means[1].T)])
    return np.sqrt(np.where(r > 0, 2 * r / (1 + r), 0))


def middle(ratios, m):
    """The middle voxel's interval of the ceiling."""
    return np.median(np.sqrt(ratios / (ratios + 1 / m)), axis=0).tolist()


def harmonic(image):
    return stats.hmean(np.unique(image, return_counts=True)[1])


def expected(y, train, test, known):
    """What noise_ceilings must say: by source, quantiles over voxels and the median over those responsive on other rows."""
    rows = lambda part: (y[part["row"]], part["image"], part["run"])
    found, m = variances(*rows(test)), harmonic(test["image"])
    chosen = variances(*rows(train))
    if chosen is not None:
        by, choices = "TrainingRows", [(chosen[2] < ALPHA, found, limits(*rows(test)))]
    else:
        seen, half = {}, []
        for i in test["image"]:
            half.append(seen.get(i, 0) % 2)
            seen[i] = seen.get(i, 0) + 1
        half = np.array(half)
        parts = [{k: np.asarray(v)[half == h] for k, v in test.items()} for h in (0, 1)]
        pair = [variances(*rows(part)) for part in parts]
        ends = [limits(*rows(part)) for part in parts]
        by, choices = "OtherHalf", [(pair[0][2] < ALPHA, pair[1], ends[1]), (pair[1][2] < ALPHA, pair[0], ends[0])]
    out = {}
    for source, values in (("Known", lambda _: known), ("Repeats", lambda other: ceilings(*other[:2], m))):
        if source == "Known" and known is None:
            continue
        every = known if source == "Known" else ceilings(*found[:2], m)
        picked = np.concatenate([np.asarray(values(other))[voxels] for voxels, other, _ in choices])
        out[source] = {
            "quantiles": np.quantile(every, LEVELS).tolist(),
            "by": by,
            "n_responsive": len(picked) / len(choices),
            "responsive": float(np.median(picked)),
        }
    out["Repeats"]["interval"] = middle(limits(*rows(test)), m)
    out["Repeats"]["responsive_interval"] = middle(np.concatenate([ends[voxels] for voxels, _, ends in choices]), m)
    half = split_half(*rows(test))
    out["SplitHalf"] = {"quantiles": np.quantile(half, LEVELS).tolist()}
    if by == "TrainingRows":
        out["SplitHalf"] |= {"by": by, "n_responsive": int(choices[0][0].sum()), "responsive": float(np.median(half[choices[0][0]]))}
    return out


def simulate(rng, image, run, sd, drift=0.5):
    image, run = np.asarray(image), np.asarray(run)
    signal = rng.standard_normal((image.max() + 1, len(sd))) * sd
    means = rng.standard_normal((run.max() + 1, len(sd))) * drift
    return signal[image] + means[run] + rng.standard_normal((len(image), len(sd)))


def case(rng, designs, known):
    """Training trials above test trials."""
    n_voxels = 24
    sd = np.where(np.arange(n_voxels) % 3 == 0, 0.0, rng.uniform(0.3, 1.5, n_voxels))
    parts, y, first_image = [], [], 0
    for image, run in designs:
        parts.append({"row": list(range(sum(map(len, y)), sum(map(len, y)) + len(image))), "image": [i + first_image for i in image], "run": list(map(int, run))})
        y.append(simulate(rng, image, run, sd))
        first_image += max(image) + 1
    y = np.concatenate(y).astype(np.float32).astype(float)
    known = rng.uniform(0, 1, n_voxels) if known else None
    train, test = parts
    return {
        "responses": y.tolist(), "train": train, "test": test, "known": None if known is None else known.tolist(),
        "expected": expected(y, train, test, known),
    }, y


def main():
    rng = np.random.default_rng(20171210)
    nested = lambda n, per_run, m: (np.repeat(np.arange(n), m).tolist(), (np.repeat(np.arange(n), m) // per_run).tolist())
    crossed = lambda n, m: (np.tile(np.arange(n), m).tolist(), np.repeat(np.arange(m), n).tolist())
    once = lambda n, per_run: nested(n, per_run, 1)
    n_each = rng.integers(2, 6, 15)
    ragged = np.repeat(np.arange(15), n_each).tolist(), rng.integers(0, 4, n_each.sum()).tolist()
    cases = {}
    cases["nested"], y = case(rng, [nested(30, 10, 2), nested(12, 4, 6)], known=True)
    ours = variances(y[60:], cases["nested"]["test"]["image"], cases["nested"]["test"]["run"])
    assert np.allclose(textbook(y[60:], cases["nested"]["test"]["image"], cases["nested"]["test"]["run"]), ours[:2])
    cases["crossed"], y = case(rng, [once(40, 10), crossed(10, 8)], known=False)
    ours = variances(y[40:], cases["crossed"]["test"]["image"], cases["crossed"]["test"]["run"])
    assert np.allclose(textbook(y[40:], cases["crossed"]["test"]["image"], cases["crossed"]["test"]["run"]), ours[:2])
    cases["ragged"], _ = case(rng, [ragged, ragged], known=True)
    Path(__file__).with_name("noise_ceiling.json").write_text(json.dumps(cases) + "\n")


main()

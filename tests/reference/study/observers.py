"""Figures of model observers by numpy 1.24.2 and scipy 1.10.1 (Debian's packages).

Run it in its own folder: python3 observers.py; it writes observers.json.
Cues and orientation energies of small pictures, the ridge-logistic combination with both images of a trial left out (scipy's
L-BFGS-B and Newton-CG on the same penalised likelihood), Spearman's correlation, error consistency and reliability, and the
statistic of every permutation of four images.
"""

import itertools
import json

import numpy as np
from scipy import stats
from scipy.optimize import minimize

draw = np.random.default_rng(15)


def energies(image):
    all_of = []
    for _ in range(3):
        if min(image.shape) < 3:
            break
        across = (image[1:-1, 2:] - image[1:-1, :-2]) / 2
        down = (image[2:, 1:-1] - image[:-2, 1:-1]) / 2
        size, angle = across**2 + down**2, np.arctan2(down, across)
        all_of += [float(np.mean(size * np.cos(angle - k * np.pi / 8) ** 8)) for k in range(8)]
        rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
        cut = image[:rows, :columns]
        image = (cut[::2, ::2] + cut[1::2, ::2] + cut[::2, 1::2] + cut[1::2, 1::2]) / 4
    return all_of


def pictures():
    height, width, n = 13, 10, 3
    originals = draw.uniform(-1, 1, (n, height, width)).astype(np.float32)
    others = draw.uniform(-1, 1, (n, height, width)).astype(np.float32)
    pairs = [[(a.astype(float), b.astype(float)) for b in others] for a in originals]
    of = lambda f: [[f(a, b) for a, b in row] for row in pairs]
    return {
        "height": height,
        "width": width,
        "originals": originals.ravel().tolist(),
        "reconstructions": others.ravel().tolist(),
        "luminance": of(lambda a, b: -abs(a.mean() - b.mean())),
        "contrast": of(lambda a, b: -abs(a.std() - b.std())),
        "orientation": of(lambda a, b: -float(np.linalg.norm(np.subtract(energies(a), energies(b))))),
    }


def combination():
    n_images, k, ridge = 12, 3, 1.0
    rows = []
    for image in range(n_images):
        for step in (1, 3, 5):
            margins = draw.normal(0.3, [1.0, 0.1, 30.0])
            chance = 1 / (1 + np.exp(-(0.9 * margins[0] + 4.0 * margins[1] - 0.01 * margins[2])))
            n = int(draw.integers(1, 6))
            rows.append((image, (image + step) % n_images, margins, int(draw.binomial(n, chance)), n))
    margins, weights, seen = [], [], set()
    for image, foil, own, _, _ in rows:
        train = [row for row in rows if not {row[0], row[1]} & {image, foil}]
        x = np.array([row[2] for row in train])
        right, n = np.array([row[3] for row in train]), np.array([row[4] for row in train])
        scale = np.sqrt((n[:, None] * x**2).sum(0) / n.sum())
        z = x / scale
        loss = lambda w: (right * np.logaddexp(0, -z @ w) + (n - right) * np.logaddexp(0, z @ w)).sum() + ridge / 2 * w @ w
        slope = lambda w: -z.T @ (right - n / (1 + np.exp(-z @ w))) + ridge * w
        first = minimize(loss, np.zeros(k), jac=slope, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10})
        found = minimize(loss, first.x, jac=slope, method="Newton-CG", options={"xtol": 1e-12})
        assert np.abs(slope(found.x)).max() < 1e-6
        margins.append(float(own / scale @ found.x))
        if (left := (min(image, foil), max(image, foil))) not in seen:
            seen.add(left)
            weights.append(found.x)
    return {
        "rows": [{"image": f"i{a:02}", "distractor": f"i{b:02}", "margins": m.tolist(), "n_right": r, "n": n} for a, b, m, r, n in rows],
        "margins": margins,
        "weights": np.mean(weights, 0).tolist(),
    }


def agreement():
    n = draw.integers(2, 9, 30)
    true = draw.uniform(0.2, 1.0, 30)
    right = draw.binomial(n, true)
    margins = np.round(true - 0.5 + draw.normal(0, 0.3, 30), 1)
    own = np.where(margins > 0, 1.0, np.where(margins < 0, 0.0, 0.5))
    spelled = [(o, h) for o, r, m in zip(own, right, n) for h in [1] * r + [0] * (m - r)]
    observed = np.mean([o if h else 1 - o for o, h in spelled])
    a, b = np.mean([o for o, _ in spelled]), np.mean([h for _, h in spelled])
    expected = a * b + (1 - a) * (1 - b)
    pairs = [(x, y) for r, m in zip(right, n) for x, y in itertools.combinations([1] * r + [0] * (m - r), 2)]
    alike, share = np.mean([x == y for x, y in pairs]), np.mean([[x, y] for x, y in pairs])
    chance = share**2 + (1 - share) ** 2
    shares = right / n
    noise = np.mean(shares * (1 - shares) / (n - 1))
    return {
        "n_right": right.tolist(),
        "n": n.tolist(),
        "margins": margins.tolist(),
        "rho": float(stats.spearmanr(shares, margins)[0]),
        "consistency": [float(observed), float(expected), float((observed - expected) / (1 - expected))],
        "people": [len(pairs), float(alike), float(chance), float((alike - chance) / (1 - chance))],
        "reliability": float(np.sqrt(1 - noise / shares.var(ddof=1))),
    }


def permutations():
    n = 4
    likeness = np.round(draw.uniform(0, 1, (2, n, n)), 1)
    likeness[:, range(n), range(n)] += 0.3
    trials = [(0, 0, 1), (0, 1, 2), (0, 2, 0), (1, 0, 3), (1, 3, 2), (1, 1, 0)]
    halves = []
    for mapping in itertools.permutations(range(n)):
        own = np.array([likeness[s, i, mapping[i]] for s, i, _ in trials])
        foil = np.array([likeness[s, i, mapping[f]] for s, i, f in trials])
        halves.append(int((1 + np.sign(own - foil)).sum()))
    return {
        "likeness": likeness.reshape(2, -1).tolist(),
        "trials": trials,
        "halves": halves,
        "p": float(np.mean(np.array(halves) >= halves[0])),
    }


if __name__ == "__main__":
    found = {"pictures": pictures(), "combination": combination(), "agreement": agreement(), "permutations": permutations()}
    with open("observers.json", "w") as file:
        json.dump(found, file, indent=1)
        file.write("\n")

"""Reference results for scores of generated samples.

Written with numpy 2.4.6, scipy 1.17.1 and scikit-learn 1.9.1. Run it in its own folder; it writes samples.json.

KID: scikit-learn's polynomial kernel, the unbiased estimate of Binkowski et al. (2018), and a jackknife that computes the
whole estimate anew for each row left out, or for each picture. FID: scipy's matrix root of the product of covariances. Precision and recall:
scikit-learn's nearest neighbours. Copying: scikit-learn's nearest neighbours and scipy's Mann-Whitney test.
"""

import json

import numpy as np
from scipy import linalg, stats
from sklearn.metrics.pairwise import polynomial_kernel
from sklearn.neighbors import NearestNeighbors


def kid(x, y):
    kernel = lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / a.shape[1], coef0=1)
    k_xx, k_yy, k_xy = kernel(x, x), kernel(y, y), kernel(x, y)
    m, n = len(x), len(y)
    return (
        (k_xx.sum() - np.trace(k_xx)) / (m * (m - 1))
        + (k_yy.sum() - np.trace(k_yy)) / (n * (n - 1))
        - 2 * k_xy.mean()
    )


def jackknife(x, y):
    without_x = np.array([kid(np.delete(x, i, axis=0), y) for i in range(len(x))])
    without_y = np.array([kid(x, np.delete(y, i, axis=0)) for i in range(len(y))])
    return np.sqrt(spread(without_x) + spread(without_y))


def by_pictures(x, y, pictures):
    """KID where real images were cut from pictures: the kernel of two pictures is the mean over their images.

    The whole estimate is computed anew for each picture left out, and for each sample.
    """
    kernel = lambda a, b: polynomial_kernel(a, b, degree=3, gamma=1 / a.shape[1], coef0=1)

    def estimate(x, groups):
        k_xx, m, n = kernel(x, x), len(x), len(groups)
        k_yy = np.array([[kernel(a, b).mean() for b in groups] for a in groups])
        k_xy = np.array([kernel(x, b).mean() for b in groups])
        return (
            (k_xx.sum() - np.trace(k_xx)) / (m * (m - 1))
            + (k_yy.sum() - np.trace(k_yy)) / (n * (n - 1))
            - 2 * k_xy.mean()
        )

    groups = [y[pictures == picture] for picture in np.unique(pictures)]
    without_x = np.array([estimate(np.delete(x, i, axis=0), groups) for i in range(len(x))])
    without_y = np.array([estimate(x, groups[:i] + groups[i + 1 :]) for i in range(len(groups))])
    return estimate(x, groups), without_x, without_y


def spread(values):
    return (len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum()


def fid(x, y):
    cov_x, cov_y = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = linalg.sqrtm(cov_x @ cov_y)
    return ((x.mean(axis=0) - y.mean(axis=0)) ** 2).sum() + np.trace(cov_x + cov_y - 2 * np.real(root))


def inside(rows, others):
    radii = NearestNeighbors(n_neighbors=4).fit(others).kneighbors(others)[0][:, 3]
    distances = np.linalg.norm(rows[:, None] - others[None], axis=2)
    return float((distances <= radii).any(axis=1).mean())


def case(seed, m, n, n_training, d, shift):
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(d, d)) / np.sqrt(d)
    draw = lambda count: (np.tanh(rng.normal(size=(count, d)) @ mixing)).astype(np.float32)
    training, held_out = draw(n_training), draw(n)
    samples = (draw(m) + np.float32(shift)).astype(np.float32)
    # Some samples are copies with a little noise, and two distances tie.
    samples[:5] = training[:5] + rng.normal(size=(5, d)).astype(np.float32) * np.float32(0.01)
    samples[6] = samples[7]
    x, y, t = (a.astype(np.float64) for a in (samples, held_out, training))
    sizes = [m // 2 + place * (m - m // 2) // 7 for place in range(8)]
    slope = np.polyfit([1 / size for size in sizes], [fid(x[:size], y) for size in sizes], 1)
    nearest = NearestNeighbors(n_neighbors=1).fit(t)
    of_samples, of_held_out = (nearest.kneighbors(a)[0][:, 0] / np.sqrt(d) for a in (x, y))
    # Distances are rounded so that the tie is one for the test too.
    test = stats.mannwhitneyu(of_samples.round(12), of_held_out.round(12), alternative="less", method="asymptotic")
    # Pictures of one to four images, out of order.
    pictures = np.random.default_rng(seed + 100).integers(0, n // 3, size=n)
    kid_of_samples, samples_left_out, real_left_out = by_pictures(x, y, pictures)
    kid_of_training, training_left_out, real_left_out_too = by_pictures(t, y, pictures)
    error = np.sqrt(spread(samples_left_out) + spread(real_left_out))
    error_of_difference = np.sqrt(
        spread(samples_left_out) + spread(training_left_out) + spread(real_left_out - real_left_out_too)
    )
    return dict(
        n_columns=d,
        samples=samples.ravel().tolist(),
        held_out=held_out.ravel().tolist(),
        training=training.ravel().tolist(),
        kid=kid(x, y),
        kid_error=jackknife(x, y),
        pictures=pictures.tolist(),
        kid_by_pictures=[kid_of_samples, error],
        kid_difference=[kid_of_samples - kid_of_training, error_of_difference],
        fid=fid(x, y),
        fid_half=fid(x[: m // 2], y),
        fid_without_end=float(slope[1]),
        precision=inside(x, y),
        recall=inside(y, x),
        of_samples=of_samples.tolist(),
        of_held_out=of_held_out.tolist(),
        nearest=nearest.kneighbors(x)[1][:, 0].tolist(),
        nearer=1 - test.statistic / (m * n),
        p=float(test.pvalue),
    )


if __name__ == "__main__":
    cases = [case(1, 40, 30, 50, 6, 0.3), case(2, 24, 33, 20, 5, 0.0)]
    with open("samples.json", "w") as file:
        json.dump(cases, file, indent=None, separators=(",", ":"))
        file.write("\n")
    for found in cases:
        print({key: value for key, value in found.items() if not isinstance(value, list)})

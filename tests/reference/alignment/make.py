"""Reference results for hyperalignment, PCA and ridge regression.

Written with numpy 2.4.6 and scikit-learn 1.9.1. Run it in its own folder; it writes the .safetensors files beside it.

Hyperalignment is a direct implementation of the algorithm of PyMVPA 2.6.3: every rotation is a matrix with one side per
voxel from the singular value decomposition of the padded cross-product, nothing is low rank.
"""

import json
import struct

import numpy as np
from sklearn.decomposition import PCA
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneGroupOut, LeaveOneOut, cross_val_predict

OPTIONS = dict(ref_ds=None, zscore_all=False, zscore_common=True, level2_niter=1, alpha=1.0, scaling=True, reflection=True)


def save(name, arrays):
    """Writes float32 and float64 arrays as safetensors."""
    header, chunks, start = {}, [], 0
    for key, array in arrays.items():
        array = np.ascontiguousarray(array)
        dtype = {"float32": "F32", "float64": "F64"}[str(array.dtype)]
        header[key] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [start, start + array.nbytes]}
        chunks.append(array.tobytes())
        start += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(name + ".safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def standardised(rows):
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(spread == 0, 1.0, spread)


class Rotation:
    """Procrustes from one set of rows to another, with the narrower one padded by zero columns."""

    def __init__(self, source, target, scaling, reflection):
        self.source_mean, self.target_mean = source.mean(axis=0), target.mean(axis=0)
        a, b = source - self.source_mean, target - self.target_mean
        size_a, size_b = np.linalg.norm(a), np.linalg.norm(b)
        width = max(a.shape[1], b.shape[1])
        a_padded, b_padded = np.zeros((len(a), width)), np.zeros((len(b), width))
        a_padded[:, : a.shape[1]], b_padded[:, : b.shape[1]] = a / size_a, b / size_b
        left, singular, right = np.linalg.svd(b_padded.T @ a_padded)
        signs = np.ones(width)
        if not reflection:
            signs[-1] = np.sign(np.linalg.det(right.T @ left.T))
        turn = (right.T * signs) @ left.T
        self.reflected = signs[-1] < 0
        scale = (signs * singular).sum() * size_b / size_a if scaling else 1.0
        self.matrix = scale * turn[: a.shape[1], : b.shape[1]]

    def __call__(self, rows):
        return (rows - self.source_mean) @ self.matrix + self.target_mean


def whitening(rows, alpha):
    _, singular, right = np.linalg.svd(rows)
    weights = np.zeros(rows.shape[1])
    weights[: len(singular)] = 1 / np.sqrt((1 - alpha) * singular**2 + alpha)
    return right.T @ np.diag(weights) @ right


def hyperalign(train, test, options):
    """Common space, aligned training rows and aligned test rows of each subject."""
    o = {**OPTIONS, **options}
    n = len(train)
    reference = o["ref_ds"] if o["ref_ds"] is not None else int(np.argmax([rows.shape[1] for rows in train]))
    if o["zscore_all"]:
        test = [(t - x.mean(axis=0)) / x.std(axis=0) for t, x in zip(test, train)]
        train = [standardised(x) for x in train]
    if o["alpha"] < 1:
        maps = [whitening(x, o["alpha"]) for x in train]
        train, test = [x @ w for x, w in zip(train, maps)], [t @ w for t, w in zip(test, maps)]
    scaled = standardised if o["zscore_common"] else lambda rows: rows
    reflections = []

    def fit(i, target):
        rotation = Rotation(train[i], target, o["scaling"], o["reflection"])
        reflections.append(rotation.reflected)
        return rotation

    common = train[reference] if o["zscore_all"] else scaled(train[reference])
    aligned = list(train)
    for i in range(n):
        if i != reference:
            aligned[i] = scaled(fit(i, common)(train[i]))
            common = scaled((aligned[i] + common) / 2)
    common = sum(aligned) / n
    for _ in range(o["level2_niter"]):
        for i in range(n):
            rotation = fit(i, scaled((n * common - aligned[i]) / (n - 1)))
            aligned[i] = scaled(rotation(train[i]))
        common = sum(aligned) / n
    common = scaled(common)
    final = [fit(i, common) for i in range(n)]
    return common, [f(x) for f, x in zip(final, train)], [f(t) for f, t in zip(final, test)], sum(reflections)


def responses(rng, n_train, n_test, widths, n_signal=6):
    """Subjects that share a signal of some dimensions, mixed into their own voxels, plus noise; as float32."""
    signal = rng.normal(size=(n_train + n_test, n_signal)) * np.linspace(2, 0.5, n_signal)
    rows = [signal @ rng.normal(size=(n_signal, v)) + rng.normal(size=(len(signal), v)) + rng.normal(size=v) for v in widths]
    rows = [r.astype(np.float32) for r in rows]
    return [r[:n_train] for r in rows], [r[n_train:] for r in rows]


CASES = {
    "wide": (20, [30, 28, 25], {}),
    "tall": (40, [24, 26, 25], {}),
    "mixed": (24, [34, 18, 29], {}),
    "options": (20, [27, 30, 25], dict(zscore_common=False, scaling=False, ref_ds=2, level2_niter=2)),
    "whitened": (20, [30, 28, 25], dict(zscore_all=True, alpha=0.5)),
    "whitened_tall": (30, [12, 14, 13], dict(alpha=0.3)),
    "rotations": (30, [12, 12, 12], dict(reflection=False)),
}


def alignment_cases():
    for case, (name, (n_train, widths, options)) in enumerate(CASES.items()):
        train, test = responses(np.random.default_rng([7, case]), n_train, 6, widths)
        as64 = lambda parts: [part.astype(np.float64) for part in parts]
        common, aligned, aligned_test, reflections = hyperalign(as64(train), as64(test), options)
        print(name, "reflections undone:", reflections)
        pca = PCA(0.99, svd_solver="full").fit(sum(aligned) / len(aligned))
        arrays = {"common": common}
        arrays["scores_train"] = pca.transform(sum(aligned) / len(aligned))
        arrays["scores_test"] = pca.transform(sum(aligned_test) / len(aligned))
        for i in range(len(train)):
            arrays[f"train_{i}"], arrays[f"test_{i}"], arrays[f"aligned_{i}"] = train[i], test[i], aligned[i]
            if n_train > max(widths):
                arrays[f"aligned_test_{i}"] = aligned_test[i]
        save(f"hyperalignment_{name}", arrays)


def pca_cases():
    for case, (name, n, d) in enumerate([("wide", 15, 40), ("tall", 30, 12)]):
        rng = np.random.default_rng([8, case])
        x = rng.normal(size=(n + 5, d)) * np.exp(-np.arange(d) / 5) + rng.normal(size=d)
        pca = PCA(0.95, svd_solver="full").fit(x[:n])
        arrays = dict(train=x[:n], test=x[n:], scores_train=pca.transform(x[:n]), scores_test=pca.transform(x[n:]))
        save(f"pca_{name}", {**arrays, "ratios": pca.explained_variance_ratio_})


def ridge_cases():
    for case, (name, n, p, q) in enumerate([("wide", 18, 25, 4), ("tall", 30, 8, 4)]):
        rng = np.random.default_rng([9, case])
        x = rng.normal(size=(n + 5, p)) * np.exp(-np.arange(p) / 8) + rng.normal(size=p)
        y = x @ rng.normal(size=(p, q)) + rng.normal(size=(n + 5, q)) + 3
        centred = x[:n] - x[:n].mean(axis=0)
        alphas = np.linalg.svd(centred, compute_uv=False)[0] ** 2 * np.logspace(-5, 1, 25)
        model = RidgeCV(alphas, store_cv_results=True).fit(x[:n], y[:n])
        squares = np.asarray(model.cv_results_)
        left_out = squares.reshape(-1, len(alphas)).mean(axis=0)
        generalised = []
        for alpha in alphas:
            hat = centred @ np.linalg.solve(centred.T @ centred + alpha * np.eye(p), centred.T) + 1 / n
            residual = y[:n] - hat @ y[:n]
            generalised.append((residual**2).mean() / (1 - np.trace(hat) / n) ** 2)
        arrays = dict(x=x[:n], y=y[:n], x_test=x[n:], alphas=alphas, left_out=left_out, generalised=np.array(generalised))
        arrays["best"] = np.array([model.alpha_])
        best = int(np.argmin(left_out))
        arrays["left_out_targets"] = squares.reshape(n, -1, len(alphas))[:, :, best].mean(axis=0)
        folds = list(LeaveOneOut().split(x[:n]))
        means = [(y[test] - DummyRegressor().fit(x[train], y[train]).predict(x[test])) ** 2 for train, test in folds]
        arrays["left_out_of_mean"] = np.concatenate(means).mean(axis=0)
        arrays["predicted"] = model.predict(x[n:])
        save(f"ridge_{name}", arrays)


def pictures_cases():
    """Rows that show crops of few pictures: a penalty is judged by pictures that were left out whole."""
    for case, (name, n, p, q) in enumerate([("wide", 28, 35, 4), ("tall", 40, 9, 4)]):
        rng = np.random.default_rng([9, 20 + case])
        # Pictures of unequal numbers of crops, in no order, and one of a single crop.
        pictures = rng.permutation(np.concatenate([np.arange(n - 1) % 17 // 2 * 3, [40]]))
        shown = np.concatenate([pictures, 41 + np.arange(5)])
        signal = rng.normal(size=(46, 3))[shown] + 0.5 * rng.normal(size=(n + 5, 3))
        x = signal @ rng.normal(size=(3, p)) + 2 * rng.normal(size=(46, p))[shown] + 0.3 * rng.normal(size=(n + 5, p))
        y = signal @ rng.normal(size=(3, q)) + rng.normal(size=(46, q))[shown] + 0.3 * rng.normal(size=(n + 5, q)) + 3
        x_train, y_train = x[:n], y[:n]
        alphas = np.linalg.svd(x_train - x_train.mean(axis=0), compute_uv=False)[0] ** 2 * np.logspace(-5, 1, 25)
        judged = lambda model: (y_train - cross_val_predict(model, x_train, y_train, groups=pictures, cv=LeaveOneGroupOut())) ** 2
        squares = np.array([judged(Ridge(alpha, solver="svd")) for alpha in alphas])
        left_out = squares.mean(axis=(1, 2))
        best = int(np.argmin(left_out))
        print(name, "penalty by pictures:", best, "by rows:", int(np.flatnonzero(alphas == RidgeCV(alphas).fit(x_train, y_train).alpha_)[0]))
        arrays = dict(x=x_train, y=y_train, x_test=x[n:], pictures=pictures.astype(np.float64), alphas=alphas, left_out=left_out)
        arrays["best"] = alphas[best : best + 1]
        arrays["best_targets"] = alphas[squares.mean(axis=1).argmin(axis=0)]
        arrays["left_out_targets"] = squares[best].mean(axis=0)
        arrays["left_out_of_mean"] = judged(DummyRegressor()).mean(axis=0)
        arrays["predicted"] = Ridge(alphas[best], solver="svd").fit(x_train, y_train).predict(x[n:])
        save(f"ridge_pictures_{name}", arrays)


def repeats_cases():
    """Rows that are single trials: an image is left out with all its repeats, or with all of its picture, and judged by the
    average of what is predicted from each of its trials."""
    for case, name in enumerate(["repeats", "repeats_of_pictures"]):
        rng = np.random.default_rng([9, 30 + case])
        n_images, p, q = 14, 30, 4
        # Images of one, two or three trials, in no order.
        images = rng.permutation(np.repeat(np.arange(n_images), 1 + np.arange(n_images) % 3))
        groups = images if name == "repeats" else images // 3
        n = len(images)
        signal = rng.normal(size=(n_images, 3))
        x = signal[images] @ rng.normal(size=(3, p)) + 2 * rng.normal(size=(n, p))
        y = (signal @ rng.normal(size=(3, q)) + 0.5 * rng.normal(size=(n_images, q)) + 3)[images]
        x_test = rng.normal(size=(5, 3)) @ rng.normal(size=(3, p)) + 2 * rng.normal(size=(5, p))
        alphas = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)[0] ** 2 * np.logspace(-5, 1, 25)

        def judged(model):
            errors = y - cross_val_predict(model, x, y, groups=groups, cv=LeaveOneGroupOut())
            return np.array([errors[images == image].mean(axis=0) for image in range(n_images)]) ** 2

        squares = np.array([judged(Ridge(alpha, solver="svd")) for alpha in alphas])
        left_out = squares.mean(axis=(1, 2))
        best = int(np.argmin(left_out))
        arrays = dict(x=x, y=y, x_test=x_test, images=images.astype(np.float64), alphas=alphas, left_out=left_out)
        if name == "repeats_of_pictures":
            arrays["pictures"] = groups.astype(np.float64)
        arrays["best"] = alphas[best : best + 1]
        arrays["best_targets"] = alphas[squares.mean(axis=1).argmin(axis=0)]
        arrays["best_by_rows"] = np.array([RidgeCV(alphas).fit(x, y).alpha_])
        arrays["left_out_targets"] = squares[best].mean(axis=0)
        arrays["left_out_of_mean"] = judged(DummyRegressor()).mean(axis=0)
        arrays["predicted"] = Ridge(alphas[best], solver="svd").fit(x, y).predict(x_test)
        save(f"ridge_{name}", arrays)


def components_case():
    """Principal components of targets, each predicted under a penalty of its own, put together again."""
    rng = np.random.default_rng([9, 7])
    n, p, q, k = 24, 9, 31, 5
    x = rng.normal(size=(n + 5, p))
    y = x @ rng.normal(size=(p, 3)) @ rng.normal(size=(3, q)) + rng.normal(size=(n + 5, q)) + 2
    # The second half of the rows shows the images of the first half once more, as single trials do.
    y[n // 2 : n] = y[: n // 2]
    pca = PCA(k, svd_solver="full").fit(y[: n // 2])
    scores = pca.transform(y[:n])
    centred = x[:n] - x[:n].mean(axis=0)
    alphas = np.linalg.svd(centred, compute_uv=False)[0] ** 2 * np.logspace(-5, 1, 25)
    model = RidgeCV(alphas, alpha_per_target=True).fit(x[:n], scores)
    predicted = pca.inverse_transform(model.predict(x[n:]))
    save("ridge_components", dict(x=x[:n], y=y[: n // 2], x_test=x[n:], best=np.asarray(model.alpha_, float), predicted=predicted))


if __name__ == "__main__":
    alignment_cases()
    pca_cases()
    ridge_cases()
    pictures_cases()
    repeats_cases()
    components_case()

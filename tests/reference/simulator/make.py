"""Writes simulator.json: the fixed parts of the simulated dataset and of drawn letters, by numpy.

    python3 make.py

Made with Python 3.11.7 and numpy 2.4.6.
Random parts (which voxel has which field, noise) are not compared: their laws are tested in the crate.
"""

import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(20171209)


def pyramid(size, frequencies, n_orientations=8, envelope=0.4):
    """Zero-mean, unit-norm quadrature pairs: [n_channels, size²] each, and (frequency, x, y, orientation) of each."""
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    pairs, channels = ([], []), []
    for f in frequencies:
        for cy in (np.arange(f) + 0.5) / f:
            for cx in (np.arange(f) + 0.5) / f:
                window = np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * (envelope / f) ** 2))
                for k in range(n_orientations):
                    theta = np.pi * k / n_orientations
                    along = (x - cx) * np.cos(theta) + (y - cy) * np.sin(theta)
                    for phase, rows in zip((0, np.pi / 2), pairs):
                        g = window * np.cos(2 * np.pi * f * along + phase)
                        g = g - window * (g.sum() / window.sum())
                        rows.append((g / np.linalg.norm(g)).ravel())
                    channels.append((f, cx, cy, theta))
    return np.array(pairs[0]), np.array(pairs[1]), np.array(channels)


def main():
    n_train, frequencies = 4, [1, 2, 4]
    images = np.tanh(rng.standard_normal((6, 16, 16))).astype(np.float32).astype(float)
    even, odd, channels = pyramid(16, frequencies)
    flat = images.reshape(6, -1)
    energies = np.hypot(flat @ even.T, flat @ odd.T)
    contrast = np.log1p(energies / energies[:n_train].mean(0))
    contrast -= contrast[:n_train].mean(0)

    keys = ["x", "y", "rf", "frequency", "bandwidth", "orientation", "kappa"]
    voxels = [dict(zip(keys, v)) for v in [(0.4, 0.6, 0.05, 4, 1.2, 0.3, 1.5), (0.9, 0.2, 0.2, 1.5, 1.6, 2.0, 0.2), (0.5, 0.5, 0.1, 7, 1.4, 1.2, 0.0)]]
    f, cx, cy, theta = channels.T
    tuning = [
        np.exp(-((cx - v["x"]) ** 2 + (cy - v["y"]) ** 2) / (2 * (v["rf"] ** 2 + (0.2 / f) ** 2)))
        * np.exp(-((np.log2(f) - np.log2(v["frequency"])) ** 2) / (2 * v["bandwidth"] ** 2))
        * np.exp(v["kappa"] * (np.cos(2 * (theta - v["orientation"])) - 1))
        for v in voxels
    ]

    steps, rho = rng.standard_normal(12), 0.95
    drift = [steps[0]]
    for step in steps[1:]:
        drift.append(rho * drift[-1] + np.sqrt(1 - rho**2) * step)
    white = rng.standard_normal(23)
    smooth = sum(np.roll(white, shift) for shift in range(-5, 6)) / np.sqrt(11)

    # A pen: distance to the nearest of three segments, each with its own half width.
    size, ink = 16, 0.9
    starts, ends = rng.uniform(-0.35, 0.35, (3, 2)), rng.uniform(-0.35, 0.35, (3, 2))
    widths = rng.uniform(0.03, 0.06, 3)
    g = (np.arange(size) + 0.5) / size - 0.5
    points = np.stack(np.meshgrid(g, g), -1).reshape(-1, 1, 2)
    along = ends - starts
    t = np.clip(((points - starts) * along).sum(-1) / (along**2).sum(1), 0, 1)
    distance = np.linalg.norm(points - starts - t[..., None] * along, axis=-1)
    v = np.clip((widths - distance) * size / 2 + 0.5, 0, 1).max(1)
    drawing = 2 * ink * v * v * (3 - 2 * v) - 1

    # Light in the receptive fields, and its share of the signal.
    y, x = (np.mgrid[:16, :16] + 0.5) / 16
    fields = np.array([np.exp(-((x - v["x"]) ** 2 + (y - v["y"]) ** 2) / (2 * v["rf"] ** 2)).ravel() for v in voxels])
    light = flat @ (fields / fields.sum(1, keepdims=True)).T
    unit = lambda a: (a - a[:n_train].mean(0)) / a[:n_train].std(0)
    mixed = unit(np.sqrt(0.7) * unit(contrast[:, :3]) + np.sqrt(0.3) * unit(light))

    store = {
        "images": flat, "n_train": n_train, "frequencies": frequencies, "contrast": contrast, "voxels": voxels, "tuning": tuning,
        "steps": steps, "rho": rho, "drift": drift, "white": white, "smooth": smooth,
        "starts": starts, "ends": ends, "widths": widths, "size": size, "ink": ink, "drawing": drawing,
        "light": light, "mixed": mixed,
    }
    as_list = lambda value: np.asarray(value).tolist() if not isinstance(value, (int, float)) and value is not voxels else value
    text = json.dumps({name: as_list(value) for name, value in store.items()})
    Path(__file__).with_name("simulator.json").write_text(text + "\n")


main()

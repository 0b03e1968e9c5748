"""Writes what PyTorch makes of both networks among latents, and NumPy of the code of images.

    python3 make_latent.py

Versions stand in the fixture's metadata. Weights and inputs are float32 numbers; everything is computed in float64.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from storage import write

rng = torch.Generator().manual_seed(20261129)
LATENTS, MAPS, CHANNELS, BLOCKS, BATCH = 5, (3, 4, 6), 4, 2, 3


def normal(*shape, scale=1.0):
    return (torch.randn(shape, generator=rng) * scale).float().double()


def leaky(x):
    return F.leaky_relu(x, 0.2)


def block_weights(w, name, n):
    w[f"{name}.first.kernel"] = normal(n, n, 1, 1, scale=0.6)
    w[f"{name}.first.bias"] = normal(n, scale=0.3)
    w[f"{name}.middle.kernel"] = normal(n, n, 3, 3, scale=0.3)
    w[f"{name}.middle.bias"] = normal(n, scale=0.3)
    w[f"{name}.last.kernel"] = normal(n, n, 1, 1, scale=0.6)


def block(w, name, x):
    h = F.conv2d(x, w[f"{name}.first.kernel"], w[f"{name}.first.bias"])
    h = F.conv2d(leaky(h), w[f"{name}.middle.kernel"], w[f"{name}.middle.bias"], padding=1)
    return x + F.conv2d(leaky(h), w[f"{name}.last.kernel"])


def kernel(w, name, n_in, n_out):
    w[f"{name}.kernel"], w[f"{name}.bias"] = normal(n_out, n_in, 3, 3, scale=0.4), normal(n_out, scale=0.3)


def generator_weights():
    c, h, v = MAPS
    n = CHANNELS * h * v // 4
    w = {"coarse.weight": normal(LATENTS, n, scale=0.5), "coarse.bias": normal(n, scale=0.3)}
    w |= {"up.kernel": normal(CHANNELS, CHANNELS, 4, 4, scale=0.3), "up.bias": normal(CHANNELS, scale=0.3)}
    kernel(w, "in", c, CHANNELS)
    kernel(w, "out", CHANNELS, c)
    for place in ("coarse", "fine"):
        for idx in range(BLOCKS):
            block_weights(w, f"{place}.block-{idx}", CHANNELS)
    return w


def generator(w, z, coded):
    _, h, v = MAPS
    x = (z @ w["coarse.weight"] + w["coarse.bias"]).reshape(-1, CHANNELS, h // 2, v // 2)
    for idx in range(BLOCKS):
        x = block(w, f"coarse.block-{idx}", x)
    x = F.conv_transpose2d(x, w["up.kernel"], w["up.bias"], stride=2, padding=1)
    x = x + F.conv2d(coded, w["in.kernel"], w["in.bias"], padding=1)
    for idx in range(BLOCKS):
        x = block(w, f"fine.block-{idx}", x)
    return coded + F.conv2d(leaky(x), w["out.kernel"], w["out.bias"], padding=1)


def discriminator_weights():
    c, h, v = MAPS
    n = 2 * CHANNELS
    w = {"down.kernel": normal(n, CHANNELS, 4, 4, scale=0.3), "down.bias": normal(n, scale=0.3)}
    kernel(w, "in", c, CHANNELS)
    for idx in range(BLOCKS):
        block_weights(w, f"fine.block-{idx}", CHANNELS)
        block_weights(w, f"coarse.block-{idx}", n)
    w |= {"linear.weight": normal(n * h * v // 4, 1, scale=0.3), "linear.bias": normal(1)}
    return w


def discriminator(w, x):
    x = F.conv2d(x, w["in.kernel"], w["in.bias"], padding=1)
    for idx in range(BLOCKS):
        x = block(w, f"fine.block-{idx}", x)
    x = F.conv2d(leaky(x), w["down.kernel"], w["down.bias"], stride=2, padding=1)
    for idx in range(BLOCKS):
        x = block(w, f"coarse.block-{idx}", x)
    return leaky(x).flatten(1) @ w["linear.weight"] + w["linear.bias"]


def keep(store, name, weights, function, **inputs):
    inputs = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    y = function(weights, *inputs.values())
    weigh = normal(*y.shape)
    gradients = torch.autograd.grad((y * weigh).sum(), list(inputs.values()))
    store |= {f"{name}.{key}": value for key, value in inputs.items()} | {f"{name}.y": y, f"{name}.weigh": weigh}
    store |= {f"{name}.d.{key}": gradient for key, gradient in zip(inputs, gradients)}
    store |= {f"{name}/{key}": value for key, value in weights.items()}


def code(store):
    """Components by a singular value decomposition; their signs are free."""
    draws = np.random.default_rng(3)
    mixed = draws.normal(size=(40, 8)) * np.arange(8, 0, -1) @ draws.normal(size=(8, 36)) + 0.1 * draws.normal(size=(40, 36))
    x = (0.9 * mixed / np.abs(mixed).max()).astype(np.float32).astype(float)
    mean = x.mean(axis=0)
    _, singular, components = np.linalg.svd(x - mean, full_matrices=False)
    codes = (x - mean) @ components[:LATENTS].T / (singular[:LATENTS] / np.sqrt(len(x)))
    drawn = mean + (x - mean) @ components[:LATENTS].T @ components[:LATENTS]
    store |= {"code.x": torch.tensor(x), "code.z": torch.tensor(codes), "code.drawn": torch.tensor(drawn)}


def main():
    store = {}
    keep(store, "generator", generator_weights(), generator, x=normal(BATCH, LATENTS), coded=normal(BATCH, *MAPS))
    keep(store, "discriminator", discriminator_weights(), discriminator, x=normal(BATCH, *MAPS))
    code(store)
    write(HERE / "latent.safetensors", store)


if __name__ == "__main__":
    main()

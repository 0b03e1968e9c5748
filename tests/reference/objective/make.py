"""Writes objective.safetensors: the loss of latents through generator, feature network and all terms, by PyTorch.

    python3 make.py

Made with Python 3.11.7, torch 2.15.0+cu132 and numpy 2.4.6 (the file's metadata repeats the versions that made it).
Inputs are float32 numbers; everything is computed in float64 and stored as float32.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from storage import write

rng = torch.Generator().manual_seed(20171209)
LAMBDA = {"pixel": 10.0, "presence": 50.0, "magnitude": 1.0}
THETA, K = 1.0, 3.0


def normal(*shape, scale=1.0, shift=0.0):
    return (torch.randn(shape, generator=rng) * scale + shift).double()


def uniform(*shape, low=-0.9, high=0.9):
    return (torch.rand(shape, generator=rng) * (high - low) + low).double()


# A generator of 32 px with 8 channels a layer and 6 latents, by fixed statistics.
c = 8
g = {"linear.weight": normal(6, c * 4, scale=0.6), "linear.bias": normal(c * 4, scale=0.1)}
for i in range(4):
    g[f"deconv-{i}.kernel"] = normal(c, c if i < 3 else 1, 4, 4, scale=0.2)
    g[f"norm-{i}.scale"] = normal(c, scale=0.2, shift=1.0)
    g[f"norm-{i}.shift"] = normal(c, scale=0.2)
    g[f"norm-{i}.mean"] = normal(c, scale=0.2)
    g[f"norm-{i}.variance"] = uniform(c, low=0.5, high=1.5)
g["output.bias"] = normal(1, scale=0.1)

# An AlexNet of 32 px and width 1/24.
channels, kernels = [4, 11, 16, 16, 11], [5, 5, 3, 3, 3]
f, c_in = {}, 1
for i, (c_out, k) in enumerate(zip(channels, kernels)):
    f[f"conv{i + 1}.kernel"] = normal(c_out, c_in, k, k, scale=(2 / (c_in * k * k)) ** 0.5)
    f[f"conv{i + 1}.bias"] = normal(c_out, scale=0.1)
    c_in = c_out
for name, n_in, n_out in [("fc6", 11 * 9, 12), ("fc7", 12, 12), ("fc8", 12, 6)]:
    f[f"{name}.weight"], f[f"{name}.bias"] = normal(n_in, n_out, scale=(2 / n_in) ** 0.5), normal(n_out, scale=0.1)


def generate(z):
    def norm(i, h):
        return F.batch_norm(h, g[f"norm-{i}.mean"], g[f"norm-{i}.variance"], g[f"norm-{i}.scale"], g[f"norm-{i}.shift"], eps=2e-5)

    h = F.relu(norm(0, (z @ g["linear.weight"] + g["linear.bias"]).view(-1, c, 2, 2)))
    for i in range(4):
        h = F.conv_transpose2d(h, g[f"deconv-{i}.kernel"], g["output.bias"] if i == 3 else None, stride=2, padding=1)
        h = F.relu(norm(i + 1, h)) if i < 3 else h
    return torch.tanh(h)


def features(image):
    conv1 = F.conv2d(image, f["conv1.kernel"], f["conv1.bias"])
    # Chainer multiplies each squared neighbour by alpha, torch divides by the size of the window.
    h = F.max_pool2d(F.local_response_norm(F.relu(conv1), 5, alpha=5e-4, beta=0.75, k=2.0), 3, 2, ceil_mode=True)
    return {"conv1": conv1, "conv2": F.conv2d(h, f["conv2.kernel"], f["conv2.bias"], padding=2)}


def terms(target, image):
    shrink = lambda x: F.interpolate(x, size=(28, 28), mode="bilinear", align_corners=True)
    pixel = ((shrink(target) - shrink(image)) ** 2).flatten(1).mean(1)
    presence = magnitude = 0
    of_target, of_image = features(target), features(image)
    for layer, sign in [("conv1", 1), ("conv1", -1), ("conv2", 1)]:
        u, v = sign * of_target[layer], sign * of_image[layer]
        mask = (u > THETA).double()
        presence = presence + F.binary_cross_entropy_with_logits(K * (v - THETA), mask, reduction="none").flatten(1).mean(1)
        squares = ((u - v) * mask) ** 2
        magnitude = magnitude + squares.flatten(1).sum(1) / mask.flatten(1).sum(1).clamp(min=1)
    return {"pixel": pixel, "presence": presence, "magnitude": magnitude}


if __name__ == "__main__":
    torch.set_num_threads(1)
    z = F.normalize(uniform(4, 6, low=-1, high=1)).requires_grad_()
    targets = generate(F.normalize(uniform(3, 6, low=-1, high=1))) * 0.9
    # The numbers that are stored are the ones that are used.
    z = z.detach().float().double().requires_grad_()
    targets = targets.float().double()
    target_idx = [2, 0, 1, 2]
    values = terms(targets[target_idx], generate(z))
    total = sum(LAMBDA[name] * value for name, value in values.items())
    store = {"z": z, "targets": targets, "total": total}
    store["d.z"] = torch.autograd.grad(total.sum(), z, retain_graph=True)[0]
    for name, value in values.items():
        store[f"value.{name}"] = value
        store[f"d.z.{name}"] = torch.autograd.grad(value.sum(), z, retain_graph=True)[0]
    store |= {f"g/{name}": value for name, value in g.items()} | {f"f/{name}": value for name, value in f.items()}
    write(Path(__file__).with_name("objective.safetensors"), store)

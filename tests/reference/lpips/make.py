"""Reference results for LPIPS (version 0.1, AlexNet).

Written with numpy 2.4.6, torch 2.15.0 and torchmetrics 1.9.0. Run it in its own folder; it writes lpips.json and heads.pth.

torchmetrics' functional LPIPS computes everything. Its AlexNet comes from torchvision, which would download trained weights: in their
place stands the same stack of layers with weights by the formula of `numbers`, which the test computes too. The heads are by the same
formula, in a file as torchmetrics and lpips keep them, which torchmetrics reads as its own.
Pictures of fewer than 31 pixels a side are enlarged by torchmetrics itself (its option `resize`), all others are taken as they are.
"""

import functools
import json
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torchmetrics.functional.image import lpips

KERNELS = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}
SMALLEST, ENLARGED = 31, 64


def numbers(n, tensor):
    """n numbers in [0, 1): an integer hash of the place and of the tensor's number."""
    h = np.arange(n, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(40503 * (tensor + 1))
    h ^= h >> np.uint32(15)
    h = h * np.uint32(2246822519)
    h ^= h >> np.uint32(13)
    return (h >> np.uint32(8)).astype(np.float64) / 2.0**24


def backbone(*_):
    """torchvision's alexnet().features, with weights by formula."""
    layers = nn.Sequential(
        nn.Conv2d(3, 64, kernel_size=11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(64, 192, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(192, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
    )
    for place, (number, (n_out, n_in, k)) in enumerate(KERNELS.items()):
        fan_in = n_in * k * k
        weight = (2 * numbers(n_out * fan_in, 2 * place) - 1) * np.sqrt(6 / fan_in)
        bias = 0.2 * numbers(n_out, 2 * place + 1) - 0.1
        with torch.no_grad():
            layers[number].weight.copy_(torch.from_numpy(weight.astype(np.float32)).reshape(n_out, n_in, k, k))
            layers[number].bias.copy_(torch.from_numpy(bias.astype(np.float32)))
    return layers


def heads():
    state = OrderedDict()
    for place, (n_out, _, _) in enumerate(KERNELS.values()):
        weight = (0.2 * numbers(n_out, 20 + place)).astype(np.float32)
        state[f"lin{place}.model.1.weight"] = torch.from_numpy(weight).reshape(1, n_out, 1, 1)
    return state


def pictures(rng, n, height, width):
    """Smooth grey pictures and others that are like them, as bytes."""
    one = rng.standard_normal((n, height, width))
    for _ in range(3):
        for axis in (1, 2):
            one = (np.roll(one, 1, axis) + one + np.roll(one, -1, axis)) / 3
    one = one / one.std()
    other = 0.7 * one + 0.5 * rng.standard_normal(one.shape)
    return [np.clip(127.5 + 70 * images, 0, 255).astype(np.uint8) for images in (one, other)]


def judged(one, other, dtype):
    images = [torch.from_numpy(images.astype(np.float32) / np.float32(127.5) - np.float32(1)) for images in (one, other)]
    images = [images[:, None].repeat(1, 3, 1, 1).to(dtype) for images in images]
    small = min(one.shape[1:]) < SMALLEST
    lpips._NoTrainLpips = functools.partial(
        original, model_path="heads.pth", resize=ENLARGED if small else None
    )
    values = [
        lpips.learned_perceptual_image_patch_similarity(a[None], b[None], net_type="alex", normalize=False)
        for a, b in zip(*images)
    ]
    return [float(value) for value in values]


original = lpips._NoTrainLpips
lpips._get_tv_model_features = backbone
torch.save(heads(), "heads.pth")
rng = np.random.default_rng(20261129)
cases = []
for n, height, width in ((3, 24, 24), (2, 31, 31), (2, 40, 36), (1, 64, 64), (1, 96, 96)):
    one, other = pictures(rng, n, height, width)
    cases.append(
        {
            "height": height,
            "width": width,
            "originals": one.reshape(n, -1).tolist(),
            "reconstructions": other.reshape(n, -1).tolist(),
            "double": judged(one, other, torch.float64),
            "single": judged(one, other, torch.float32),
        }
    )
weights = backbone()
checks = [float(weights[number].weight.detach().double().sum()) for number in KERNELS]
with open("lpips.json", "w") as file:
    json.dump({"sums_of_kernels": checks, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")

"""Images and gradients of the example plugins in C and Python, by PyTorch in double precision.

    python make.py                # writes two_layer.safetensors beside it

    image = tanh(B tanh(A z + a) + b)      dz = d sum(image * g) / d z, by autograd

Both examples compute this; the one in C gets its weights from a file, the one in Python draws them as below.

The versions that made the file are in its metadata.
"""

import sys
from pathlib import Path

import numpy as np
import torch

sys.path.append(str(Path(__file__).parents[1]))
from storage import write


def reference(draws, A, a, B, b, n):
    """Latents, images, gradients by the images and by the latents."""
    A, a, B, b = (torch.from_numpy(np.asarray(value, np.float64)) for value in (A, a, B, b))
    z = torch.from_numpy(draws.normal(size=(n, A.shape[1])).astype(np.float32).astype(np.float64)).requires_grad_()
    size = int(len(b) ** 0.5)
    image = torch.tanh(torch.nn.functional.linear(torch.tanh(torch.nn.functional.linear(z, A, a)), B, b))
    g = torch.from_numpy(draws.normal(size=image.shape).astype(np.float32).astype(np.float64))
    (image * g).sum().backward()
    pairs = {"z": z, "image": image, "g": g, "dz": z.grad}
    arrays = {name: value.detach().numpy().astype(np.float32) for name, value in pairs.items()}
    for name in ("image", "g"):
        arrays[name] = arrays[name].reshape(n, 1, size, size)
    return arrays


def main():
    draws = np.random.default_rng(20)
    weights = {
        "A": draws.normal(0, 0.5, (7, 5)),
        "a": draws.normal(0, 0.3, 7),
        "B": draws.normal(0, 0.5, (36, 7)),
        "b": draws.normal(0, 0.3, 36),
    }
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    in_c = {**weights, **reference(draws, **weights, n=4)}
    # As generator_numpy.py draws them from seed 1.
    seeded = np.random.default_rng(1)
    drawn = {
        "A": seeded.normal(0, 8**-0.5, (64, 8)),
        "a": np.zeros(64),
        "B": seeded.normal(0, 64**-0.5, (32 * 32, 64)),
        "b": np.zeros(32 * 32),
    }
    in_python = reference(draws, **drawn, n=2)
    arrays = {f"c.{name}": value for name, value in in_c.items()}
    arrays |= {f"python.{name}": value for name, value in in_python.items()}
    write(Path(__file__).with_name("two_layer.safetensors"), arrays)


main()

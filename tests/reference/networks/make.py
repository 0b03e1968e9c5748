"""Writes losses, alexnet, dcgan and convnet.safetensors: values and gradients of the networks and loss terms, by PyTorch.

    python3 make.py

Made with Python 3.11.7, torch 2.15.0+cu132 and numpy 2.4.6 (the files' metadata repeat the versions that made them).
Inputs are float32 numbers; everything is computed in float64 and stored as float32.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from storage import write

rng = torch.Generator().manual_seed(20171206)


def normal(*shape, scale=1.0, shift=0.0):
    return (torch.randn(shape, generator=rng) * scale + shift).double()


def uniform(*shape, low=-0.9, high=0.9):
    return (torch.rand(shape, generator=rng) * (high - low) + low).double()


def mean(values):
    return values.flatten(1).mean(1)


def losses():
    """Each term of the paper and its surrogates: one value an image, and gradients of their sum."""
    x, y = uniform(3, 1, 11, 11), uniform(3, 1, 11, 11)
    shapes = {"conv1": (3, 4, 5, 5), "conv2": (3, 6, 3, 3)}
    a = {layer: normal(*shape, scale=1.5) for layer, shape in shapes.items()}
    b = {layer: normal(*shape, scale=1.5) for layer, shape in shapes.items()}
    store = {"x": x, "y": y}
    for layer in shapes:
        store[f"x.{layer}"], store[f"y.{layer}"] = a[layer], b[layer]
    signed = [("conv1", 1), ("conv1", -1), ("conv2", 1)]
    theta, k = 1.0, 3.0

    def shrink(image):
        return F.interpolate(image, size=(9, 9), mode="bilinear", align_corners=True)

    def keep(name, value, inputs):
        gradients = torch.autograd.grad(value.sum(), list(inputs.values()))
        store[name] = value
        for key, gradient in zip(inputs, gradients):
            store[f"{name}.d.{key}"] = gradient

    image = y.clone().requires_grad_()
    keep("pixel.squared", mean((shrink(image) - shrink(x)) ** 2), {"image": image})
    keep("pixel.absolute", mean((shrink(image) - shrink(x)).abs()), {"image": image})

    def presence(form):
        total, inputs = 0, {layer: values.clone().requires_grad_() for layer, values in b.items()}
        for layer, sign in signed:
            t, v = (sign * a[layer] > theta).double(), sign * inputs[layer]
            if form == "sigmoid":
                element = F.binary_cross_entropy_with_logits(k * (v - theta), t, reduction="none")
            else:
                p = ((k * (v - theta)) / 5 + 0.5).clamp(0, 1)
                element = -(t * torch.log(p + 1e-5) + (1 - t) * torch.log(1 - p + 1e-5))
            total = total + mean(element)
        keep(f"presence.{form}", total, inputs)

    presence("sigmoid")
    presence("hard_sigmoid")

    def magnitude(name, mask, reduction):
        total, inputs = 0, {layer: values.clone().requires_grad_() for layer, values in b.items()}
        for layer, sign in signed:
            u, v = sign * a[layer], sign * inputs[layer]
            m = (u > theta).double()
            own = (v > theta).double()
            difference = (u - v) * m if mask == "target" else u * m - v * own
            selected = m if mask == "target" else torch.maximum(m, own)
            squares = (difference**2).flatten(1)
            total = total + (squares.mean(1) if reduction == "all" else squares.sum(1) / selected.flatten(1).sum(1).clamp(min=1))
        keep(f"magnitude.{name}", total, inputs)

    magnitude("all", "target", "all")
    magnitude("masked", "target", "masked")
    magnitude("own", "own", "masked")
    write(Path(__file__).with_name("losses.safetensors"), store)


def alexnet():
    """Width 1/24 (4, 11, 16, 16, 11 channels), 20 px, the first convolution unpadded, the others padded."""
    channels, kernels = [4, 11, 16, 16, 11], [5, 5, 3, 3, 3]
    weights, c_in = {}, 1
    for i, (c, k) in enumerate(zip(channels, kernels)):
        weights[f"conv{i + 1}.kernel"] = normal(c, c_in, k, k, scale=(2 / (c_in * k * k)) ** 0.5)
        weights[f"conv{i + 1}.bias"] = normal(c, scale=0.1)
        c_in = c
    pool = lambda h: F.max_pool2d(h, 3, 2, ceil_mode=True)
    # Chainer multiplies each squared neighbour by alpha, torch divides by the size of the window.
    norm = lambda h: F.local_response_norm(h, 5, alpha=5e-4, beta=0.75, k=2.0)
    side = 16
    for _ in range(3):
        side = -(-(side - 3) // 2) + 1
    sizes = [channels[4] * side * side, 12, 12, 6]
    for i, name in enumerate(["fc6", "fc7", "fc8"]):
        weights[f"{name}.weight"] = normal(sizes[i], sizes[i + 1], scale=(2 / sizes[i]) ** 0.5)
        weights[f"{name}.bias"] = normal(sizes[i + 1], scale=0.1)
    w = {name: value.clone().requires_grad_() for name, value in weights.items()}
    images = uniform(3, 1, 20, 20).requires_grad_()
    labels = torch.tensor([4, 0, 2])
    h, found = images, {}
    for i in range(5):
        a = F.conv2d(h, w[f"conv{i + 1}.kernel"], w[f"conv{i + 1}.bias"], padding=0 if i == 0 else kernels[i] // 2)
        found[f"conv{i + 1}"] = a
        h = F.relu(a)
        h = pool(norm(h)) if i < 2 else pool(h) if i == 4 else h
    h = h.flatten(1)
    for name in ["fc6", "fc7"]:
        found[name] = h @ w[f"{name}.weight"] + w[f"{name}.bias"]
        h = F.relu(found[name])
    scores = h @ w["fc8.weight"] + w["fc8.bias"]
    loss = F.cross_entropy(scores, labels)
    store = {"images": images, "labels": labels.double(), "scores": scores, "loss": loss.reshape(1)}
    store |= {f"w/{name}": value for name, value in weights.items()}
    store |= {f"a.{name}": value for name, value in found.items()}
    for name, gradient in zip(w, torch.autograd.grad(loss, list(w.values()), retain_graph=True)):
        store[f"d.{name}"] = gradient
    weigh = normal(*found["conv3"].shape)
    store["weigh.conv3"] = weigh
    store["d.images"] = torch.autograd.grad((found["conv3"] * weigh).sum(), images)[0]
    write(Path(__file__).with_name("alexnet.safetensors"), store)


def dcgan():
    """32 px, 8 channels a layer, 6 latents; the generator by its batch and by fixed statistics, the discriminator."""
    eps, c = 2e-5, 8
    weights = {"linear.weight": normal(6, c * 4, scale=0.4), "linear.bias": normal(c * 4, scale=0.1)}
    for i in range(4):
        out = c if i < 3 else 1
        weights[f"deconv-{i}.kernel"] = normal(c, out, 4, 4, scale=0.2)
        weights[f"norm-{i}.scale"] = normal(c, scale=0.2, shift=1.0)
        weights[f"norm-{i}.shift"] = normal(c, scale=0.2)
        weights[f"norm-{i}.mean"] = normal(c, scale=0.2)
        weights[f"norm-{i}.variance"] = uniform(c, low=0.5, high=1.5)
    weights["output.bias"] = normal(1, scale=0.1)
    w = {name: value.clone().requires_grad_() for name, value in weights.items()}
    z = normal(4, 6).requires_grad_()

    def generate(first, batch):
        def norm(i, h):
            statistics = (None, None) if batch else (weights[f"norm-{i}.mean"], weights[f"norm-{i}.variance"])
            return F.batch_norm(h, *statistics, w[f"norm-{i}.scale"], w[f"norm-{i}.shift"], training=batch, eps=eps)

        h = (z @ w["linear.weight"] + w["linear.bias"]).view(-1, c, 2, 2)
        h = F.relu(norm(0, h)) if first == "norm_then_relu" else norm(0, F.relu(h))
        for i in range(4):
            h = F.conv_transpose2d(h, w[f"deconv-{i}.kernel"], w["output.bias"] if i == 3 else None, stride=2, padding=1)
            h = F.relu(norm(i + 1, h)) if i < 3 else h
        return torch.tanh(h)

    store = {"z": z} | {f"g/{name}": value for name, value in weights.items()}
    weigh = normal(4, 1, 32, 32)
    store["weigh"] = weigh
    for first in ["norm_then_relu", "relu_then_norm"]:
        for batch in [True, False]:
            name = f"{first}.{'batch' if batch else 'fixed'}"
            images = generate(first, batch)
            store[f"{name}.images"] = images
            used = [key for key in w if not key.endswith(("mean", "variance"))]
            gradients = torch.autograd.grad((images * weigh).sum(), [z] + [w[key] for key in used])
            store[f"{name}.d.z"] = gradients[0]
            if batch:
                for key, gradient in zip(used, gradients[1:]):
                    store[f"{name}.d.{key}"] = gradient

    sizes = [1, c, c, c, 8]
    d = {}
    for i in range(4):
        k = 3 if i == 0 else 4
        d[f"conv-{i}.kernel"] = normal(sizes[i + 1], sizes[i], k, k, scale=0.3)
        d[f"norm-{i}.scale"] = normal(sizes[i + 1], scale=0.2, shift=1.0)
        d[f"norm-{i}.shift"] = normal(sizes[i + 1], scale=0.2)
    d["linear.weight"], d["linear.bias"] = normal(sizes[4] * 4, 1, scale=0.3), normal(1, scale=0.1)
    d = {name: value.requires_grad_() for name, value in d.items()}

    def judge(x):
        h, hidden = x, []
        for i in range(4):
            h = F.conv2d(h, d[f"conv-{i}.kernel"], stride=2, padding=1)
            h = F.elu(F.batch_norm(h, None, None, d[f"norm-{i}.scale"], d[f"norm-{i}.shift"], training=True, eps=eps))
            hidden.append(h)
        return h.flatten(1) @ d["linear.weight"] + d["linear.bias"], hidden

    real, fake = uniform(4, 1, 32, 32), uniform(4, 1, 32, 32).requires_grad_()
    (of_real, hidden_real), (of_fake, hidden_fake) = judge(real), judge(fake)
    store |= {"real": real, "fake": fake, "of_real": of_real, "of_fake": of_fake}
    store |= {f"d/{name}": value for name, value in d.items()}
    # The non-saturating game, by binary cross-entropies.
    bce = F.binary_cross_entropy_with_logits
    loss = bce(of_real, torch.ones_like(of_real)) + bce(of_fake, torch.zeros_like(of_fake))
    store["discriminator.loss"] = loss.reshape(1)
    for name, gradient in zip(d, torch.autograd.grad(loss, list(d.values()), retain_graph=True)):
        store[f"discriminator.d.{name}"] = gradient
    fooling = bce(of_fake, torch.ones_like(of_fake))
    forms = {
        "last.batch_mean": ((hidden_fake[3].mean(0) - hidden_real[3].mean(0)) ** 2).mean(),
        "last.elementwise": ((hidden_fake[3] - hidden_real[3]) ** 2).mean(),
        "first.elementwise": ((hidden_fake[0] - hidden_real[0]) ** 2).mean(),
    }
    for name, matching in forms.items():
        store[f"generator.{name}.loss"] = (fooling + 5 * matching).reshape(1)
        store[f"generator.{name}.d.fake"] = torch.autograd.grad(fooling + 5 * matching, fake, retain_graph=True)[0]
    write(Path(__file__).with_name("dcgan.safetensors"), store)


def convnet():
    """Channels 3, 4, 5 at 48 px: the map of 6 × 6 becomes a grid of 3 × 3."""
    weights, c_in = {}, 1
    for i, c in enumerate([3, 4, 5]):
        weights[f"conv{i + 1}.kernel"] = normal(c, c_in, 3, 3, scale=0.4)
        weights[f"conv{i + 1}.scale"] = normal(c, scale=0.2, shift=1.0)
        weights[f"conv{i + 1}.shift"] = normal(c, scale=0.2)
        weights[f"conv{i + 1}.mean"] = normal(c, scale=0.2)
        weights[f"conv{i + 1}.variance"] = uniform(c, low=0.5, high=1.5)
        c_in = c
    weights["linear.weight"], weights["linear.bias"] = normal(5 * 9, 6, scale=0.3), normal(6, scale=0.1)
    w = {name: value.clone().requires_grad_() for name, value in weights.items()}
    images, labels = uniform(3, 1, 48, 48).requires_grad_(), torch.tensor([1, 5, 0])
    store = {"images": images, "labels": labels.double()} | {f"w/{name}": value for name, value in weights.items()}
    for batch in [True, False]:
        h = images
        for i in range(1, 4):
            statistics = (None, None) if batch else (weights[f"conv{i}.mean"], weights[f"conv{i}.variance"])
            h = F.conv2d(h, w[f"conv{i}.kernel"], padding=1)
            h = F.batch_norm(h, *statistics, w[f"conv{i}.scale"], w[f"conv{i}.shift"], training=batch, eps=1e-5)
            if not batch:
                store[f"a.conv{i}"] = h
            h = F.max_pool2d(F.relu(h), 2)
        scores = F.adaptive_avg_pool2d(h, 3).flatten(1) @ w["linear.weight"] + w["linear.bias"]
        kind = "batch" if batch else "fixed"
        store[f"{kind}.scores"] = scores
        if batch:
            loss = F.cross_entropy(scores, labels)
            used = [name for name in w if not name.endswith(("mean", "variance"))]
            for name, gradient in zip(used, torch.autograd.grad(loss, [w[name] for name in used])):
                store[f"d.{name}"] = gradient
    write(Path(__file__).with_name("convnet.safetensors"), store)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for part in [losses, alexnet, dcgan, convnet]:
        part()

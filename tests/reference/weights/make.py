"""Writes weights as PyTorch, NumPy, h5py and Chainer's serialisers lay them out, and what the networks make of them.

    python3 make.py

Made with Python 3.11.7, torch 2.15.0+cu132, numpy 2.4.6 and h5py 3.16.0.
Weights and inputs are float32 numbers; everything is computed in float64 and stored as float32.
The files of Chainer are written with numpy and h5py: a link's parameters under its path, float32, as
chainer.serializers.save_npz and save_hdf5 do. The older form of torch.save calls storages by their address, so that these files
differ from run to run, though not in what they hold.
"""

import collections
import os
import sys
from pathlib import Path

import h5py
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from storage import write

HERE = Path(__file__).parent
rng = torch.Generator().manual_seed(20250117)


def normal(*shape, scale=1.0, shift=0.0):
    return torch.randn(shape, generator=rng) * scale + shift


def fill(net):
    """Every parameter and statistic drawn anew, so that none is trivial."""
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            value.fill_(7)
        elif name.endswith("running_var"):
            value.copy_(normal(*value.shape, scale=0.2).abs() + 0.5)
        elif value.dim() == 1:
            value.copy_(normal(*value.shape, scale=0.2, shift=0.3))
        else:
            fan_in = value[0].numel()
            value.copy_(normal(*value.shape, scale=1.5 / fan_in**0.5))
    return net.eval()


def keep(store, name, net, x, layers=()):
    """Outputs, activations of some layers, and the gradient of a weighed sum to the input."""
    net = net.double()
    x = x.double().requires_grad_()
    found = {}
    hooks = [net.get_submodule(module).register_forward_hook(lambda _m, _i, out, key=key: found.__setitem__(key, out)) for key, module in layers]
    y = net(x)
    for hook in hooks:
        hook.remove()
    weigh = normal(*y.shape).double()
    (gradient,) = torch.autograd.grad((y * weigh).sum(), x)
    store |= {f"{name}.x": x, f"{name}.y": y, f"{name}.weigh": weigh, f"{name}.d.x": gradient}
    store |= {f"{name}.{key}": value for key, value in found.items()}
    net.float()


class Named(nn.Module):
    """A stack under a name of its own, as in PyTorch's example: main.0.weight."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        for part in self.children():
            x = part(x)
        return x


def dcgan():
    return Named(
        main=nn.Sequential(
            nn.ConvTranspose2d(8, 12, 4, 1, 0, bias=False),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            nn.ConvTranspose2d(12, 6, 4, 2, 1, bias=False),
            nn.BatchNorm2d(6),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(6, 3, 3, 2, 1, output_padding=1),
            nn.Tanh(),
        )
    )


def alexnet():
    return Named(
        features=nn.Sequential(
            nn.Conv2d(3, 6, 5, padding=2),
            nn.ReLU(),
            nn.LocalResponseNorm(5, alpha=5e-2, beta=0.75, k=2.0),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(6, 8, 3, padding=1, groups=2, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AvgPool2d(2),
            nn.Flatten(),
        ),
        classifier=nn.Sequential(nn.Dropout(), nn.Linear(128, 10), nn.ReLU(), nn.Linear(10, 4)),
    )


class Normalised(nn.Module):
    """Grey images in [0, 1], three times, less the mean and by the standard deviation of ImageNet."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406], dtype=x.dtype).view(3, 1, 1)
        sd = torch.tensor([0.229, 0.224, 0.225], dtype=x.dtype).view(3, 1, 1)
        return self.net((x.expand(-1, 3, -1, -1) - mean) / sd)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 5, 3, padding=1)
        self.conv2 = nn.Conv2d(5, 6, 3, stride=2, padding=1)
        self.shortcut = nn.Conv2d(4, 6, 1, stride=2, bias=False)

    def forward(self, x):
        return self.conv2(F.elu(self.conv1(x), 0.7)) + self.shortcut(x)


def mixed():
    """Everything that the two others lack."""
    return nn.Sequential(
        collections.OrderedDict(
            linear=nn.Linear(5, 4 * 3 * 3),
            norm=nn.BatchNorm1d(36, eps=1e-3),
            silu=nn.SiLU(),
            maps=nn.Unflatten(1, (4, 3, 3)),
            nearest=nn.Upsample(scale_factor=2, mode="nearest"),
            residual=Residual(),
            pool=nn.MaxPool2d(3, 2, padding=1),
            bilinear=nn.Upsample(scale_factor=3, mode="bilinear", align_corners=False),
            aligned=nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True),
            spread=nn.ConvTranspose2d(6, 4, 3, stride=1, padding=1, groups=2),
            last=nn.Conv2d(4, 1, 1),
            sigmoid=nn.Sigmoid(),
        )
    )


def kinds():
    """Every type of number, views of one storage, turned axes, and a checkpoint around them."""
    w = normal(4, 3)
    shared = normal(10)
    empty = torch.zeros(0, 3)
    state = collections.OrderedDict(
        [
            ("double", normal(2, 2).double()),
            ("half", normal(3).half()),
            ("brain", normal(3).bfloat16()),
            ("long", torch.tensor([-5, 1 << 40])),
            ("int", torch.tensor([3, -4], dtype=torch.int32)),
            ("short", torch.tensor([300], dtype=torch.int16)),
            ("char", torch.tensor([-7], dtype=torch.int8)),
            ("byte", torch.tensor([200], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False])),
            ("turned", w.t()),
            ("whole", shared),
            ("part", shared[2:8].view(2, 3)),
            ("repeated", torch.tensor([1.5]).expand(2, 3)),
            ("scalar", torch.tensor(2.5)),
            ("parameter", nn.Parameter(normal(2))),
            ("empty", empty),
        ]
    )
    everything = {"epoch": 3, "lr": 0.5, "name": "grün", "size": torch.Size([2, 3]), "done": True, "none": None}
    return everything | {"state_dict": state, "history": [0.1, torch.tensor([4.0])]}


class Payload:
    def __reduce__(self):
        return os.system, ("touch ran.txt",)


def save_both(value, name):
    torch.save(value, HERE / f"{name}.pth")
    torch.save(value, HERE / f"{name}_legacy.pth", _use_new_zipfile_serialization=False)


def by_link(links):
    """Chainer's files: paths of links to arrays."""
    return {f"{link}/{name}": value.numpy() for link, parts in links.items() for name, value in parts.items()}


def chainer_norm(n):
    variance = normal(n, scale=0.2).abs() + 0.5
    return {"gamma": normal(n, scale=0.2, shift=1.0), "beta": normal(n, scale=0.2), "avg_mean": normal(n, scale=0.2), "avg_var": variance, "N": torch.tensor(7)}


def write_h5(path, arrays):
    with h5py.File(path, "w") as file:
        for name, value in arrays.items():
            file.create_dataset(name, data=value, compression="gzip" if value.size > 1000 else None)


def authors_dcgan(store):
    """The generator as the authors' released code defines it, with fewer channels and latents."""
    c, n_latents, start = 8, 6, 2
    n_units = c * start * start
    links = {"link_0": {"W": normal(n_units, n_latents, scale=0.6), "b": normal(n_units, scale=0.3)}, "link_2": chainer_norm(n_units)}
    for number in [4, 7, 10]:
        links[f"link_{number}"] = {"W": normal(c, c, 4, 4, scale=0.15), "b": normal(c, scale=0.3)}
        links[f"link_{number + 1}"] = chainer_norm(c)
    links["link_13"] = {"W": normal(c, 1, 4, 4, scale=0.15), "b": normal(1, scale=0.3)}
    arrays = by_link(links)
    np.savez_compressed(HERE / "authors_dcgan.npz", **arrays)
    write_h5(HERE / "authors_dcgan.h5", arrays)

    class Authors(nn.Module):
        def forward(self, z):
            at = lambda link: {name: value.double() for name, value in links[f"link_{link}"].items()}
            norm = lambda x, p: F.batch_norm(x, p["avg_mean"], p["avg_var"], p["gamma"], p["beta"], eps=2e-5)
            h = norm(F.relu(F.linear(z, at(0)["W"], at(0)["b"])), at(2)).view(-1, c, start, start)
            for number, padding in [(4, 0), (7, 0), (10, 1)]:
                h = F.conv_transpose2d(h, at(number)["W"], at(number)["b"], stride=2, padding=padding)
                h = F.relu(norm(h, at(number + 1)))
            return torch.tanh(F.conv_transpose2d(h, at(13)["W"], at(13)["b"], stride=2, padding=1))

    z = F.normalize(normal(1, n_latents))
    keep(store, "authors_dcgan", Authors(), z)


def authors_alexnet(store):
    """The feature network as the authors' released code defines it, with fewer channels, in a trainer's snapshot."""
    channels, hidden, n_classes = [2, 5, 8, 8, 5], 6, 3
    kernels = [5, 5, 3, 3, 3]
    links, c_in = {}, 1
    for idx, (c_out, k) in enumerate(zip(channels, kernels)):
        links[f"conv{idx + 1}"] = {"W": normal(c_out, c_in, k, k, scale=1.5 / (c_in * k * k) ** 0.5), "b": normal(c_out, scale=0.2)}
        c_in = c_out
    n_flat = 5 * 2 * 2
    for name, n_in, n_out in [("fc6", n_flat, hidden), ("fc7", hidden, hidden), ("fc8", hidden, n_classes)]:
        links[name] = {"W": normal(n_out, n_in, scale=1.5 / n_in**0.5), "b": normal(n_out, scale=0.2)}
    model = {f"predictor/{name}": value for name, value in by_link(links).items()}
    np.savez_compressed(HERE / "authors_alexnet.npz", **model)
    snapshot = {f"updater/model:main/{name}": value for name, value in model.items()}
    snapshot |= {"updater/optimizer:main/t": np.array(40), "updater/iteration": np.array(40), "_snapshot": np.array(None)}
    snapshot["updater/optimizer:main/predictor/fc8/W/v"] = links["fc8"]["W"].numpy()
    np.savez_compressed(HERE / "authors_alexnet_snapshot.npz", **snapshot)

    x = normal(1, 1, 56, 56, scale=0.5).clamp(-1, 1).double().requires_grad_()
    at = lambda name: (links[name]["W"].double(), links[name]["b"].double())
    norm = lambda a: F.local_response_norm(F.relu(a), 5, alpha=5e-4, beta=0.75, k=2.0)
    pool = lambda h: F.max_pool2d(h, 3, 2, ceil_mode=True)
    a = {"conv1": F.conv2d(x, *at("conv1"))}
    a["conv2"] = F.conv2d(pool(norm(a["conv1"])), *at("conv2"))
    a["conv3"] = F.conv2d(pool(norm(a["conv2"])), *at("conv3"))
    a["conv4"] = F.conv2d(F.relu(a["conv3"]), *at("conv4"))
    a["conv5"] = F.conv2d(F.relu(a["conv4"]), *at("conv5"))
    a["fc6"] = F.linear(pool(F.relu(a["conv5"])).flatten(1), *at("fc6"))
    a["fc7"] = F.linear(F.relu(a["fc6"]), *at("fc7"))
    a["scores"] = F.linear(F.relu(a["fc7"]), *at("fc8"))
    (gradient,) = torch.autograd.grad(a["scores"].sum(), x)
    store |= {"authors_alexnet.x": x, "authors_alexnet.d.x": gradient}
    store |= {f"authors_alexnet.{name}": a[name] for name in ["conv3", "conv5", "fc6", "fc7", "scores"]}


def main():
    store = {}
    net = fill(dcgan())
    save_both(net.state_dict(), "dcgan")
    write(HERE / "dcgan.safetensors", net.state_dict())
    np.savez(HERE / "dcgan.npz", **{name: value.numpy() for name, value in net.state_dict().items()})
    keep(store, "dcgan", net, normal(2, 8, 1, 1))
    store["dcgan.grey"] = (store["dcgan.y"] * torch.tensor([0.299, 0.587, 0.114]).double().view(3, 1, 1)).sum(1, keepdim=True)

    net = fill(alexnet())
    torch.save({"epoch": 90, "state_dict": net.state_dict(), "optimizer": {"state": {0: {"v": torch.ones(2)}}}}, HERE / "alexnet.pth")
    write(HERE / "alexnet.safetensors", net.state_dict())
    layers = [("conv1", "net.features.0"), ("conv2", "net.features.5"), ("linear1", "net.classifier.1")]
    keep(store, "alexnet", Normalised(net), torch.rand((2, 1, 18, 18), generator=rng), layers)

    net = fill(mixed())
    # Far from where the sigmoid is flat.
    with torch.no_grad():
        net.last.weight.mul_(0.2)
        net.last.bias.zero_()
    save_both(net.state_dict(), "mixed")
    keep(store, "mixed", net, normal(2, 5))

    authors_dcgan(store)
    authors_alexnet(store)
    write(HERE / "expected.safetensors", store)

    value = kinds()
    save_both(value, "kinds")
    write(HERE / "kinds.safetensors", {name: tensor.detach().float() for name, tensor in value["state_dict"].items()})
    save_both({"weight": torch.ones(2), "extra": Payload()}, "payload")
    torch.save(nn.Sequential(nn.Linear(2, 1)), HERE / "module.pth")


if __name__ == "__main__":
    main()

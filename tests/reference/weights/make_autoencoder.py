"""Writes weights of a small autoencoder with the layers that TAEF2 and attention need, and what PyTorch makes of them.

    python3 make_autoencoder.py [FOLDER_OF_TAEF2]

Made with Python 3.11, torch and numpy of the versions in the fixture's metadata.
The small networks are stored in half precision, as TAEF2 is; parameters are rounded first, and everything is computed in
float64 and stored as float32. With the folder of the public files `taef2_encoder.pth` and `taef2_decoder.pth` (repository
madebyollin/taesd, commit 5cccb12, MIT), what those make of random numbers is written too; the weights themselves are not kept.
"""

import sys
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from storage import write

rng = torch.Generator().manual_seed(20261129)


def normal(*shape, scale=1.0, shift=0.0):
    return torch.randn(shape, generator=rng) * scale + shift


def fill(net):
    """Every parameter drawn anew and rounded to half precision."""
    for value in net.state_dict().values():
        if value.dim() == 1:
            drawn = normal(*value.shape, scale=0.2, shift=0.3)
        else:
            drawn = normal(*value.shape, scale=1.2 / value[0].numel() ** 0.5)
        value.copy_(drawn.half().float())
    return net.eval()


class ScaledTanh(nn.Module):
    def forward(self, x):
        return torch.tanh(x / 3) * 3


class Block(nn.Module):
    """The block of TAEF2: its pool is declared last and computed first."""

    def __init__(self, n, pool):
        super().__init__()
        conv = lambda: nn.Conv2d(n, n, 3, padding=1)
        self.conv = nn.Sequential(conv(), nn.ReLU(), conv(), nn.ReLU(), conv())
        self.pool = None
        if pool:
            wide = 4 * n
            self.pool = nn.Sequential(nn.Conv2d(n, wide, 1, bias=False), nn.GroupNorm(4, wide), nn.ReLU(inplace=True), nn.Conv2d(wide, n, 1, bias=False))

    def forward(self, x):
        if self.pool is not None:
            x = x + self.pool(x)
        return F.relu(self.conv(x) + x)


class Attention(nn.Module):
    """Attention with a group norm before it and the maps themselves added: by 1×1 convolutions, or by linear layers."""

    def __init__(self, n, heads, linear):
        super().__init__()
        one = (lambda bias: nn.Linear(n, n, bias=bias)) if linear else (lambda bias: nn.Conv2d(n, n, 1, bias=bias))
        self.heads, self.linear = heads, linear
        self.norm = nn.GroupNorm(2, n, eps=1e-6)
        self.q, self.k, self.v = (one(not linear) for _ in range(3))
        self.proj_out = one(True)

    def forward(self, x):
        b, n, h, w = x.shape
        y = self.norm(x)
        apply = lambda layer, y: layer(y.permute(0, 2, 3, 1)).permute(0, 3, 1, 2) if self.linear else layer(y)
        rows = lambda y: y.reshape(b, self.heads, n // self.heads, h * w).transpose(2, 3)
        q, k, v = (rows(apply(layer, y)) for layer in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(b, n, h, w)
        return x + apply(self.proj_out, y)


class Clamp(nn.Module):
    def forward(self, x):
        return x.clamp(-0.5, 1.25)


def conv(n_in, n_out, **more):
    return nn.Conv2d(n_in, n_out, 3, padding=1, **more)


def small_decoder():
    up = lambda: nn.Upsample(scale_factor=2)
    return nn.Sequential(ScaledTanh(), conv(4, 8), nn.ReLU(), Block(8, True), Block(8, True), Attention(8, 2, False), up(), conv(8, 8, bias=False), Block(8, False), Attention(8, 1, True), conv(8, 3), Clamp())


def small_encoder():
    return nn.Sequential(conv(3, 8), Block(8, False), conv(8, 8, stride=2, bias=False), Block(8, True), conv(8, 4))


def taef2_decoder():
    up, blocks = lambda: nn.Upsample(scale_factor=2), lambda pool: [Block(64, pool) for _ in range(3)]
    plain = lambda: conv(64, 64, bias=False)
    return nn.Sequential(ScaledTanh(), conv(32, 64), nn.ReLU(), *blocks(True), up(), plain(), *blocks(False), up(), plain(), *blocks(False), up(), plain(), Block(64, False), conv(64, 3))


def taef2_encoder():
    down, blocks = lambda: conv(64, 64, stride=2, bias=False), lambda pool: [Block(64, pool) for _ in range(3)]
    return nn.Sequential(conv(3, 64), Block(64, False), down(), *blocks(False), down(), *blocks(False), down(), *blocks(True), conv(64, 32))


def keep(store, name, net, x):
    """Outputs, and the gradient of a weighed sum to the input."""
    net = net.double()
    x = x.double().requires_grad_()
    y = net(x)
    weigh = normal(*y.shape).double()
    (gradient,) = torch.autograd.grad((y * weigh).sum(), x)
    store |= {f"{name}.x": x, f"{name}.y": y, f"{name}.weigh": weigh, f"{name}.d.x": gradient}


def main():
    store = {}
    for name, net, x in [("small_decoder", small_decoder(), normal(2, 4, 3, 3, scale=2.0)), ("small_encoder", small_encoder(), torch.rand((2, 1, 6, 6), generator=rng))]:
        fill(net)
        torch.save({key: value.half() for key, value in net.state_dict().items()}, HERE / f"{name}.pth")
        # A grey image is three equal colours.
        whole = net if x.shape[1] != 1 else nn.Sequential(Repeat(), net)
        keep(store, name, whole, x)
    if len(sys.argv) > 1:
        for name, net, x in [("taef2_decoder", taef2_decoder(), normal(2, 32, 4, 4)), ("taef2_encoder", taef2_encoder(), torch.rand((2, 1, 32, 32), generator=rng))]:
            state = torch.load(Path(sys.argv[1]) / f"{name}.pth", weights_only=True)
            net.load_state_dict({key: value.float() for key, value in state.items()})
            whole = net if x.shape[1] != 1 else nn.Sequential(Repeat(), net)
            keep(store, name, whole.eval(), x)
    write(HERE / "autoencoder.safetensors", store)


class Repeat(nn.Module):
    def forward(self, x):
        return x.repeat(1, 3, 1, 1)


if __name__ == "__main__":
    main()

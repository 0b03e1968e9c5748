"""The work of `lab bench` in PyTorch and NumPy, a unit at a time: python3 -c THIS NAME N_THREADS SIZE DEVICE.

Each line on the input asks for one unit; the answer is its cost as JSON. `versions` says what is installed.
"""

import json
import os
import resource
import sys
import time

NAME, THREADS = sys.argv[1], sys.argv[2]
QUICK = len(sys.argv) > 3 and sys.argv[3] == "quick"
DEVICE, _, PRECISION = (sys.argv[4] if len(sys.argv) > 4 else "cpu").partition("+")
ON_CARD = DEVICE.startswith("cuda")
for variable in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[variable] = THREADS
# Set on some machines for old libraries; a current NumPy knows its processor better.
for variable in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"]:
    os.environ.pop(variable, None)

import numpy as np

ALIGNMENT = NAME in ["hyperalignment", "pca"]
LOADING = NAME.startswith("load-") or NAME == "pack-jpeg"
NUMPY_ONLY = ALIGNMENT or LOADING
if not NUMPY_ONLY:
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(int(THREADS))
    torch.manual_seed(1)
    if ON_CARD:
        torch.set_default_device(DEVICE)
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = PRECISION == "tf32"


def peak():
    """Largest resident memory so far, in bytes."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def pace(unit):
    """Does a unit for each line on the input."""
    print("ready", flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        unit()
        if ON_CARD:
            torch.cuda.synchronize()
        cost = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        cost["peak"] = peak()
        print(json.dumps(cost), flush=True)


def on_device(network):
    """A card is quickest with the channels of a pixel side by side."""
    return network.to(memory_format=torch.channels_last) if ON_CARD else network


def gemm():
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    pace(lambda: torch.mm(a, b))


def layer(name, both):
    up = {
        "deconv-512-256-4": (512, 256, 4),
        "deconv-256-128-8": (256, 128, 8),
        "deconv-128-64-16": (128, 64, 16),
        "deconv-64-1-32": (64, 1, 32),
    }
    down = {
        "conv-1-32-64": (64, 1, 32, 3, 2, 1, 64),
        "conv-32-64-32": (64, 32, 64, 4, 2, 1, 32),
        "conv-64-128-16": (64, 64, 128, 4, 2, 1, 16),
        "conv-128-256-8": (64, 128, 256, 4, 2, 1, 8),
        "alexnet-conv1": (15, 1, 96, 5, 1, 0, 64),
        "alexnet-conv2": (15, 96, 256, 5, 1, 0, 30),
        "alexnet-conv3": (15, 256, 384, 3, 1, 0, 13),
    }
    if name in up:
        c_in, c_out, side = up[name]
        x, kernel = torch.randn(64, c_in, side, side), torch.randn(c_in, c_out, 4, 4) * 0.02
        apply = lambda: F.conv_transpose2d(x, kernel, stride=2, padding=1)
    else:
        batch, c_in, c_out, k, stride, padding, side = down[name]
        x, kernel = torch.randn(batch, c_in, side, side), torch.randn(c_out, c_in, k, k) * 0.02
        apply = lambda: F.conv2d(x, kernel, stride=stride, padding=padding)
    if both:
        x.requires_grad_(), kernel.requires_grad_()
        seed = torch.ones_like(apply())

        def unit():
            x.grad = kernel.grad = None
            apply().backward(seed)
    else:

        def unit():
            with torch.no_grad():
                apply()

    pace(unit)


class Generator(object if NUMPY_ONLY else nn.Module):
    def __init__(self):
        super().__init__()
        channels = [512, 256, 128, 64, 1]
        self.linear = nn.Linear(50, 8192)
        self.norms = nn.ModuleList([nn.BatchNorm2d(c, eps=2e-5) for c in channels[:4]])
        self.layers = nn.ModuleList(
            [nn.ConvTranspose2d(channels[i], channels[i + 1], 4, 2, 1, bias=i == 3) for i in range(4)]
        )

    def forward(self, z):
        x = self.linear(z).view(-1, 512, 4, 4)
        for norm, up in zip(self.norms, self.layers):
            x = up(F.relu(norm(x), inplace=True))
        return torch.tanh(x)


class Discriminator(object if NUMPY_ONLY else nn.Module):
    def __init__(self):
        super().__init__()
        channels = [1, 32, 64, 128, 256]
        self.layers = nn.ModuleList(
            [nn.Conv2d(channels[i], channels[i + 1], 3 if i == 0 else 4, 2, 1, bias=False) for i in range(4)]
        )
        self.norms = nn.ModuleList([nn.BatchNorm2d(c, eps=2e-5) for c in channels[1:]])
        self.linear = nn.Linear(256 * 16, 1)

    def forward(self, x):
        x = x + 0.15 * torch.randn_like(x)
        for norm, down in zip(self.norms, self.layers):
            x = F.elu(norm(down(x)), inplace=True)
        return self.linear(x.flatten(1))


def gan_step():
    g, d = on_device(Generator()), on_device(Discriminator())
    of_g = torch.optim.Adam(g.parameters(), 1e-4, (0.5, 0.999))
    of_d = torch.optim.Adam(d.parameters(), 1e-4, (0.5, 0.999))
    real = torch.rand(64, 1, 64, 64) * 1.8 - 0.9
    average = [p.detach().clone() for p in g.parameters()]

    def unit():
        fake = g(F.normalize(torch.rand(64, 50) * 2 - 1))
        loss = F.softplus(-d(real)).mean() + F.softplus(d(fake.detach())).mean()
        of_d.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(d.parameters(), 10)
        of_d.step()
        for p in d.parameters():
            p.requires_grad_(False)
        loss = F.softplus(-d(fake)).mean()
        of_g.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(g.parameters(), 10)
        of_g.step()
        for p in d.parameters():
            p.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(average, list(g.parameters()), 0.001)

    pace(unit)


class AlexNet(object if NUMPY_ONLY else nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [(1, 96, 5), (96, 256, 5), (256, 384, 3), (384, 384, 3), (384, 256, 3)]
        self.convolutions = nn.ModuleList([nn.Conv2d(*size) for size in sizes])
        self.full = nn.ModuleList([nn.Linear(2304, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 36)])

    def pool(self, x):
        return F.max_pool2d(x, 3, 2, ceil_mode=True)

    def norm(self, x):
        # Chainer multiplies each squared neighbour by alpha, torch divides by the size of the window.
        return F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)

    def features(self, x):
        first = self.convolutions[0](x)
        return {"conv1": first, "conv2": self.convolutions[1](self.pool(self.norm(F.relu(first))))}

    def forward(self, x):
        x = self.pool(self.norm(F.relu(self.features(x)["conv2"])))
        for layer in self.convolutions[2:]:
            x = F.relu(layer(x))
        x = self.pool(x).flatten(1)
        for layer in self.full[:2]:
            x = F.dropout(F.relu(layer(x)), 0.5)
        return self.full[2](x)


def alexnet_step():
    net = on_device(AlexNet())
    optimiser = torch.optim.SGD(net.parameters(), 0.001, 0.4)
    images, labels = torch.rand(128, 1, 64, 64) * 1.8 - 0.9, torch.arange(128) % 36

    def unit():
        optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(net(images), labels).backward()
        optimiser.step()

    pace(unit)


def decoder_step(members):
    g, net = on_device(Generator().eval()), on_device(AlexNet())
    for p in [*g.parameters(), *net.parameters()]:
        p.requires_grad_(False)
    weight = (torch.randn(members, 1000, 50) * 0.04).requires_grad_()
    bias = torch.zeros(members, 1, 50, requires_grad=True)
    optimiser = torch.optim.Adam([{"params": [weight], "weight_decay": 0.01}, {"params": [bias]}], 1e-3)
    rows, targets = torch.randn(64, 1000), torch.rand(64, 1, 64, 64) * 1.8 - 0.9
    shrink = lambda x: F.interpolate(x, size=(57, 57), mode="bilinear", align_corners=True)
    cached = {"conv1": [], "conv2": []}
    for image in targets.split(16):
        for name, values in net.features(image).items():
            cached[name].append(values)
    cached = {name: torch.cat(values) for name, values in cached.items()}
    signed = [("conv1", 1), ("conv1", -1), ("conv2", 1)]

    def unit():
        idx = torch.randint(64, (members * 3,))
        z = rows[idx].view(members, 3, 1000) @ weight + bias
        image = g(F.normalize(z.flatten(0, 1)))
        found = net.features(image)
        loss = 10 * (shrink(image) - shrink(targets[idx])).square().flatten(1).mean(1)
        for name, sign in signed:
            target, ours = sign * cached[name][idx], sign * found[name]
            mask = (target > 1).float()
            presence = F.binary_cross_entropy_with_logits(3 * (ours - 1), mask, reduction="none")
            squares = ((target - ours) * mask).square().flatten(1).sum(1)
            loss = loss + 50 * presence.flatten(1).mean(1) + squares / mask.flatten(1).sum(1).clamp(min=1)
        optimiser.zero_grad(set_to_none=True)
        (loss.sum() / 3).backward()
        optimiser.step()

    pace(unit)


def low_rank_hyperalignment(subjects):
    """Three levels by N × N matrices: the quickest form that we know in NumPy."""

    def zscore(a):
        a = a - a.mean(0)
        deviation = a.std(0)
        return a / np.where(deviation > 0, deviation, 1)

    def gram(a):
        centred = a - a.mean(0)
        k = centred @ centred.T
        values, vectors = np.linalg.eigh(k)
        keep = values > 4 * len(k) * np.finfo(float).eps * values[-1]
        return centred, a.mean(0), np.sqrt(values[keep]), vectors[:, keep]

    sources = [gram(subject)[2:] for subject in subjects]

    def fit(source, target, lift):
        (s, u), (centred, mean, sc, uc) = source, target
        p, singular, qt = np.linalg.svd((sc[:, None] * uc.T) @ (u * s), full_matrices=False)
        scale = singular.sum() / (s**2).sum()
        z = scale * (u * s) @ qt.T @ p.T
        return (z / sc) @ (uc.T @ centred) + mean if lift else z

    common = zscore(subjects[0])
    aligned = [subjects[0]]
    for source in sources[1:]:
        aligned.append(zscore(fit(source, gram(common), True)))
        common = zscore((common + aligned[-1]) / 2)
    common, n = np.mean(aligned, 0), len(aligned)
    aligned = [zscore(fit(source, gram(zscore((n * common - a) / (n - 1))), True)) for source, a in zip(sources, aligned)]
    target = gram(zscore(np.mean(aligned, 0)))
    return [fit(source, target, False) for source in sources]


def alignment():
    n, voxels = (300, [4000, 3600, 3200]) if QUICK else (1750, [26000, 25200, 24100])
    rng = np.random.default_rng(1)
    if NAME == "hyperalignment":
        subjects = [rng.standard_normal((n, v)) for v in voxels]
        pace(lambda: low_rank_hyperalignment(subjects))
        return
    x = rng.standard_normal((n, voxels[0]))

    def pca():
        centred = x - x.mean(0)
        values, vectors = np.linalg.eigh(centred @ centred.T)
        values, vectors = values[::-1], vectors[:, ::-1]
        k = np.searchsorted(np.cumsum(values) / values.sum(), 0.9 - 1e-12) + 1
        return centred.T @ (vectors[:, :k] / np.sqrt(values[:k]))

    pace(pca)


def loading():
    """Containers by h5py, SciPy and NumPy; pictures by Pillow, as many threads as we have."""
    folder = os.environ["LAB_BENCH_FILES"]
    if NAME == "load-mat73":
        import h5py

        def read():
            with h5py.File(f"{folder}/v73.mat") as file:
                return file["data"][:]

        pace(read)
    elif NAME == "load-mat5":
        import scipy.io

        pace(lambda: scipy.io.loadmat(f"{folder}/v5.mat")["data"])
    elif NAME == "load-npy":
        pace(lambda: np.load(f"{folder}/array.npy"))
    else:
        from concurrent.futures import ThreadPoolExecutor

        from PIL import Image

        def picture(name):
            image = Image.open(f"{folder}/pictures/{name}").convert("L")
            return np.asarray(image.resize((64, 64), Image.Resampling.BOX))

        def pack():
            names = sorted(os.listdir(f"{folder}/pictures"))
            with ThreadPoolExecutor(int(THREADS)) as pool:
                np.save(f"{folder}/pillow.npy", np.stack(list(pool.map(picture, names))))

        pace(pack)


if NAME == "versions":
    card = f" on {torch.cuda.get_device_name()} with cuDNN {torch.backends.cudnn.version()}" if ON_CARD else ""
    print(f"torch {torch.__version__}{card}, numpy {np.__version__}, Python {sys.version.split()[0]}")
elif ALIGNMENT:
    alignment()
elif LOADING:
    loading()
elif NAME == "gemm":
    gemm()
elif NAME == "gan-step":
    gan_step()
elif NAME == "alexnet-step":
    alexnet_step()
elif NAME.startswith("decoder-step-"):
    decoder_step(int(NAME.rsplit("-", 1)[1]))
elif NAME.startswith("layer."):
    name, form = NAME.removeprefix("layer.").rsplit(".", 1)
    layer(name, form == "both")
else:
    sys.exit(f"no piece of work is called '{NAME}'")

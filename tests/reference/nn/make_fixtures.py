"""Writes fixtures.safetensors: values and gradients of each operation of lab_core::nn, by PyTorch.

    python3 make_fixtures.py

Made with Python 3.11.7, torch 2.15.0+cu132 and numpy 2.4.6 (the file's metadata repeat the versions that made it).
Inputs are float32 numbers; everything is computed in float64 and stored as float32, so that the fixtures' own error is
half a unit in the last place.
For an operation `y = f(inputs)` and a cotangent g the file holds the inputs, `y`, `g` and `d.<input>`, the gradient of
sum(y·g), under `<case>.`.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from storage import write

generator = torch.Generator().manual_seed(20240607)
store: dict[str, np.ndarray] = {}


def normal(*shape, scale=1.0, shift=0.0):
    """float32 normal numbers, as float64."""
    return (torch.randn(shape, generator=generator) * scale + shift).double()


def case(name, function, **inputs):
    """Stores one operation: inputs, value, cotangent and gradients."""
    inputs = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    y = function(**inputs)
    g = normal(*y.shape)
    (y * g).sum().backward()
    for key, value in {**inputs, "y": y, "g": g}.items():
        store[f"{name}.{key}"] = value.detach().numpy()
    for key, value in inputs.items():
        store[f"{name}.d.{key}"] = value.grad.numpy()


def convolutions():
    # name, transposed, batch, c_in, c_out, k, stride, padding, height, width
    for name, transposed, b, ci, co, k, s, p, h, w in [
        ("conv_unequal", False, 5, 3, 4, 3, 2, 1, 15, 14),
        ("conv_5x5", False, 3, 6, 7, 5, 1, 2, 8, 8),
        ("conv_one_channel", False, 4, 1, 8, 3, 1, 1, 9, 12),
        ("conv_batch_1", False, 1, 2, 3, 4, 2, 1, 9, 7),
        ("conv_stride_3", False, 2, 2, 3, 3, 3, 0, 11, 10),
        ("conv_1x1", False, 2, 3, 2, 1, 1, 0, 5, 4),
        ("conv_groups", False, 18, 4, 6, 4, 2, 1, 8, 8),
        ("deconv_4x4", True, 5, 6, 4, 4, 2, 1, 4, 4),
        ("deconv_odd", True, 3, 4, 2, 3, 2, 1, 5, 3),
        ("deconv_to_one", True, 1, 8, 1, 4, 2, 1, 8, 8),
        ("deconv_unpadded", True, 2, 5, 3, 4, 2, 0, 2, 2),
        ("deconv_groups", True, 35, 3, 5, 4, 2, 1, 4, 4),
    ]:
        kernel = normal(ci, co, k, k) if transposed else normal(co, ci, k, k)
        function = F.conv_transpose2d if transposed else F.conv2d

        def run(x, kernel, bias, function=function, s=s, p=p):
            return function(x, kernel, bias, stride=s, padding=p)

        case(name, run, x=normal(b, ci, h, w), kernel=kernel, bias=normal(co))


ACTS = {"identity": lambda z: z, "relu": F.relu, "elu": F.elu}


def normalisations():
    for shape_name, shape in [("4d", (5, 7, 6, 5)), ("short", (9, 5, 3, 2)), ("2d", (6, 9)), ("one", (1, 1, 5, 3))]:
        for act_name, act in ACTS.items():

            def norm(x, scale, shift, act=act):
                return act(F.batch_norm(x, None, None, scale, shift, True, 0.1, 1e-5))

            def affine(x, scale, shift, act=act):
                dims = [1, -1] + [1] * (x.dim() - 2)
                return act(x * scale.view(dims) + shift.view(dims))

            c = shape[1]
            inputs = dict(x=normal(*shape, scale=2, shift=1), scale=normal(c, scale=0.3, shift=1), shift=normal(c))
            case(f"norm_{shape_name}_{act_name}", norm, **inputs)
            case(f"affine_{shape_name}_{act_name}", affine, **inputs)
            others = [axis for axis in range(len(shape)) if axis != 1]
            x = inputs["x"]
            store[f"norm_{shape_name}_{act_name}.mean"] = x.mean(others).numpy()
            store[f"norm_{shape_name}_{act_name}.variance"] = x.var(others, unbiased=False).numpy()


def pools():
    for name, k, s, up, shape in [
        ("pool_3_2_down", 3, 2, False, (2, 3, 9, 8)),
        ("pool_3_2_up", 3, 2, True, (2, 3, 9, 8)),
        ("pool_2_2_up", 2, 2, True, (1, 1, 7, 10)),
        ("pool_2_3_up", 2, 3, True, (1, 2, 6, 7)),
    ]:
        # Rounded numbers make equal maxima, of which the first must win.
        x = (normal(*shape) * 2).round()
        case(name, lambda x, k=k, s=s, up=up: F.max_pool2d(x, k, s, ceil_mode=up), x=x)


def responses():
    for name, n, k, alpha, beta in [("response_paper", 5, 2.0, 1e-4, 0.75), ("response_strong", 3, 1.0, 0.5, 0.6)]:
        # PyTorch divides alpha by n.
        case(name, lambda x, n=n, k=k, a=alpha, b=beta: F.local_response_norm(x, n, a * n, b, k), x=normal(2, 7, 3, 5, scale=3))


def area_matrix(n_in, n_out):
    """Share of each input point in each output's stretch."""
    edges = np.arange(n_out + 1) * n_in / n_out
    starts = np.arange(n_in)
    overlap = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    return torch.from_numpy(np.maximum(overlap, 0) * n_out / n_in)


def resizes():
    for name, size in [("down", (8, 6)), ("up", (13, 7)), ("point", (1, 4)), ("thin", (2, 2))]:

        def bilinear(x, size=size):
            return F.interpolate(x, size, mode="bilinear", align_corners=True)

        def area(x, size=size):
            return area_matrix(x.shape[2], size[0]) @ x @ area_matrix(x.shape[3], size[1]).T

        x = normal(2, 3, 9, 7)
        case(f"bilinear_{name}", bilinear, x=x)
        case(f"area_{name}", area, x=x)


def elementwise():
    x = torch.cat([normal(40, scale=4), torch.tensor([-100.0, -30.0, -1e-3, 0.0, 1e-3, 30.0, 100.0]).double()])
    case("softplus", lambda x: F.softplus(x, threshold=1e9), x=x)
    case("sigmoid", torch.sigmoid, x=x)
    case("linear", lambda x, weight, bias: x @ weight + bias, x=normal(5, 11), weight=normal(11, 6), bias=normal(6))
    case("unit_norm", lambda x: x / (x.norm(dim=-1, keepdim=True) + 1e-8), x=normal(4, 13))
    labels = torch.tensor([0, 6, 3, 3, 1])
    store["cross_entropy.labels"] = labels.numpy().astype(np.uint32)
    case("cross_entropy", lambda x: F.cross_entropy(x, labels), x=normal(5, 7, scale=5))


def optimisers():
    """Five steps with clipping, then decay of the first parameter alone: PyTorch too adds decay inside the step."""
    start = {"a": normal(3, 4), "b": normal(5)}
    gradients = [{key: normal(*value.shape, scale=scale) for key, value in start.items()} for scale in [0.1, 3, 1, 0.01, 2]]
    for key, value in start.items():
        store[f"optim.{key}"] = value.numpy()
    for i, step in enumerate(gradients):
        for key, value in step.items():
            store[f"optim.g{i}.{key}"] = value.numpy()
    for name, make in [
        ("adam", lambda groups: torch.optim.Adam(groups, lr=0.05, betas=(0.5, 0.999), eps=1e-8)),
        ("sgd", lambda groups: torch.optim.SGD(groups, lr=0.05, momentum=0.4)),
    ]:
        weights = {key: value.clone().requires_grad_() for key, value in start.items()}
        optimiser = make([{"params": [weights["a"]], "weight_decay": 0.1}, {"params": [weights["b"]]}])
        for i, step in enumerate(gradients):
            for key, value in step.items():
                weights[key].grad = value.clone()
            norm = torch.nn.utils.clip_grad_norm_(weights.values(), 2.0)
            optimiser.step()
            store[f"{name}.norm{i}"] = norm.reshape(1).numpy()
            for key, value in weights.items():
                store[f"{name}.w{i}.{key}"] = value.detach().numpy().copy()


def same_size():
    """3 × 3 kernels that keep the side, wide enough for the transformed form; sides that tiles of 4 × 4 cover, and not."""
    for name, b, ci, co, h, w in [("conv_same", 3, 24, 18, 8, 16), ("conv_same_uneven", 2, 17, 20, 9, 14)]:
        inputs = dict(x=normal(b, ci, h, w), kernel=normal(co, ci, 3, 3), bias=normal(co))
        case(name, lambda x, kernel, bias: F.conv2d(x, kernel, bias, padding=1), **inputs)


def rectified():
    for name, b, ci, co, stride in [("conv_rectified", 2, 16, 18, 1), ("conv_halved_rectified", 2, 3, 5, 2)]:
        inputs = dict(x=normal(b, ci, 9, 10), kernel=normal(co, ci, 3, 3), bias=normal(co))
        case(name, lambda x, kernel, bias, s=stride: F.relu(F.conv2d(x, kernel, bias, stride=s, padding=1)), **inputs)
    case("add_relu", lambda a, b: F.relu(a + b), a=normal(3, 7, 2), b=normal(3, 7, 2))


def groups():
    for shape_name, shape, n in [("4d", (3, 6, 5, 7), 2), ("one", (2, 4, 3, 3), 4), ("2d", (5, 12), 3)]:
        for act_name, act in ACTS.items():
            inputs = dict(x=normal(*shape, scale=2, shift=1), scale=normal(shape[1], scale=0.3, shift=1), shift=normal(shape[1]))
            case(
                f"groups_{shape_name}_{act_name}",
                lambda x, scale, shift, n=n, act=act: act(F.group_norm(x, n, scale, shift, 1e-5)),
                **inputs,
            )


def repeats():
    for factor in [2, 3]:
        case(f"repeat_{factor}", lambda x, f=factor: F.interpolate(x, scale_factor=f, mode="nearest"), x=normal(2, 3, 4, 5))


def same_size_of_five():
    """The same of 5 × 5 kernels."""
    for name, b, ci, co, h, w in [("conv_five", 2, 17, 13, 8, 12), ("conv_five_uneven", 2, 14, 15, 9, 7)]:
        inputs = dict(x=normal(b, ci, h, w), kernel=normal(co, ci, 5, 5), bias=normal(co))
        case(name, lambda x, kernel, bias: F.conv2d(x, kernel, bias, padding=2), **inputs)


def small_images():
    """Images no larger than their kernel, in batches large enough for products with one matrix."""
    inputs = dict(x=normal(18, 6, 4, 4), kernel=normal(5, 6, 4, 4), bias=normal(5))
    case("conv_small", lambda x, kernel, bias: F.conv2d(x, kernel, bias, stride=2, padding=1), **inputs)
    inputs = dict(x=normal(18, 5, 2, 2), kernel=normal(5, 6, 4, 4), bias=normal(6))
    case("deconv_small", lambda x, kernel, bias: F.conv_transpose2d(x, kernel, bias, stride=2, padding=1), **inputs)


def bounded():
    x = torch.cat([normal(40, scale=2), torch.tensor([-100.0, -0.35, -1e-3, 0.0, 1e-3, 0.35, 100.0]).double()])
    case("tanh", torch.tanh, x=x)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = [convolutions, normalisations, pools, responses, resizes, elementwise, optimisers]
    # What came later stands last, so that the numbers before it stay the same.
    for part in [*parts, same_size, groups, repeats, rectified, same_size_of_five, bounded, small_images]:
        part()
    write(Path(__file__).with_name("fixtures.safetensors"), store)

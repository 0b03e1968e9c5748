"""Writes r3gan.safetensors: both networks, their losses, penalties and gradients, by PyTorch.

    python3 make.py

Made with Python 3.11.7, torch 2.15.0+cu132 and numpy 2.4.6 (the file's metadata repeat the versions that made it).
Inputs are float32 numbers; everything is computed in float64 and stored as float32.

Names: g/ and d/ weights; block.* one residual block; generator.* images and gradients; difference.* the losses with finite
differences of given noise; exact.* the penalties by a gradient of a gradient, of the discriminator and of a smooth network, and the latter's gradients.
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from storage import write

rng = torch.Generator().manual_seed(20250109)
N_LATENTS, CHANNELS, START, N_STAGES, BATCH = 6, 16, 4, 2, 4
SIZE, LAST = START * 2**N_STAGES, N_STAGES - 1


def normal(*shape, scale=1.0):
    return (torch.randn(shape, generator=rng) * scale).double()


def block_weights(name):
    c = CHANNELS
    return {
        f"{name}.first.kernel": normal(c, c, 1, 1, scale=0.35),
        f"{name}.first.bias": normal(c, scale=0.2),
        f"{name}.middle.kernel": normal(c, c, 3, 3, scale=0.12),
        f"{name}.middle.bias": normal(c, scale=0.2),
        f"{name}.last.kernel": normal(c, c, 1, 1, scale=0.3),
    }


def block(w, name, x):
    act = lambda h: F.leaky_relu(h, 0.2)
    h = act(F.conv2d(x, w[f"{name}.first.kernel"], w[f"{name}.first.bias"]))
    h = act(F.conv2d(h, w[f"{name}.middle.kernel"], w[f"{name}.middle.bias"], padding=1))
    return x + F.conv2d(h, w[f"{name}.last.kernel"])


def generator_weights():
    w = {
        "linear.weight": normal(N_LATENTS, CHANNELS * START**2, scale=0.4),
        "linear.bias": normal(CHANNELS * START**2, scale=0.1),
    }
    for stage in range(N_STAGES):
        n_out = 1 if stage == LAST else CHANNELS
        w |= block_weights(f"stage-{stage}.block-0") if stage < LAST else {}
        w |= {f"stage-{stage}.up.kernel": normal(CHANNELS, n_out, 4, 4, scale=0.15), f"stage-{stage}.up.bias": normal(n_out, scale=0.1)}
    return w


def stage_of(w, stage, h):
    return F.leaky_relu(h, 0.2) if stage == LAST else block(w, f"stage-{stage}.block-0", h)


def generate(w, z):
    h = (N_LATENTS**0.5 * z @ w["linear.weight"] + w["linear.bias"]).view(-1, CHANNELS, START, START)
    for stage in range(N_STAGES):
        h = stage_of(w, stage, h)
        h = F.conv_transpose2d(h, w[f"stage-{stage}.up.kernel"], w[f"stage-{stage}.up.bias"], stride=2, padding=1)
    return torch.tanh(h)


def discriminator_weights():
    n_last = CHANNELS * START**2
    w = {"linear.weight": normal(n_last, 1, scale=n_last**-0.5), "linear.bias": normal(1, scale=0.1)}
    for stage in range(N_STAGES):
        w[f"stage-{stage}.down.kernel"] = normal(CHANNELS, 1 if stage == LAST else CHANNELS, 4, 4, scale=0.15)
        w[f"stage-{stage}.down.bias"] = normal(CHANNELS, scale=0.1)
        w |= block_weights(f"stage-{stage}.block-0") if stage < LAST else {}
    return w


def features_of(w, x):
    for stage in reversed(range(N_STAGES)):
        x = F.conv2d(x, w[f"stage-{stage}.down.kernel"], w[f"stage-{stage}.down.bias"], stride=2, padding=1)
        x = stage_of(w, stage, x)
    return x.flatten(1)


def judge(w, x):
    return features_of(w, x) @ w["linear.weight"] + w["linear.bias"]


def judge_smoothly(w, x):
    """Without kinks: the gradient of a gradient is then all there is to the gradient of the penalty."""
    for layer in ["first", "second"]:
        x = torch.tanh(F.conv2d(x, w[f"{layer}.kernel"], stride=2, padding=1))
    return x.flatten(1) @ w["linear.weight"]


def tracked(weights):
    return {name: value.clone().requires_grad_() for name, value in weights.items()}


def gradients(loss, w):
    return dict(zip(w, torch.autograd.grad(loss, list(w.values()), retain_graph=True)))


def main():
    store = {}
    w = tracked(block_weights("b"))
    x, weigh = normal(2, CHANNELS, 5, 5).requires_grad_(), normal(2, CHANNELS, 5, 5)
    y = block(w, "b", x)
    loss = (y * weigh).sum()
    store |= {f"block/{name}": value for name, value in w.items()}
    store |= {"block.x": x, "block.weigh": weigh, "block.y": y, "block.d.x": torch.autograd.grad(loss, x, retain_graph=True)[0]}
    store |= {f"block.d.{name}": value for name, value in gradients(loss, w).items()}

    w = tracked(generator_weights())
    z, weigh = F.normalize(normal(BATCH, N_LATENTS)).requires_grad_(), normal(BATCH, 1, SIZE, SIZE)
    images = generate(w, z)
    loss = (images * weigh).sum()
    store |= {f"g/{name}": value for name, value in w.items()}
    store |= {"z": z, "weigh": weigh, "generator.images": images}
    store["generator.d.z"] = torch.autograd.grad(loss, z, retain_graph=True)[0]
    store |= {f"generator.d.{name}": value for name, value in gradients(loss, w).items()}

    w = tracked(discriminator_weights())
    real = (torch.rand(BATCH, 1, SIZE, SIZE, generator=rng) * 1.8 - 0.9).double().requires_grad_()
    fake = generate(generator_weights(), F.normalize(normal(BATCH, N_LATENTS))).detach().requires_grad_()
    of_real, of_fake = judge(w, real), judge(w, fake)
    store |= {f"d/{name}": value for name, value in w.items()}
    store |= {"real": real, "fake": fake, "of_real": of_real, "of_fake": of_fake}

    # The relativistic pairing as a binary cross-entropy of the difference.
    bce = F.binary_cross_entropy_with_logits
    one = torch.ones_like(of_real)
    pairing, fooling = bce(of_real - of_fake, one), bce(of_fake - of_real, one)
    store |= {"pairing": pairing.reshape(1), "fooling": fooling.reshape(1)}
    store["fooling.d.fake"] = torch.autograd.grad(fooling, fake, retain_graph=True)[0]

    f_real, f_fake = features_of(w, real).detach(), features_of(w, fake)
    matching = ((f_fake.mean(0) - f_real.mean(0)) ** 2 / (f_real.var(0, unbiased=False) + 1e-5)).mean()
    store["matching"] = matching.reshape(1)
    store["matching.d.fake"] = torch.autograd.grad(matching, fake, retain_graph=True)[0]

    step, gamma = 0.05, 2.0
    noise = normal(2 * BATCH, 1, SIZE, SIZE, scale=step)
    store["noise"] = noise
    images = torch.cat([real, fake])
    for form in ["one_sided", "central"]:
        behind = images if form == "one_sided" else images - noise
        width = step if form == "one_sided" else 2 * step
        squares = ((judge(w, images + noise) - judge(w, behind)) / width) ** 2
        on_real, on_fake = squares[:BATCH].mean(), squares[BATCH:].mean()
        total = pairing + gamma / 2 * (on_real + on_fake)
        store |= {f"difference.{form}.real": on_real.reshape(1), f"difference.{form}.fake": on_fake.reshape(1)}
        store[f"difference.{form}.total"] = total.reshape(1)
        store |= {f"difference.{form}.d.{name}": value for name, value in gradients(total, w).items() if name != "linear.bias"}

    def exact(judge, w, prefix):
        """Mean squared norms of the gradients to the images, and the gradients of their sum."""
        slopes = [torch.autograd.grad(judge(w, at).sum(), at, create_graph=True)[0] for at in [real, fake]]
        penalties = [(slope**2).flatten(1).sum(1).mean() for slope in slopes]
        for penalty, which in zip(penalties, ["real", "fake"]):
            store[f"{prefix}.{which}"] = penalty.reshape(1)
        return penalties

    exact(judge, w, "exact.kinked")
    w = tracked({
        "first.kernel": normal(CHANNELS, 1, 4, 4, scale=0.25),
        "second.kernel": normal(CHANNELS, CHANNELS, 4, 4, scale=0.1),
        "linear.weight": normal(CHANNELS * 16, 1, scale=0.1),
    })
    store |= {f"smooth/{name}": value for name, value in w.items()}
    penalties = exact(judge_smoothly, w, "exact.smooth")
    store |= {f"exact.smooth.d.{name}": value for name, value in gradients(sum(penalties), w).items()}
    write(Path(__file__).with_name("r3gan.safetensors"), store)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()

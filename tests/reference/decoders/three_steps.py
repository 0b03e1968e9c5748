"""Three Adam steps of two members of each dense decoder through a small fixed generator.

Written with Python 3, PyTorch 2.15.0, NumPy; writes three_steps.json beside itself.
Float64 throughout, rounded on writing, so that only the tested program's own rounding shows.
"""

import json
import pathlib

import torch

torch.manual_seed(20180712)
torch.set_default_dtype(torch.float64)

N_MEMBERS, N_SAMPLES, N_FEATURES, N_LATENTS, SIDE, BATCH, N_HIDDEN = 2, 10, 7, 4, 5, 3, 6
GOLDEN_RATIO = (1 + 5**0.5) / 2
LEARNING_RATE, L2, FLOOR = 0.05, 0.01, 0.02

features = 3.0 * torch.randn(N_SAMPLES, N_FEATURES)
generator = torch.randn(N_LATENTS, SIDE * SIDE)
targets = torch.tanh(torch.randn(N_SAMPLES, SIDE * SIDE))
target_idx = torch.randperm(N_SAMPLES)
rows = torch.stack(
    [torch.stack([torch.randperm(N_SAMPLES)[:BATCH] for _ in range(N_MEMBERS)]) for _ in range(3)]
)
scale = 1 / features.pow(2).mean().sqrt()


def sphere(z):
    return z / (z.norm(dim=-1, keepdim=True) + 1e-8)


def halfway(step, n_steps):
    done = step / n_steps
    return 1.0 if done < 0.5 else max(FLOOR, 2 * (1 - done))


def train(sizes, activation):
    weights = [torch.randn(N_MEMBERS, i, o) * (2 / i) ** 0.5 for i, o in sizes]
    biases = [0.1 * torch.randn(N_MEMBERS, 1, o) for _, o in sizes]
    start = [(w.clone(), b.clone()) for w, b in zip(weights, biases)]
    for value in weights + biases:
        value.requires_grad_()
    groups = [dict(params=weights, weight_decay=L2), dict(params=biases, weight_decay=0.0)]
    adam = torch.optim.Adam(groups, LEARNING_RATE)
    losses = []
    for step, of_step in enumerate(rows):
        for group in adam.param_groups:
            group["lr"] = LEARNING_RATE * halfway(step, 3)
        hidden = scale * features[of_step]
        for weight, bias in zip(weights, biases):
            hidden = activation(torch.baddbmm(bias.expand(-1, BATCH, -1), hidden, weight))
        images = torch.tanh(sphere(hidden) @ generator)
        squared = (images - targets[target_idx[of_step]]).pow(2).mean(-1)
        of_member = 10 * squared.mean(1)
        losses.append(of_member.tolist())
        adam.zero_grad()
        of_member.sum().backward()
        adam.step()
    flat = lambda pairs: [{"weight": w.detach().tolist(), "bias": b.detach().tolist()} for w, b in pairs]
    return {"start": flat(start), "end": flat(zip(weights, biases)), "losses": losses}


def rounded(value):
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, 9) if isinstance(value, float) else value


fixture = {
    "features": features.tolist(),
    "generator": generator.tolist(),
    "targets": targets.reshape(N_SAMPLES, 1, SIDE, SIDE).tolist(),
    "target_idx": target_idx.tolist(),
    "rows": rows.tolist(),
    "learning_rate": LEARNING_RATE,
    "l2": L2,
    "floor": FLOOR,
    "scale": scale.item(),
    "linear": train([(N_FEATURES, N_LATENTS)], lambda h: h),
    "mlp": train(
        [(N_FEATURES, N_HIDDEN), (N_HIDDEN, N_LATENTS)], lambda h: GOLDEN_RATIO * torch.tanh(h)
    ),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(rounded(fixture), separators=(",", ":")) + "\n")

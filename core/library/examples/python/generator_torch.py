"""A convolutional generator in PyTorch; autograd makes its gradient.

FILE, if one is given, is what `torch.save(net.state_dict(), FILE)` wrote; without it the weights are drawn from the seed.
"""

import torch
from torch import nn

LATENT, WIDTH, SIZE = 16, 32, 32


class Generator(nn.Module):
    facts = {
        "latents": {"n_latents": LATENT, "prior": "Normal", "constraint": "UnitSphere"},
        "image": {"channels": 1, "height": SIZE, "width": SIZE},
    }

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(LATENT, WIDTH * 16),
            nn.Unflatten(1, (WIDTH, 4, 4)),
            nn.SiLU(),
            nn.ConvTranspose2d(WIDTH, WIDTH // 2, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.ConvTranspose2d(WIDTH // 2, WIDTH // 4, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.ConvTranspose2d(WIDTH // 4, 1, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        for layer in self.net:
            if hasattr(layer, "weight"):
                # A number of a transposed convolution sums over a quarter of the 4x4 kernel; a latent has norm 1.
                n_summed = layer.weight.shape[0] * 4 if layer.weight.dim() == 4 else 1
                nn.init.normal_(layer.weight, std=(2 / n_summed) ** 0.5)
                nn.init.zeros_(layer.bias)

    def forward(self, z):
        return self.net(z)


def model(files, seed, options):
    torch.manual_seed(seed)
    net = Generator()
    if files:
        # weights_only: a file of tensors, from which no code is run.
        net.load_state_dict(torch.load(files[0], weights_only=True))
    return net.eval()

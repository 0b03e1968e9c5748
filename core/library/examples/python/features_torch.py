"""A feature network of two convolutions in PyTorch, with weights drawn from the seed."""

import torch
from torch import nn


class Features(nn.Module):
    facts = {
        "layers": ["conv1", "conv2"],
        "image": {"channels": 1, "height": 32, "width": 32},
        "range": {"low": -1.0, "high": 1.0},
    }

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, stride=2, padding=2)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)

    def forward(self, images, layer_idx):
        """Activations of the layers asked for, before the non-linearity."""
        first = self.conv1(images)
        layers = [first, self.conv2(torch.relu(first))]
        return [layers[i] for i in layer_idx.tolist()]


def model(files, seed, options):
    torch.manual_seed(seed)
    return Features().eval()

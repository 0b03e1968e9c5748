"""A loss term in NumPy: the mean over pixels of a rounded absolute difference, one value for each image.

    loss = mean_i ( sqrt((reconstruction_i - target_i)^2 + EPS^2) - EPS )
"""

import numpy as np

EPS = 0.1


class RoundedDifference:
    facts = {"layers": []}

    def forward(self, target, reconstruction):
        difference = (reconstruction - target).reshape(len(target), -1).astype(np.float64)
        return np.mean(np.sqrt(difference**2 + EPS**2) - EPS, axis=1)

    def vjp(self, inputs, grads, wanted):
        target, reconstruction = inputs
        if grads[0] is None:
            return {}
        difference = (reconstruction - target).astype(np.float64)
        slope = difference / np.sqrt(difference**2 + EPS**2) / difference[0].size
        d_reconstruction = slope * grads[0].reshape(-1, 1, 1, 1)
        return {index: {0: -d_reconstruction, 1: d_reconstruction}[index] for index in wanted}


def model(files, seed, options):
    return RoundedDifference()

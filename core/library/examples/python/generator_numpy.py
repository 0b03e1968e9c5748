"""A generator in NumPy, with its own gradient.

    h = tanh(A z + a)        image = tanh(B h + b)
    dz = A' ((1 - h*h) . B' ((1 - image*image) . g))

FILE, if one is given, is an .npz with A, a, B, b; without it they are drawn from the seed.
"""

import numpy as np

LATENT, HIDDEN, SIZE = 8, 64, 32


class TwoLayer:
    facts = {
        "latents": {"n_latents": LATENT, "prior": "Normal", "constraint": "None"},
        "image": {"channels": 1, "height": SIZE, "width": SIZE},
    }

    def __init__(self, A, a, B, b):
        self.A, self.a, self.B, self.b = (np.asarray(value, np.float64) for value in (A, a, B, b))

    def layers(self, z):
        h = np.tanh(z.astype(np.float64) @ self.A.T + self.a)
        return h, np.tanh(h @ self.B.T + self.b)

    def forward(self, z):
        return self.layers(z)[1].reshape(-1, 1, SIZE, SIZE)

    def vjp(self, inputs, grads, wanted):
        if grads[0] is None:
            return {}
        h, image = self.layers(inputs[0])
        before_image = (1 - image**2) * grads[0].reshape(image.shape)
        before_h = (1 - h**2) * (before_image @ self.B)
        return {0: before_h @ self.A}


def model(files, seed, options):
    if files:
        return TwoLayer(**np.load(files[0], allow_pickle=False))
    draws = np.random.default_rng(seed)
    return TwoLayer(
        A=draws.normal(0, LATENT**-0.5, (HIDDEN, LATENT)),
        a=np.zeros(HIDDEN),
        B=draws.normal(0, HIDDEN**-0.5, (SIZE * SIZE, HIDDEN)),
        b=np.zeros(SIZE * SIZE),
    )

"""A picture, squares of it, and what Pillow makes of them, for the crops of lab-datasets' folder.

Written with Python 3.11, numpy 2.4, Pillow 13.0; run in this folder: python3 make_crops.py
Grey is 0.299 R + 0.587 G + 0.114 B in floating point, scaled to [-1, 1]; a square is cut out of it and brought to 24 x 24 by
Pillow's box filter.
"""
import numpy as np
from PIL import Image

SIZE = 24
HEIGHT, WIDTH = 150, 210
rng = np.random.default_rng(17)
y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
colours = [
    128 + 60 * np.sin(x / a + y / b) + 40 * np.cos(x * y / c) + rng.normal(0, 12, (HEIGHT, WIDTH))
    for a, b, c in [(9, 21, 900), (17, 7, 1500), (31, 12, 2500)]
]
picture = np.clip(np.stack(colours, -1), 0, 255).round().astype(np.uint8)
Image.fromarray(picture).save("crops.png", optimize=True)

grey = (picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)) / 127.5 - 1
# Top, left and side: the size itself, sides that are no multiple of it, both far corners, and the whole shorter side.
squares = np.array(
    [[0, 0, 24], [5, 11, 25], [40, 77, 37], [HEIGHT - 48, WIDTH - 48, 48], [13, 101, 99], [0, 60, 150], [0, 30, 150]]
)
images = [
    np.asarray(Image.fromarray(grey[t : t + s, l : l + s].copy()).resize((SIZE, SIZE), Image.Resampling.BOX))
    for t, l, s in squares
]
deviations = np.array([image.astype(np.float64).std() for image in images])
np.savez("crops.npz", squares=squares, images=np.stack(images), deviations=deviations)

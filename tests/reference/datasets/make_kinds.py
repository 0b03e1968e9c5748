"""Writes pictures of every kind that is read, some of them transparent, and their grey values by Pillow.

Run in this folder: python make_kinds.py (numpy 2.4.6, Pillow 13.0.0).
Transparent pictures are composed over white by Pillow's alpha_composite; every picture is 24 pixels wide and high, so that
nothing is resized.
"""

import os

import numpy as np
from PIL import Image

os.makedirs("kinds", exist_ok=True)
row, column = np.mgrid[:24, :24]
colour = np.stack([row * 10, column * 9, 255 - row * 5 - column * 3], axis=2).astype(np.uint8)
alpha = ((row * 7 + column * 4) % 256).astype(np.uint8)
rgb = Image.fromarray(colour)
rgba = Image.fromarray(np.dstack([colour, alpha]))
grey = rgb.convert("L")
grey_alpha = Image.merge("LA", [grey, Image.fromarray(alpha)])
ink = Image.fromarray(np.dstack([np.zeros_like(colour), alpha]))
palette = rgb.quantize(32, dither=Image.Dither.NONE)

pictures = {
    "colour.bmp": (rgb, {}),
    "grey.bmp": (grey, {}),
    "palette.bmp": (palette, {}),
    "palette.gif": (palette, {}),
    "clear.gif": (palette, {"transparency": 3}),
    "lzw.tif": (rgb, {"compression": "tiff_lzw"}),
    "deflate.tiff": (grey, {"compression": "tiff_adobe_deflate"}),
    "alpha.tif": (rgba, {"compression": "raw"}),
    "lossless.webp": (rgb, {"lossless": True}),
    "alpha.webp": (rgba, {"lossless": True, "exact": True}),
    "alpha.png": (rgba, {}),
    "grey_alpha.png": (grey_alpha, {}),
    "ink.png": (ink, {}),
    "palette.png": (palette, {"transparency": 3}),
}
rule = {}
for name, (picture, options) in pictures.items():
    picture.save(f"kinds/{name}", **options)
    read = Image.open(f"kinds/{name}").convert("RGBA")
    white = Image.new("RGBA", read.size, "white")
    over = np.asarray(Image.alpha_composite(white, read).convert("RGB")).astype(np.float64)
    rule[name.replace(".", "_")] = over @ np.array([0.299, 0.587, 0.114])
np.savez_compressed("kinds_grey.npz", **rule)

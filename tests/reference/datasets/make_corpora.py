"""Small corpora and arrays as numpy, pickle, scipy, Pillow and nibabel write them, for lab-datasets.

Written with Python 3.11, numpy 2.4, scipy 1.17, Pillow 13.0, nibabel 5.4; run in this folder: python3 make_corpora.py
Plain arrays hold i + 0.5 * (i % 2) over their row-major index i, cast to the array's type, as in make_fixtures.py.
"""
import gzip
import io
import pickle

import nibabel
import numpy as np
import PIL
import scipy.io
from PIL import Image


def values(shape, dtype):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return (i + 0.5 * (i % 2)).astype(dtype).reshape(shape)


# npy and npz: types, byte orders, both orders of axes, stored and deflated.
np.save("big_endian.npy", values((4, 3), ">f8"))
np.save("halves.npy", values((4, 3), np.float16))
np.save("flags.npy", values((6,), np.float64) > 3)
np.save("objects.npy", np.array(["a", 1], dtype=object), allow_pickle=True)
arrays = {
    "reals": values((3, 4, 5), np.float64),
    "turned": np.asfortranarray(values((3, 4), np.float32)),
    "bytes": values((6, 7), np.uint8),
    "longs": -values((5,), np.int64),
    "words": np.array(["one", "two"]),
}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)

# Pickles: one dictionary of everything plain, in each protocol.
shared = [1, 2]
everything = {
    "none": None,
    "yes": True,
    "no": False,
    "ints": [0, 255, 256, 65536, -1, 2**31, -(2**40), 2**62],
    "float": -1.25,
    "text": "grün ☃",
    "raw": b"\x00\xff\x80'\"\n",
    "empty": [(), [], {}, b"", ""],
    "tuples": [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
    "shared": [shared, shared],
    "bytes": values((6, 7), np.uint8),
    "reals": values((3, 4), ">f8"),
    "turned": np.asfortranarray(values((3, 4), np.float32)),
    "longs": values((5,), np.int64),
    "scalar": np.float32(2.5),
    "count": np.int64(7),
}
for protocol in range(6):
    with open(f"everything_{protocol}.pkl", "wb") as file:
        pickle.dump(everything, file, protocol=protocol)
loop = {"inside": []}
loop["inside"].append(loop)
with open("loop.pkl", "wb") as file:
    pickle.dump(loop, file)

# Python 2 wrote bytes as strings; these two are put together by hand and checked with Python 3's own reader.
raw = bytes([0, 255, 10, 39, 92, 128])
parts = [b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nI3\nt"]
parts += [b"cnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\n"]
quoted = b"S'\\x00\\xff\\n\\'\\\\\\200'\n"
counted = b"U" + bytes([len(raw)]) + raw
for name, head, data in [("python2_0.pkl", b"", quoted), ("python2_2.pkl", b"\x80\x02", counted)]:
    whole = head + b"(dS'data'\n" + b"".join(parts) + data + b"tbsS'labels'\n(lI1\naI1000\nas."
    back = pickle.loads(whole, encoding="bytes")
    assert back[b"data"].tobytes() == raw and back[b"data"].shape == (2, 3) and back[b"labels"] == [1, 1000]
    with open(name, "wb") as file:
        file.write(whole)


class Payload:
    def __reduce__(self):
        import os

        return os.system, ("echo this must not run > ran.txt",)


with open("payload.pkl", "wb") as file:
    pickle.dump({"data": Payload()}, file, protocol=2)

# ImageNet64: 16-pixel images, planar, labels from 1, in each container.
side, n = 16, 7
y, x = np.mgrid[:side, :side]
images = np.zeros((n, 3, side, side), np.uint8)
for k in range(n):
    images[k, 0] = (10 - k) * x + k
    images[k, 1] = 12 * y + k
    images[k, 2] = 5 * (x + y) + 3 * k
labels = [3, 1, 1000, 3, 2, 5, 1]
batch = {"data": images.reshape(n, -1), "labels": labels, "mean": images.reshape(n, -1).mean(0)}
with open("imagenet64_batch_1", "wb") as file:
    pickle.dump(batch, file, protocol=4)
second = {"data": images.reshape(n, -1)[:3] + 20, "labels": [9, 9, 8]}
np.savez("imagenet64_batch_2.npz", **{key: np.asarray(value) for key, value in second.items()})
np.savez_compressed("imagenet64_batch_10.npz", data=images.reshape(n, -1)[:2] + 40, labels=np.array([4, 4]))
third = {"data": images.reshape(n, -1)[:2] + 60, "labels": [7, 6]}
with open("imagenet64_val", "wb") as file:
    pickle.dump(third, file, protocol=2)
grey = 0.299 * images[:, 0].astype(np.float64) + 0.587 * images[:, 1] + 0.114 * images[:, 2]
np.save("imagenet64_grey.npy", grey)

# Handwritten characters: rows are column-major images.
letters = np.zeros((6, 8, 8))
for k in range(6):
    letters[k] = np.linspace(0, 1, 64).reshape(8, 8) ** (k + 1)
rows = np.stack([image.ravel(order="F") for image in letters])
names = np.array(["A", "B", "7", "A", "7", "B"], dtype=object)
scipy.io.savemat("characters.mat", {"X": rows, "labels": names.reshape(-1, 1)}, do_compression=True)
scipy.io.savemat("characters_text.mat", {"X": rows, "labels": np.array(list("AB7A7B"))})
np.save("characters.npy", letters)

# Pictures: grey, CMYK, RGBA and one too small.
big = np.zeros((48, 36, 3), np.uint8)
big[..., 0], big[..., 1], big[..., 2] = np.mgrid[:48, :36][0] * 5, np.mgrid[:48, :36][1] * 7, 90
for name, picture in {
    "colour.jpg": Image.fromarray(big),
    "grey.jpg": Image.fromarray(big).convert("L"),
    "cmyk.jpg": Image.fromarray(big).convert("CMYK"),
    "clear.png": Image.fromarray(big).convert("RGBA"),
    "palette.png": Image.fromarray(big).convert("P"),
    "narrow.png": Image.fromarray(big[:, :20]),
}.items():
    picture.save(f"pictures/{name}", **({"quality": 95} if name.endswith("jpg") else {}))
rule = {}
for name in ["colour.jpg", "grey.jpg", "cmyk.jpg", "clear.png", "palette.png"]:
    picture = Image.open(f"pictures/{name}").convert("RGB")
    square = picture.crop((0, 6, 36, 42)).resize((24, 24), Image.Resampling.BOX)
    rule[name.replace(".", "_")] = np.asarray(square) @ np.array([0.299, 0.587, 0.114])
np.savez("pictures_grey.npz", **rule)

# NIfTI: versions 1 and 2, both byte orders, scaled and plain, packed.
volumes = values((4, 3, 2, 5), np.int16)
affine = np.diag([2.0, 2.0, 2.5, 1.0])
plain = nibabel.Nifti1Image(volumes, affine)
plain.header.set_slope_inter(0.5, -3)
nibabel.save(plain, "volumes.nii")
nibabel.save(plain, "volumes.nii.gz")
second = nibabel.Nifti2Image(values((4, 3, 2), np.float64), affine)
nibabel.save(second, "volumes2.nii")
turned = nibabel.Nifti1Image(volumes, affine, header=nibabel.Nifti1Header(endianness=">"))
nibabel.save(turned, "volumes_big.nii")
for name, values_read in {
    "volumes.nii": 0.5 * volumes - 3,
    "volumes.nii.gz": 0.5 * volumes - 3,
    "volumes_big.nii": volumes,
    "volumes2.nii": values((4, 3, 2), np.float64),
}.items():
    assert (nibabel.load(name).get_fdata() == values_read).all(), name
print(np.__version__, scipy.__version__, PIL.__version__, nibabel.__version__)

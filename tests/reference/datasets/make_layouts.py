"""Small files in the layouts of public datasets, as h5py, scipy and bdpy write them, for the loaders of lab-datasets.

Written with Python 3.11, numpy 2.4, scipy 1.17, h5py 3.16, bdpy 0.26; run in this folder: python3 make_layouts.py
Every response is 100 * image + voxel (+ 0.25 * repeat), so that axes, images and repeats cannot be confused.
"""
import os

import bdpy
import h5py
import numpy as np
import scipy.io
from PIL import Image

os.chdir("layouts")


def matlab73(path, variables):
    """MATLAB 7.3: HDF5 behind a user block of 512 bytes, axes backwards, classes as attributes."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, (value, matlab_class) in variables.items():
            data = file.create_dataset(name, data=np.asarray(value).T, compression="gzip", shuffle=True, chunks=True)
            data.attrs["MATLAB_class"] = np.bytes_(matlab_class)
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: by h5py HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\x00\x02IM"
    with open(path, "r+b") as file:
        file.write(header)


def responses(n_voxels, n_images, first=0):
    voxel, image = np.meshgrid(np.arange(n_voxels), first + np.arange(n_images), indexing="ij")
    return (100 * image + voxel).astype(np.float32)


# vim-1: 6 training and 4 validation images, 5 and 4 voxels. Voxel 1 of S1 lacks a training response, voxel 3 a validation one.
os.makedirs("vim1", exist_ok=True)
estimated = {}
for subject, n_voxels in (("S1", 5), ("S2", 4)):
    train, validation = responses(n_voxels, 6), responses(n_voxels, 4, 6)
    if subject == "S1":
        train[1, 2], validation[3, 0] = np.nan, np.nan
    estimated[f"dataTrn{subject}"] = (train, "single")
    estimated[f"dataVal{subject}"] = (validation, "single")
    estimated[f"roi{subject}"] = (np.array([1, 2, 7, 6, 0])[:n_voxels, None].astype(float), "double")
    estimated[f"voxIdx{subject}"] = (np.arange(1, n_voxels + 1)[:, None].astype(float), "double")
matlab73("vim1/EstimatedResponses.mat", estimated)


def photograph(image, side):
    """Brightness rises along rows for even images and along columns for odd ones; a corner tells the image."""
    row, column = np.meshgrid(np.linspace(-0.3, 0.3, side), np.linspace(-0.3, 0.3, side), indexing="ij")
    picture = (row if image % 2 == 0 else column).copy()
    picture[: side // 4, : side // 4] = 0.05 * image - 0.2
    return picture.astype(np.float32)


stimuli = {
    "stimTrn": np.stack([photograph(i, 16) for i in range(6)]),
    "stimVal": np.stack([photograph(i, 16) for i in range(6, 10)]),
}
scipy.io.savemat("vim1/Stimuli.mat", stimuli, do_compression=True)

# The Neuromatch course's archive: images as rows, regions as places in a list of names whose first is empty here.
os.makedirs("vim1_course", exist_ok=True)
np.savez_compressed(
    "vim1_course/kay_images.npz",
    stimuli=stimuli["stimTrn"],
    stimuli_test=stimuli["stimVal"],
    responses=responses(4, 6).T,
    responses_test=responses(4, 4, 6).T,
    roi=np.array([1, 5, 7, 1]),
    roi_names=np.array(["Other", "V1", "V2", "V3", "V3A", "V3B", "V4", "LatOcc"]),
)

# The same images in full resolution, in two parts that a user has numbered without zeros, among ten.
os.makedirs("vim1_full", exist_ok=True)
matlab73("vim1_full/EstimatedResponses.mat", estimated)
for part, images in ((2, range(4)), (10, range(4, 6))):
    matlab73(f"vim1_full/Stimuli_Trn_FullRes_{part}.mat", {"stimTrn": (np.stack([photograph(i, 32) for i in images]), "single")})
matlab73("vim1_full/Stimuli_Val_FullRes.mat", {"stimVal": (np.stack([photograph(i, 32) for i in range(6, 10)]), "single")})

# Single trials: S1 with repeats on a third axis (MATLAB 5), S2 folded image by image (MATLAB 7.3).
os.makedirs("vim1_trials", exist_ok=True)
scipy.io.savemat("vim1_trials/Stimuli.mat", stimuli)


def trials(n_voxels, n_images, n_repeats, first=0):
    return np.stack([responses(n_voxels, n_images, first) + 0.25 * repeat for repeat in range(n_repeats)], axis=2)


s1 = [trials(3, 6, 2), trials(3, 4, 3, 6)]
for name, data in (("trn", s1[0]), ("val", s1[1])):
    scipy.io.savemat(f"vim1_trials/S1data_{name}_singletrial_v6.mat", {f"data{name.capitalize()}SingleS1": data})
for name, data in (("trn", s1[0]), ("val", s1[1])):
    folded = data.reshape(3, -1)
    matlab73(f"vim1_trials/S2data_{name}_singletrial.mat", {f"data{name.capitalize()}SingleS2": (folded, "double")})
for subject in ("S1", "S2"):
    roi = np.array([[1.0], [2.0], [4.0]])
    scipy.io.savemat(f"vim1_trials/{subject}aux.mat", {f"roi{subject}": roi, f"voxIdx{subject}": roi, f"snr{subject}": roi})

# GOD: three training images, two test images of other categories shown twice, imagery of both. Two subjects, whose
# training order differs; the third voxel belongs to two regions.
os.makedirs("god", exist_ok=True)
ids = {"training": [1518878.005958, 1518878.01491, 1621127.01902], "test": [1443537.022563, 1943899.024131]}
order = {1: [0, 1, 2], 2: [2, 0, 1]}


def table(subject):
    rows = [(1, run + 1, ids["training"][image], 100 * image) for run, image in enumerate(order[subject])]
    rows += [(2, 10 + repeat, ids["test"][image], 100 * (3 + image) + 10 * repeat) for repeat in range(2) for image in range(2)]
    rows += [(3, 20, float(int(ids["test"][image])), -1000) for image in range(2)]
    voxels = np.array([[base + voxel for voxel in range(4)] for *_, base in rows], dtype=float)
    if subject == 2:
        voxels[1, 3] = np.nan
    labels = np.array([row[:3] for row in rows])
    return voxels, labels


def bdata(subject):
    voxels, labels = table(subject)
    data = bdpy.BData()
    data.add(voxels, "VoxelData")
    data.add(labels[:, :1], "DataType")
    data.add(labels[:, 1:2], "Run")
    data.add(labels[:, 2:], "stimulus_id")
    nan = [np.nan] * 3
    data.add_metadata("ROI_VC", np.array([1, 1, 1, 1, *nan]), "1 = visual cortex")
    data.add_metadata("ROI_V1", np.array([1, np.nan, 1, np.nan, *nan]), "1 = V1")
    data.add_metadata("ROI_LOC", np.array([np.nan, np.nan, 1, 1, *nan]), "1 = LOC")
    for axis, name in enumerate("xyz"):
        data.add_metadata(f"voxel_{name}", np.array([3.0 * axis, 6, 9, 12, *nan]), f"{name} in mm")
    return data


def save(data, path):
    """As bdpy saves it, without its header, which quotes the source and the place of this script."""
    data.save("with_header.h5")
    with h5py.File("with_header.h5") as source, h5py.File(path, "w") as file:
        for name in source:
            if name != "header":
                source.copy(name, file)
    os.remove("with_header.h5")


first, second = bdata(1), bdata(2)
save(first, "god/Subject1.h5")
# The second subject as the public .mat files have it: a structure in MATLAB 5.
keys = np.array(second.metadata.key, dtype=object)[:, None].T
descriptions = np.array(second.metadata.description, dtype=object)[:, None].T
meta = {"key": keys, "description": descriptions, "value": second.metadata.value}
scipy.io.savemat("god/Subject2.mat", {"dataSet": second.dataset, "metaData": meta})
# And as MATLAB 7.3 under the name of an .h5 file: letters behind references, axes backwards.
os.makedirs("god_v73", exist_ok=True)
with h5py.File("god_v73/Subject1.h5", "w", userblock_size=512) as file:
    file.create_dataset("dataSet", data=first.dataset.T).attrs["MATLAB_class"] = np.bytes_("double")
    group = file.create_group("metaData")
    group.create_dataset("value", data=np.asarray(first.metadata.value).T).attrs["MATLAB_class"] = np.bytes_("double")
    refs = file.create_group("#refs#")
    for name, texts in (("key", first.metadata.key), ("description", first.metadata.description)):
        cells = np.empty((len(texts), 1), dtype=h5py.ref_dtype)
        for i, text in enumerate(texts):
            letters = np.frombuffer(text.encode("utf-16-le"), np.uint16)[:, None]
            data = refs.create_dataset(f"{name}{i}", data=letters)
            data.attrs["MATLAB_class"] = np.bytes_("char")
            cells[i, 0] = data.ref
        group.create_dataset(name, data=cells).attrs["MATLAB_class"] = np.bytes_("cell")
with open("god_v73/Subject1.h5", "r+b") as file:
    file.write(b"MATLAB 7.3 MAT-file, by h5py HDF5 schema 1.00 .".ljust(116) + bytes(8) + b"\x00\x02IM")
# An older file: no stimulus_id, and of two Label columns the second holds the ids.
os.makedirs("god_labels", exist_ok=True)
voxels, labels = table(1)
old = bdpy.BData()
old.add(voxels, "VoxelData")
old.add(labels[:, :1], "DataType")
old.add(labels[:, 1:2], "Run")
old.add(np.column_stack([np.arange(len(labels)) + 1.0, labels[:, 2]]), "Label")
save(old, "god_labels/Subject1.h5")


def name_of(value):
    whole, fraction = f"{value:.6f}".split(".")
    return f"n{int(whole):08d}", f"n{int(whole):08d}_{int(fraction)}.JPEG"


for folder, values in ids.items():
    for i, value in enumerate(values):
        synset, name = name_of(value)
        os.makedirs(f"god/images/{folder}/{synset}", exist_ok=True)
        ramp = np.linspace(40, 200, 32).astype(np.uint8)
        down = np.roll(ramp, 5 * i + (13 if folder == "test" else 0))
        picture = np.stack([np.tile(ramp, (32, 1)), np.full((32, 32), 90, np.uint8), np.tile(down[:, None], (1, 32))], axis=2)
        Image.fromarray(picture).save(f"god/images/{folder}/{synset}/{name}", quality=95)

# BRAINS in the older layout: twelve letters of 4 x 4 pixels, each row column by column, and two subjects.
os.makedirs("brains_older", exist_ok=True)
letters = np.stack([np.arange(16).reshape(4, 4) * 10 + i for i in range(12)]).astype(np.uint8)
scipy.io.savemat("brains_older/Y_brains.mat", {"Y": letters.transpose(0, 2, 1).reshape(12, 16)})
for subject, n_voxels in (("S1", 3), ("S2", 2)):
    scipy.io.savemat(f"brains_older/X_{subject}.mat", {f"X_{subject}": responses(n_voxels, 12).T})

# HDF5 in every storage that the datasets use.
values = (np.arange(24) + 0.5 * (np.arange(24) % 2)).reshape(4, 6)
with h5py.File("storages.h5", "w") as file:
    file["contiguous"] = values
    file.create_dataset("gzip", data=values.astype("f4"), chunks=(3, 4), compression="gzip", shuffle=True, fletcher32=True)
    file.create_dataset("lzf", data=values.astype("f4"), chunks=(2, 6), compression="lzf")
    file["big_endian"] = values.astype(">f8")
    file["shorts"] = -np.floor(values).astype("i2")
    file["bytes"] = np.floor(values).astype("u1")
    file["longs"] = np.floor(values).astype("i8")
    file["group/inner"] = values[0]
    file["fixed"] = np.array([b"A", b"bc", b"def"], dtype="S5")
    file["variable"] = np.array(["A", "bcé"], dtype=h5py.string_dtype())
with h5py.File("latest.h5", "w", libver="latest") as file:
    file.create_dataset("gzip", data=values, chunks=(1, 6), maxshape=(None, 6), compression="gzip")
print(np.__version__, scipy.__version__, h5py.__version__)

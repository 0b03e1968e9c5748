"""Writes files that readers of containers are compared on, and what PyTorch, h5py and nibabel make of them.

    python3 make.py

Made with Python 3.11.7, torch 2.15.0+cu132, numpy 2.4.6, h5py 3.16.0, nibabel 5.4.2 and pyarrow 26.0.1.

norms_*.pth          a small network whose weights have spectral or weight norms, saved in PyTorch's old and new form
norms_*.safetensors  the weights that the same networks use in evaluation
table.parquet        two columns of numbers and one of text
volume.mgh, .mgz     frames of FreeSurfer, whose value at [x, y, z, frame] is its row-major index
bomb.h5              chunks of half a gigabyte that were never written
outside.h5           external storage, a link to another file, a virtual dataset, a filter of a plug-in, and numbers that can be read
"""

import os
import warnings
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pyarrow
import pyarrow.parquet
import torch
import torch.nn as nn
from safetensors.torch import save_file

HERE = Path(__file__).parent
warnings.filterwarnings("ignore")


def network():
    torch.manual_seed(20250117)
    # 6 × 6 channels do not tell the axis of the outputs by their number.
    return nn.Sequential(
        nn.ConvTranspose2d(5, 6, 4),
        nn.ConvTranspose2d(6, 6, 3, bias=False),
        nn.Conv2d(6, 6, 3),
        nn.Conv2d(6, 3, 1),
        nn.Flatten(),
        nn.Linear(108, 7),
    )


def save(name, norm, train):
    net = network()
    for layer in net:
        if hasattr(layer, "weight"):
            norm(layer)
    x = torch.randn(2, 5, 1, 1)
    if train:
        # Some updates, as in a training: u and v are of the weights before the last of them.
        optimiser = torch.optim.SGD(net.parameters(), lr=1e-3)
        for _ in range(5):
            optimiser.zero_grad()
            net(x.repeat(1, 1, 3, 3)).square().mean().backward()
            optimiser.step()
    net.eval()
    torch.save(net.state_dict(), HERE / f"norms_{name}.pth")
    with torch.no_grad():
        net(x.repeat(1, 1, 3, 3))
        used = {f"{at}.weight": layer.weight.detach().clone().contiguous() for at, layer in enumerate(net) if hasattr(layer, "weight")}
    save_file(used, HERE / f"norms_{name}.safetensors")


def outside():
    os.chdir(HERE)
    with h5py.File("outside.h5", "w") as file:
        file["numbers"] = np.arange(6.0).reshape(2, 3)
        file["inner/ids"] = np.arange(4, dtype="int32")
        file.create_dataset("secret", (8,), "uint8", external=[("/etc/hostname", 0, 8)])
        file["elsewhere"] = h5py.ExternalLink("other.h5", "/data")
        file["inner/further"] = h5py.ExternalLink("/etc/other.h5", "/data")
        layout = h5py.VirtualLayout((4,), "float64")
        layout[:] = h5py.VirtualSource("other.h5", "data", (4,))
        file.create_virtual_dataset("virtual", layout)
        # Numbers of filters that are not installed can be written where they are optional.
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((4,))
        properties.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (2, 2, 4))
        space = h5py.h5s.create_simple((4,))
        made = h5py.h5d.create(file.id, b"packed", h5py.h5t.IEEE_F32LE, space, properties)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="float32"))


def bomb():
    """A gigabyte that is not there: chunks that were never written."""
    with h5py.File(HERE / "bomb.h5", "w") as file:
        file.create_dataset("zeros", (1 << 27,), "float64", chunks=(1 << 26,), compression="gzip")
        file["numbers"] = np.arange(3.0)


def volumes():
    values = np.arange(4 * 3 * 2 * 2, dtype="float32").reshape(4, 3, 2, 2)
    for name in ["volume.mgh", "volume.mgz"]:
        nibabel.save(nibabel.MGHImage(values, np.eye(4)), HERE / name)


def table():
    columns = {"subject": ["S1", "S2", "S1"], "score": [0.5, None, 0.25], "n": np.array([1, 2, 3])}
    pyarrow.parquet.write_table(pyarrow.table(columns), HERE / "table.parquet")


old, new = torch.nn.utils, torch.nn.utils.parametrizations
save("spectral_old", old.spectral_norm, True)
save("spectral_new", new.spectral_norm, True)
save("weight_old", old.weight_norm, False)
save("weight_new", new.weight_norm, False)
save("weight_whole", lambda layer: old.weight_norm(layer, dim=None), False)
outside()
bomb()
table()
volumes()

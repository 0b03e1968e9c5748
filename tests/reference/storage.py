"""Writes fixtures as safetensors, with the versions that made them in the file's metadata."""

import json
import platform
import struct

import numpy as np
import torch


def write(path, store):
    """The safetensors format: length of the header, header, data. Numbers become float32; uint32 stays what it is."""
    header = {"__metadata__": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}}
    data = b""
    for name in sorted(store):
        value = store[name]
        array = np.asarray(value.detach() if torch.is_tensor(value) else value)
        kind = "U32" if array.dtype == np.uint32 else "F32"
        raw = np.ascontiguousarray(array, np.uint32 if kind == "U32" else np.float32).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)

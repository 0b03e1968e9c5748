"""Small files as scipy and numpy write them, for the readers of lab-formats.

Written with Python 3.11, numpy 2.4, scipy 1.17; run in this folder: python3 make_fixtures.py
Every array holds i + 0.5 * (i % 2) over its row-major index i, cast to the array's type, so that axes cannot be confused.
"""
import io

import numpy as np
import scipy
import scipy.io


def values(shape, dtype):
    i = np.arange(np.prod(shape), dtype=np.float64)
    return (i + 0.5 * (i % 2)).astype(dtype).reshape(shape)


variables = {
    "doubles": values((3, 4, 5), np.float64),
    "singles": values((4, 3), np.float32),
    "bytes": values((2, 6, 7), np.uint8),
    "shorts": -values((5, 2), np.int16),
    "words": values((3, 3), np.int32),
    "text": "hello",
    "names": np.array(["A", "bc", "def"], dtype=object),
    "structure": {"a": 1.0},
}
scipy.io.savemat("plain.mat", variables, do_compression=False)
scipy.io.savemat("packed.mat", variables, do_compression=True)

np.save("c_order.npy", values((3, 4, 5), np.float64))
np.save("fortran.npy", np.asfortranarray(values((3, 4, 5), np.float32)))
np.save("bytes.npy", values((6, 7), np.uint8))
np.save("longs.npy", values((6, 7), np.int64))
print(np.__version__, scipy.__version__)

"""Runs one Python model for the bridge: reads requests from its input, writes answers to its output.

    python3 -B serve.py SCRIPT THREADS SEED OPTIONS FILE...

SCRIPT defines `model(files, seed, options)`, which returns an object with
    facts      a dict: what lab asks of this kind of plugin (README.md)
    forward    arrays in, one array or a list of arrays out
    vjp        only for models without PyTorch: vjp(inputs, grads, wanted) -> {index of an input: its gradient}

A model without `vjp` gets and gives torch tensors, and autograd makes the gradients; one with `vjp` gets and gives NumPy
arrays. What the script prints goes to stderr, as the output belongs to the answers.
"""

import importlib.util
import os
import struct
import sys
import traceback

SCRIPT, THREADS, SEED, OPTIONS, *FILES = sys.argv[1:]
# Read by the libraries under NumPy and torch when they start: sums must not depend on the number of cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = THREADS

DESCRIBE, FORWARD, VJP, DROP = 1, 2, 3, 4
OK, ERROR = 0, 1
WANT_GRAD, ABSENT = 1, 2
# Words of lab, written without quotes.
WORDS = ("prior", "constraint")

requests = sys.stdin.buffer
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
sys.stdout.reconfigure(line_buffering=True)


def read(n):
    data = requests.read(n)
    if len(data) < n:
        sys.exit(0)  # lab has ended
    return data


def read_array():
    """One array as (NumPy array or None, whether its gradient is wanted)."""
    import numpy as np

    dtype, flags, _, ndim, n_bytes = struct.unpack("<IIIIQ", read(24))
    shape = struct.unpack(f"<{ndim}Q", read(8 * ndim))
    data = read(n_bytes)
    if flags & ABSENT:
        return None, False
    kind = (np.float32, np.uint8, np.int64, np.float64)[dtype]
    # A copy, as what is read must be writable for torch.
    return np.frombuffer(data, kind).reshape(shape).copy(), bool(flags & WANT_GRAD)


def write_arrays(arrays):
    """Arrays as {index: NumPy array of float32 or uint8}."""
    answers.write(struct.pack("<II", OK, len(arrays)))
    for index, array in sorted(arrays.items()):
        dtype = {"float32": 0, "uint8": 1}[array.dtype.name]
        answers.write(struct.pack("<IIIIQ", dtype, 0, index, array.ndim, array.nbytes))
        answers.write(struct.pack(f"<{array.ndim}Q", *array.shape))
        answers.write(array.tobytes())


def ron(value, word=False):
    """Python values as RON."""
    if isinstance(value, dict):
        return "(" + ", ".join(f"{key}: {ron(item, key in WORDS)}" for key, item in value.items()) + ")"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(ron(item) for item in value) + "]"
    if isinstance(value, str) and not word:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def as_list(values):
    return list(values) if isinstance(values, (list, tuple)) else [values]


def as_float32(values):
    import numpy as np

    return {index: np.ascontiguousarray(value, np.float32) for index, value in values.items()}


class WithNumpy:
    """A model that has its own gradient. Its tapes are its inputs."""

    def __init__(self, model):
        self.model = model

    def forward(self, inputs, wanted):
        outputs = as_list(self.model.forward(*inputs))
        return as_float32(dict(enumerate(outputs))), inputs

    def vjp(self, tape, grads, wanted):
        return as_float32(self.model.vjp(tape, grads, wanted))


class WithTorch:
    """A model of torch. Its tapes are graphs."""

    def __init__(self, model):
        import torch

        self.torch, self.model = torch, model
        torch.set_num_threads(int(THREADS))
        torch.use_deterministic_algorithms(True)
        for parameter in model.parameters() if hasattr(model, "parameters") else ():
            parameter.requires_grad_(False)

    def forward(self, inputs, wanted):
        tensors = [self.torch.from_numpy(value) for value in inputs]
        with self.torch.set_grad_enabled(bool(wanted)):
            for index in wanted:
                tensors[index].requires_grad_(True)
            outputs = as_list(self.model.forward(*tensors))
        return as_float32({i: value.detach().numpy() for i, value in enumerate(outputs)}), (tensors, outputs)

    def vjp(self, tape, grads, wanted):
        tensors, outputs = tape
        pairs = [
            (output, self.torch.from_numpy(grad))
            for output, grad in zip(outputs, grads)
            if grad is not None and output.requires_grad
        ]
        if not pairs or not wanted:
            return {}
        found = self.torch.autograd.grad(
            [output for output, _ in pairs],
            [tensors[index] for index in wanted],
            [grad for _, grad in pairs],
            retain_graph=True,
            allow_unused=True,
        )
        return as_float32({i: grad.numpy() for i, grad in zip(wanted, found) if grad is not None})


def load():
    """The model of the script, made ready."""
    spec = importlib.util.spec_from_file_location("lab_model", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.path.dirname(os.path.abspath(SCRIPT)))
    spec.loader.exec_module(module)
    model = module.model(FILES, int(SEED), OPTIONS)
    return WithNumpy(model) if hasattr(model, "vjp") else WithTorch(model)


def complain():
    message = "".join(traceback.format_exc(limit=-3)).strip()
    last = message.splitlines()[-1]
    text = f"{SCRIPT}: {last}\n{message}".encode()[:3000]
    answers.write(struct.pack("<II", ERROR, len(text)))
    answers.write(text)


def answer(runner, tapes, operation, tape, inputs, grads):
    import numpy as np

    arrays = [array for array, _ in inputs]
    if operation == DESCRIBE:
        text = ron({**runner.model.facts, "files": [SCRIPT, *FILES]}).encode()
        write_arrays({0: np.frombuffer(text, np.uint8)})
    elif operation == FORWARD:
        # What may be asked for later: every input of floating point.
        wanted = [i for i, array in enumerate(arrays) if tape and array.dtype == np.float32]
        outputs, kept = runner.forward(arrays, wanted)
        if tape:
            tapes[tape] = kept
        write_arrays(outputs)
    elif operation == VJP:
        wanted = [i for i, (_, is_wanted) in enumerate(inputs) if is_wanted]
        kept = tapes[tape] if tape else runner.forward(arrays, wanted)[1]
        found = runner.vjp(kept, [array for array, _ in grads], wanted)
        zeros = {i: np.zeros(arrays[i].shape, np.float32) for i in wanted}
        write_arrays({**zeros, **found})


def main():
    runner, tapes = None, {}
    while True:
        operation, _, tape, n_in, n_gout = struct.unpack("<IIQII", read(24))
        try:
            inputs = [read_array() for _ in range(n_in)]
            grads = [read_array() for _ in range(n_gout)]
            if operation == DROP:
                tapes.pop(tape, None)
                continue
            runner = runner or load()
            answer(runner, tapes, operation, tape, inputs, grads)
        except Exception:
            complain()
        answers.flush()


main()

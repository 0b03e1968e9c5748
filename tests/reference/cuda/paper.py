"""Images a second of the paper's generator at full width: python3 paper.py LAB ROOT OUT DEVICE MINUTES.

The generator of experiments/paper/text/vim1.ron learns from drawn pictures in a packed file for about MINUTES. Two lengths are
timed, so that what happens once is no part of the rate; the schedule of the file then follows by division.
"""

import pathlib
import re
import subprocess
import sys

lab, root, out, device, minutes = sys.argv[1], *map(pathlib.Path, sys.argv[2:4]), sys.argv[4], float(sys.argv[5])
N_PICTURES, SIZE, BATCH = 20_000, 64, 64
FEW = 12

pictures = out / "drawn64.npy"
if not pictures.exists():
    corpus = f"scenes(n_train: {N_PICTURES}, n_test: 0, size: {SIZE})"
    subprocess.run([lab, "data", "pack", corpus, str(pictures)], check=True)
paper = root / "experiments/paper/text/vim1.ron"
schedule = int(re.search(r"updates: ([\d_]+)", paper.read_text()).group(1).replace("_", ""))


def seconds(updates):
    """What the training of the generator takes, set-up and all."""
    changes = [f"generator=@{paper}", f'generator.train.corpus=packed(path: "{pictures.resolve()}")', f"generator.train.updates={updates}"]
    # A corpus of 64 pixels that needs no files.
    changes += [f"{part}.size={SIZE}" for part in ["dataset.stimuli", "features", "features.train.corpus"]]
    changes += ["observers=[gabor()]"]
    command = [lab, "run", str(root / "experiments/scenes.ron"), "--device", device, "--runs", str(out / "paper-runs"), "--only", "generator"]
    for change in changes:
        command += ["--set", change]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout + done.stderr
    found = re.search(r"^generator\b.*?([\d.]+) s$", said, re.M)
    if done.returncode != 0 or not found:
        sys.exit(f"{' '.join(command)}\n{said}")
    return float(found.group(1))


few = seconds(FEW)
again = seconds(2 * FEW)
# At least twice as many again, and as many as the minutes hold.
many = 3 * FEW + int(60 * minutes / max((again - few) / FEW, 1e-3))
rate = (many - FEW) * BATCH / (seconds(many) - few)
print(f"{rate:.1f} images a second in the generator's game, batch {BATCH}, {many} updates on {device}")
print(f"the file's {schedule} updates of {BATCH} images: {schedule * BATCH / rate / 86400:.1f} days at this rate")
